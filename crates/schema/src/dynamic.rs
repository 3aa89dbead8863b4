//! Calls on any capability, by the names its schema gives.
//!
//! An [`Object`] is a capability and the interface it is used as. A call gives a [`Pending`]: a promise of results,
//! and a pipeline through which the capabilities among them can be called before they are there.

mod kept;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use capnp::any_pointer;
use capnp::capability::{Promise, Response};
use capnp::private::capability::{ClientHook, PipelineOp};
use serde_json::{Map, Value};

use crate::error::{Error, Fault, Result};
use crate::limits::Limits;
use crate::model::Place;
use crate::reflect::{CapabilityResolver, decode, encode};
use crate::registry::{MethodRef, Registry};
use crate::types::{Brand, Type};

pub use kept::{Keeping, Kept};

/// A capability and the interface it is used as.
pub struct Object {
    hook: Box<dyn ClientHook>,
    interface: Type,
    context: Arc<Means>,
}

struct Means {
    registry: Arc<Registry>,
    limits: Limits,
}

/// Which method is meant.
#[derive(Clone, Copy, Debug)]
pub enum Selector<'s> {
    /// By name: the interface's own method, or the nearest inherited one.
    Name(&'s str),
    /// By the interface that declares it and its number there.
    Ordinal(u64, u16),
}

impl<'s> From<&'s str> for Selector<'s> {
    fn from(name: &'s str) -> Self {
        Self::Name(name)
    }
}

impl From<(u64, u16)> for Selector<'_> {
    fn from((interface, ordinal): (u64, u16)) -> Self {
        Self::Ordinal(interface, ordinal)
    }
}

impl Object {
    /// A capability, to be used as the interface with that id.
    #[must_use]
    pub fn new(hook: Box<dyn ClientHook>, interface: u64, registry: Arc<Registry>, limits: Limits) -> Self {
        Self { hook, interface: Type::interface(interface), context: Arc::new(Means { registry, limits }) }
    }

    /// The capability.
    #[must_use]
    pub fn hook(&self) -> &dyn ClientHook {
        self.hook.as_ref()
    }

    /// The interface it is used as, with its type arguments.
    #[must_use]
    pub fn interface(&self) -> &Type {
        &self.interface
    }

    /// The methods it has, inherited ones last.
    ///
    /// # Errors
    /// When its interface, or one that it extends, is not known.
    pub fn methods(&self) -> Result<Vec<MethodRef<'_>>> {
        self.context.registry.methods(&self.interface)
    }

    /// Calls a method. The call is on its way when this returns, whether or not its answer is awaited; dropping the
    /// answer cancels it.
    ///
    /// # Errors
    /// When there is no such method or `params` do not fit it; nothing has been sent then.
    pub fn call<'s>(
        &self,
        method: impl Into<Selector<'s>>,
        params: &Value,
        resolver: &mut dyn CapabilityResolver,
    ) -> Result<Pending> {
        let Means { registry, limits } = self.context.as_ref();
        let method = match method.into() {
            Selector::Name(name) => registry.method(&self.interface, name),
            Selector::Ordinal(id, ordinal) => registry.method_at(&self.interface, id, ordinal),
        }?;
        let mut request = self.hook.new_call(method.interface, method.ordinal, None);
        encode(registry, &method.params, params, request.hook.get(), resolver, limits)
            .map_err(|e| e.within("params"))?;
        let outcome = if method.declared.is_streaming() {
            Outcome::Streamed(request.hook.send_streaming())
        } else {
            let sent = request.hook.send();
            Outcome::Called(Answer { promise: sent.promise, arrived: None }, sent.pipeline)
        };
        Ok(Pending { outcome, results: method.results, context: Arc::clone(&self.context) })
    }
}

impl Clone for Object {
    fn clone(&self) -> Self {
        Self { hook: self.hook.add_ref(), interface: self.interface.clone(), context: Arc::clone(&self.context) }
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Object({})", self.context.registry.type_name(&self.interface))
    }
}

/// A call under way.
#[must_use = "dropping a call cancels it"]
pub struct Pending {
    outcome: Outcome,
    results: Type,
    context: Arc<Means>,
}

enum Outcome {
    Called(Answer, any_pointer::Pipeline),
    Streamed(Promise<(), capnp::Error>),
}

type Arrived = std::result::Result<Response<any_pointer::Owned>, capnp::Error>;

/// The results, as far as they have come.
struct Answer {
    promise: Promise<Response<any_pointer::Owned>, capnp::Error>,
    arrived: Option<Arrived>,
}

