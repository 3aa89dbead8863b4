//! What a command writes, on its way to those who read it.
//!
//! The first bytes are kept, for whoever comes later and for the result. What comes after them goes to the readers there
//! are, and is gone. A reader of the command's holder slows the command down: [`Output::room`] is what the pipes wait for.
//! One who watches misses bytes instead, and is told how many.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use capos_sandbox::tree::Exit;
use capos_schema::shell_capnp::{data_callback, exit_callback};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::ending;
use super::kept::{Kept, Source, Wanted};
use super::reader::{Newcomer, Owner, Reader, ReaderId};
use crate::Error;

/// What may have come of a command. That it was read and that it is gone follow its end in either order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The command itself has ended; what it wrote may still be in its pipes.
    Ended,
    /// All that it wrote before that is here.
    Read,
    /// Nothing is left of what it started, either.
    Gone,
}

/// One command's output.
pub(crate) struct Output {
    state: RefCell<State>,
    stages: watch::Sender<[bool; 3]>,
    /// Changes whenever a reader may have room again.
    progress: watch::Sender<()>,
    bounds: Bounds,
}

/// What one command's readers may cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Bytes under way to one reader.
    pub(crate) window: usize,
    /// Callbacks of the holder, and of each who watches.
    pub(crate) callbacks: usize,
}

struct State {
    kept: Kept,
    /// Bytes of either source that came after what is kept.
    passed: [u64; 2],
    readers: BTreeMap<ReaderId, Reader>,
    next: ReaderId,
    exits: Vec<(Owner, exit_callback::Client)>,
    exit: Option<Exit>,
    read: [bool; 2],
    /// The sources that nothing more comes from.
    dry: [bool; 2],
    telling: JoinSet<()>,
}

impl Output {
    pub(crate) fn new(kept: Kept, bounds: Bounds) -> Rc<Self> {
        let state = State {
            kept,
            passed: [0; 2],
            readers: BTreeMap::new(),
            next: 0,
            exits: Vec::new(),
            exit: None,
            read: [false; 2],
            dry: [false; 2],
            telling: JoinSet::new(),
        };
        let (stages, progress) = (watch::channel([false; 3]).0, watch::channel(()).0);
        Rc::new(Self { state: RefCell::new(state), stages, progress, bounds })
    }

    /// Adds a reader: it is told what is kept, then what comes.
    pub(crate) fn read(
        self: &Rc<Self>,
        owner: Owner,
        wanted: Wanted,
        callback: data_callback::Client,
    ) -> Result<(), Error> {
        let state = &mut *self.state.borrow_mut();
        state.room_for(owner, self.bounds.callbacks)?;
        let missed = state.passed(wanted);
        let newcomer = Newcomer { callback, owner, wanted, window: self.bounds.window, missed };
        let id = state.next;
        state.next = id.checked_add(1).ok_or(Error::Quota("there were too many callbacks"))?;
        let mut reader = Reader::new(id, newcomer, self);
        if state.all_read() {
            reader.mark_end(&state.kept);
        }
        reader.advance(&state.kept);
        state.readers.insert(id, reader);
        state.let_go();
        Ok(())
    }

    /// Adds whoever is to be told of the end: at once where it was and nothing is to be read before.
    pub(crate) fn tell_exit(&self, owner: Owner, callback: exit_callback::Client) -> Result<(), Error> {
        let state = &mut *self.state.borrow_mut();
        state.room_for(owner, self.bounds.callbacks)?;
        state.exits.push((owner, callback));
        state.tell_exits();
        Ok(())
    }

    /// Lets go of all callbacks of an owner.
    pub(crate) fn forget(&self, owner: Owner) {
        let state = &mut *self.state.borrow_mut();
        state.readers.retain(|_, reader| reader.owner() != owner);
        state.exits.retain(|(of, _)| *of != owner);
        self.progress.send_replace(());
    }

    /// Waits until all that reads this source for the holder has room.
    pub(super) async fn room(&self, source: Source) {
        let mut progress = self.progress.subscribe();
        while self.state.borrow().is_behind(source) {
            if progress.changed().await.is_err() {
                return;
            }
        }
    }

    /// Takes what the command wrote.
    pub(super) fn take(&self, source: Source, bytes: &[u8]) {
        self.state.borrow_mut().take(source, bytes);
    }

