//! One sign-in under way, step by step.

use capnp::capability::Promise;
use capos_schema::gateway_capnp::{LoginSelectorKind, RemoteAuthKind, remote_auth_flow, remote_auth_step};
use capos_schema::session_capnp::remote_session;

use super::{detach, reading};
use crate::ask::{Prompt, Purpose, Secret};
use crate::connection::{Failed, Wire};
use crate::error::Error;
use crate::view::{MethodKind, Reading};

/// What comes next.
pub(super) enum Step {
    Ask(Asked),
    Done(remote_session::Client),
}

/// What the node wants: something from a person, or a signature.
pub(super) struct Asked {
    pub(super) prompt: Prompt,
    pub(super) challenge: Vec<u8>,
}

pub(super) struct Flow<'w> {
    remote: remote_auth_flow::Client,
    wire: &'w Wire,
    steps: u32,
}

impl<'w> Flow<'w> {
    /// Begins; a refusal shows with the first step.
    pub(super) fn start(wire: &'w Wire, kind: MethodKind, account: &str, profile: &str, nonce: &[u8]) -> Self {
        let mut request = wire.gateway().start_request();
        let mut start = request.get().init_request();
        start.set_kind(if kind == MethodKind::PublicKey {
            RemoteAuthKind::PublicKey
        } else {
            RemoteAuthKind::Password
        });
        start.set_requested_profile(profile);
        start.set_client_nonce(nonce);
        let mut selector = start.init_selector();
        selector.set_kind(LoginSelectorKind::AccountName);
        selector.set_value(account.as_bytes());
        Self { remote: request.send().pipeline.get_flow(), wire, steps: 0 }
    }

    /// Answers the step before and waits for the next.
    pub(super) async fn next(&mut self, response: &Secret) -> Result<Step, Failed> {
        let reading = reading(self.wire);
        if self.steps >= reading.bounds.steps {
            self.cancel();
            return Err(reading.too_many("tooManySteps", "the node asks more than any sign-in takes").into());
        }
        let mut request = self.remote.next_request();
        request.get().set_response(response.as_bytes());
        let response = request.send().promise.await?;
        self.steps += 1;
        let results = response.get().map_err(|_| reading.damaged("its step cannot be read"))?;
        if results.get_done() {
            let session = results.get_session();
            return Ok(Step::Done(session.map_err(|_| reading.damaged("it gave no session"))?));
        }
        let step = results.get_step().map_err(|_| reading.damaged("its step cannot be read"))?;
        Ok(Step::Ask(asked(reading, step)?))
    }

    /// Steps asked so far.
    pub(super) fn steps(&self) -> u32 {
        self.steps
    }

    pub(super) fn cancel(&self) {
        let promise = self.remote.cancel_request().send().promise;
        detach(Promise::from_future(async move { promise.await.map(drop) }));
    }
}

fn asked(reading: Reading<'_>, step: remote_auth_step::Reader<'_>) -> Result<Asked, Error> {
    let shown = |text| reading.label(text).map(|text| Some(text).filter(|text| !text.is_empty()));
    Ok(Asked {
        prompt: Prompt {
            purpose: Purpose::SignIn,
            text: reading.label(step.get_prompt())?,
            secret: step.get_redaction(),
            url: shown(step.get_url())?,
            user_code: shown(step.get_user_code())?,
            expires_at_ms: Some(step.get_expires_at_ms()).filter(|&at| at != 0),
        },
        challenge: reading.data(step.get_challenge(), reading.bounds.challenge_bytes)?.to_vec(),
    })
}
