//! Writing to a stream of the peer's.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::FutureExt;
use futures::executor::block_on;

use crate::error::{Error, Thrown};
use crate::stream::{Acknowledged, Channel, Clock, Readable, Writable, pump};
use crate::value::Value;

const CHUNK: usize = 64 * 1024;

/// The session and the peer behind it.
#[derive(Default)]
struct Peer {
    calls: RefCell<VecDeque<(&'static str, Acknowledged)>>,
    sent: RefCell<Vec<&'static str>>,
    full: Cell<bool>,
    gone: Cell<bool>,
}

struct Import(Rc<Peer>, Rc<Cell<bool>>);

impl Channel for Import {
    fn send(&self, method: &'static str, _: Vec<Value>, acknowledged: Acknowledged) -> Result<usize, Thrown> {
        if self.0.gone.get() {
            return Err(thrown("the peer is gone"));
        }
        self.0.sent.borrow_mut().push(method);
        self.0.calls.borrow_mut().push_back((method, acknowledged));
        Ok(CHUNK)
    }

    fn poll_room(&self, _: &mut Context<'_>) -> Poll<()> {
        if self.0.full.get() { Poll::Pending } else { Poll::Ready(()) }
    }
}

impl Drop for Import {
    fn drop(&mut self) {
        self.1.set(true);
    }
}

impl Peer {
    /// A stream of it, and whether its import was released.
    fn stream(self: &Rc<Self>) -> (Writable, Rc<Cell<bool>>) {
        let released = Rc::new(Cell::new(false));
        let clock = Clock::new(|| Duration::ZERO);
        let writable = Writable::remote(Rc::new(Import(self.clone(), released.clone())), clock, 4 * CHUNK);
        (writable, released)
    }

    fn answer(&self, done: Result<(), Thrown>) -> &'static str {
        let (method, acknowledged) = self.calls.borrow_mut().pop_front().unwrap();
        acknowledged(done);
        method
    }

    fn sent(&self) -> usize {
        self.sent.borrow().len()
    }
}

fn thrown(message: &str) -> Thrown {
    Error::new("Error", message).into()
}

fn is(message: &str) -> impl Fn(&Thrown) -> bool {
    move |thrown| thrown.to_string() == format!("Error: {message}")
}

/// A source without end, and how often it was asked; the second is gone when the source is.
fn endless() -> (Readable, Weak<Cell<usize>>) {
    let asked = Rc::new(Cell::new(0));
    let weak = Rc::downgrade(&asked);
    let chunks = std::iter::repeat_with(move || {
        asked.set(asked.get() + 1);
        Ok(Value::Null)
    });
    (Readable::new(futures::stream::iter(chunks)), weak)
}

#[test]
fn writes_go_ahead_of_their_acknowledgements_as_far_as_the_window() {
    let peer = Rc::new(Peer::default());
    let (writable, _) = peer.stream();
    for _ in 0..3 {
        writable.write(Value::Null).now_or_never().unwrap().unwrap();
    }
    let mut fourth = Box::pin(writable.write(Value::Null));
    assert!(fourth.as_mut().now_or_never().is_none());
    assert_eq!(peer.sent(), 4);
    let mut fifth = Box::pin(writable.write(Value::Null));
    assert!(fifth.as_mut().now_or_never().is_none());
    assert_eq!(peer.sent(), 4, "nothing is sent past the window");
    peer.answer(Ok(()));
    fourth.now_or_never().unwrap().unwrap();
    assert!(fifth.as_mut().now_or_never().is_none());
    assert_eq!(peer.sent(), 5);
}

#[test]
fn nothing_is_sent_while_the_way_to_the_peer_is_full() {
    let peer = Rc::new(Peer::default());
    let (writable, _) = peer.stream();
    peer.full.set(true);
    let mut write = Box::pin(writable.write(Value::Null));
    assert!(write.as_mut().now_or_never().is_none());
    assert_eq!(peer.sent(), 0);
}

#[test]
fn a_write_that_is_refused_fails_the_next_one_and_releases_the_stream() {
    let peer = Rc::new(Peer::default());
    let (writable, released) = peer.stream();
    writable.write(Value::Null).now_or_never().unwrap().unwrap();
    peer.answer(Err(thrown("disk full")));
    assert!(released.get());
    assert!(is("disk full")(&block_on(writable.write(Value::Null)).unwrap_err()));
    assert!(is("disk full")(&block_on(writable.close()).unwrap_err()));
    assert_eq!(peer.sent(), 1);
}

#[test]
fn a_write_that_waits_for_the_window_learns_of_a_refusal() {
    let peer = Rc::new(Peer::default());
    let (writable, _) = peer.stream();
    let mut writes: Vec<_> = (0..4).map(|_| Box::pin(writable.write(Value::Null))).collect();
    let waiting = writes.iter_mut().map(|write| write.as_mut().now_or_never().is_none()).filter(|waits| *waits);
    assert_eq!(waiting.count(), 1);
    peer.answer(Err(thrown("disk full")));
    assert!(is("disk full")(&writes.pop().unwrap().now_or_never().unwrap().unwrap_err()));
}

