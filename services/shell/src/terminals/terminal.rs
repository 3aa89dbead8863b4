//! One terminal, from the start of its program until it is closed.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

use capos_sandbox::tree::{Exit, Signal, Tree};
use capos_schema::terminals_capnp::terminal::InputParams;
use capos_screen::{Screen, Size};
use tokio::sync::{Notify, mpsc, oneshot, watch};

use super::drawing::Drawing;
use super::pty::Pty;
use super::recording::Recording;
use crate::Limits;

/// Bytes read at once: what a pseudo-terminal holds at most.
const READ: usize = 64 << 10;
/// How long a terminal that somebody else still has open may be silent after its program's end before it is over.
const SILENCE: Duration = Duration::from_millis(300);

/// A call that types, and who waits for it.
type Typed = (InputParams, oneshot::Sender<()>);

/// What a terminal was opened with.
pub(super) struct Opened {
    pub(super) id: u32,
    pub(super) title: String,
    pub(super) command: String,
    pub(super) started_at_ms: u64,
}

/// A terminal.
pub(super) struct Terminal {
    pub(super) opened: Opened,
    pub(super) limits: Limits,
    pub(super) screen: RefCell<Screen>,
    pub(super) tree: Tree,
    pub(super) recording: Option<Recording>,
    pty: Pty,
    typing: mpsc::UnboundedSender<Typed>,
    /// Real terminals that show it.
    drawings: RefCell<Vec<Weak<Drawing>>>,
    /// How many look at it, in whatever way.
    pub(super) viewers: Cell<usize>,
    /// Counts what changed on the screen.
    changed: watch::Sender<u64>,
    /// Whoever the program waits for has taken something.
    pub(super) room: Rc<Notify>,
    /// How the program ended, once all that it wrote was read.
    ended: watch::Sender<Option<Exit>>,
    closed: watch::Sender<bool>,
}

impl Terminal {
    /// A terminal whose program has been started.
    pub(super) fn new(
        opened: Opened,
        limits: &Limits,
        size: Size,
        (pty, tree): (Pty, Tree),
        (recording, room): (Option<Recording>, Rc<Notify>),
    ) -> Rc<Self> {
        let bounds = capos_screen::Limits {
            scrollback_lines: limits.scrollback,
            scrollback_bytes: limits.scrollback_bytes,
            ..capos_screen::Limits::default()
        };
        let (typing, typed) = mpsc::unbounded_channel();
        let terminal = Rc::new(Self {
            opened,
            limits: limits.clone(),
            screen: RefCell::new(Screen::new(size, &bounds)),
            tree,
            recording,
            pty,
            typing,
            drawings: RefCell::default(),
            viewers: Cell::new(0),
            changed: watch::channel(0).0,
            room,
            ended: watch::channel(None).0,
            closed: watch::channel(false).0,
        });
        tokio::task::spawn_local(terminal.clone().live(typed));
        terminal
    }

    /// Carries what the program writes until it ends.
    async fn live(self: Rc<Self>, typed: mpsc::UnboundedReceiver<Typed>) {
        tokio::select! {
            () = self.carry() => {}
            () = self.type_all(typed) => {}
            () = self.is_closed() => {}
            () = self.is_unkept() => self.give_up(),
        }
        let exit = self.tree.ended().await;
        if let Some(recording) = &self.recording {
            recording.finish(exit).await;
        }
        self.ended.send_replace(Some(exit));
        self.note_change();
    }

    async fn carry(&self) {
        let mut buffer = vec![0; READ];
        let program = async {
            self.tree.ended().await;
        };
        tokio::pin!(program);
        let mut over = false;
        loop {
            self.has_room().await;
            let count = tokio::select! {
                biased;
                count = self.pty.read(&mut buffer) => count,
                () = &mut program, if !over => {
                    over = true;
                    continue;
                }
                () = tokio::time::sleep(SILENCE), if over => return,
            };
            match buffer.get(..count) {
                None | Some([]) => return,
                Some(bytes) => self.show(bytes),
            }
            // Somebody who types must be heard by a program that writes without end.
            tokio::task::yield_now().await;
        }
    }

    /// The program wrote this.
    fn show(&self, bytes: &[u8]) {
        self.screen.borrow_mut().feed(bytes);
        if let Some(recording) = &self.recording {
            recording.wrote(bytes);
        }
        let mut asked_elsewhere = false;
        let size = self.screen.borrow().size();
        self.each_drawing(|drawing| {
            asked_elsewhere |= drawing.is_waited_for();
            drawing.take(bytes, size);
        });
        let answers = self.screen.borrow_mut().answers();
        if !asked_elsewhere {
            self.pty.write_now(&answers);
        }
        self.note_change();
    }

