//! What a JavaScript program gives to a service: functions and objects of its own, as capabilities.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use capnweb::{Object, Stub, Value, Writable};
use capos_schema::dynamic::{Handler, Means};
use capos_schema::reflect::Capability as Hook;
use capos_schema::{Error, MethodRef, Result, Type};

use crate::arguments::{self, Shape};
use crate::capability::Capability;
use crate::errors;
use crate::streams::Output;
use crate::values::Web;
use crate::world::World;

/// The capability that a value stands for, where one of that interface is expected.
pub(crate) fn import(web: &Web, value: &Value, interface: &Type) -> Result<Hook> {
    if let Value::Stub(stub) = value
        && let Some(own) = stub.target::<Capability>()
    {
        return come_home(web, &own, interface);
    }
    if !matches!(interface, Type::Interface(..)) {
        return Err(Error::value("expected an object of the session"));
    }
    let receiver = receiver(web, value, interface)?;
    let callback = Callback { receiver, means: Arc::clone(&web.means), world: web.world.loose() };
    Ok(web.means.serve(interface.clone(), callback).hook().add_ref())
}

/// One of our own objects, which is passed on as what it is.
fn come_home(web: &Web, own: &Capability, interface: &Type) -> Result<Hook> {
    let fits = match interface {
        Type::Interface(id, _) => own.object().registry().is_a(own.object().interface(), *id),
        _ => true,
    };
    if fits { Ok(own.object().hook().add_ref()) } else { Err(expected(web, interface)) }
}

fn receiver(web: &Web, value: &Value, interface: &Type) -> Result<Receiver> {
    let methods = web.means.registry().methods(interface)?;
    match value {
        Value::Stub(stub) if methods.len() == 1 => Ok(Receiver::Function(stub.clone())),
        Value::Stub(stub) => Ok(Receiver::Target(stub.clone())),
        Value::Object(object) => functions(object, &methods).map(Receiver::Functions),
        Value::Writable(stream) => output(stream, &methods),
        _ => Err(expected(web, interface)),
    }
}

fn expected(web: &Web, interface: &Type) -> Error {
    Error::value(format!("expected a {}, or what can be one", web.means.registry().type_name(interface)))
}

/// A function for each method that an object has.
fn functions(object: &Object, methods: &[MethodRef<'_>]) -> Result<Vec<(String, Stub)>> {
    let given = object.iter().filter(|(_, value)| !matches!(value, Value::Undefined));
    let functions = given.map(|(name, value)| match value {
        Value::Stub(function) if methods.iter().any(|method| method.declared.name == name) => {
            Ok((name.to_owned(), function.clone()))
        }
        Value::Stub(_) => Err(Error::value("the interface has no method of that name").within(name)),
        _ => Err(Error::value("expected a function").within(name)),
    });
    functions.collect()
}

/// A stream is what a service writes to: an interface with one streaming method.
fn output(stream: &Writable, methods: &[MethodRef<'_>]) -> Result<Receiver> {
    let mut streaming = methods.iter().filter(|method| method.declared.is_streaming());
    match (streaming.next(), streaming.next()) {
        (Some(method), None) => {
            let closed_by = method.declared.closed_by.clone();
            Ok(Receiver::Stream {
                output: Output::new(stream.clone()),
                method: method.declared.name.clone(),
                closed_by,
            })
        }
        _ => Err(Error::value("the interface has not one method that a stream could take")),
    }
}

/// What takes the calls.
enum Receiver {
    /// A function, for the only method there is.
    Function(Stub),
    /// An object whose methods have the names of the schema's.
    Target(Stub),
    /// A function for each of some methods.
    Functions(Vec<(String, Stub)>),
    /// A stream, for the only streaming method there is.
    Stream { output: Output, method: String, closed_by: Option<String> },
}

/// A program's function or object, as a service holds it.
struct Callback {
    receiver: Receiver,
    means: Arc<Means>,
    world: World,
}

type Done = Pin<Box<dyn Future<Output = capnp::Result<Value>>>>;

impl Callback {
    fn call(&self, method: &MethodRef<'_>, parameters: Value) -> Done {
        let name = &*method.declared.name;
        let arguments = arguments::spread(self.means.registry(), method, parameters);
        match &self.receiver {
            Receiver::Function(function) => self.ask(method, function, None, arguments),
            Receiver::Target(target) => self.ask(method, target, Some(name), arguments),
            Receiver::Functions(functions) => match functions.iter().find(|(known, _)| known == name) {
                Some((_, function)) => self.ask(method, function, None, arguments),
                None => unimplemented(),
            },
            Receiver::Stream { output, method: streaming, closed_by } => {
                if name == streaming {
                    let written = output.write(arguments.into_iter().next().unwrap_or_default());
                    return Box::pin(async move { written.await.map(|()| nothing()) });
                }
                if closed_by.as_deref() == Some(name) {
                    let closed = output.close();
                    return Box::pin(async move { closed.await.map(|()| nothing()) });
                }
                unimplemented()
            }
        }
    }

    /// Calls at once, so that calls come in the order in which they were made.
    fn ask(&self, method: &MethodRef<'_>, stub: &Stub, name: Option<&str>, arguments: Vec<Value>) -> Done {
        let promise = stub.call(name, arguments);
        let (means, results) = (Arc::clone(&self.means), method.results.clone());
        Box::pin(async move {
            let value = promise.await.map_err(|thrown| errors::relayed(&thrown))?;
            Ok(Shape::of(means.registry(), &results).unfold(value))
        })
    }
}

impl Handler for Callback {
    type Notation = Web;

    fn notation(&self) -> Web {
        Web { means: Arc::clone(&self.means), world: self.world.clone() }
    }

    fn handle(
        self: Rc<Self>,
        method: &MethodRef<'_>,
        parameters: Value,
    ) -> impl Future<Output = capnp::Result<Value>> + 'static {
        self.call(method, parameters)
    }
}

fn nothing() -> Value {
    Value::Object(Object::new())
}

fn unimplemented() -> Done {
    Box::pin(async { Err(capnp::Error::unimplemented("the program has no such function".to_owned())) })
}
