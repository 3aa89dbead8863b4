//! One reader of a command's output: a callback of a client, told in order, and never more at once than its window.

use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use capnp::Error;
use capnp::capability::{Promise, Request};
use capnp::traits::HasTypeId as _;
use capnp::{MessageSize, any_pointer};
use capos_schema::shell_capnp::data_callback;
use futures::channel::mpsc;
use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, StreamExt as _, TryFutureExt as _};
use tokio::task::AbortHandle;

use super::kept::{Kept, Source, Wanted};
use super::output::Output;

/// Bytes told at once: large enough that what a call costs does not count, and some of them fit into a window.
pub(super) const CHUNK: usize = 256 << 10;

/// Calls under way to one reader: small chunks cost more than their bytes.
const CALLS: usize = 64;

/// The ordinal of `DataCallback.data`.
const DATA: u16 = 0;

/// A number within one command.
pub(super) type ReaderId = u32;

/// Whose callback it is: the holder of the command, or one of those who watch it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    Holder,
    Observer(u32),
}

/// What a call takes beside its bytes.
const ENVELOPE_WORDS: u64 = 32;

/// Bytes under way, and what becomes of the call that tells them.
type Call = (usize, Promise<(), Error>);

/// What came after what is kept: so many bytes missing, then these.
struct Late {
    skipped: u64,
    bytes: Rc<[u8]>,
}

pub(super) struct Reader {
    callback: data_callback::Client,
    owner: Owner,
    wanted: Wanted,
    /// How far it has come in what is kept, and how many bytes it was told of that.
    cursor: usize,
    told_of_kept: usize,
    /// What could not be told at once.
    queue: VecDeque<Late>,
    queued: usize,
    /// Bytes missing behind all that.
    skipped: u64,
    window: usize,
    bytes_under_way: usize,
    calls_under_way: usize,
    /// Bytes written before the command's end that it has not taken yet.
    before_end: usize,
    calls: mpsc::UnboundedSender<Call>,
    listening: AbortHandle,
}

/// What a reader is made of.
pub(super) struct Newcomer {
    pub(super) callback: data_callback::Client,
    pub(super) owner: Owner,
    pub(super) wanted: Wanted,
    pub(super) window: usize,
    /// Bytes that came after what is kept, before it came.
    pub(super) missed: u64,
}

impl Reader {
    pub(super) fn new(id: ReaderId, newcomer: Newcomer, output: &Rc<Output>) -> Self {
        let (calls, answers) = mpsc::unbounded();
        let listening = tokio::task::spawn_local(listen(id, Rc::downgrade(output), answers)).abort_handle();
        Self {
            callback: newcomer.callback,
            owner: newcomer.owner,
            wanted: newcomer.wanted,
            cursor: 0,
            told_of_kept: 0,
            queue: (newcomer.missed > 0)
                .then(|| Late { skipped: newcomer.missed, bytes: Rc::new([]) })
                .into_iter()
                .collect(),
            queued: 0,
            skipped: 0,
            window: newcomer.window,
            bytes_under_way: 0,
            calls_under_way: 0,
            before_end: 0,
            calls,
            listening,
        }
    }

    pub(super) fn owner(&self) -> Owner {
        self.owner
    }

    pub(super) fn wants(&self, source: Source) -> bool {
        self.wanted.takes(source)
    }

    /// Whether one more chunk would have to wait.
    pub(super) fn is_behind(&self, kept: &Kept) -> bool {
        !self.has_room() || !self.queue.is_empty() || kept.after(self.cursor, self.wanted, 1).is_some()
    }

    fn has_room(&self) -> bool {
        self.bytes_under_way < self.window && self.calls_under_way < CALLS
    }

    /// Takes what was written and is not kept. Who watches only, and is too slow, misses it.
    pub(super) fn take(&mut self, bytes: &[u8], kept: &Kept) {
        if !self.is_behind(kept) {
            let skipped = std::mem::take(&mut self.skipped);
            self.tell(bytes, skipped);
        } else if self.owner != Owner::Holder && self.queued.saturating_add(bytes.len()) > self.window {
            self.skipped = self.skipped.saturating_add(number(bytes.len()));
        } else {
            self.queued += bytes.len();
            self.queue.push_back(Late { skipped: std::mem::take(&mut self.skipped), bytes: bytes.into() });
        }
    }

    /// Tells as much as its window has room for.
    pub(super) fn advance(&mut self, kept: &Kept) {
        while self.has_room() {
            if let Some((bytes, after)) = kept.after(self.cursor, self.wanted, CHUNK) {
                self.cursor = after;
                self.told_of_kept += bytes.len();
                self.tell(bytes, 0);
            } else if let Some(late) = self.queue.pop_front() {
                self.queued -= late.bytes.len();
                self.tell(&late.bytes, late.skipped);
            } else {
                return;
            }
        }
    }

    /// One call. Its place among the calls is this moment's.
    fn tell(&mut self, bytes: &[u8], skipped: u64) {
        let size = MessageSize { word_count: number(bytes.len()) / 8 + ENVELOPE_WORDS, cap_count: 0 };
        // An ordinary call: what a streaming one answers is only that there is room for more.
        let mut call: Request<data_callback::data_params::Owned, any_pointer::Owned> =
            self.callback.client.new_call(data_callback::Client::TYPE_ID, DATA, Some(size));
        call.get().set_chunk(bytes);
        call.get().set_skipped(skipped);
        self.bytes_under_way += bytes.len();
        self.calls_under_way += 1;
        let answer = call.send().promise;
        let _ = self.calls.unbounded_send((bytes.len(), Promise::from_future(answer.map_ok(drop))));
    }

    /// A call was answered.
    pub(super) fn heard(&mut self, bytes: usize) {
        self.bytes_under_way = self.bytes_under_way.saturating_sub(bytes);
        self.calls_under_way = self.calls_under_way.saturating_sub(1);
        self.before_end = self.before_end.saturating_sub(bytes);
    }

    /// The command has ended: what it has not taken so far comes before it is told so.
    pub(super) fn mark_end(&mut self, kept: &Kept) {
        if self.skipped > 0 {
            self.queue.push_back(Late { skipped: std::mem::take(&mut self.skipped), bytes: Rc::new([]) });
        }
        let rest_of_kept = kept.count(self.wanted).saturating_sub(self.told_of_kept);
        self.before_end = self.bytes_under_way + rest_of_kept + self.queued;
    }

    /// Whether it has all that was written before the end.
    pub(super) fn has_taken_all(&self) -> bool {
        self.before_end == 0
    }

    /// Whether nothing is under way to it and nothing waits, that it was left out included.
    pub(super) fn is_done(&self) -> bool {
        self.has_taken_all() && self.calls_under_way == 0 && self.queue.is_empty()
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// Waits for answers, in whatever order they come, for as long as the reader is there.
async fn listen(id: ReaderId, output: Weak<Output>, mut calls: mpsc::UnboundedReceiver<Call>) {
    let mut waiting = FuturesUnordered::new();
    loop {
        let (bytes, outcome) = futures::select! {
            call = calls.next() => match call {
                Some((bytes, answer)) => {
                    waiting.push(answer.map(move |outcome| (bytes, outcome)));
                    continue;
                }
                None => return,
            },
            answered = waiting.select_next_some() => answered,
        };
        let Some(output) = output.upgrade() else { return };
        output.heard(id, bytes, outcome.is_ok());
    }
}

fn number(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
