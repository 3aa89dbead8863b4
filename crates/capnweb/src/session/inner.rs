//! The state of a session, and what is sent.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use super::driver::{Driver, Unanswered};
use super::tables::{Export, MAIN, Tables};
use super::writer::Writer;
use crate::error::{Error, Thrown};
use crate::exchange::{Exporter, Id};
use crate::hook::{self, Ask, By, Hook, Import, Request, Ticket, Tip, Waiter};
use crate::message::{self, Sending};
use crate::stream::Clock;
use crate::stub::Stub;
use crate::turn;
use crate::value::Value;

/// A session. Stubs refer to it without keeping it.
///
/// **Invariants:** tables and queue are borrowed for a look or a change and never while anything else runs or is
/// dropped. Once it is over, the tables are empty and stay so.
pub(crate) struct Inner {
    this: Weak<Inner>,
    pub(super) tables: RefCell<Tables>,
    outbox: RefCell<VecDeque<String>>,
    pub(crate) driver: Rc<Driver>,
    /// Values that the peer wants and does not have.
    open_pulls: Cell<usize>,
    over: RefCell<Option<Thrown>>,
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
        self.open_pulls.get() == 0
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
    fn post(&self, message: String) {
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

    /// An entry for what the peer asked for.
    pub(super) fn export(self: &Rc<Self>, export: Export) -> Option<Id> {
        if self.is_over() {
            return None;
        }
        let id = self.tables.borrow_mut().push(export);
        self.check_exports();
        Some(id)
    }

    pub(super) fn check_exports(&self) {
        if self.tables.borrow().held() > self.driver.limits.table_entries {
            self.driver.fail(Error::range_error("Too many objects and answers are held."));
        }
    }

    /// The peer wants the value of an export.
    pub(super) fn pulled(self: &Rc<Self>, id: Id) {
        if let Some(export) = self.tables.borrow_mut().exports.get_mut(&id)
            && !std::mem::replace(&mut export.is_pulled, true)
        {
            self.open_pulls.set(self.open_pulls.get() + 1);
        }
        self.advance(id);
    }

    /// Tells the value of an export when it is wanted and known; else waits for it.
    pub(crate) fn advance(self: &Rc<Self>, id: Id) {
        let Some((hook, is_pulled, ticket)) = self.untold(id) else { return };
        drop(ticket);
        match self.settled(&hook, is_pulled) {
            Ok(end) if is_pulled => self.tell(id, &end),
            Ok(_) => {}
            Err(open) => {
                let ticket = Ticket::take(&open, Waiter::Export(self.this.clone(), id));
                let before = match self.tables.borrow_mut().exports.get_mut(&id) {
                    Some(export) => std::mem::replace(&mut export.ticket, ticket),
                    None => ticket,
                };
                drop(before);
            }
        }
    }

    fn untold(&self, id: Id) -> Option<(Rc<Hook>, bool, Option<Ticket>)> {
        let mut tables = self.tables.borrow_mut();
        let export = tables.exports.get_mut(&id).filter(|export| !export.is_told)?;
        Some((export.hook.clone(), export.is_pulled, export.ticket.take()))
    }

    /// What a hook turned out to be; else what that hangs on, with somebody working on it.
    fn settled(&self, hook: &Rc<Hook>, value: bool) -> Result<Rc<Hook>, Rc<Hook>> {
        loop {
            let open = match hook::tip(hook) {
                Tip::Settled(end) => return Ok(end),
                Tip::Pending(open) => open,
            };
            hook::want([open.clone()], value, &mut By::Driver(&self.driver));
            if open.resolution().is_none() {
                return Err(open);
            }
        }
    }

    fn tell(self: &Rc<Self>, id: Id, end: &Rc<Hook>) {
        let is_streamed = match self.tables.borrow_mut().exports.get_mut(&id) {
            Some(export) => {
                export.is_told = true;
                export.is_streamed
            }
            None => return,
        };
        self.open_pulls.set(self.open_pulls.get() - 1);
        self.write_answer(id, end);
        if is_streamed {
            let entry = self.tables.borrow_mut().release(id, 1);
            drop(entry);
        }
        self.driver.wake();
    }

    fn write_answer(self: &Rc<Self>, id: Id, end: &Rc<Hook>) {
        if self.driver.has_failed() {
            return;
        }
        let mut writer = Writer::new(self);
        let written = match &**end {
            Hook::Value(held) => message::resolve(id, held.value(), &mut writer),
            Hook::Error(thrown, _) => message::reject(id, &thrown.0, &mut writer),
            _ => message::resolve(id, &Value::Stub(Stub::of(end.clone())), &mut writer),
        };
        let message = written.or_else(|error| message::reject(id, &error.into(), &mut writer));
        match message {
            Ok(message) => {
                self.post(message);
                writer.finish();
            }
            Err(error) => self.driver.fail(error),
        }
    }

    /// The entry is gone before it was told.
    pub(super) fn dropped(&self, export: &Export) {
        if export.is_pulled && !export.is_told {
            self.open_pulls.set(self.open_pulls.get() - 1);
            self.driver.wake();
        }
    }

    /// Ends the session when its peer went too far.
    pub(super) fn check(self: &Rc<Self>) {
        self.driver.sweep();
        if self.driver.custody.is_exceeded() {
            self.driver.fail(Error::range_error("Too much waits in streams."));
        }
        if let Some(error) = self.driver.failure()
            && !self.is_over()
        {
            self.abort(error);
        }
    }

    /// Ends the session and tells the peer why.
    pub(super) fn abort(self: &Rc<Self>, error: Error) {
        let thrown = Thrown::from(error);
        let mut writer = Writer::new(self);
        if !self.is_over()
            && let Ok(message) = message::abort(&thrown.0, &mut writer)
        {
            self.make_room();
            self.post(message);
        }
        self.end(thrown);
    }

    /// Drops what the peer does not read, where it is too much.
    fn make_room(&self) {
        if self.driver.is_overfull() {
            while let Some(message) = self.next_message() {
                drop(message);
            }
        }
    }

    /// Ends the session: all that it holds is dropped, all that it held of the peer's is broken.
    pub(super) fn end(self: &Rc<Self>, reason: Thrown) {
        if self.is_over() {
            return;
        }
        *self.over.borrow_mut() = Some(reason.clone());
        let tables = std::mem::replace(&mut *self.tables.borrow_mut(), Tables::empty());
        self.open_pulls.set(0);
        self.break_off(tables, reason);
    }

    fn break_off(&self, tables: Tables, reason: Thrown) {
        self.driver.custody.peer_gone(&reason);
        let broken = Hook::thrown(reason.clone(), None);
        for hook in tables.imports.values().filter_map(|import| import.hook.upgrade()) {
            if let Hook::Import(import) = &*hook {
                import.resolve(&hook, broken.clone());
            }
        }
        drop(tables);
        self.driver.clear();
        self.driver.abandon(&reason);
        self.driver.let_in();
        self.driver.wake();
    }

    pub(super) fn stats(&self) -> super::Stats {
        let tables = self.tables.borrow();
        super::Stats { imports: tables.imports.len(), exports: tables.exports.len() }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let tables = std::mem::replace(self.tables.get_mut(), Tables::empty());
        let reason = self.over.get_mut().take().unwrap_or_else(|| super::gone().into());
        self.break_off(tables, reason);
        turn::run();
    }
}
