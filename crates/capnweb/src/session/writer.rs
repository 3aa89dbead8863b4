//! What is sent to a peer by reference.

use std::rc::Rc;

use super::Inner;
use crate::error::Error;
use crate::exchange::{Exporter, Id, Made, Reference};
use crate::hook::{self, Hook, Tip};
use crate::stream::{self, Readable, Writable};
use crate::stub::{Promise, Stub};

/// Writes one message.
pub(super) struct Writer<'s> {
    session: &'s Rc<Inner>,
    /// What the peer is going to be told of unasked.
    promised: Vec<Id>,
    /// Pipes that are going to be filled.
    pipes: Vec<(Id, Stub, Readable)>,
}

impl<'s> Writer<'s> {
    pub(super) fn new(session: &'s Rc<Inner>) -> Self {
        Self { session, promised: Vec::new(), pipes: Vec::new() }
    }

    /// The message is on its way: what follows from it begins.
    pub(super) fn finish(self) {
        for (_, writer, readable) in self.pipes {
            let outlet = super::streams::outlet(self.session, writer.into_hook());
            self.session.driver.spawn(stream::pump(readable, outlet));
        }
        for id in self.promised {
            self.session.pulled(id);
        }
    }

    fn position(&self, hook: &Hook) -> Option<Id> {
        match hook {
            Hook::Import(import) => import.position(self.session),
            _ => None,
        }
    }

    fn open(&self) -> Result<(), Error> {
        match self.session.is_over() {
            true => Err(super::gone()),
            false => Ok(()),
        }
    }

    fn offer_object(&mut self, hook: &Rc<Hook>) -> Result<Id, Error> {
        self.open()?;
        let id = self.session.tables.borrow_mut().offer_object(hook);
        self.session.check_exports();
        Ok(id)
    }
}

impl Exporter for Writer<'_> {
    fn stub(&mut self, stub: &Stub) -> Result<Reference, Error> {
        let hook = hook::object(stub.hook());
        match self.position(&hook) {
            Some(id) => Ok(Reference::Import(id)),
            None => self.offer_object(&hook).map(Reference::Export),
        }
    }

    fn promise(&mut self, promise: &Promise) -> Result<Reference, Error> {
        self.open()?;
        if let Tip::Pending(hook) = hook::tip(promise.hook())
            && let Some(id) = self.position(&hook)
        {
            return Ok(Reference::Pipeline(id, Vec::new()));
        }
        let id = self.session.tables.borrow_mut().offer(promise.hook());
        self.promised.push(id);
        self.session.check_exports();
        Ok(Reference::Promise(id))
    }

    fn writable(&mut self, writable: &Writable) -> Result<Id, Error> {
        self.open()?;
        let inlet = super::streams::inlet(self.session, writable);
        let id = self.session.tables.borrow_mut().offer(&inlet);
        self.session.check_exports();
        Ok(id)
    }

    fn readable(&mut self, readable: &Readable) -> Result<Id, Error> {
        self.open()?;
        let (id, stub) = self.session.pipe();
        self.pipes.push((id, stub, readable.clone()));
        Ok(id)
    }

    fn take_back(&mut self, made: &[Made]) {
        for made in made {
            match *made {
                Made::Export(id) => {
                    self.promised.retain(|promised| *promised != id);
                    let entry = self.session.tables.borrow_mut().release(id, 1);
                    drop(entry);
                }
                Made::Pipe(id) => self.pipes.retain(|(pipe, ..)| *pipe != id),
            }
        }
    }
}
