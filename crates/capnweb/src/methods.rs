//! Targets made of closures.

mod arguments;
mod give;

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::rc::Rc;

pub use arguments::{FromArguments, FromValue, Rest};
pub use give::Give;

use crate::stub::Stub;
use crate::target::{Answer, Target};
use crate::value::Value;

type Method<T> = Box<dyn Fn(&Rc<T>, Vec<Value>) -> Answer>;
type Property<T> = Box<dyn Fn(&Rc<T>) -> Answer>;

/// The methods and properties of a kind of objects, which are closures over the state `T` of one of them.
///
/// Arguments are taken as the closure wants them: a tuple of [`FromValue`]. What does not fit is a `TypeError` for the
/// caller. Arguments too many are passed over, as in JavaScript; one that may be missing is an [`Option`].
/// A method that is read as a property is a function, as there.
///
/// ```
/// use std::cell::Cell;
/// use std::rc::Rc;
///
/// use capnweb::{Methods, Stub};
///
/// let counters = Rc::new(
///     Methods::<Cell<f64>>::new()
///         .on("increment", |count, (by,): (Option<f64>,)| {
///             count.set(count.get() + by.unwrap_or(1.0));
///             count.get()
///         })
///         .property("value", |count| count.get()),
/// );
/// let counter: Stub = counters.object(Cell::new(7.0));
/// ```
pub struct Methods<T> {
    methods: HashMap<&'static str, Method<T>>,
    properties: HashMap<&'static str, Property<T>>,
}

impl<T: 'static> Methods<T> {
    /// Objects that can do nothing.
    #[must_use]
    pub fn new() -> Self {
        Self { methods: HashMap::new(), properties: HashMap::new() }
    }

    /// A method that is done at once.
    #[must_use]
    pub fn on<A, G>(self, name: &'static str, method: impl Fn(&Rc<T>, A) -> G + 'static) -> Self
    where
        A: FromArguments,
        G: Give,
    {
        self.method(name, move |state, arguments| {
            let outcome = A::from_arguments(arguments).map_err(Into::into);
            Answer::Now(outcome.and_then(|arguments| method(state, arguments).give()))
        })
    }

    /// A method that takes its time. It is given up when nobody wants its answer any more.
    #[must_use]
    pub fn later<A, F>(self, name: &'static str, method: impl Fn(Rc<T>, A) -> F + 'static) -> Self
    where
        A: FromArguments,
        F: Future<Output: Give> + 'static,
    {
        self.method(name, move |state, arguments| match A::from_arguments(arguments) {
            Err(error) => Answer::Now(Err(error.into())),
            Ok(arguments) => {
                let work = method(Rc::clone(state), arguments);
                Answer::later(async { work.await.give() })
            }
        })
    }

    /// A property.
    #[must_use]
    pub fn property<G: Give>(mut self, name: &'static str, property: impl Fn(&Rc<T>) -> G + 'static) -> Self {
        self.properties.insert(name, Box::new(move |state| Answer::Now(property(state).give())));
        self
    }

    /// Everything the other has too.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.methods.extend(other.methods);
        self.properties.extend(other.properties);
        self
    }

    /// An object of this kind.
    pub fn object(self: &Rc<Self>, state: T) -> Stub {
        self.object_of(Rc::new(state))
    }

    /// An object of this kind over a state that others have too.
    pub fn object_of(self: &Rc<Self>, state: Rc<T>) -> Stub {
        Stub::new(Made { kind: Rc::clone(self), state })
    }

    fn method(mut self, name: &'static str, method: impl Fn(&Rc<T>, Vec<Value>) -> Answer + 'static) -> Self {
        self.methods.insert(name, Box::new(method));
        self
    }
}

impl<T: 'static> Default for Methods<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Methods<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.methods.keys()).entries(self.properties.keys()).finish()
    }
}

/// An object of a kind.
struct Made<T> {
    kind: Rc<Methods<T>>,
    state: Rc<T>,
}

impl<T: 'static> Target for Made<T> {
    fn call(self: Rc<Self>, name: Option<&str>, arguments: Vec<Value>) -> Answer {
        match name.and_then(|name| self.kind.methods.get(name)) {
            Some(method) => method(&self.state, arguments),
            None => Answer::no_method(name),
        }
    }

    fn get(self: Rc<Self>, name: &str) -> Answer {
        if let Some(property) = self.kind.properties.get(name) {
            return property(&self.state);
        }
        let Some((name, _)) = self.kind.methods.get_key_value(name) else { return Answer::Now(Ok(Value::Undefined)) };
        let name = *name;
        let method = Stub::function(move |arguments| Rc::clone(&self).call(Some(name), arguments));
        Answer::Now(Ok(Value::Stub(method)))
    }
}
