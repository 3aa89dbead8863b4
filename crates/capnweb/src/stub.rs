//! What one holds of a peer's objects, or of one's own.

use std::future::IntoFuture;
use std::pin::Pin;

use crate::error::Outcome;
use crate::target::{Answer, Key, Target};
use crate::value::Value;

/// A reference to an object, here or with the peer. A clone is another reference; the last one dropped disposes it.
#[derive(Clone, Debug)]
pub struct Stub {}

impl Stub {
    /// A reference to an object here.
    pub fn new(target: impl Target) -> Self {
        let _ = target;
        todo!()
    }

    /// A reference to a function here.
    pub fn function(function: impl Fn(Vec<Value>) -> Answer + 'static) -> Self {
        let _ = function;
        todo!()
    }

    /// Calls the method of that name; without a name, the object itself.
    pub fn call(&self, name: Option<&str>, arguments: Vec<Value>) -> Promise {
        let _ = (name, arguments);
        todo!()
    }

    /// Calls the method at that path.
    pub fn call_at(&self, path: &[Key], arguments: Vec<Value>) -> Promise {
        let _ = (path, arguments);
        todo!()
    }

    /// What is at that path.
    pub fn get(&self, path: &[Key]) -> Promise {
        let _ = path;
        todo!()
    }

    /// Ready when the object can no longer be reached: with the reason.
    pub fn broken(&self) -> Pin<Box<dyn Future<Output = crate::error::Thrown>>> {
        todo!()
    }

    /// The object itself, where it is here and of that type.
    #[must_use]
    pub fn target<T: Target>(&self) -> Option<std::rc::Rc<T>> {
        todo!()
    }

    /// Whether both are references to one object (that is, to one entry of a session, or one target).
    pub fn is_same(&self, other: &Self) -> bool {
        let _ = other;
        todo!()
    }
}

/// The answer of a call that was made. It can be called and passed on before it is there; awaiting it asks for the
/// value. Dropping it gives the call up.
#[derive(Clone, Debug)]
pub struct Promise {}

impl Promise {
    /// A promise for what that future gives.
    pub fn new(future: impl Future<Output = Outcome> + 'static) -> Self {
        let _ = future;
        todo!()
    }

    /// Calls the method at that path of the value.
    pub fn call_at(&self, path: &[Key], arguments: Vec<Value>) -> Promise {
        let _ = (path, arguments);
        todo!()
    }

    /// What is at that path of the value.
    pub fn get(&self, path: &[Key]) -> Promise {
        let _ = path;
        todo!()
    }
}

impl IntoFuture for Promise {
    type Output = Outcome;
    type IntoFuture = Pin<Box<dyn Future<Output = Outcome>>>;

    fn into_future(self) -> Self::IntoFuture {
        todo!()
    }
}