    /// A reader's call was answered. One that fails is none any more.
    pub(super) fn heard(&self, id: ReaderId, bytes: usize, well: bool) {
        let state = &mut *self.state.borrow_mut();
        if !well {
            state.readers.remove(&id);
        } else if let Some(reader) = state.readers.get_mut(&id) {
            reader.heard(bytes);
            reader.advance(&state.kept);
        }
        state.tell_exits();
        state.let_go();
        self.progress.send_replace(());
    }

    /// The command has ended.
    pub(super) fn ended(&self, exit: Exit) {
        self.state.borrow_mut().exit.get_or_insert(exit);
        self.reach(Stage::Ended);
    }

    /// All that was written to this source before the end is here.
    pub(super) fn has_read(&self, source: Source) {
        let state = &mut *self.state.borrow_mut();
        let before = state.all_read();
        state.read[source as usize] = true;
        if !before && state.all_read() {
            for reader in state.readers.values_mut() {
                reader.mark_end(&state.kept);
                reader.advance(&state.kept);
            }
            state.tell_exits();
            self.reach(Stage::Read);
        }
    }

    /// Nothing more comes from this source, of what the command has left running either.
    pub(super) fn has_dried_up(&self, source: Source) {
        let state = &mut *self.state.borrow_mut();
        state.dry[source as usize] = true;
        state.let_go();
    }

    /// Nothing of it is left.
    pub(super) fn gone(&self) {
        self.reach(Stage::Gone);
    }

    fn reach(&self, stage: Stage) {
        self.stages.send_modify(|reached| reached[stage as usize] = true);
    }

    /// Waits until it has come so far.
    pub(crate) async fn reached(&self, stage: Stage) {
        let mut reached = self.stages.subscribe();
        let _ = reached.wait_for(|reached| reached[stage as usize]).await;
    }

    /// How it ended, if it has.
    pub(crate) fn exit(&self) -> Option<Exit> {
        self.state.borrow().exit
    }

    /// What is kept of both sources, and whether that is not all.
    pub(crate) fn kept(&self) -> (Vec<u8>, Vec<u8>, bool) {
        let kept = &self.state.borrow().kept;
        (kept.all(Source::Output), kept.all(Source::Errors), kept.is_closed())
    }
}

impl State {
    fn room_for(&self, owner: Owner, most: usize) -> Result<(), Error> {
        let readers = self.readers.values().filter(|reader| reader.owner() == owner).count();
        let exits = self.exits.iter().filter(|(of, _)| *of == owner).count();
        if readers + exits < most { Ok(()) } else { Err(Error::Quota("there are too many callbacks here")) }
    }

    fn passed(&self, wanted: Wanted) -> u64 {
        let [output, errors] = self.passed;
        match wanted {
            Wanted::Both => output.saturating_add(errors),
            Wanted::Only(Source::Output) => output,
            Wanted::Only(Source::Errors) => errors,
        }
    }

    fn is_behind(&self, source: Source) -> bool {
        let mut holding = self.readers.values().filter(|reader| reader.owner() == Owner::Holder);
        holding.any(|reader| reader.wants(source) && reader.is_behind(&self.kept))
    }

    fn take(&mut self, source: Source, bytes: &[u8]) {
        let kept = self.kept.put(source, bytes);
        let rest = bytes.get(kept..).unwrap_or_default();
        let passed = &mut self.passed[source as usize];
        *passed = passed.saturating_add(u64::try_from(rest.len()).unwrap_or(u64::MAX));
        for reader in self.readers.values_mut().filter(|reader| reader.wants(source)) {
            reader.advance(&self.kept);
            if !rest.is_empty() {
                reader.take(rest, &self.kept);
            }
        }
    }

    /// Lets go of those for whom nothing more comes. A stream that one of them stands for ends with this.
    fn let_go(&mut self) {
        if self.dry == [true; 2] {
            self.readers.retain(|_, reader| !reader.is_done());
        }
    }

    fn all_read(&self) -> bool {
        self.exit.is_some() && self.read == [true; 2]
    }

    fn tell_exits(&mut self) {
        while self.telling.try_join_next().is_some() {}
        let Some(exit) = self.exit.filter(|_| self.all_read()) else { return };
        let readers = &self.readers;
        let is_served = |owner: Owner| !readers.values().any(|of| of.owner() == owner && !of.has_taken_all());
        for (_, callback) in self.exits.extract_if(.., |(owner, _)| is_served(*owner)) {
            let mut call = callback.exit_request();
            call.get().set_exit_code(ending::code(exit));
            call.get().set_signal(&*ending::signal(exit));
            let told = call.send().promise;
            self.telling.spawn_local(async move { drop(told.await) });
        }
    }
}
