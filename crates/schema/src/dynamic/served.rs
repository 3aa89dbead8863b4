//! Capabilities whose calls are answered by whoever knows their schema, not their types.

use std::cell::RefCell;
use std::future::Future;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

use capnp::any_pointer;
use capnp::capability::{DispatchCallResult, FromClientHook, FromServer, Params, Promise, Results, Server};
use capnp::private::capability::ClientHook;

use super::Means;
use crate::reflect::{Notation, decode_as, encode_as};
use crate::registry::MethodRef;
use crate::types::Type;

/// Who answers the calls of a capability, made by [`Means::serve`]. It is dropped with the last reference to it.
pub trait Handler: 'static {
    /// How it is given parameters and gives results.
    type Notation: Notation;

    /// The notation of one call.
    fn notation(&self) -> Self::Notation;

    /// Answers a call. Calls are handed over in the order in which they were made, streaming ones too: none waits for
    /// the answer to the one before.
    ///
    /// The answer is an object of the method's results; that of a streaming call is not looked at.
    fn handle(
        self: Rc<Self>,
        method: &MethodRef<'_>,
        parameters: <Self::Notation as Notation>::Value,
    ) -> impl Future<Output = capnp::Result<<Self::Notation as Notation>::Value>> + 'static;
}

pub(super) fn hook<H: Handler>(handler: H, interface: Type, means: Arc<Means>) -> Box<dyn ClientHook> {
    let served = Served { handler: Rc::new(handler), interface, means, broken: Rc::default() };
    let Answered(hook) = capnp_rpc::new_client(served);
    hook
}

struct Served<H> {
    handler: Rc<H>,
    interface: Type,
    means: Arc<Means>,
    /// What a streaming call failed with: whoever streams learns it from a later call.
    broken: Rc<RefCell<Option<capnp::Error>>>,
}

impl<H: Handler> Served<H> {
    fn answer(
        &self,
        (interface, ordinal): (u64, u16),
        params: &Params<any_pointer::Owned>,
        mut results: Results<any_pointer::Owned>,
    ) -> capnp::Result<Promise<(), capnp::Error>> {
        if let Some(error) = &*self.broken.borrow() {
            return Err(error.clone());
        }
        let registry = &self.means.registry;
        let method = registry.method_at(&self.interface, interface, ordinal);
        let method = method.map_err(|_| capnp::Error::unimplemented("the method is not known here".to_owned()))?;
        let mut notation = self.handler.notation();
        let parameters = params.get()?;
        let parameters = decode_as(&mut notation, registry, &method.params, parameters, &self.means.limits)?;
        let answer = Rc::clone(&self.handler).handle(&method, parameters);
        let (means, ty, streaming) = (Arc::clone(&self.means), method.results, method.declared.is_streaming());
        let broken = Rc::clone(&self.broken);
        let work = async move {
            match answer.await {
                Ok(_) if streaming => Ok(()),
                Ok(answer) => {
                    Ok(encode_as(&mut notation, &means.registry, &ty, &answer, results.get(), &means.limits)?)
                }
                Err(error) => {
                    if streaming {
                        broken.replace(Some(error.clone()));
                    }
                    Err(error)
                }
            }
        };
        Ok(Promise::from_future(work))
    }
}

struct Dispatch<H>(Rc<Served<H>>);

impl<H> Clone for Dispatch<H> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<H> Deref for Dispatch<H> {
    type Target = Served<H>;

    fn deref(&self) -> &Served<H> {
        &self.0
    }
}

impl<H: Handler> Server for Dispatch<H> {
    fn dispatch_call(
        self,
        interface_id: u64,
        method_id: u16,
        params: Params<any_pointer::Owned>,
        results: Results<any_pointer::Owned>,
    ) -> DispatchCallResult {
        let answer = self.0.answer((interface_id, method_id), &params, results);
        // Never as a streaming call: the library would keep this object's next one back until it is answered, and what
        // is sent to another object after it would come first.
        DispatchCallResult::new(answer.unwrap_or_else(Promise::err), false)
    }

    fn as_ptr(&self) -> usize {
        Rc::as_ptr(&self.0).addr()
    }
}

/// A client for any interface at all.
struct Answered(Box<dyn ClientHook>);

impl FromClientHook for Answered {
    fn new(hook: Box<dyn ClientHook>) -> Self {
        Self(hook)
    }

    fn into_client_hook(self) -> Box<dyn ClientHook> {
        self.0
    }

    fn as_client_hook(&self) -> &dyn ClientHook {
        self.0.as_ref()
    }
}

impl<H: Handler> FromServer<Served<H>> for Answered {
    type Dispatch = Dispatch<H>;

    fn from_server(served: Rc<Served<H>>) -> Dispatch<H> {
        Dispatch(served)
    }
}
