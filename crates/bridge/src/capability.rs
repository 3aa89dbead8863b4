//! A capability as a JavaScript program has it: an object with the methods of its schema.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use capnp::any_pointer;
use capnweb::{Answer, Key, Outcome, Part, Pipelined, Stub, Target, Value, Writable};
use capos_schema::dynamic::{Object, Pending};
use capos_schema::reflect::decode_as;
use capos_schema::{MethodRef, Type};

use crate::arguments::{self, Shape};
use crate::errors;
use crate::streams::Input;
use crate::values::Web;
use crate::world::World;

/// A capability that a program holds. Dropping it is dropping the capability.
///
/// **Invariant:** nothing reaches the capability that is not what its schema says.
pub struct Capability {
    object: Object,
    world: World,
}

impl Capability {
    /// What a program is given of `object`.
    #[must_use]
    pub fn stub(object: Object, world: &World) -> Stub {
        Stub::new(Self { object, world: world.held() })
    }

    /// The capability itself.
    pub(crate) fn object(&self) -> &Object {
        &self.object
    }

    fn web(&self) -> Web {
        Web { means: self.object.means().clone(), world: self.world.clone() }
    }

    /// The method of that name; without a name, the only one there is.
    fn method(&self, name: Option<&str>) -> Option<MethodRef<'_>> {
        match name {
            Some(name) => self.object.method(name).ok(),
            None => match self.object.methods().ok()?.as_mut_slice() {
                [only] => Some(only.clone()),
                _ => None,
            },
        }
    }

    fn call(&self, method: &MethodRef<'_>, arguments: Vec<Value>) -> Answer {
        match self.send(method, arguments) {
            Ok(calling) => Answer::Pipelined(Rc::new(calling)),
            Err(thrown) => Answer::Now(Err(thrown)),
        }
    }

    fn send(&self, method: &MethodRef<'_>, arguments: Vec<Value>) -> Result<Calling, capnweb::Thrown> {
        let (name, mut web) = (&method.declared.name, self.web());
        let parameters = arguments::arrange(self.object.registry(), method, arguments)?;
        let pending = self.object.call_as(method, &parameters, &mut web);
        let pending = pending.map_err(|error| errors::refused(name, &error))?;
        Ok(Calling { pending, method: name.clone(), results: method.results.clone(), web })
    }

    /// The method by itself, to be passed on or called later.
    fn bound(self: Rc<Self>, name: String) -> Stub {
        Stub::function(move |arguments| Rc::clone(&self).call_named(&name, arguments))
    }

    fn call_named(self: Rc<Self>, name: &str, arguments: Vec<Value>) -> Answer {
        Target::call(self, Some(name), arguments)
    }
}

impl Target for Capability {
    fn call(self: Rc<Self>, name: Option<&str>, arguments: Vec<Value>) -> Answer {
        match self.method(name) {
            Some(method) => Capability::call(&self, &method, arguments),
            None => Answer::no_method(name),
        }
    }

    fn get(self: Rc<Self>, name: &str) -> Answer {
        let Some(method) = self.method(Some(name)) else {
            return Answer::Now(Ok(Value::Undefined));
        };
        if let Shape::Nothing = Shape::of(self.object.registry(), &method.params) {
            return Capability::call(&self, &method, Vec::new());
        }
        if method.declared.is_streaming() {
            let input = Input::new(Rc::clone(&self), &method);
            return Answer::Now(Ok(Value::Writable(Writable::new(input))));
        }
        Answer::Now(Ok(Value::Stub(Rc::clone(&self).bound(name.to_owned()))))
    }
}

/// A call under way.
struct Calling {
    pending: Pending,
    method: String,
    results: Type,
    web: Web,
}

impl Calling {
    async fn results(&self) -> Outcome {
        let mut web = Web { means: self.web.means.clone(), world: self.web.world.clone() };
        let results = self.pending.results_as(&mut web).await;
        let results = results.map_err(|error| errors::failed(&self.method, &error))?;
        match Shape::of(self.web.means.registry(), &self.results).fold(results) {
            Value::Null => self.nothing(&mut web),
            value => Ok(value),
        }
    }

    /// A lone result that was not filled in. A struct has its defaults then, as it has for every program of Cap'n Proto.
    fn nothing(&self, web: &mut Web) -> Outcome {
        let means = web.means.clone();
        let Some(ty @ Type::Struct(..)) = arguments::only(means.registry(), &self.results) else {
            return Ok(Value::Null);
        };
        let mut empty = capnp::message::Builder::new_default();
        let empty = empty.init_root::<any_pointer::Builder<'_>>().into_reader();
        let value = decode_as(web, means.registry(), &ty, empty, means.limits());
        value.map_err(|error| errors::failed(&self.method, &error))
    }
}

impl Pipelined for Calling {
    fn settled(self: Rc<Self>) -> Pin<Box<dyn Future<Output = Outcome>>> {
        Box::pin(async move { self.results().await })
    }

    fn part(&self, path: &[Key]) -> Option<Part> {
        let unwrapped = match Shape::of(self.web.means.registry(), &self.results) {
            Shape::Nothing => return None,
            Shape::One(field) => Some(field.name.as_str()),
            Shape::Many => None,
        };
        let names = path.iter().map_while(|key| match key {
            Key::Name(name) => Some(name.as_str()),
            Key::Index(_) => None,
        });
        let (object, taken) = self.pending.capability_along(unwrapped.into_iter().chain(names))?;
        let keys = taken - usize::from(unwrapped.is_some());
        Some(Part { stub: Capability::stub(object, &self.web.world), keys })
    }
}