impl Answer {
    /// What has arrived by now.
    fn look(&mut self) -> Option<&Arrived> {
        if self.arrived.is_none()
            && let Poll::Ready(arrived) = Pin::new(&mut self.promise).poll(&mut Context::from_waker(Waker::noop()))
        {
            self.arrived = Some(arrived);
        }
        self.arrived.as_ref()
    }

    async fn whole(self) -> Arrived {
        match self.arrived {
            Some(arrived) => arrived,
            None => self.promise.await,
        }
    }
}

impl Pending {
    /// A capability among the results, usable at once: `inner.deeper.lab`.
    ///
    /// # Errors
    /// When the path leads to no capability that the schema knows the interface of.
    pub fn pipeline(&mut self, path: &str) -> Result<Object> {
        self.promised(path, None)
    }

    /// The same for one that the schema leaves untyped, to be used as the interface with that id.
    ///
    /// # Errors
    /// When the path leads to no capability.
    pub fn pipeline_as(&mut self, path: &str, interface: u64) -> Result<Object> {
        self.promised(path, Some(interface))
    }

    fn promised(&mut self, path: &str, interface: Option<u64>) -> Result<Object> {
        let Outcome::Called(answer, pipeline) = &mut self.outcome else {
            return Err(Error::value("a streaming call has no results"));
        };
        let (ty, positions) = walk(&self.context.registry, &self.results, path).map_err(|e| e.within("results"))?;
        let interface = match (ty, interface) {
            (Type::Interface(..) | Type::AnyPointer(_), Some(id)) => Type::interface(id),
            (ty @ Type::Interface(..), None) => ty,
            _ => return Err(not_a_capability().within(path).within("results")),
        };
        let hook = match answer.look() {
            None => positions.iter().fold(pipeline.noop(), |from, &at| from.get_pointer_field(at)).as_cap(),
            // Once there is an answer it is asked itself: the library's pipeline panics where it is not as declared.
            Some(arrived) => {
                let response = arrived.as_ref().map_err(|error| Fault::Call(error.clone()))?;
                let path: Vec<_> = positions.into_iter().map(PipelineOp::GetPointerField).collect();
                response.get().and_then(|results| results.get_pipelined_cap(&path)).map_err(Fault::Call)?
            }
        };
        Ok(Object { hook, interface, context: Arc::clone(&self.context) })
    }

    /// Waits for the results. A streaming call has none: an empty object, as soon as the next call may be made.
    ///
    /// # Errors
    /// When the call fails, or its results do not fit its schema or a limit.
    pub async fn results(self, resolver: &mut dyn CapabilityResolver) -> Result<Value> {
        let Means { registry, limits } = self.context.as_ref();
        let response = match self.outcome {
            Outcome::Streamed(done) => {
                done.await.map_err(Fault::Call)?;
                return Ok(Value::Object(Map::new()));
            }
            Outcome::Called(answer, _) => answer.whole().await.map_err(Fault::Call)?,
        };
        let results = response.get().map_err(Fault::Call)?;
        decode(registry, &self.results, results, resolver, limits).map_err(|e| e.within("results"))
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pending({})", self.context.registry.type_name(&self.results))
    }
}

/// The type at the end of a path of field names, and the pointers it crosses.
fn walk(registry: &Registry, results: &Type, path: &str) -> Result<(Type, Vec<u16>)> {
    let mut ty = results.clone();
    let mut positions = Vec::new();
    let mut names = path.split('.').peekable();
    while names.peek().is_some() {
        let Type::Struct(id, brand) = &ty else {
            return Err(not_a_capability().within(path));
        };
        let (next, position) = descend(registry, *id, brand, &mut names).map_err(|e| e.within(path))?;
        positions.push(position);
        ty = next;
    }
    Ok((ty, positions))
}

/// One pointer further: through any number of groups to a slot.
fn descend<'p>(
    registry: &Registry,
    mut id: u64,
    brand: &Brand,
    names: &mut impl Iterator<Item = &'p str>,
) -> Result<(Type, u16)> {
    for name in names {
        let field = registry.structure(id)?.field(name);
        match &field.ok_or_else(|| Error::value("no such field"))?.place {
            Place::Group(group) => id = *group,
            Place::Slot { offset, ty, .. } if ty.is_pointer() => {
                let position = u16::try_from(*offset).map_err(|_| not_a_capability())?;
                return Ok((ty.resolve(brand).into_owned(), position));
            }
            Place::Slot { .. } => return Err(not_a_capability()),
        }
    }
    Err(not_a_capability())
}

fn not_a_capability() -> Error {
    Error::value("no capability")
}