    /// Waits until the recording that there must be has failed.
    async fn is_unkept(&self) {
        match &self.recording {
            Some(recording) => recording.is_missed().await,
            None => std::future::pending().await,
        }
    }

    fn give_up(&self) {
        tracing::warn!("a terminal is ended: it must be recorded, and the recording failed");
        self.show(b"\r\n\x1b[0m[this terminal must be recorded, the recording failed, and so it was ended]\r\n");
        self.hang_up();
    }

    /// Waits until everybody that the program waits for has room.
    async fn has_room(&self) {
        loop {
            let mut full = self.recording.as_ref().is_some_and(Recording::is_full);
            self.each_drawing(|drawing| full |= drawing.is_waited_for() && !drawing.has_room());
            if !full {
                return;
            }
            self.room.notified().await;
        }
    }

    fn each_drawing(&self, mut look: impl FnMut(&Rc<Drawing>)) {
        let drawings: Vec<_> = self.drawings.borrow().iter().filter_map(Weak::upgrade).collect();
        drawings.iter().for_each(&mut look);
    }

    /// Shows it to one more real terminal from here on.
    pub(super) fn add(&self, drawing: &Rc<Drawing>) {
        let mut drawings = self.drawings.borrow_mut();
        drawings.retain(|drawing| drawing.strong_count() > 0);
        drawings.push(Rc::downgrade(drawing));
    }

    /// Types what a call brought. Its place among what is typed is the moment of this, not the one when somebody first
    /// looks after it; it is over when the program's terminal has taken it, or there is none any more.
    pub(super) fn input(&self, typed: InputParams) -> impl Future<Output = ()> + use<> {
        let (done, is_done) = oneshot::channel();
        let _ = self.typing.send((typed, done));
        async move {
            let _ = is_done.await;
        }
    }

    /// Types everything in its order, and waits while the program reads nothing.
    async fn type_all(&self, mut typed: mpsc::UnboundedReceiver<Typed>) {
        while let Some((typed, _done)) = typed.recv().await {
            if let Ok(Ok(bytes)) = typed.get().map(|typed| typed.get_data()) {
                self.pty.write(bytes).await;
            }
        }
    }

    pub(super) fn resize(&self, size: Size) {
        if self.screen.borrow().size() == size {
            return;
        }
        self.screen.borrow_mut().resize(size);
        if let Err(error) = self.pty.resize(size) {
            tracing::debug!("a terminal was not resized: {error}");
        }
        if let Some(recording) = &self.recording {
            recording.resized(size);
        }
        self.note_change();
    }

    pub(super) fn signal(&self, signal: Signal) {
        if self.exit().is_none() && !self.pty.signal(signal) {
            self.tree.signal(signal);
        }
    }

    /// Hangs up: what is there is told so, and ended where it does not go.
    pub(super) fn hang_up(&self) {
        self.pty.signal(Signal::Hup);
        self.tree.signal(Signal::Hup);
        self.tree.end(self.limits.grace);
        self.closed.send_replace(true);
        self.room.notify_waiters();
    }

    /// How its program ended, once all that it wrote was read.
    pub(super) fn exit(&self) -> Option<Exit> {
        *self.ended.borrow()
    }

    /// Waits until it has ended and all that it wrote was read.
    pub(super) async fn is_over(&self) {
        let _ = self.ended.subscribe().wait_for(Option::is_some).await;
    }

    async fn is_closed(&self) {
        let _ = self.closed.subscribe().wait_for(|closed| *closed).await;
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn note_change(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    /// What the program calls it, or what whoever opened it did.
    pub(super) fn title(&self) -> String {
        let screen = self.screen.borrow();
        if screen.title().is_empty() { self.opened.title.clone() } else { screen.title().to_owned() }
    }

    pub(super) fn is_recorded(&self) -> bool {
        self.recording.as_ref().is_some_and(Recording::is_kept)
    }
}

/// When something may happen next, at most so often.
pub(super) struct Pace {
    interval: Duration,
    last: Option<Instant>,
}

impl Pace {
    pub(super) fn new(per_second: u16) -> Self {
        Self { interval: Duration::from_secs(1) / u32::from(per_second.max(1)), last: None }
    }

    /// Waits for its turn: none where the last one is long ago.
    pub(super) async fn turn(&mut self) {
        if let Some(next) = self.last.map(|last| last + self.interval) {
            tokio::time::sleep_until(next.into()).await;
        }
        self.last = Some(Instant::now());
    }
}
