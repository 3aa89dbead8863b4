//! Mappings that a program here writes down, to be applied where the value is.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use crate::error::Error;
use crate::exchange::{Exporter, Id, Made, Reference};
use crate::expression::{self, write_call, write_remap};
use crate::hook::{Hook, Mapping};
use crate::json::Document;
use crate::limits::Limits;
use crate::stream::{Readable, Writable};
use crate::stub::{Promise, Stub};
use crate::target::Key;
use crate::value::Value;

/// A value that a mapping is going to be applied to, or something that the mapping makes of it: see [`Promise::map`].
///
/// What is asked of it is written down, and done once for each value that it stands for. It has no value itself: turned
/// into a [`Value`] it can be an argument or a part of the mapping's result, and nothing else; outside of the mapping it
/// stands for an error.
#[derive(Clone)]
pub struct Placeholder {
    script: Rc<RefCell<Script>>,
    /// Stands for this in the script, by being the same hook.
    hook: Rc<Hook>,
}

/// A mapping as far as it is written.
struct Script {
    /// Its instructions, one behind the other.
    instructions: Vec<String>,
    names: Names,
    failure: Option<Error>,
}

/// What instructions can refer to: variables count from zero up, captures from minus one down.
struct Names {
    /// What was asked; the first one is what the mapping is applied to.
    variables: Vec<Rc<Hook>>,
    /// What comes from outside.
    captures: Vec<Rc<Hook>>,
}

/// Has a mapping written down.
pub(crate) fn record<R: Into<Value>>(mapping: impl FnOnce(Placeholder) -> R) -> Result<Mapping, Error> {
    let hook = nothing();
    let names = Names { variables: vec![hook.clone()], captures: Vec::new() };
    let script = Rc::new(RefCell::new(Script { instructions: Vec::new(), names, failure: None }));
    let result = mapping(Placeholder { script: script.clone(), hook }).into();
    script.borrow_mut().write(|names, out| expression::write(&result, out, names));
    let mut written = script.borrow_mut();
    match written.failure.replace(outside()) {
        Some(error) => Err(error),
        None => written.mapping(),
    }
}

impl Placeholder {
    /// Calls the method of that name; without a name, the object itself.
    #[must_use]
    pub fn call(&self, name: Option<&str>, arguments: Vec<Value>) -> Self {
        self.ask(name.map(Key::from).as_slice(), Some(arguments))
    }

    /// Calls the method at that path.
    #[must_use]
    pub fn call_at(&self, path: &[Key], arguments: Vec<Value>) -> Self {
        self.ask(path, Some(arguments))
    }

    /// What is at that path.
    #[must_use]
    pub fn get(&self, path: &[Key]) -> Self {
        self.ask(path, None)
    }

    /// What a mapping makes of it, as [`Promise::map`] does. Placeholders of this mapping may be used in that one.
    #[must_use]
    pub fn map<R: Into<Value>>(&self, mapping: impl FnOnce(Self) -> R) -> Self {
        let recorded = record(mapping);
        self.write(|id, names, out| {
            let Mapping { captures, program } = recorded?;
            let captures: Vec<_> = captures.iter().map(|stub| Reference::Import(names.of(stub.hook()))).collect();
            write_remap(id, &[], &captures, &program, out);
            Ok(())
        })
    }

    /// An object from outside of the mapping, to be called for each value.
    #[must_use]
    pub fn capture(&self, stub: &Stub) -> Self {
        Self { script: self.script.clone(), hook: stub.hook().clone() }
    }

    fn ask(&self, path: &[Key], arguments: Option<Vec<Value>>) -> Self {
        self.write(|id, names, out| write_call(id, path, arguments.as_deref(), out, names))
    }

    /// Writes an instruction about it; what stands for the result.
    fn write(&self, instruction: impl FnOnce(Id, &mut Names, &mut String) -> Result<(), Error>) -> Self {
        let hook = nothing();
        let mut script = self.script.borrow_mut();
        script.write(|names, out| {
            let id = names.of(&self.hook);
            instruction(id, names, out)
        });
        script.names.variables.push(hook.clone());
        Self { script: self.script.clone(), hook }
    }
}

impl From<Placeholder> for Value {
    fn from(placeholder: Placeholder) -> Self {
        Self::Promise(Promise::of(placeholder.hook))
    }
}

impl fmt::Debug for Placeholder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Placeholder")
    }
}

impl Script {
    /// Writes one instruction. Behind one that failed there is none.
    fn write(&mut self, instruction: impl FnOnce(&mut Names, &mut String) -> Result<(), Error>) {
        if self.failure.is_none() {
            let mut text = String::new();
            self.failure = instruction(&mut self.names, &mut text).err();
            self.instructions.push(text);
        }
    }

    /// The whole of it, bounded as a message is.
    fn mapping(&mut self) -> Result<Mapping, Error> {
        let text = format!("[{}]", self.instructions.join(","));
        let program = Document::parse(&text, &Limits::default())?.root().to_program().expect("it is a list");
        let captures = std::mem::take(&mut self.names.captures);
        Ok(Mapping { captures: captures.into_iter().map(Stub::of).collect(), program })
    }
}

impl Names {
    /// What an instruction calls it.
    fn of(&mut self, hook: &Rc<Hook>) -> Id {
        if let Some(variable) = position(&self.variables, hook) {
            return variable;
        }
        let capture = position(&self.captures, hook).unwrap_or_else(|| {
            self.captures.push(hook.clone());
            index(self.captures.len() - 1)
        });
        -1 - capture
    }
}

fn position(hooks: &[Rc<Hook>], hook: &Rc<Hook>) -> Option<Id> {
    hooks.iter().position(|other| Rc::ptr_eq(other, hook)).map(index)
}

fn index(position: usize) -> Id {
    Id::try_from(position).unwrap_or(Id::MAX)
}

impl Exporter for Names {
    fn stub(&mut self, stub: &Stub) -> Result<Reference, Error> {
        Ok(Reference::Import(self.of(stub.hook())))
    }

    fn promise(&mut self, promise: &Promise) -> Result<Reference, Error> {
        Ok(Reference::Pipeline(self.of(promise.hook()), Vec::new()))
    }

    fn writable(&mut self, _: &Writable) -> Result<Id, Error> {
        Err(Error::type_error("A mapping cannot hold streams."))
    }

    fn readable(&mut self, _: &Readable) -> Result<Id, Error> {
        Err(Error::type_error("A mapping cannot hold streams."))
    }

    fn take_back(&mut self, _: &[Made]) {}
}

/// What a placeholder is to everybody but its script.
fn nothing() -> Rc<Hook> {
    Hook::error(outside())
}

fn outside() -> Error {
    Error::type_error("A placeholder stands for nothing outside of its mapping.")
}
