//! A session that only writes down what it is asked for.

use std::rc::Rc;

use crate::error::Error;
use crate::exchange::{Exporter, Id, Importer, Made, Payload, Reference};
use crate::json::Program;
use crate::limits::Limits;
use crate::stream::{Readable, Sink, Writable};
use crate::stub::{Promise, Stub};
use crate::target::{Answer, Key};
use crate::value::Value;

#[derive(Default)]
pub(super) struct Recorder {
    pub(super) asked: Vec<String>,
    pub(super) work: usize,
    pub(super) limits: Limits,
    /// Held by every stub that it gives.
    pub(super) token: Rc<()>,
    /// How often it gives what it is asked for, before it fails.
    pub(super) gives: Option<usize>,
}

pub(super) fn stub() -> Stub {
    holding(Rc::default())
}

pub(super) fn promise() -> Promise {
    Promise::new(std::future::pending())
}

pub(super) fn readable() -> Readable {
    Readable::new(futures::stream::pending())
}

pub(super) fn writable() -> Writable {
    Writable::new(Nowhere)
}

fn holding(token: Rc<()>) -> Stub {
    Stub::function(move |_| {
        let _ = &token;
        Answer::no_method(None)
    })
}

impl Recorder {
    fn ask(&mut self, what: String) -> Result<(), Error> {
        self.asked.push(what);
        match self.gives.as_mut().map(|left| left.checked_sub(1).map(|fewer| *left = fewer)) {
            Some(None) => Err(Error::type_error("no such entry")),
            _ => Ok(()),
        }
    }

    fn stub_for(&mut self, what: String) -> Result<Stub, Error> {
        self.ask(what)?;
        Ok(holding(Rc::clone(&self.token)))
    }
}

/// The keys, and of the arguments what is printed of them, less the references, which print differently each time.
fn part(kind: &str, id: Id, path: &[Key], arguments: Option<&Payload>) -> String {
    let arguments = arguments.map(|payload| (payload.value.as_array().unwrap().len(), payload.promises));
    format!("{kind} {id} {path:?} {arguments:?}")
}

impl Importer for Recorder {
    fn stub(&mut self, id: Id) -> Result<Stub, Error> {
        self.stub_for(format!("stub {id}"))
    }

    fn promise(&mut self, id: Id) -> Result<Promise, Error> {
        self.ask(format!("promise {id}")).map(|()| promise())
    }

    fn writable(&mut self, id: Id) -> Result<Writable, Error> {
        self.ask(format!("writable {id}")).map(|()| writable())
    }

    fn readable(&mut self, id: Id) -> Result<Readable, Error> {
        self.ask(format!("readable {id}")).map(|()| readable())
    }

    fn own(&mut self, id: Id) -> Result<Stub, Error> {
        self.stub_for(format!("own {id}"))
    }

    fn own_part(&mut self, id: Id, path: Vec<Key>, arguments: Option<Payload>) -> Result<Stub, Error> {
        self.stub_for(part("own part", id, &path, arguments.as_ref()))
    }

    fn part(&mut self, id: Id, path: Vec<Key>, arguments: Option<Payload>) -> Result<Promise, Error> {
        self.ask(part("part", id, &path, arguments.as_ref())).map(|()| promise())
    }

    fn remap(&mut self, id: Id, path: Vec<Key>, captures: Vec<Stub>, program: Program) -> Result<Promise, Error> {
        let mut text = String::new();
        program.write(&mut text);
        self.ask(format!("remap {id} {path:?} {} {text}", captures.len())).map(|()| promise())
    }

    fn spend(&mut self, work: usize) -> Result<(), Error> {
        self.work += work;
        if self.work <= self.limits.message_work { Ok(()) } else { Err(Error::range_error("too much work")) }
    }

    fn limits(&self) -> Limits {
        self.limits
    }
}

impl Exporter for Recorder {
    fn stub(&mut self, _: &Stub) -> Result<Reference, Error> {
        self.ask("stub".to_owned())?;
        Ok(Reference::Export(-(self.asked.len() as Id)))
    }

    fn promise(&mut self, _: &Promise) -> Result<Reference, Error> {
        self.ask("promise".to_owned())?;
        Ok(Reference::Promise(-(self.asked.len() as Id)))
    }

    fn writable(&mut self, _: &Writable) -> Result<Id, Error> {
        self.ask("writable".to_owned())?;
        Ok(-(self.asked.len() as Id))
    }

    fn readable(&mut self, _: &Readable) -> Result<Id, Error> {
        self.ask("readable".to_owned())?;
        Ok(self.asked.len() as Id)
    }

    fn take_back(&mut self, made: &[Made]) {
        self.asked.push(format!("take back {made:?}"));
    }
}

struct Nowhere;

impl Sink for Nowhere {
    fn write(&mut self, _: Value) -> std::pin::Pin<Box<dyn Future<Output = Result<(), crate::error::Thrown>>>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn close(&mut self) -> std::pin::Pin<Box<dyn Future<Output = Result<(), crate::error::Thrown>>>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn abort(&mut self, _: crate::error::Thrown) {}
}
