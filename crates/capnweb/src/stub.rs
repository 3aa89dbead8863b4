//! What one holds of a peer's objects, or of one's own.

use std::any::Any;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::rc::Rc;

use crate::error::{Outcome, Thrown};
use crate::exchange::Payload;
use crate::hook::{self, Ask, Broken, Eventual, Hook, Request, Settlement};
use crate::placeholder::{self, Placeholder};
use crate::session;
use crate::target::{Answer, Key, Target};
use crate::turn;
use crate::value::Value;

/// A reference to an object, here or with the peer. A clone is another reference; the last one dropped disposes it.
#[derive(Clone)]
pub struct Stub(Rc<Hook>);

impl Stub {
    /// A reference to an object here.
    pub fn new(target: impl Target) -> Self {
        Self::from_rc(Rc::new(target))
    }

    /// A reference to an object here that others keep too. Each call of this makes another object for the peer.
    pub fn from_rc(target: Rc<dyn Target>) -> Self {
        Self(Hook::target(target))
    }

    /// A reference to a function here.
    pub fn function(function: impl Fn(Vec<Value>) -> Answer + 'static) -> Self {
        Self::new(Function(function))
    }

    pub(crate) fn of(hook: Rc<Hook>) -> Self {
        Self(hook)
    }

    pub(crate) fn hook(&self) -> &Rc<Hook> {
        &self.0
    }

    pub(crate) fn into_hook(self) -> Rc<Hook> {
        self.0
    }

    /// Calls the method of that name; without a name, the object itself.
    pub fn call(&self, name: Option<&str>, arguments: Vec<Value>) -> Promise {
        call(&self.0, name.map(Key::from).into_iter().collect(), arguments)
    }

    /// Calls the method at that path.
    pub fn call_at(&self, path: &[Key], arguments: Vec<Value>) -> Promise {
        call(&self.0, path.to_vec(), arguments)
    }

    /// What is at that path.
    pub fn get(&self, path: &[Key]) -> Promise {
        get(&self.0, path)
    }

    /// Ready when the object can no longer be reached: with the reason. Does not keep the object.
    pub fn broken(&self) -> Pin<Box<dyn Future<Output = Thrown>>> {
        Box::pin(Broken::new(&self.0))
    }

    /// The object itself, where it is here and of that type.
    #[must_use]
    pub fn target<T: Target>(&self) -> Option<Rc<T>> {
        match &*hook::object(&self.0) {
            Hook::Target(target) => (Rc::clone(target) as Rc<dyn Any>).downcast().ok(),
            _ => None,
        }
    }

    /// Whether both are references to one object (that is, to one entry of a session, or one target).
    pub fn is_same(&self, other: &Self) -> bool {
        let (one, other) = (hook::object(&self.0), hook::object(&other.0));
        match (&*one, &*other) {
            (Hook::Target(one), Hook::Target(other)) => Rc::ptr_eq(one, other),
            (Hook::Import(one), Hook::Import(other)) => one.is_same(other),
            _ => Rc::ptr_eq(&one, &other),
        }
    }
}

impl fmt::Debug for Stub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stub")
    }
}

/// A function that a peer may call.
struct Function<F>(F);

impl<F: Fn(Vec<Value>) -> Answer + 'static> Target for Function<F> {
    fn call(self: Rc<Self>, name: Option<&str>, arguments: Vec<Value>) -> Answer {
        match name {
            None => (self.0)(arguments),
            Some(_) => Answer::no_method(name),
        }
    }
}

/// The answer of a call that was made. It can be called and passed on before it is there; awaiting it asks for the
/// value. Dropping it gives the call up.
#[derive(Clone)]
pub struct Promise(Rc<Hook>);

impl Promise {
    /// A promise for what that future gives. The future is polled once somebody wants the value.
    pub fn new(future: impl Future<Output = Outcome> + 'static) -> Self {
        Self(Eventual::running(Box::pin(future), None, None, 0))
    }

    pub(crate) fn of(hook: Rc<Hook>) -> Self {
        Self(hook)
    }

    pub(crate) fn hook(&self) -> &Rc<Hook> {
        &self.0
    }

    /// Calls the method at that path of the value.
    pub fn call_at(&self, path: &[Key], arguments: Vec<Value>) -> Promise {
        call(&self.0, path.to_vec(), arguments)
    }

    /// What is at that path of the value.
    pub fn get(&self, path: &[Key]) -> Promise {
        if path.is_empty() { self.clone() } else { get(&self.0, path) }
    }

    /// What `mapping` makes of the value, where that is: of each element of an array, of nothing nothing, else of the
    /// value. It costs no further round trip.
    ///
    /// The mapping is not run but written down: it is called once, at once, with a [`Placeholder`]. Objects from
    /// outside are called through [`Placeholder::capture`].
    ///
    /// ```
    /// # use capnweb::{Key, Object, Promise, Stub, Value};
    /// # fn cards(users: &Promise, photos: &Stub) -> Promise {
    /// users.map(|user| {
    ///     let id = user.get(&[Key::from("id")]);
    ///     let photo = user.capture(photos).call(Some("of"), vec![id.into()]);
    ///     Object::from([("name", Value::from(user.get(&[Key::from("name")]))), ("photo", photo.into())])
    /// })
    /// # }
    /// ```
    pub fn map<R: Into<Value>>(&self, mapping: impl FnOnce(Placeholder) -> R) -> Promise {
        match placeholder::record(mapping) {
            Ok(mapping) => ask_for(&self.0, Request { path: Vec::new(), ask: Ask::Map(mapping), origin: None }),
            Err(error) => Promise(Hook::error(error)),
        }
    }

    /// A stub of what it is going to be: calls wait for it.
    #[must_use]
    pub fn to_stub(&self) -> Stub {
        Stub(self.0.clone())
    }
}

impl fmt::Debug for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Promise")
    }
}

impl IntoFuture for Promise {
    type Output = Outcome;
    type IntoFuture = Pin<Box<dyn Future<Output = Outcome>>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(Settlement::new(self.0))
    }
}

fn call(hook: &Rc<Hook>, path: Vec<Key>, arguments: Vec<Value>) -> Promise {
    // They are looked for when there is need to.
    let promises = arguments.len();
    let ask = Ask::Call(Payload { value: Value::Array(arguments), promises });
    ask_for(hook, Request { path, ask, origin: None })
}

fn get(hook: &Rc<Hook>, path: &[Key]) -> Promise {
    if path.is_empty() {
        return Promise(session::whole(hook.clone()));
    }
    ask_for(hook, Request { path: path.to_vec(), ask: Ask::Get, origin: None })
}

fn ask_for(hook: &Rc<Hook>, request: Request) -> Promise {
    let answer = hook::send(hook, request);
    turn::run();
    Promise(answer)
}
