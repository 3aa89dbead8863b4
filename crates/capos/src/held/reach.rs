//! Finding the background process that a command means.

use std::io;
use std::time::Duration;

use capos_rpc::ConnectionHandle;
use tokio::net::UnixStream;

use super::directory::{Directory, parse_name};
use super::wire::{Handle, Status, text};
use crate::failure::{Exit, Failure};
use crate::generated::held_capnp::held;

/// How long a node may take to say whether a session is live before it counts as that.
const PATIENCE: Duration = Duration::from_secs(5);

/// A background process that answers.
pub(crate) struct Reached {
    /// Which session it holds.
    pub(crate) status: Status,
    /// What it offers.
    pub(crate) held: held::Client,
    line: ConnectionHandle,
}

impl Reached {
    /// Waits until the process is gone, as it is once its session is over.
    pub(crate) async fn gone(&self) {
        self.line.closed().await;
    }

    /// Whether the node says that the session is over. Its process learns that only when the connection closes.
    pub(crate) async fn has_ended(&self) -> bool {
        let session = self.held.session_request().send().pipeline.get_session();
        let asked = tokio::time::timeout(PATIENCE, session.info_request().send().promise);
        match asked.await {
            Ok(Err(error)) => {
                let failure = Failure::from(error);
                failure.code == "staleSession" || failure.exit == Exit::Unreachable
            }
            Ok(Ok(_)) | Err(_) => false,
        }
    }

    /// Ends the session and the process that holds it, as far as either is there.
    pub(crate) async fn let_go(&self) {
        // A process that ends may do so before its answer has left.
        let _ = self.held.logout_request().send().promise.await;
    }

    /// Everything that is kept there by number.
    pub(crate) async fn handles(&self) -> Result<Vec<Handle>, Failure> {
        let answer = self.held.handles_request().send().promise.await?;
        let read = |from: crate::generated::held_capnp::handle::Reader<'_>| {
            let origin = text(from.get_origin())?;
            Ok(Handle { number: from.get_number(), interface_id: from.get_interface_id(), origin })
        };
        answer.get()?.get_handles()?.iter().map(read).collect::<capnp::Result<_>>().map_err(Failure::from)
    }
}

/// The session of that name; without one the only one, or the one connected last.
pub(crate) async fn reach(node: Option<&str>) -> Result<Reached, Failure> {
    let directory = Directory::open()?;
    if let Some(name) = node {
        let name = parse_name(name)?;
        return connect(&directory, name).await.ok_or_else(|| missing(&directory, name));
    }
    let mut live = live(&directory).await;
    let last = directory.last();
    if let Some(position) = live.iter().position(|reached| last.as_deref() == Some(&*reached.status.name)) {
        return Ok(live.swap_remove(position));
    }
    match (live.pop(), live.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(one), false) => {
            let names: Vec<&str> = live.iter().chain([&one]).map(|reached| &*reached.status.name).collect();
            Err(Failure::usage("several sessions are held")
                .advise(format!("Choose one with --node: {}.", names.join(", "))))
        }
        (None, _) => Err(nowhere(&directory)),
    }
}

/// Every session that is held.
pub(crate) async fn all() -> Result<Vec<Reached>, Failure> {
    Ok(live(&Directory::open()?).await)
}

async fn live(directory: &Directory) -> Vec<Reached> {
    let mut live = Vec::new();
    for name in directory.names() {
        live.extend(connect(directory, &name).await);
    }
    live
}

/// A socket that nobody listens at is cleared away: its process was killed, and its session with it.
async fn connect(directory: &Directory, name: &str) -> Option<Reached> {
    let stream = match UnixStream::connect(directory.socket(name)).await {
        Ok(stream) => stream,
        Err(error) => {
            if error.kind() == io::ErrorKind::ConnectionRefused {
                directory.remove_socket(name);
            }
            return None;
        }
    };
    let (held, line): (held::Client, _) = super::take(stream);
    let answer = held.status_request().send().promise.await.ok()?;
    let status = answer.get().and_then(|answer| Status::read(answer.get_status()?)).ok()?;
    Some(Reached { status, held, line })
}

fn missing(directory: &Directory, name: &str) -> Failure {
    match directory.note(name) {
        Some(note) => note.failure(name),
        None => Failure::failed(format!("no session named `{name}` is held"))
            .coded("notConnected")
            .advise("See what is held with `capos nodes`, or sign in with `capos connect`."),
    }
}

fn nowhere(directory: &Directory) -> Failure {
    if let Some((name, note)) = directory.last_note() {
        return note.failure(&name);
    }
    Failure::new(Exit::Failed, "you are not signed in anywhere")
        .coded("notConnected")
        .advise("Sign in with `capos connect USER@HOST`.")
}
