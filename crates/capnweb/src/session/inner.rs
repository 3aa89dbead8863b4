//! The state of a session, and what is sent.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use super::Unanswered;
use super::driver::Driver;
use super::reprieve::Reprieves;
use super::tables::{Export, MAIN, Tables};
use super::writer::Writer;
use crate::error::{Error, Thrown};
use crate::exchange::{Exporter, Id};
use crate::hook::{Ask, Hook, Import, Request};
use crate::message::{self, Sending};
use crate::stream::Clock;
use crate::stub::Stub;
use crate::value::Value;

/// A session. Stubs refer to it without keeping it.
///
/// **Invariants:** tables and queue are borrowed for a look or a change and never while anything else runs or is
/// dropped. Once it is over, the tables are empty and stay so.
pub(crate) struct Inner {
    pub(super) this: Weak<Inner>,
    pub(super) tables: RefCell<Tables>,
    outbox: RefCell<VecDeque<String>>,
    pub(crate) driver: Rc<Driver>,
    /// Values that the peer wants and does not have.
    pub(super) open_pulls: Cell<usize>,
    pub(super) over: RefCell<Option<Thrown>>,
    pub(super) reprieves: Reprieves,
    remote: RefCell<Option<Rc<Hook>>>,
    pub(crate) clock: Clock,
}

impl Inner {
    pub(super) fn new(driver: Rc<Driver>, clock: Clock) -> Rc<Self> {
        let inner = Rc::new_cyclic(|this| Self {
            this: this.clone(),
            tables: RefCell::new(Tables::new(Hook::error(Error::new("Error", "This connection has no main object.")))),
            outbox: RefCell::default(),
            driver,
            open_pulls: Cell::new(0),
            over: RefCell::new(None),
            reprieves: Reprieves::default(),
            remote: RefCell::new(None),
            clock,
        });
        let remote = Import::entry(Rc::downgrade(&inner), MAIN, false, None);
        inner.tables.borrow_mut().import(MAIN, &remote, 1);
        *inner.remote.borrow_mut() = Some(remote);
        inner
    }

    pub(super) fn set_main(&self, main: Rc<Hook>) {
        let before = self.tables.borrow_mut().exports.insert(MAIN, Export::new(main));
        drop(before);
    }

    pub(super) fn remote(&self) -> Stub {
        let remote = self.remote.borrow().clone();
        Stub::of(remote.unwrap_or_else(|| Hook::error(super::gone())))
    }

    pub(super) fn is_over(&self) -> bool {
        self.over.borrow().is_some()
    }

    pub(super) fn over(&self) -> Option<Thrown> {
        self.over.borrow().clone()
    }

    pub(super) fn is_idle(&self) -> bool {
        self.open_pulls.get() == 0 && !self.reprieves.is_waiting()
    }

    pub(super) fn next_message(&self) -> Option<String> {
        let message = self.outbox.borrow_mut().pop_front()?;
        self.driver.unqueue(message.len());
        Some(message)
    }

    pub(super) fn has_messages(&self) -> bool {
        !self.outbox.borrow().is_empty()
    }

    /// Puts a message behind the others.
    pub(super) fn post(&self, message: String) {
        if !self.is_over() {
            self.driver.queue(message.len());
            self.outbox.borrow_mut().push_back(message);
            self.driver.wake();
        }
    }

    /// Asks the peer for the value of something.
    pub(crate) fn pull(&self, id: Id) {
        self.post(message::pull(id));
    }

    /// Gives up an import.
    pub(crate) fn release(&self, id: Id) {
        let import = self.tables.borrow_mut().forget(id);
        if let Some(import) = import {
            self.give_back(id, import.references);
        }
    }

    pub(super) fn give_back(&self, id: Id, references: u64) {
        if references > 0 {
            self.post(message::release(id, references));
        }
    }

    /// Sends a request; what stands for the answer.
    pub(crate) fn request(self: &Rc<Self>, id: Id, request: Request) -> Rc<Hook> {
        self.ask(Sending::Push, id, request).map_or_else(|thrown| Hook::thrown(thrown, None), |(hook, _)| hook)
    }

    /// Sends a request whose answer comes unasked; what stands for it, and the size of what was sent.
    pub(crate) fn stream(self: &Rc<Self>, id: Id, request: Request) -> Result<(Rc<Hook>, usize), Thrown> {
        self.ask(Sending::Stream, id, request)
    }

    fn ask(self: &Rc<Self>, sending: Sending, id: Id, request: Request) -> Result<(Rc<Hook>, usize), Thrown> {
        if let Some(reason) = self.over() {
            return Err(reason);
        }
        let mut writer = Writer::new(self);
        let path = &request.path;
        let message = match &request.ask {
            Ask::Get => message::call(sending, id, path, None, &mut writer)?,
            Ask::Call(payload) => {
                let arguments = match &payload.value {
                    Value::Array(arguments) => arguments.as_slice(),
                    value => std::slice::from_ref(value),
                };
                message::call(sending, id, path, Some(arguments), &mut writer)?
            }
            Ask::Map(mapping) => {
                let captures: Result<Vec<_>, _> = mapping.captures.iter().map(|capture| writer.stub(capture)).collect();
                message::remap(id, path, &captures?, &mapping.program)
            }
        };
        let size = message.len();
        self.post(message);
        let unanswered = request.origin.as_ref().map(|origin| Unanswered::new(origin));
        let hook = self.import(unanswered, sending);
        writer.finish();
        Ok((hook, size))
    }

    fn import(&self, unanswered: Option<Unanswered>, sending: Sending) -> Rc<Hook> {
        let mut tables = self.tables.borrow_mut();
        let id = tables.ask();
        let hook = Import::entry(self.this.clone(), id, true, unanswered);
        // What is streamed is gone with its answer.
        tables.import(id, &hook, u64::from(sending == Sending::Push));
        self.driver.suspect(&hook);
        if sending == Sending::Stream
            && let Hook::Import(import) = &*hook
        {
            import.comes_unasked();
        }
        hook
    }

    /// Makes a pipe, of which the peer has the end to read.
    pub(super) fn pipe(&self) -> (Id, Stub) {
        self.post(message::pipe());
        let mut tables = self.tables.borrow_mut();
        let id = tables.ask();
        let hook = Import::entry(self.this.clone(), id, false, None);
        tables.import(id, &hook, 1);
        (id, Stub::of(hook))
    }

    pub(super) fn stats(&self) -> super::Stats {
        let tables = self.tables.borrow();
        super::Stats { imports: tables.imports.len(), exports: tables.exports.len() }
    }
}
