//! A server that gives back what it is given, whatever it is.

use std::ops::Deref;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};

use capnp::any_pointer;
use capnp::capability::{Client, DispatchCallResult, FromClientHook, FromServer, Params, Promise, Results, Server};
use capos_schema::reflect::Capability as Hook;
use capos_schema::{Limits, Registry};

static RICH: LazyLock<Arc<Registry>> = LazyLock::new(|| {
    let request = include_bytes!("../../../../schema/tests/generated/request.bin");
    Arc::new(Registry::load(request, &Limits::default()).and_then(Registry::with_builtin).unwrap())
});

/// The schema of every shape that there is, with the contract beneath.
pub(crate) fn rich() -> &'static Arc<Registry> {
    &RICH
}

/// The mirror.
pub(crate) fn mirror() -> Client {
    let Served(hook) = capnp_rpc::new_client(Mirror);
    Client::new(hook)
}

struct Mirror;

#[derive(Clone)]
struct Dispatch(Rc<Mirror>);

impl Server for Dispatch {
    fn dispatch_call(
        self,
        _: u64,
        _: u16,
        params: Params<any_pointer::Owned>,
        mut results: Results<any_pointer::Owned>,
    ) -> DispatchCallResult {
        let copied = params.get().and_then(|params| results.get().set_as(params));
        DispatchCallResult::new(copied.map_or_else(Promise::err, Promise::ok), false)
    }

    fn as_ptr(&self) -> usize {
        Rc::as_ptr(&self.0).addr()
    }
}

impl Deref for Dispatch {
    type Target = Mirror;

    fn deref(&self) -> &Mirror {
        &self.0
    }
}

struct Served(Hook);

impl FromClientHook for Served {
    fn new(hook: Hook) -> Self {
        Self(hook)
    }

    fn into_client_hook(self) -> Hook {
        self.0
    }

    fn as_client_hook(&self) -> &dyn capnp::private::capability::ClientHook {
        self.0.as_ref()
    }
}

impl FromServer<Mirror> for Served {
    type Dispatch = Dispatch;

    fn from_server(mirror: Rc<Mirror>) -> Dispatch {
        Dispatch(mirror)
    }
}
