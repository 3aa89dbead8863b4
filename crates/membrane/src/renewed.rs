//! A capability that is come by again when what stood behind it has ended.

use std::cell::RefCell;
use std::rc::Rc;

use capnp::capability::{Client, Promise, Request};
use capnp::private::capability::{ClientHook, ParamsHook, ResultsHook};
use capnp::{Error, MessageSize, any_pointer};

use crate::liveness::Liveness;

/// A capability for a holder that keeps one for good, while the object behind it comes and goes.
///
/// `open` gives an object and tells how long it stands; it is asked before the first call, and before the first one
/// after that object's end. Calls under way when an object ends fail with it: whether to repeat one is for the caller.
#[must_use]
pub fn renewed(open: impl FnMut() -> (Client, Liveness) + 'static) -> Client {
    Client::new(Box::new(Renewed(Rc::new(RefCell::new(State { open: Box::new(open), current: None })))))
}

struct State {
    open: Box<dyn FnMut() -> (Client, Liveness)>,
    current: Option<(Client, Liveness)>,
}

struct Renewed(Rc<RefCell<State>>);

impl Renewed {
    fn current(&self) -> Box<dyn ClientHook> {
        let mut state = self.0.borrow_mut();
        let standing = state.current.as_ref().filter(|(_, standing)| standing.is_live());
        if let Some((client, _)) = standing {
            return client.hook.add_ref();
        }
        let (client, standing) = (state.open)();
        let hook = client.hook.add_ref();
        let ended = state.current.replace((client, standing));
        drop(state);
        // What it was may call back here as it goes.
        drop(ended);
        hook
    }
}

impl ClientHook for Renewed {
    fn add_ref(&self) -> Box<dyn ClientHook> {
        Box::new(Self(self.0.clone()))
    }

    fn new_call(
        &self,
        interface: u64,
        method: u16,
        size: Option<MessageSize>,
    ) -> Request<any_pointer::Owned, any_pointer::Owned> {
        self.current().new_call(interface, method, size)
    }

    fn call(
        &self,
        interface: u64,
        method: u16,
        params: Box<dyn ParamsHook>,
        results: Box<dyn ResultsHook>,
    ) -> Promise<(), Error> {
        self.current().call(interface, method, params, results)
    }

    fn get_brand(&self) -> usize {
        // Its own: nobody may take it for what stands behind it at the moment.
        std::ptr::from_ref(&BRAND).addr()
    }

    fn get_ptr(&self) -> usize {
        Rc::as_ptr(&self.0).addr()
    }

    fn get_resolved(&self) -> Option<Box<dyn ClientHook>> {
        None
    }

    fn when_more_resolved(&self) -> Option<Promise<Box<dyn ClientHook>, Error>> {
        None
    }

    fn when_resolved(&self) -> Promise<(), Error> {
        Promise::ok(())
    }
}

static BRAND: u8 = 0;
