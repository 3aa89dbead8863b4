//! Two sessions with nothing between them.

use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use capnweb::{Answer, Options, Session, Stub, Target, Value};

/// Both sides, and whatever else goes on beside them.
pub(crate) struct Link {
    pub(crate) client: Session,
    pub(crate) server: Session,
}

/// An object whose method is a function of its name and arguments.
pub(crate) struct Methods<F>(pub(crate) F);

impl<F: Fn(&str, Vec<Value>) -> Answer + 'static> Target for Methods<F> {
    fn call(self: Rc<Self>, name: Option<&str>, arguments: Vec<Value>) -> Answer {
        (self.0)(name.unwrap_or_default(), arguments)
    }
}

impl Link {
    /// A server whose main object has these methods.
    pub(crate) fn new(methods: impl Fn(&str, Vec<Value>) -> Answer + 'static) -> Self {
        Self::with(Options::default(), Options::default(), methods)
    }

    pub(crate) fn with(
        client: Options,
        server: Options,
        methods: impl Fn(&str, Vec<Value>) -> Answer + 'static,
    ) -> Self {
        let client = Session::new(client, |_| None);
        let server = Session::new(server, |_| Some(Stub::new(Methods(methods))));
        Self { client, server }
    }

    pub(crate) fn call(&self, method: &str, arguments: Vec<Value>) -> capnweb::Promise {
        self.client.remote().call(Some(method), arguments)
    }

    /// Carries messages until the future is done.
    ///
    /// # Panics
    /// When nothing goes on any more.
    pub(crate) fn run<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        let waker = Arc::new(Woken(AtomicBool::new(true)));
        loop {
            let task = Waker::from(waker.clone());
            let mut context = Context::from_waker(&task);
            if let Poll::Ready(done) = future.as_mut().poll(&mut context) {
                return done;
            }
            let carried = self.carry(&mut context);
            assert!(carried || waker.0.swap(false, Ordering::Relaxed), "everything waits");
        }
    }

    /// Carries messages until nothing goes on.
    pub(crate) fn settle(&self) {
        let waker = Arc::new(Woken(AtomicBool::new(true)));
        let task = Waker::from(waker.clone());
        let mut context = Context::from_waker(&task);
        while self.carry(&mut context) || waker.0.swap(false, Ordering::Relaxed) {}
    }

    fn carry(&self, context: &mut Context<'_>) -> bool {
        let there = carry_one_way(&self.client, &self.server, context);
        let back = carry_one_way(&self.server, &self.client, context);
        there || back
    }
}

fn carry_one_way(from: &Session, to: &Session, context: &mut Context<'_>) -> bool {
    let _ = from.poll(context);
    let mut carried = false;
    while let Some(message) = from.next_message() {
        carried = true;
        let _ = to.receive(&message);
    }
    carried
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}
