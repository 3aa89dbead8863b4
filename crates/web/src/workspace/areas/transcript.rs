//! What was done in this session: its redacted transcript, as it grows.

mod model;

use std::cell::RefCell;
use std::rc::Rc;

use capos_client::Transcript;
use futures::future::{AbortHandle, Abortable, LocalBoxFuture};
use tokio::task::spawn_local;

use crate::workspace::board::{Audience, Channel};
use crate::workspace::command::{Command, Outcome};
use crate::workspace::desk::{Area, Core};
use model::Model;

/// Shows the transcript to windows that look at it.
pub(super) struct TranscriptArea {
    core: Rc<Core>,
    telling: RefCell<Option<Telling>>,
}

/// Tells of new rows until it is dropped.
struct Telling(AbortHandle);

impl Drop for Telling {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl TranscriptArea {
    pub(super) fn new(core: &Rc<Core>) -> Rc<Self> {
        Rc::new(Self { core: core.clone(), telling: RefCell::default() })
    }

    fn begin(&self) -> Telling {
        let transcript = self.core.session.transcript().clone();
        let mut model = Model::default();
        model.take(&transcript.since(0));
        let channel = self.core.board.open("transcript", Audience::Wanting, model);
        let (handle, registration) = AbortHandle::new_pair();
        spawn_local(Abortable::new(tell(transcript, channel), registration));
        Telling(handle)
    }
}

/// The only one that waits for rows of this transcript; ends with the session.
async fn tell(transcript: Transcript, channel: Channel<Model>) {
    let mut news = transcript.news();
    while news.changed().await.is_ok() {
        let seen = channel.read(Model::last).unwrap_or_default();
        let added = transcript.since(seen);
        if !added.rows.is_empty() {
            channel.send(&model::added(&added));
        }
    }
}

impl Area for TranscriptArea {
    fn act(self: Rc<Self>, command: Command) -> LocalBoxFuture<'static, Outcome> {
        Box::pin(async move { Err(command.unknown()) })
    }

    fn look(self: Rc<Self>) -> LocalBoxFuture<'static, ()> {
        Box::pin(async move {
            let mut telling = self.telling.borrow_mut();
            if telling.is_none() {
                *telling = Some(self.begin());
            }
        })
    }
}
