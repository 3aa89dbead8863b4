//! Programs that a peer applies to a value here.

use std::rc::Rc;

use crate::error::Error;
use crate::exchange::{Id, Importer, Payload};
use crate::expression;
use crate::hook::{self, Ask, Hook, Mapping, Origin, Request};
use crate::json::{Json, Program};
use crate::limits::Limits;
use crate::session::whole;
use crate::stream::{Readable, Writable};
use crate::stub::{Promise, Stub};
use crate::target::Key;
use crate::value::Value;

/// What a mapping makes of a value: of each element of an array, of nothing nothing, else of the value.
pub(crate) fn apply(value: &Value, mapping: &Mapping, origin: Option<&Rc<Origin>>) -> Rc<Hook> {
    match applied(value, mapping, origin) {
        Ok(value) => Hook::value(value, origin),
        Err(error) => Hook::error(error),
    }
}

fn applied(value: &Value, mapping: &Mapping, origin: Option<&Rc<Origin>>) -> Result<Value, Error> {
    match value {
        Value::Undefined => Ok(Value::Undefined),
        Value::Null => Ok(Value::Null),
        Value::Array(items) => {
            let elements: Result<_, _> = items.iter().map(|item| run(item, mapping, origin)).collect();
            Ok(Value::Array(elements?))
        }
        value => run(value, mapping, origin),
    }
}

/// Runs the program once.
fn run(input: &Value, mapping: &Mapping, origin: Option<&Rc<Origin>>) -> Result<Value, Error> {
    let limits = origin.map_or_else(Limits::default, |origin| origin.driver.limits());
    let mut run = Run { variables: Vec::new(), captures: &mapping.captures, origin, limits };
    run.spend(1 + hook::weight(input) / 64)?;
    run.variables.push(Hook::value(input.clone(), origin));
    let mut instructions = mapping.program.instructions();
    let mut next = instructions.next().ok_or_else(|| Error::new("Error", "A mapping has no instruction."))?;
    for following in instructions {
        let payload = run.read(next)?;
        run.variables.push(Hook::value(payload.value, origin));
        next = following;
    }
    Ok(run.read(next)?.value)
}

/// One run of a program. Positions are its variables', or below zero its captures'.
struct Run<'r> {
    variables: Vec<Rc<Hook>>,
    captures: &'r [Stub],
    origin: Option<&'r Rc<Origin>>,
    limits: Limits,
}

impl Run<'_> {
    fn read(&mut self, instruction: Json<'_>) -> Result<Payload, Error> {
        expression::read(instruction, self)
    }

    fn variable(&self, id: Id) -> Result<Rc<Hook>, Error> {
        let place = match id {
            0.. => usize::try_from(id).ok().and_then(|place| self.variables.get(place)),
            _ => usize::try_from(-1 - id).ok().and_then(|place| self.captures.get(place)).map(Stub::hook),
        };
        place.cloned().ok_or_else(|| Error::new("Error", format!("A mapping has no variable {id}.")))
    }

    fn ask(&self, id: Id, path: Vec<Key>, ask: Ask) -> Result<Promise, Error> {
        let hook = self.variable(id)?;
        Ok(Promise::of(hook::send(&hook, Request { path, ask, origin: self.origin.cloned() })))
    }
}

impl Importer for Run<'_> {
    fn stub(&mut self, _: Id) -> Result<Stub, Error> {
        Err(Error::new("Error", "A mapping cannot refer to exports."))
    }

    fn promise(&mut self, _: Id) -> Result<Promise, Error> {
        Err(Error::new("Error", "A mapping cannot refer to exports."))
    }

    fn writable(&mut self, _: Id) -> Result<Writable, Error> {
        Err(Error::new("Error", "A mapping cannot refer to exports."))
    }

    fn readable(&mut self, _: Id) -> Result<Readable, Error> {
        Err(Error::new("Error", "A mapping cannot use pipes."))
    }

    fn own(&mut self, id: Id) -> Result<Stub, Error> {
        Ok(Stub::of(hook::object(&self.variable(id)?)))
    }

    fn own_part(&mut self, id: Id, path: Vec<Key>, arguments: Option<Payload>) -> Result<Stub, Error> {
        let promise = self.part(id, path, arguments)?;
        Ok(Stub::of(hook::object(promise.hook())))
    }

    fn part(&mut self, id: Id, path: Vec<Key>, arguments: Option<Payload>) -> Result<Promise, Error> {
        match arguments {
            Some(payload) => self.ask(id, path, Ask::Call(payload)),
            None if path.is_empty() => Ok(Promise::of(whole(self.variable(id)?))),
            None => self.ask(id, path, Ask::Get),
        }
    }

    fn remap(&mut self, id: Id, path: Vec<Key>, captures: Vec<Stub>, program: Program) -> Result<Promise, Error> {
        self.ask(id, path, Ask::Map(Mapping { captures: captures.into(), program }))
    }

    fn spend(&mut self, work: usize) -> Result<(), Error> {
        self.origin.map_or(Ok(()), |origin| origin.spend(work))
    }

    fn limits(&self) -> Limits {
        self.limits
    }
}
