//! A terminal shown to a real one: what draws it as it is, then what its program writes.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use capnp::capability::Request;
use capnp::traits::HasTypeId as _;
use capnp::{MessageSize, any_pointer};
use capos_schema::terminals_capnp::terminal_bytes;
use capos_screen::Size;
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tokio::sync::Notify;

use super::terminal::Terminal;
use super::wire;

/// Bytes of one call.
const PIECE: usize = 64 << 10;
/// Calls under way to one viewer: small pieces cost more than their bytes.
const CALLS: usize = 64;
/// The ordinal of `TerminalBytes.bytes`.
const BYTES: u16 = 0;
/// What a call takes beside its bytes.
const ENVELOPE_WORDS: u64 = 32;

/// Something that is to be drawn.
struct Piece {
    bytes: Vec<u8>,
    anew: bool,
    size: Size,
}

/// One real terminal that shows a terminal.
pub(super) struct Drawing {
    queue: RefCell<VecDeque<Piece>>,
    queued: Cell<usize>,
    under_way: Cell<usize>,
    /// More than the window, of what draws the screen anew: whoever has not got that yet is not behind.
    drawn_anew: Cell<usize>,
    /// It was too slow, and gets the screen drawn anew once it has taken what is under way.
    lost: Cell<bool>,
    waited_for: bool,
    window: usize,
    gone: Cell<bool>,
    news: Notify,
}

impl Drawing {
    /// Begins to show `terminal`: with what draws it as it is, and as many lines before that. The program waits for it
    /// if `waited_for`. Dropping the future ends it.
    pub(super) fn start(
        terminal: &Rc<Terminal>,
        viewer: terminal_bytes::Client,
        scrollback: usize,
        waited_for: bool,
    ) -> impl Future<Output = ()> + use<> {
        let drawing = Rc::new(Self {
            queue: RefCell::default(),
            queued: Cell::new(0),
            under_way: Cell::new(0),
            drawn_anew: Cell::new(0),
            lost: Cell::new(false),
            waited_for,
            window: terminal.limits.viewer_bytes,
            gone: Cell::new(false),
            news: Notify::new(),
        });
        drawing.draw_anew(terminal, scrollback);
        terminal.add(&drawing);
        let terminal = terminal.clone();
        let leaving = Leaving { drawing: drawing.clone(), terminal: terminal.clone() };
        async move {
            let _leaving = leaving;
            drawing.tell(&terminal, &viewer).await;
        }
    }

    pub(super) fn is_waited_for(&self) -> bool {
        self.waited_for && !self.gone.get()
    }

    pub(super) fn has_room(&self) -> bool {
        self.queued.get() + self.under_way.get() < self.window
    }

    /// The program wrote this.
    pub(super) fn take(&self, bytes: &[u8], size: Size) {
        if self.gone.get() || self.lost.get() {
            return;
        }
        let behind = self.queued.get() + self.under_way.get();
        if !self.waited_for && behind + bytes.len() > self.window + self.drawn_anew.get() {
            self.queue.borrow_mut().clear();
            self.queued.set(0);
            self.lost.set(true);
        } else {
            self.put(bytes, false, size);
        }
        self.news.notify_one();
    }

    fn put(&self, bytes: &[u8], anew: bool, size: Size) {
        let mut queue = self.queue.borrow_mut();
        self.queued.set(self.queued.get() + bytes.len());
        match queue.back_mut() {
            Some(last) if !anew && last.size == size && last.bytes.len() + bytes.len() <= PIECE => {
                last.bytes.extend_from_slice(bytes);
            }
            _ => queue.push_back(Piece { bytes: bytes.to_vec(), anew, size }),
        }
    }

    fn draw_anew(&self, terminal: &Terminal, scrollback: usize) {
        let mut screen = terminal.screen.borrow_mut();
        let (size, bytes) = (screen.size(), screen.redraw(scrollback));
        self.lost.set(false);
        self.drawn_anew.set(bytes.len());
        if bytes.is_empty() {
            return self.put(&[], true, size);
        }
        for (number, piece) in bytes.chunks(PIECE).enumerate() {
            self.put(piece, number == 0, size);
        }
    }

    /// Tells the viewer until it or the terminal has gone. Whoever fails is not told any more.
    async fn tell(&self, terminal: &Rc<Terminal>, viewer: &terminal_bytes::Client) {
        let mut calls = FuturesUnordered::new();
        loop {
            while calls.len() < CALLS && self.under_way.get() < self.window {
                let Some(piece) = self.next(terminal, calls.is_empty()) else { break };
                let length = piece.bytes.len();
                self.under_way.set(self.under_way.get() + length);
                let answer = call(viewer, &piece);
                calls.push(async move { answer.await.map(|()| length) });
            }
            if calls.is_empty() && self.queue.borrow().is_empty() && terminal.exit().is_some() {
                break;
            }
            tokio::select! {
                Some(answer) = calls.next() => match answer {
                    Ok(length) => self.answered(length, terminal),
                    Err(_) => return,
                },
                () = self.news.notified() => {}
                () = terminal.is_over(), if terminal.exit().is_none() => {}
            }
        }
        let mut request = viewer.ended_request();
        wire::info(terminal, request.get().init_info());
        let _ = request.send().promise.await;
    }

    /// What is told next. What draws the screen anew waits until nothing else is under way: it is the newest then.
    fn next(&self, terminal: &Terminal, idle: bool) -> Option<Piece> {
        if self.lost.get() && idle {
            self.draw_anew(terminal, 0);
        }
        let piece = self.queue.borrow_mut().pop_front()?;
        self.queued.set(self.queued.get() - piece.bytes.len());
        Some(piece)
    }

    fn answered(&self, length: usize, terminal: &Terminal) {
        self.under_way.set(self.under_way.get() - length);
        self.drawn_anew.set(self.drawn_anew.get().saturating_sub(length));
        terminal.room.notify_waiters();
    }
}

/// Whoever waited for this one need not any more.
struct Leaving {
    drawing: Rc<Drawing>,
    terminal: Rc<Terminal>,
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.drawing.gone.set(true);
        self.terminal.room.notify_waiters();
    }
}

/// An ordinary call: what a streaming one answers is only that there is room for more.
fn call(viewer: &terminal_bytes::Client, piece: &Piece) -> impl Future<Output = Result<(), capnp::Error>> + use<> {
    let words = u64::try_from(piece.bytes.len()).unwrap_or(u64::MAX) / 8 + ENVELOPE_WORDS;
    let size = MessageSize { word_count: words, cap_count: 0 };
    let mut request: Request<terminal_bytes::bytes_params::Owned, any_pointer::Owned> =
        viewer.client.new_call(terminal_bytes::Client::TYPE_ID, BYTES, Some(size));
    request.get().set_data(&piece.bytes);
    request.get().set_anew(piece.anew);
    wire::size(piece.size, request.get().init_size());
    let answer = request.send().promise;
    async move { answer.await.map(drop) }
}
