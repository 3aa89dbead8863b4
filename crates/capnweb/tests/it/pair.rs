//! Two sessions in one process, whose messages a test carries.

use std::cell::RefCell;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use capnweb::{Limits, Options, Outcome, Session, Stub, Value};

/// A client and a server.
pub(crate) struct Pair {
    pub(crate) client: Session,
    pub(crate) server: Session,
    /// What either side sent, in order.
    pub(crate) log: RefCell<Vec<String>>,
    flag: Arc<Flag>,
}

/// Remembers that something was woken.
#[derive(Default)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Pair {
    /// The server has that main object, the client none.
    pub(crate) fn new(main: Stub) -> Self {
        Self::with(Limits::default(), |_| Some(main))
    }

    pub(crate) fn with(limits: Limits, main: impl FnOnce(&Session) -> Option<Stub>) -> Self {
        let client = Session::new(Options::default(), |_| None);
        let server = Session::new(options(limits), main);
        Self::of(client, server)
    }

    pub(crate) fn of(client: Session, server: Session) -> Self {
        Self { client, server, log: RefCell::default(), flag: Arc::default() }
    }

    /// The server's main object.
    pub(crate) fn main(&self) -> Stub {
        self.client.remote()
    }

    /// Lets both go on until there is nothing to do.
    pub(crate) fn run(&self) {
        let waker = Waker::from(self.flag.clone());
        let mut context = Context::from_waker(&waker);
        loop {
            self.flag.0.store(false, Ordering::SeqCst);
            let _ = self.client.poll(&mut context);
            let _ = self.server.poll(&mut context);
            let moved = self.carry(&self.client, &self.server, '>') | self.carry(&self.server, &self.client, '<');
            if !moved && !self.flag.0.load(Ordering::SeqCst) {
                return;
            }
        }
    }

    fn carry(&self, from: &Session, to: &Session, sign: char) -> bool {
        let mut moved = false;
        while let Some(message) = from.next_message() {
            self.log.borrow_mut().push(format!("{sign}{message}"));
            let _ = to.receive(&message);
            moved = true;
        }
        moved
    }

    /// What was sent since the last look.
    pub(crate) fn sent(&self) -> Vec<String> {
        std::mem::take(&mut *self.log.borrow_mut())
    }

    /// What it gives, without further messages being waited for than there are.
    pub(crate) fn wait<T: 'static>(&self, future: impl IntoFuture<Output = T>) -> T {
        let mut future = Box::pin(future.into_future());
        let waker = Waker::from(self.flag.clone());
        let mut context = Context::from_waker(&waker);
        for _ in 0..10_000 {
            if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
                return value;
            }
            self.run();
        }
        panic!("nothing more happens");
    }

    /// Whether it is there.
    pub(crate) fn is_ready<T>(&self, future: &mut Pin<Box<dyn Future<Output = T>>>) -> bool {
        self.run();
        poll(future).is_some()
    }

    /// The sizes of the tables: the client's imports and exports, then the server's.
    pub(crate) fn tables(&self) -> [usize; 4] {
        self.run();
        let (client, server) = (self.client.stats(), self.server.stats());
        [client.imports, client.exports, server.imports, server.exports]
    }
}

pub(crate) fn options(limits: Limits) -> Options {
    Options { limits, ..Options::default() }
}

/// Polls once.
pub(crate) fn poll<T>(future: &mut Pin<Box<dyn Future<Output = T>>>) -> Option<T> {
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// A value in a form that can be compared.
pub(crate) fn shown(outcome: Outcome) -> String {
    match outcome {
        Ok(value) => format!("{value:?}"),
        Err(thrown) => format!("! {thrown}"),
    }
}

/// A value that is resolved by hand.
pub(crate) struct Later(Rc<RefCell<(Option<Outcome>, Vec<Waker>)>>);

impl Later {
    pub(crate) fn new() -> Self {
        Self(Rc::default())
    }

    pub(crate) fn set(&self, outcome: Outcome) {
        let mut slot = self.0.borrow_mut();
        slot.0 = Some(outcome);
        slot.1.drain(..).for_each(Waker::wake);
    }

    pub(crate) fn future(&self) -> impl Future<Output = Outcome> + 'static {
        let slot = self.0.clone();
        std::future::poll_fn(move |context| {
            let mut slot = slot.borrow_mut();
            match slot.0.clone() {
                Some(outcome) => Poll::Ready(outcome),
                None => {
                    slot.1.push(context.waker().clone());
                    Poll::Pending
                }
            }
        })
    }

    /// How many hold the future.
    pub(crate) fn waiting(&self) -> usize {
        Rc::strong_count(&self.0) - 1
    }
}

pub(crate) fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}
