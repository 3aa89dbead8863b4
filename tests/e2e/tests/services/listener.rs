//! A listener of an interface that this program has no code of.

use std::cell::RefCell;
use std::ops::Deref;
use std::rc::Rc;

use capnp::any_pointer;
use capnp::capability::{Client, DispatchCallResult, FromServer, Params, Promise, Results, Server};
use capos_testkit::lab_capnp::callback;
use capos_testkit::lab_capnp::lab::slow_params;

/// Every call it got: the interface, the method and the number in the first word of its parameters.
#[derive(Default)]
pub(crate) struct Heard(pub(crate) RefCell<Vec<(u64, u16, u32)>>);

impl Heard {
    /// A capability that notes its calls here.
    pub(crate) fn listener(self: &Rc<Self>) -> Client {
        let listener: callback::Client = capnp_rpc::new_client_from_rc(self.clone());
        listener.client
    }
}

/// Borrows the client of another interface, which is a capability like any other.
impl FromServer<Heard> for callback::Client {
    type Dispatch = Dispatch;

    fn from_server(heard: Rc<Heard>) -> Dispatch {
        Dispatch(heard)
    }
}

#[derive(Clone)]
pub(crate) struct Dispatch(Rc<Heard>);

impl Deref for Dispatch {
    type Target = Heard;

    fn deref(&self) -> &Heard {
        &self.0
    }
}

impl Server for Dispatch {
    fn dispatch_call(
        self,
        interface: u64,
        method: u16,
        params: Params<any_pointer::Owned>,
        _: Results<any_pointer::Owned>,
    ) -> DispatchCallResult {
        // Any parameters whose first word is a number are read like these.
        let number = params.get().and_then(|params| params.get_as::<slow_params::Reader<'_>>());
        let noted = number.map(|number| self.0.0.borrow_mut().push((interface, method, number.get_milliseconds())));
        DispatchCallResult::new(Promise::from_future(std::future::ready(noted)), false)
    }

    fn as_ptr(&self) -> usize {
        Rc::as_ptr(&self.0) as usize
    }
}
