//! Calls on any capability, by the names its schema gives.
//!
//! An [`Object`] is a capability and the interface it is used as. A call gives a [`Pending`]: a promise of results,
//! and a pipeline through which the capabilities among them can be called before they are there.
//! A [`Handler`] is the other way round: [`Means::serve`] makes a capability whose calls it answers.

mod kept;
mod served;

use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use capnp::any_pointer;
use capnp::capability::Response;
use capnp::private::capability::{ClientHook, PipelineOp};
use futures::FutureExt;
use futures::future::{LocalBoxFuture, Shared};
use serde_json::Value;

use crate::error::{Error, Fault, Result};
use crate::limits::Limits;
use crate::model::Place;
use crate::reflect::{CapabilityResolver, Json, Notation, decode_as, encode_as};
use crate::registry::{MethodRef, Registry};
use crate::types::{AnyKind, Brand, Type};

pub use kept::{Keeping, Kept};
pub use served::Handler;

/// A capability and the interface it is used as.
pub struct Object {
    hook: Box<dyn ClientHook>,
    interface: Type,
    means: Arc<Means>,
}

/// What the objects of one source have in common: the schemas that they are called by, and the bounds of their values.
#[derive(Debug)]
pub struct Means {
    registry: Arc<Registry>,
    limits: Limits,
}

impl Means {
    /// Those of these schemas and bounds.
    #[must_use]
    pub fn new(registry: Arc<Registry>, limits: Limits) -> Arc<Self> {
        Arc::new(Self { registry, limits })
    }

    /// The schemas.
    #[must_use]
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// The bounds.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// A capability, to be used as that interface.
    #[must_use]
    pub fn object(self: &Arc<Self>, hook: Box<dyn ClientHook>, interface: Type) -> Object {
        Object { hook, interface, means: Arc::clone(self) }
    }

    /// A capability of that interface whose calls `handler` answers. Methods that the schema does not know are not
    /// implemented.
    #[must_use]
    pub fn serve(self: &Arc<Self>, interface: Type, handler: impl Handler) -> Object {
        let hook = served::hook(handler, interface.clone(), Arc::clone(self));
        self.object(hook, interface)
    }
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
        Means::new(registry, limits).object(hook, Type::interface(interface))
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

    /// What is known of its interface and those it leads to.
    #[must_use]
    pub fn registry(&self) -> &Arc<Registry> {
        &self.means.registry
    }

    /// Its schemas and bounds.
    #[must_use]
    pub fn means(&self) -> &Arc<Means> {
        &self.means
    }

    /// The methods it has, inherited ones last.
    ///
    /// # Errors
    /// When its interface, or one that it extends, is not known.
    pub fn methods(&self) -> Result<Vec<MethodRef<'_>>> {
        self.means.registry.methods(&self.interface)
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
        let method = self.method(method)?;
        self.call_as(&method, params, &mut Json(resolver)).map_err(|e| e.within("params"))
    }

    /// The method that is meant.
    ///
    /// # Errors
    /// When there is none, or the interface is not known.
    pub fn method<'s>(&self, method: impl Into<Selector<'s>>) -> Result<MethodRef<'_>> {
        let registry = &self.means.registry;
        match method.into() {
            Selector::Name(name) => registry.method(&self.interface, name),
            Selector::Ordinal(id, ordinal) => registry.method_at(&self.interface, id, ordinal),
        }
    }

    /// Calls a method of this object with parameters in that notation. As [`Object::call`].
    ///
    /// # Errors
    /// When `params` do not fit the method; nothing has been sent then.
    pub fn call_as<N: Notation>(&self, method: &MethodRef<'_>, params: &N::Value, notation: &mut N) -> Result<Pending> {
        let Means { registry, limits } = self.means.as_ref();
        let mut request = self.hook.new_call(method.interface, method.ordinal, None);
        encode_as(notation, registry, &method.params, params, request.hook.get(), limits)?;
        let outcome = if method.declared.is_streaming() {
            Outcome::Streamed(request.hook.send_streaming().boxed_local().shared())
        } else {
            let sent = request.hook.send();
            Outcome::Called(sent.promise.map(Rc::new).boxed_local().shared(), sent.pipeline)
        };
        Ok(Pending { outcome, results: method.results.clone(), means: Arc::clone(&self.means) })
    }
}

impl Clone for Object {
    fn clone(&self) -> Self {
        Self { hook: self.hook.add_ref(), interface: self.interface.clone(), means: Arc::clone(&self.means) }
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Object({})", self.means.registry.type_name(&self.interface))
    }
}

