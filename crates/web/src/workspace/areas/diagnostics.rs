//! Whether everything is as it should be: the connection, the limits, what the node says of itself, and probes that ask
//! for what must be refused.
//!
//! A probe changes nothing at the node: what it asks for is refused, or, where it is not, let go of at once.

mod facts;
mod limits;
mod probe;

use std::cell::RefCell;
use std::rc::Rc;

use capos_client::{CapEntry, Peer};
use capos_schema::system_info_capnp::system_info;
use futures::future::LocalBoxFuture;
use serde::Deserialize;

use super::moment::now_ms;
use crate::workspace::command::{Command, Outcome, Reply};
use crate::workspace::desk::{Area, Core};
use crate::workspace::view::{Key, Text, shown};
use limits::in_words;

shown! {
    /// How the workspace reaches the node.
    struct DiagnosticsView {
        /// Over what.
        way: Way,
        /// Since when.
        since_ms: u64,
        /// What bounds the session here, a sentence each.
        limits: Vec<Text>,
    }

    /// Over what the node is reached.
    words Way {
        /// The workspace is a part of the node.
        InProcess,
        /// Over the network, encrypted.
        Encrypted,
        /// Over the network within this machine, unencrypted.
        Plain,
    }

    /// What a window asked to hear.
    struct EchoView {
        /// The window's own word.
        word: Key,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EchoRequest {
    word: Key,
}

/// Diagnostics.
pub(super) struct DiagnosticsArea {
    core: Rc<Core>,
    since_ms: u64,
    /// A grant that was taken early, for when it is one no more.
    early: RefCell<Option<(CapEntry, system_info::Client)>>,
}

impl DiagnosticsArea {
    pub(super) fn new(core: &Rc<Core>) -> Rc<Self> {
        Rc::new(Self { core: core.clone(), since_ms: now_ms(), early: RefCell::default() })
    }

    fn echo(&self, request: &EchoRequest) -> Outcome {
        self.core.board.put("diagnostics/echo", EchoView { word: request.word });
        Ok(Reply::done())
    }

    /// Asking for it starts nothing: the node itself serves it.
    async fn take_early(&self) {
        let Some(entry) = facts::system_info(&self.core).filter(|_| self.early.borrow().is_none()) else { return };
        if let Ok(client) = self.core.session.get_as(&entry.name).await {
            self.early.replace(Some((entry, client)));
        }
    }
}

impl Area for DiagnosticsArea {
    fn act(self: Rc<Self>, command: Command) -> LocalBoxFuture<'static, Outcome> {
        Box::pin(async move {
            match command.name.as_str() {
                "echo" => self.echo(&command.read()?),
                "facts" => {
                    command.bare()?;
                    Ok(Reply::of(&facts::facts(&self.core).await))
                }
                "probe" => Ok(Reply::of(&self.probe(command.read()?).await?)),
                _ => Err(command.unknown()),
            }
        })
    }

    fn look(self: Rc<Self>) -> LocalBoxFuture<'static, ()> {
        Box::pin(async move {
            self.take_early().await;
            let (way, limits) = (way(self.core.session.peer()), in_words(&self.core.limits));
            self.core.board.put("diagnostics", DiagnosticsView { way, since_ms: self.since_ms, limits });
        })
    }
}

fn way(peer: &Peer) -> Way {
    if *peer == Peer::internal() {
        Way::InProcess
    } else if peer.tls.is_some() {
        Way::Encrypted
    } else {
        Way::Plain
    }
}
