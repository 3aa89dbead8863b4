//! What the expressions of a peer point to.

use std::rc::Rc;

use super::Inner;
use super::tables::MAIN;
use crate::error::Error;
use crate::exchange::{Id, Importer, Payload};
use crate::hook::{self, Ask, Hook, Import, Mapping, Origin, Request, Tip};
use crate::json::Program;
use crate::limits::Limits;
use crate::stream::{Readable, Writable};
use crate::stub::{Promise, Stub};
use crate::target::Key;
use crate::value::Value;

/// Reads one message.
pub(super) struct Reader<'s> {
    pub(super) session: &'s Rc<Inner>,
    pub(super) origin: Rc<Origin>,
}

impl Reader<'_> {
    /// What was exported there. A peer that names anything else ends its session.
    fn export(&self, id: Id) -> Result<Rc<Hook>, Error> {
        self.session.tables.borrow().export(id).map(|export| export.hook.clone())
    }

    /// What the peer offers there.
    fn accept(&self, id: Id, is_promise: bool) -> Result<Rc<Hook>, Error> {
        if id >= MAIN {
            return Err(Error::new("Error", format!("not a position that can be offered: {id}")));
        }
        let mut tables = self.session.tables.borrow_mut();
        if let Some(import) = tables.imports.get_mut(&id) {
            // What is a promise comes once, and is no object.
            let hook = import.hook.upgrade().filter(|hook| !is_promise && !is_promised(hook));
            import.references += u64::from(hook.is_some());
            return hook.ok_or_else(|| Error::new("Error", "A promise shares its position with something else."));
        }
        if tables.accepted() >= self.session.driver.limits().table_entries {
            return Err(Error::range_error("Too many objects are offered."));
        }
        let hook = Import::entry(Rc::downgrade(self.session), id, is_promise, None);
        if let (true, Hook::Import(import)) = (is_promise, &*hook) {
            import.comes_unasked();
            self.session.driver.suspect(&hook);
        }
        tables.import(id, &hook, 1);
        Ok(hook)
    }

    fn ask(&self, id: Id, path: Vec<Key>, ask: Ask) -> Result<Rc<Hook>, Error> {
        let hook = self.export(id)?;
        Ok(hook::send(&hook, Request { path, ask, origin: Some(self.origin.clone()) }))
    }
}

impl Importer for Reader<'_> {
    fn stub(&mut self, id: Id) -> Result<Stub, Error> {
        self.accept(id, false).map(Stub::of)
    }

    fn promise(&mut self, id: Id) -> Result<Promise, Error> {
        self.accept(id, true).map(Promise::of)
    }

    fn writable(&mut self, id: Id) -> Result<Writable, Error> {
        self.accept(id, false).map(|hook| super::streams::outlet(self.session, hook))
    }

    fn readable(&mut self, id: Id) -> Result<Readable, Error> {
        let readable = self.session.tables.borrow_mut().export_mut(id)?.readable.take();
        readable.ok_or_else(|| Error::new("Error", format!("not a pipe, or its end was taken already: {id}")))
    }

    fn own(&mut self, id: Id) -> Result<Stub, Error> {
        Ok(Stub::of(hook::object(&self.export(id)?)))
    }

    fn own_part(&mut self, id: Id, path: Vec<Key>, arguments: Option<Payload>) -> Result<Stub, Error> {
        let promise = self.part(id, path, arguments)?;
        Ok(Stub::of(hook::object(promise.hook())))
    }

    fn part(&mut self, id: Id, path: Vec<Key>, arguments: Option<Payload>) -> Result<Promise, Error> {
        let ask = match arguments {
            Some(payload) => Ask::Call(payload),
            None if path.is_empty() => return Ok(Promise::of(whole(self.export(id)?))),
            None => Ask::Get,
        };
        self.ask(id, path, ask).map(Promise::of)
    }

    fn remap(&mut self, id: Id, path: Vec<Key>, captures: Vec<Stub>, program: Program) -> Result<Promise, Error> {
        self.ask(id, path, Ask::Map(Mapping { captures: captures.into(), program })).map(Promise::of)
    }

    fn spend(&mut self, work: usize) -> Result<(), Error> {
        self.origin.spend(work)
    }

    fn limits(&self) -> Limits {
        self.session.driver.limits()
    }
}

fn is_promised(hook: &Hook) -> bool {
    matches!(hook, Hook::Import(import) if import.is_promise())
}

/// A hook for the value of `hook`: an object's is a stub of it.
pub(crate) fn whole(hook: Rc<Hook>) -> Rc<Hook> {
    match hook::tip(&hook) {
        Tip::Settled(end) if matches!(*end, Hook::Target(_) | Hook::Import(_)) => {
            Hook::value(Value::Stub(Stub::of(end)), None)
        }
        _ => hook,
    }
}