/// A call under way.
#[must_use = "dropping a call cancels it"]
pub struct Pending {
    outcome: Outcome,
    results: Type,
    means: Arc<Means>,
}

enum Outcome {
    Called(Shared<LocalBoxFuture<'static, Arrived>>, any_pointer::Pipeline),
    Streamed(Shared<LocalBoxFuture<'static, capnp::Result<()>>>),
}

type Arrived = Rc<capnp::Result<Response<any_pointer::Owned>>>;

impl Pending {
    /// A capability among the results, usable at once: `inner.deeper.lab`.
    ///
    /// # Errors
    /// When the path leads to no capability that the schema knows the interface of.
    pub fn pipeline(&self, path: &str) -> Result<Object> {
        self.promised(path, None)
    }

    /// The same for one that the schema leaves untyped, to be used as the interface with that id.
    ///
    /// # Errors
    /// When the path leads to no capability.
    pub fn pipeline_as(&self, path: &str, interface: u64) -> Result<Object> {
        self.promised(path, Some(interface))
    }

    /// The first capability that a path of field names comes to, whatever follows, and how many names lead to it.
    #[must_use]
    pub fn capability_along<'p>(&self, path: impl Iterator<Item = &'p str>) -> Option<(Object, usize)> {
        let mut names = path;
        let mut taken = 0;
        let mut counted = std::iter::from_fn(|| {
            let name = names.next()?;
            taken += 1;
            Some(name)
        });
        let mut ty = self.results.clone();
        let mut positions = Vec::new();
        while let Type::Struct(id, brand) = &ty {
            let (next, position) = descend(&self.means.registry, *id, brand, &mut counted).ok()?;
            positions.push(position);
            ty = next;
        }
        let capability = matches!(ty, Type::Interface(..) | Type::AnyPointer(AnyKind::Capability));
        let hook = if capability { self.hook_at(positions).ok()? } else { return None };
        Some((Object { hook, interface: ty, means: Arc::clone(&self.means) }, taken))
    }

    fn promised(&self, path: &str, interface: Option<u64>) -> Result<Object> {
        if let Outcome::Streamed(_) = self.outcome {
            return Err(Error::value("a streaming call has no results"));
        }
        let (ty, positions) = walk(&self.means.registry, &self.results, path).map_err(|e| e.within("results"))?;
        let interface = match (ty, interface) {
            (Type::Interface(..) | Type::AnyPointer(_), Some(id)) => Type::interface(id),
            (ty @ Type::Interface(..), None) => ty,
            _ => return Err(not_a_capability().within(path).within("results")),
        };
        Ok(Object { hook: self.hook_at(positions)?, interface, means: Arc::clone(&self.means) })
    }

    fn hook_at(&self, positions: Vec<u16>) -> Result<Box<dyn ClientHook>> {
        let Outcome::Called(answer, pipeline) = &self.outcome else {
            return Err(Error::value("a streaming call has no results"));
        };
        // Once there is an answer it is asked itself: the library's pipeline panics where it is not as declared.
        let Some(arrived) = answer.clone().now_or_never() else {
            return Ok(positions.iter().fold(pipeline.noop(), |from, &at| from.get_pointer_field(at)).as_cap());
        };
        let response = arrived.as_ref().as_ref().map_err(|error| Fault::Call(error.clone()))?;
        let path: Vec<_> = positions.into_iter().map(PipelineOp::GetPointerField).collect();
        Ok(response.get().and_then(|results| results.get_pipelined_cap(&path)).map_err(Fault::Call)?)
    }

    /// Waits for the results. A streaming call has none: an empty object, as soon as the next call may be made.
    ///
    /// # Errors
    /// When the call fails, or its results do not fit its schema or a limit.
    pub async fn results(self, resolver: &mut dyn CapabilityResolver) -> Result<Value> {
        self.results_as(&mut Json(resolver)).await
    }

    /// The same in that notation.
    ///
    /// # Errors
    /// As [`Pending::results`].
    pub async fn results_as<N: Notation>(&self, notation: &mut N) -> Result<N::Value> {
        let Means { registry, limits } = self.means.as_ref();
        let arrived = match &self.outcome {
            Outcome::Streamed(done) => {
                done.clone().await.map_err(Fault::Call)?;
                return Ok(notation.object(Vec::new()));
            }
            Outcome::Called(answer, _) => answer.clone().await,
        };
        let response = arrived.as_ref().as_ref().map_err(|error| Fault::Call(error.clone()))?;
        let results = response.get().map_err(Fault::Call)?;
        decode_as(notation, registry, &self.results, results, limits).map_err(|e| e.within("results"))
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pending({})", self.means.registry.type_name(&self.results))
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
