//! What a terminal shows, kept by the node. What is typed is not: it has passwords in it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use capnp::any_pointer;
use capnp::capability::Request;
use capnp::traits::HasTypeId as _;
use capos_sandbox::tree::Exit;
use capos_schema::recordings_capnp::{recorder, recording_sink};
use capos_screen::Size;
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;

use super::wire;
use crate::commands::{code, signal};

/// Bytes that are sent without waiting for more.
const BATCH: usize = 32 << 10;
/// What waits after which the program waits too. With what is read at once beside it, it is less than the node takes in
/// one call: more would be refused, and the recording would end there.
const MOST: usize = 512 << 10;
/// What an event counts for beside its bytes: of them, too, the node takes no more than so many in one call.
const EVENT: usize = 512;
/// How much later what is written may be to still be one event with what was written before it, in milliseconds: less
/// than anybody sees.
const TOGETHER: u64 = 10;
/// How long what was written waits for more.
const WAIT: Duration = Duration::from_millis(100);
/// The ordinal of `RecordingSink.write`.
const WRITE: u16 = 0;

enum What {
    Wrote(Vec<u8>),
    Resized(Size),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Going,
    /// Everything so far is to be kept and the recording ended.
    Finishing(Exit),
    Kept,
    Failed,
}

/// A recording under way. Dropped before its end, it is cut off there.
pub(super) struct Recording {
    shared: Rc<Shared>,
    keeping: AbortHandle,
}

struct Shared {
    started: Instant,
    waiting: RefCell<Vec<(u64, What)>>,
    bytes: Cell<usize>,
    stage: watch::Sender<Stage>,
    news: Notify,
    /// The program may go on.
    room: Rc<Notify>,
    required: bool,
}

impl Recording {
    /// Begins one; nothing where the node does not.
    pub(super) async fn start(
        recorder: &recorder::Client,
        (title, command, size): (&str, &str, Size),
        required: bool,
        room: Rc<Notify>,
    ) -> Result<Self, capnp::Error> {
        let mut request = recorder.start_request();
        request.get().set_title(title);
        request.get().set_command(command);
        wire::size(size, request.get().init_size());
        let sink = request.send().promise.await?.get()?.get_recording()?;
        let shared = Rc::new(Shared {
            started: Instant::now(),
            waiting: RefCell::default(),
            bytes: Cell::new(0),
            stage: watch::channel(Stage::Going).0,
            news: Notify::new(),
            room,
            required,
        });
        let keeping = tokio::task::spawn_local(keep(shared.clone(), sink)).abort_handle();
        Ok(Self { shared, keeping })
    }

    pub(super) fn wrote(&self, bytes: &[u8]) {
        self.note(|waiting, after| match waiting.last_mut() {
            Some((at, What::Wrote(before))) if after.saturating_sub(*at) < TOGETHER && before.len() < BATCH => {
                before.extend_from_slice(bytes);
                bytes.len()
            }
            _ => {
                waiting.push((after, What::Wrote(bytes.to_vec())));
                bytes.len() + EVENT
            }
        });
    }

    pub(super) fn resized(&self, size: Size) {
        self.note(|waiting, after| match waiting.last_mut() {
            // Nothing was drawn at the size between: whoever resizes does not wait, and could do it for ever.
            Some((_, What::Resized(before))) => {
                *before = size;
                0
            }
            _ => {
                waiting.push((after, What::Resized(size)));
                EVENT
            }
        });
    }

    /// Adds to what waits; `add` says how much more that is.
    fn note(&self, add: impl FnOnce(&mut Vec<(u64, What)>, u64) -> usize) {
        if *self.shared.stage.borrow() != Stage::Going {
            return;
        }
        let after = u64::try_from(self.shared.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let more = add(&mut self.shared.waiting.borrow_mut(), after);
        self.shared.bytes.set(self.shared.bytes.get() + more);
        self.shared.news.notify_one();
    }

    /// Whether the program is to wait for it.
    pub(super) fn is_full(&self) -> bool {
        *self.shared.stage.borrow() == Stage::Going && self.shared.bytes.get() >= MOST
    }

    /// Whether everything is kept so far.
    pub(super) fn is_kept(&self) -> bool {
        *self.shared.stage.borrow() != Stage::Failed
    }

    /// Waits until there must be one, and is none any more.
    pub(super) async fn is_missed(&self) {
        let _ = self.shared.stage.subscribe().wait_for(|stage| self.shared.required && *stage == Stage::Failed).await;
    }

    /// Ends it, once everything is kept.
    pub(super) async fn finish(&self, exit: Exit) {
        self.shared.stage.send_if_modified(|stage| {
            let going = *stage == Stage::Going;
            if going {
                *stage = Stage::Finishing(exit);
            }
            going
        });
        self.shared.news.notify_one();
        let done = |stage: &Stage| matches!(stage, Stage::Kept | Stage::Failed);
        let _ = self.shared.stage.subscribe().wait_for(done).await;
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        self.keeping.abort();
    }
}

async fn keep(shared: Rc<Shared>, sink: recording_sink::Client) {
    let outcome = keep_on(&shared, &sink).await;
    if let Err(error) = &outcome {
        tracing::warn!("a recording failed: {error}");
        shared.waiting.borrow_mut().clear();
    }
    shared.stage.send_replace(if outcome.is_ok() { Stage::Kept } else { Stage::Failed });
    shared.room.notify_waiters();
}

async fn keep_on(shared: &Shared, sink: &recording_sink::Client) -> Result<(), capnp::Error> {
    loop {
        let stage = *shared.stage.borrow();
        let events = std::mem::take(&mut *shared.waiting.borrow_mut());
        shared.bytes.set(0);
        shared.room.notify_waiters();
        if !events.is_empty() {
            write(sink, &events).await?;
        } else if let Stage::Finishing(exit) = stage {
            return finish(sink, exit).await;
        } else {
            shared.news.notified().await;
            more(shared).await;
        }
    }
}

/// Waits a little for what comes after something, so that a call has more of it.
async fn more(shared: &Shared) {
    let enough = async {
        while *shared.stage.borrow() == Stage::Going && shared.bytes.get() < BATCH {
            shared.news.notified().await;
        }
    };
    let _ = tokio::time::timeout(WAIT, enough).await;
}

/// An ordinary call, whose answer says that the events are kept.
async fn write(sink: &recording_sink::Client, events: &[(u64, What)]) -> Result<(), capnp::Error> {
    let mut request: Request<recording_sink::write_params::Owned, any_pointer::Owned> =
        sink.client.new_call(recording_sink::Client::TYPE_ID, WRITE, None);
    let mut told = request.get().init_events(wire::count(events.len()));
    for (index, (after, what)) in (0..).zip(events) {
        let mut event = told.reborrow().get(index);
        event.set_after_ms(*after);
        match what {
            What::Wrote(bytes) => event.set_output(bytes),
            What::Resized(size) => wire::size(*size, event.init_resized()),
        }
    }
    request.send().promise.await.map(drop)
}

async fn finish(sink: &recording_sink::Client, exit: Exit) -> Result<(), capnp::Error> {
    let mut request = sink.finish_request();
    request.get().set_exit_code(code(exit));
    request.get().set_signal(&*signal(exit));
    request.send().promise.await.map(drop)
}

#[cfg(test)]
mod tests;
