//! Signing in.

mod challenge;
mod flow;

use std::rc::Rc;

use capnp::capability::Promise;
use capos_schema::session_capnp::remote_session;
use ssh_key::HashAlg;

use crate::ask::{Answers, Secret};
use crate::connection::{Failed, Wire};
use crate::error::{Error, IdentityProblem};
use crate::keys::Signer;
use crate::session::Session;
use crate::transcript::Operation;
use crate::view::{MethodKind, Reading};
use challenge::Expected;
use flow::{Flow, Step};

/// How to sign in. An empty profile means the account's default.
pub enum SignIn<'a> {
    /// By what a person knows. Whatever the node asks in turn, a new password for instance, goes through `answers`.
    Password {
        /// The account's name.
        account: &'a str,
        /// The profile wanted.
        profile: &'a str,
        /// Who answers.
        answers: &'a mut dyn Answers,
    },
    /// By a key registered for the account.
    PublicKey {
        /// The account's name.
        account: &'a str,
        /// The profile wanted.
        profile: &'a str,
        /// The key.
        signer: &'a mut dyn Signer,
    },
    /// As the node's guest.
    Guest,
    /// As nobody.
    Anonymous {
        /// The profile wanted.
        profile: &'a str,
    },
}

impl SignIn<'_> {
    fn kind(&self) -> MethodKind {
        match self {
            SignIn::Password { .. } => MethodKind::Password,
            SignIn::PublicKey { .. } => MethodKind::PublicKey,
            SignIn::Guest => MethodKind::Guest,
            SignIn::Anonymous { .. } => MethodKind::Anonymous,
        }
    }
}

/// A session, and the digest of what was signed for it.
struct Entry(remote_session::Client, Option<[u8; 32]>);

pub(crate) async fn sign_in(wire: &Rc<Wire>, how: SignIn<'_>) -> Result<Session, Error> {
    let operation = Operation::new(0, "signIn", how.kind().as_str());
    let Entry(remote, challenge) = wire.run(&operation, enter(wire, how)).await?;
    Ok(Session::new(Rc::clone(wire), remote, challenge))
}

async fn enter(wire: &Wire, how: SignIn<'_>) -> Result<Entry, Failed> {
    match how {
        SignIn::Password { account, profile, answers } => by_password(wire, account, profile, answers).await,
        SignIn::PublicKey { account, profile, signer } => by_key(wire, account, profile, signer).await,
        SignIn::Guest => {
            let mut request = wire.gateway().guest_request();
            request.get().set_requested_profile("guest");
            let response = request.send().promise.await?;
            only(response.get().and_then(|results| results.get_session()), wire)
        }
        SignIn::Anonymous { profile } => {
            let mut request = wire.gateway().anonymous_request();
            request.get().set_requested_profile(profile);
            let response = request.send().promise.await?;
            only(response.get().and_then(|results| results.get_session()), wire)
        }
    }
}

fn only(session: capnp::Result<remote_session::Client>, wire: &Wire) -> Result<Entry, Failed> {
    match session {
        Ok(session) => Ok(Entry(session, None)),
        Err(_) => Err(reading(wire).damaged("it gave no session").into()),
    }
}

fn reading(wire: &Wire) -> Reading<'_> {
    Reading { operation: "signIn", bounds: &wire.options().bounds }
}

async fn by_password(wire: &Wire, account: &str, profile: &str, answers: &mut dyn Answers) -> Result<Entry, Failed> {
    let nonce = nonce()?;
    let mut flow = Flow::start(wire, MethodKind::Password, account, profile, &nonce);
    let mut response = Secret::from(Vec::new());
    loop {
        match flow.next(&response).await? {
            Step::Done(session) => return Ok(Entry(session, None)),
            Step::Ask(mut asked) => {
                // A node that wants it shown does not get it shown.
                asked.prompt.secret |= flow.steps() == 1;
                response = answer(&flow, answers, &asked.prompt).await?;
            }
        }
    }
}

/// An answer that says something: an empty one would ask the node for the same step again.
async fn answer(flow: &Flow<'_>, answers: &mut dyn Answers, prompt: &crate::ask::Prompt) -> Result<Secret, Error> {
    match answers.answer(prompt).await {
        Some(answer) if !answer.as_bytes().is_empty() => Ok(answer),
        _ => {
            flow.cancel();
            Err(Error::Cancelled)
        }
    }
}

async fn by_key(wire: &Wire, account: &str, profile: &str, signer: &mut dyn Signer) -> Result<Entry, Failed> {
    let nonce = nonce()?;
    let mut flow = Flow::start(wire, MethodKind::PublicKey, account, profile, &nonce);
    let Step::Ask(asked) = flow.next(&Secret::from(Vec::new())).await? else {
        return Err(reading(wire).damaged("it asked for no signature").into());
    };
    let binding = wire.line().peer().channel_binding();
    let node = wire.fingerprint().map(|fingerprint| fingerprint.bytes());
    let expected = Expected { nonce: &nonce, account, profile, binding, node };
    if let Err(problem) = challenge::check(&asked.challenge, &expected) {
        flow.cancel();
        return Err(Error::from(IdentityProblem::Challenge(problem)).into());
    }
    let signature = Secret::from(signer.sign(&asked.challenge).await.inspect_err(|_| flow.cancel())?);
    match flow.next(&signature).await? {
        Step::Done(session) => Ok(Entry(session, Some(digest(&asked.challenge)))),
        Step::Ask(_) => {
            flow.cancel();
            Err(Error::Input("the node asks for more than a key; sign in by password".to_owned()).into())
        }
    }
}

/// Random bytes of this side's own: a challenge without them was made for somebody else.
fn nonce() -> Result<[u8; 32], Error> {
    let mut nonce = [0; 32];
    crate::random::fill(&mut nonce)?;
    Ok(nonce)
}

fn digest(challenge: &[u8]) -> [u8; 32] {
    HashAlg::Sha256.digest(challenge).try_into().expect("SHA-256 has 32 bytes")
}

/// Lets a call run that nobody waits for.
fn detach(promise: Promise<(), capnp::Error>) {
    tokio::task::spawn_local(async move {
        let _ = promise.await;
    });
}