#[test]
fn a_close_is_done_when_the_peer_says_so_and_then_the_stream_is_released() {
    let peer = Rc::new(Peer::default());
    let (writable, released) = peer.stream();
    writable.write(Value::Null).now_or_never().unwrap().unwrap();
    let mut close = Box::pin(writable.close());
    assert!(close.as_mut().now_or_never().is_none());
    assert_eq!(*peer.sent.borrow(), ["write", "close"]);
    assert_eq!((peer.answer(Ok(())), peer.answer(Ok(()))), ("write", "close"));
    assert!(!released.get());
    close.now_or_never().unwrap().unwrap();
    assert!(released.get());
}

#[test]
fn a_close_fails_with_what_a_write_failed_with() {
    let peer = Rc::new(Peer::default());
    let (writable, _) = peer.stream();
    writable.write(Value::Null).now_or_never().unwrap().unwrap();
    let mut close = Box::pin(writable.close());
    assert!(close.as_mut().now_or_never().is_none());
    peer.answer(Err(thrown("disk full")));
    peer.answer(Err(thrown("cannot close")));
    assert!(is("disk full")(&close.now_or_never().unwrap().unwrap_err()));
}

#[test]
fn an_abort_is_sent_at_once_and_the_stream_is_released_when_it_is_answered() {
    let peer = Rc::new(Peer::default());
    let (writable, released) = peer.stream();
    let mut writes: Vec<_> = (0..4).map(|_| Box::pin(writable.write(Value::Null))).collect();
    writes.iter_mut().for_each(|write| _ = write.as_mut().now_or_never());
    writable.abort(thrown("stop"));
    assert_eq!(*peer.sent.borrow(), ["write", "write", "write", "write", "abort"]);
    assert!(is("stop")(&writes.pop().unwrap().now_or_never().unwrap().unwrap_err()));
    drop(writes);
    drop(writable);
    assert!(!released.get());
    peer.calls.borrow_mut().drain(..4);
    peer.answer(Ok(()));
    assert!(released.get());
}

#[test]
fn a_stream_that_is_dropped_unclosed_is_released_with_its_writes_under_way() {
    let peer = Rc::new(Peer::default());
    let (writable, released) = peer.stream();
    writable.write(Value::Null).now_or_never().unwrap().unwrap();
    drop(writable);
    assert!(released.get());
    peer.answer(Ok(()));
}

#[test]
fn writes_to_a_peer_that_is_gone_fail() {
    let peer = Rc::new(Peer::default());
    let (writable, _) = peer.stream();
    peer.gone.set(true);
    assert!(is("the peer is gone")(&block_on(writable.write(Value::Null)).unwrap_err()));
    assert!(is("the peer is gone")(&block_on(writable.close()).unwrap_err()));
}

#[test]
fn a_pump_asks_its_source_no_further_than_the_window() {
    let peer = Rc::new(Peer::default());
    let (source, asked) = endless();
    let mut pump = Box::pin(pump(source, peer.stream().0));
    for rounds in 0..10 {
        assert!(pump.as_mut().now_or_never().is_none());
        assert_eq!(asked.upgrade().unwrap().get(), 4 + rounds);
        peer.answer(Ok(()));
    }
}

#[test]
fn a_source_that_nobody_wants_is_dropped_when_the_peer_refuses_what_it_gave() {
    let peer = Rc::new(Peer::default());
    let (source, asked) = endless();
    let mut pump = Box::pin(pump(source, peer.stream().0));
    assert!(pump.as_mut().now_or_never().is_none());
    peer.answer(Err(thrown("cancelled")));
    assert!(pump.as_mut().now_or_never().is_some());
    assert_eq!(asked.strong_count(), 0);
}

#[test]
fn a_source_that_has_nothing_to_give_is_dropped_when_the_peer_refuses_what_it_gave() {
    let peer = Rc::new(Peer::default());
    let guard = Rc::new(());
    let weak = Rc::downgrade(&guard);
    let rest = futures::stream::poll_fn(move |_| {
        let _ = &guard;
        Poll::Pending
    });
    let chunks = futures::StreamExt::chain(futures::stream::iter([Ok(Value::Null)]), rest);
    let mut pump = Box::pin(pump(Readable::new(chunks), peer.stream().0));
    assert!(pump.as_mut().now_or_never().is_none());
    peer.answer(Err(thrown("cancelled")));
    assert!(pump.as_mut().now_or_never().is_some());
    assert_eq!(weak.strong_count(), 0);
}

#[test]
fn a_source_that_fails_aborts_after_what_it_gave_is_taken() {
    let peer = Rc::new(Peer::default());
    let chunks = futures::stream::iter([Ok(Value::Null), Err(thrown("broke"))]);
    let mut pump = Box::pin(pump(Readable::new(chunks), peer.stream().0));
    assert!(pump.as_mut().now_or_never().is_none());
    assert_eq!(*peer.sent.borrow(), ["write"]);
    peer.answer(Ok(()));
    assert!(pump.as_mut().now_or_never().is_some());
    assert_eq!(*peer.sent.borrow(), ["write", "abort"]);
}

#[test]
fn a_pump_that_is_dropped_drops_its_source_and_releases_the_stream() {
    let peer = Rc::new(Peer::default());
    let (source, asked) = endless();
    let (writable, released) = peer.stream();
    let mut pump = Box::pin(pump(source, writable));
    assert!(pump.as_mut().now_or_never().is_none());
    drop(pump);
    assert!(released.get());
    assert_eq!(asked.strong_count(), 0);
}
