//! Objects whose streams hold up nothing else.
//!
//! The library keeps every later call of an object waiting while a streaming one is at work, so that an end cannot come
//! before what it ends, and fails every later call once a streaming one has failed. An object that can be ended while it
//! takes nothing needs the contrary: its calls come as they are made, and keeping streams in order is its own affair.

use std::marker::PhantomData;
use std::ops::Deref;
use std::rc::Rc;

use capnp::any_pointer;
use capnp::capability::{DispatchCallResult, DynClientHook, FromClientHook, FromServer, Params, Results, Server};

/// Serves an object whose streaming calls are dispatched like all others: at once, in the order in which they come.
pub fn serve_unqueued<C: FromServer<S>, S>(server: S) -> C {
    let unqueued: Unqueued<C> = capnp_rpc::new_client(server);
    C::new(unqueued.hook)
}

struct Unqueued<C> {
    hook: Box<DynClientHook>,
    client: PhantomData<C>,
}

impl<C> FromClientHook for Unqueued<C> {
    fn new(hook: Box<DynClientHook>) -> Self {
        Self { hook, client: PhantomData }
    }

    fn into_client_hook(self) -> Box<DynClientHook> {
        self.hook
    }

    fn as_client_hook(&self) -> &DynClientHook {
        &*self.hook
    }
}

impl<S, C: FromServer<S>> FromServer<S> for Unqueued<C> {
    type Dispatch = AtOnce<C::Dispatch>;

    fn from_server(server: Rc<S>) -> Self::Dispatch {
        AtOnce(C::from_server(server))
    }
}

#[derive(Clone)]
struct AtOnce<D>(D);

impl<D: Deref> Deref for AtOnce<D> {
    type Target = D::Target;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<D: Server> Server for AtOnce<D> {
    fn dispatch_call(
        self,
        interface: u64,
        method: u16,
        params: Params<any_pointer::Owned>,
        results: Results<any_pointer::Owned>,
    ) -> DispatchCallResult {
        DispatchCallResult::new(self.0.dispatch_call(interface, method, params, results).promise, false)
    }

    fn as_ptr(&self) -> usize {
        self.0.as_ptr()
    }
}
