//! Probes: each asks for something that must be refused, and says what was expected and what came.

use capnp::traits::HasTypeId as _;
use capos_client::Error;
use capos_schema::gateway_capnp::{RemoteAuthKind, remote_auth_flow};
use capos_schema::manual_capnp::manual;
use capos_schema::system_info_capnp::system_info;
use serde::Deserialize;
use tokio::time::Instant;

use super::DiagnosticsArea;
use crate::workspace::problem::Problem;
use crate::workspace::view::{Key, Text, shown};

shown! {
    /// How a probe went.
    struct ProbeReply {
        /// What was tried.
        tried: Text,
        /// What was expected.
        expected: Text,
        /// What came, as a code.
        code: Text,
        /// What came, for a person.
        came: Text,
        /// Whether that is as it should be.
        holds: bool,
        /// How long it took.
        took_ms: u64,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct ProbeRequest {
    which: Which,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Which {
    WrongInterface,
    UnknownCapability,
    StaleCall,
}

/// What was tried, what has to come of it, and what came.
struct Tried {
    what: String,
    /// Codes, any of which is right.
    right: &'static [&'static str],
    came: Result<(), Problem>,
}

/// How a capability may be refused once it is granted no more.
const OVER: &[&str] = &["revoked", "leaseExpired", "unknownCap", "staleSession", "serviceUnavailable"];

impl DiagnosticsArea {
    pub(super) async fn probe(&self, request: ProbeRequest) -> Result<ProbeReply, Problem> {
        let began = Instant::now();
        let Tried { what, right, came } = match request.which {
            Which::WrongInterface => self.wrong_interface().await?,
            Which::UnknownCapability => self.unknown_capability().await,
            Which::StaleCall => self.stale_call().await?,
        };
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (code, came) = match came {
            Ok(()) => (Text::fixed("ok"), Text::fixed("It was not refused.")),
            Err(problem) => (problem.code, problem.message),
        };
        let holds = right.contains(&code.as_str());
        let expected = Text::line(&format!("A refusal: {}.", right.join(" or ")));
        Ok(ProbeReply { tried: Text::line(&what), expected, code, came, holds, took_ms })
    }

    /// A grant's name, with the id of an interface that it is not.
    async fn wrong_interface(&self) -> Result<Tried, Problem> {
        let caps = self.core.caps();
        let Some(entry) = caps.first() else { return Err(nothing_granted()) };
        let own = entry.interface_id == system_info::Client::TYPE_ID;
        let (id, other) =
            if own { (manual::Client::TYPE_ID, "Manual") } else { (system_info::Client::TYPE_ID, "SystemInfo") };
        let came = self.core.session.get(&entry.name, id).await;
        let what = format!("Took the grant {} as a {other}, which it is not.", entry.name);
        Ok(Tried { what, right: &["interfaceMismatch"], came: refused(came) })
    }

    /// A name that nothing has.
    async fn unknown_capability(&self) -> Tried {
        let name = format!("no-such-{}", Key::new());
        let came = self.core.session.get(&name, system_info::Client::TYPE_ID).await;
        let what = "Asked for a capability by a name that was made up.".to_owned();
        Tried { what, right: &["unknownCap"], came: refused(came) }
    }

    /// A capability from before: one whose grant is over, where there is one, else a sign-in that was given up.
    async fn stale_call(&self) -> Result<Tried, Problem> {
        let early = self.early.borrow().clone();
        if let Some((entry, client)) = early.filter(|(entry, _)| !self.core.caps().contains(entry)) {
            let came = client.motd_request().send().promise.await;
            let came = came.map(drop).map_err(|error| self.judged(&error));
            let what = format!("Called {}, taken while it was granted and kept since.", entry.name);
            return Ok(Tried { what, right: OVER, came });
        }
        let what = "Began a sign-in beside this session, gave it up, and went on with it all the same.".to_owned();
        let flow = self.flow_given_up().await.map_err(|error| self.judged(&error))?;
        let came = flow.next_request().send().promise.await.map_err(|error| self.judged(&error));
        Ok(Tried { what, right: &["badRequest"], came: came.map(drop) })
    }

    /// A sign-in that was begun and cancelled, which the node writes down nowhere.
    async fn flow_given_up(&self) -> capnp::Result<remote_auth_flow::Client> {
        let mut request = self.core.connection.gateway().start_request();
        request.get().init_request().set_kind(RemoteAuthKind::Password);
        let flow = request.send().promise.await?.get()?.get_flow()?;
        flow.cancel_request().send().promise.await?;
        Ok(flow)
    }

    fn judged(&self, error: &capnp::Error) -> Problem {
        self.core.session.judge("probe", error).into()
    }
}

fn refused<T>(came: Result<T, Error>) -> Result<(), Problem> {
    came.map(drop).map_err(Problem::from)
}

fn nothing_granted() -> Problem {
    Problem::not_found("Nothing is granted to this session that could be asked for.")
}
