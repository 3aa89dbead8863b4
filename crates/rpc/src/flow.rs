//! Flow control of outgoing streams: a fixed window of unanswered bytes and messages.

use std::cell::RefCell;
use std::rc::Rc;

use capnp::Error;
use capnp::capability::Promise;
use capnp_rpc::{FlowController, OutgoingMessage};
use futures::StreamExt;
use futures::channel::{mpsc, oneshot};
use futures::stream::FuturesUnordered;

type Turn = oneshot::Sender<Result<(), Error>>;

/// What a stream may have under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) bytes: usize,
    pub(crate) messages: usize,
}

struct State {
    bounds: Bounds,
    in_flight: usize,
    pending: usize,
    largest: usize,
    failure: Option<Error>,
    blocked: Vec<Turn>,
    emptied: Vec<Turn>,
}

impl State {
    /// The window is extended by the largest message, so that one larger than it does not cost a round trip.
    fn has_room(&self) -> bool {
        self.in_flight < self.bounds.bytes.saturating_add(self.largest) && self.pending < self.bounds.messages
    }

    fn acknowledged(&mut self, bytes: usize, outcome: Result<(), Error>) {
        self.in_flight -= bytes;
        self.pending -= 1;
        if let Err(error) = outcome {
            self.failure.get_or_insert(error);
        }
        if self.failure.is_some() || self.has_room() {
            let outcome = self.outcome();
            self.blocked.drain(..).for_each(|turn| drop(turn.send(outcome.clone())));
        }
        if self.pending == 0 {
            let outcome = self.outcome();
            self.emptied.drain(..).for_each(|turn| drop(turn.send(outcome.clone())));
        }
    }

    fn outcome(&self) -> Result<(), Error> {
        self.failure.clone().map_or(Ok(()), Err)
    }
}

type Acknowledgement = Promise<(), Error>;

/// One stream's window.
pub(crate) struct Window {
    state: Rc<RefCell<State>>,
    sent: mpsc::UnboundedSender<(usize, Acknowledgement)>,
}

impl Window {
    /// The controller, and the promise that drives it.
    pub(crate) fn new(bounds: Bounds) -> (Self, Promise<(), Error>) {
        let state = Rc::new(RefCell::new(State {
            bounds,
            in_flight: 0,
            pending: 0,
            largest: 0,
            failure: None,
            blocked: Vec::new(),
            emptied: Vec::new(),
        }));
        let (sent, acknowledgements) = mpsc::unbounded();
        let driver = Promise::from_future(drive(state.clone(), acknowledgements));
        (Self { state, sent }, driver)
    }

    fn wait(&self, queue: impl FnOnce(&mut State) -> &mut Vec<Turn>) -> Promise<(), Error> {
        let (turn, mine) = oneshot::channel();
        queue(&mut self.state.borrow_mut()).push(turn);
        Promise::from_future(async move {
            mine.await.unwrap_or_else(|_| Err(Error::disconnected("the stream was closed".to_owned())))
        })
    }
}

async fn drive(
    state: Rc<RefCell<State>>,
    mut acknowledgements: mpsc::UnboundedReceiver<(usize, Acknowledgement)>,
) -> Result<(), Error> {
    let mut waiting = FuturesUnordered::new();
    loop {
        futures::select! {
            sent = acknowledgements.next() => match sent {
                Some((bytes, acknowledgement)) => waiting.push(async move { (bytes, acknowledgement.await) }),
                None => break,
            },
            (bytes, outcome) = waiting.select_next_some() => state.borrow_mut().acknowledged(bytes, outcome),
        }
    }
    while let Some((bytes, outcome)) = waiting.next().await {
        state.borrow_mut().acknowledged(bytes, outcome);
    }
    Ok(())
}

impl FlowController for Window {
    fn send(&mut self, message: Box<dyn OutgoingMessage>, ack: Acknowledgement) -> Promise<(), Error> {
        let bytes = message.size_in_words() * 8;
        // The order of calls is the order of these: it may not wait.
        let _ = message.send();
        {
            let mut state = self.state.borrow_mut();
            state.largest = state.largest.max(bytes);
            state.in_flight += bytes;
            state.pending += 1;
        }
        let _ = self.sent.unbounded_send((bytes, ack));
        let (failure, room) = {
            let state = self.state.borrow();
            (state.failure.clone(), state.has_room())
        };
        match failure {
            Some(error) => Promise::err(error),
            None if room => Promise::ok(()),
            None => self.wait(|state| &mut state.blocked),
        }
    }

    fn wait_all_acked(&mut self) -> Promise<(), Error> {
        let (outcome, pending) = {
            let state = self.state.borrow();
            (state.outcome(), state.pending)
        };
        match (outcome, pending) {
            (Ok(()), 1..) => self.wait(|state| &mut state.emptied),
            (Ok(()), 0) => Promise::ok(()),
            (Err(error), _) => Promise::err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use capnp::any_pointer;
    use capnp::message::{Builder, HeapAllocator};
    use futures::FutureExt;
    use futures::executor::LocalPool;
    use futures::task::LocalSpawnExt;

    use super::*;

    /// A chunk of that many words; it goes nowhere.
    struct Chunk(usize);

    impl OutgoingMessage for Chunk {
        fn get_body(&mut self) -> capnp::Result<any_pointer::Builder<'_>> {
            Err(Error::unimplemented(String::new()))
        }

        fn get_body_as_reader(&self) -> capnp::Result<any_pointer::Reader<'_>> {
            Err(Error::unimplemented(String::new()))
        }

        fn send(self: Box<Self>) -> (Promise<(), Error>, Rc<Builder<HeapAllocator>>) {
            (Promise::ok(()), Rc::new(Builder::new_default()))
        }

        fn take(self: Box<Self>) -> Builder<HeapAllocator> {
            Builder::new_default()
        }

        fn size_in_words(&self) -> usize {
            self.0
        }
    }

    /// Sends chunks of 40 bytes until one has to wait; gives how many there were and the one that waits.
    fn fill(window: &mut Window, turns: &mut Vec<oneshot::Sender<()>>) -> (usize, Acknowledgement) {
        for count in 1.. {
            let (turn, mine) = oneshot::channel();
            turns.push(turn);
            let ack = Promise::from_future(async move { mine.await.map_err(|_| Error::failed(String::new())) });
            let mut sent = window.send(Box::new(Chunk(5)), ack);
            if (&mut sent).now_or_never().is_none() {
                return (count, sent);
            }
        }
        unreachable!("a window is full at some time")
    }

    #[test]
    fn a_stream_waits_at_its_window_and_one_message_and_not_before() {
        for (bytes, messages, chunks) in
            [(80, 99, 3), (81, 99, 4), (120, 99, 4), (121, 99, 5), (1 << 20, 6, 6), (1 << 20, 7, 7)]
        {
            let mut pool = LocalPool::new();
            let (mut window, driver) = Window::new(Bounds { bytes, messages });
            pool.spawner().spawn_local(driver.map(|_| ())).expect("the pool lives");
            let mut turns = Vec::new();
            let (sent, mut waiting) = fill(&mut window, &mut turns);
            assert_eq!(sent, chunks, "{bytes} bytes, {messages} messages");
            turns.remove(0).send(()).expect("it is awaited");
            pool.run_until_stalled();
            assert!(matches!((&mut waiting).now_or_never(), Some(Ok(()))));
        }
    }
}
