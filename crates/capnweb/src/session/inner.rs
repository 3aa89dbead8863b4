//! The state of a session, and what is sent.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use super::driver::{Driver, Unanswered};
use super::tables::{Export, MAIN, Tables};
use super::writer::Writer;
use crate::error::{Error, Thrown};
use crate::exchange::{Exporter, Id, Reference};
use crate::expression;
use crate::hook::{self, Ask, By, Hook, Import, Mapping, Request, Ticket, Tip, Waiter};
use crate::json::{write_integer, write_text};
use crate::stub::Stub;
use crate::target::Key;
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
}

impl Inner {
    pub(super) fn new(driver: Rc<Driver>) -> Rc<Self> {
        let inner = Rc::new_cyclic(|this| Self {
            this: this.clone(),
            tables: RefCell::new(Tables::new(Hook::error(Error::new("Error", "This connection has no main object.")))),
            outbox: RefCell::default(),
            driver,
            open_pulls: Cell::new(0),
            over: RefCell::new(None),
            remote: RefCell::new(None),
        });
        let remote = Import::new(Rc::downgrade(&inner), MAIN, false, None);
        inner.tables.borrow_mut().accept_main(&remote);
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
        self.post(format!("[\"pull\",{id}]"));
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
            self.post(format!("[\"release\",{id},{references}]"));
        }
    }

    /// Sends a request; what stands for the answer.
    pub(crate) fn request(self: &Rc<Self>, id: Id, request: Request) -> Rc<Hook> {
        self.ask("push", id, request).map_or_else(|thrown| Rc::new(Hook::Error(thrown)), |(hook, _)| hook)
    }

    /// Sends a request whose answer comes unasked; what stands for it, and the size of what was sent.
    pub(crate) fn stream(self: &Rc<Self>, id: Id, request: Request) -> (Rc<Hook>, Option<usize>) {
        match self.ask("stream", id, request) {
            Ok((hook, size)) => (hook, Some(size)),
            Err(thrown) => (Rc::new(Hook::Error(thrown)), None),
        }
    }

    fn ask(self: &Rc<Self>, kind: &str, id: Id, request: Request) -> Result<(Rc<Hook>, usize), Thrown> {
        if let Some(reason) = self.over() {
            return Err(reason);
        }
        let mut message = String::with_capacity(64);
        let mut writer = Writer::new(self);
        message.push_str("[\"");
        message.push_str(kind);
        message.push_str("\",");
        write_request(id, &request, &mut message, &mut writer)?;
        message.push(']');
        let size = message.len();
        self.post(message);
        let unanswered = request.origin.as_ref().map(|origin| Unanswered::new(&origin.driver));
        let hook = self.import(unanswered, kind == "stream");
        writer.finish();
        Ok((hook, size))
    }

    fn import(&self, unanswered: Option<Unanswered>, is_streamed: bool) -> Rc<Hook> {
        let mut tables = self.tables.borrow_mut();
        let id = tables.ask();
        let hook = Import::new(self.this.clone(), id, true, unanswered);
        tables.accept(id, &hook);
        if is_streamed && let Hook::Import(import) = &*hook {
            import.is_pulled_already();
            tables.is_given_back(id);
        }
        hook
    }

    /// Makes a pipe, of which the peer has the end to read.
    pub(super) fn pipe(&self) -> (Id, Stub) {
        self.post("[\"pipe\"]".to_owned());
        let mut tables = self.tables.borrow_mut();
        let id = tables.ask();
        let hook = Import::new(self.this.clone(), id, false, None);
        tables.accept(id, &hook);
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
        if self.tables.borrow().exports.len() > self.driver.limits.table_entries {
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
        let mut writer = Writer::new(self);
        let written = match &**end {
            Hook::Value(held) => answer("resolve", id, held.value(), &mut writer),
            Hook::Error(thrown) => answer("reject", id, &thrown.0, &mut writer),
            _ => answer("resolve", id, &Value::Stub(Stub::of(end.clone())), &mut writer),
        };
        let message = written.or_else(|error| answer("reject", id, &Value::Error(Box::new(error)), &mut writer));
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
        if let Some(error) = self.driver.failure()
            && !self.is_over()
        {
            self.abort(error);
        }
    }

    /// Ends the session and tells the peer why.
    pub(super) fn abort(self: &Rc<Self>, error: Error) {
        let thrown = Thrown::from(error);
        let mut message = "[\"abort\",".to_owned();
        let mut writer = Writer::new(self);
        if !self.is_over() && expression::write(&thrown.0, &mut message, &mut writer).is_ok() {
            message.push(']');
            self.make_room();
            self.post(message);
        }
        self.end(thrown);
    }

    /// Drops what the peer does not read, where it is too much.
    fn make_room(&self) {
        if self.driver.queued() > self.driver.limits.held_bytes {
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
        let broken = Rc::new(Hook::Error(reason));
        for (hook, import) in tables.imports.values().filter_map(|import| Some((import.hook.upgrade()?, import))) {
            let _ = import;
            if let Hook::Import(import) = &*hook {
                import.resolve(&hook, broken.clone());
            }
        }
        for export in tables.exports.into_values() {
            drop(export);
        }
        self.driver.clear();
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
        let broken = Rc::new(Hook::Error(reason));
        for hook in tables.imports.values().filter_map(|import| import.hook.upgrade()) {
            if let Hook::Import(import) = &*hook {
                import.resolve(&hook, broken.clone());
            }
        }
        drop(tables);
        self.driver.clear();
        turn::run();
    }
}

fn answer(kind: &str, id: Id, value: &Value, writer: &mut Writer<'_>) -> Result<String, Error> {
    let mut message = String::with_capacity(64);
    message.push_str("[\"");
    message.push_str(kind);
    message.push_str("\",");
    write_integer(id, &mut message);
    message.push(',');
    expression::write(value, &mut message, writer)?;
    message.push(']');
    Ok(message)
}

fn write_request(id: Id, request: &Request, out: &mut String, writer: &mut Writer<'_>) -> Result<(), Error> {
    out.push_str(if matches!(request.ask, Ask::Map(_)) { "[\"remap\"," } else { "[\"pipeline\"," });
    write_integer(id, out);
    out.push(',');
    write_path(&request.path, out);
    match &request.ask {
        Ask::Get => {}
        Ask::Call(payload) => {
            out.push(',');
            match &payload.value {
                Value::Array(arguments) => expression::write_arguments(arguments, out, writer)?,
                value => expression::write_arguments(std::slice::from_ref(value), out, writer)?,
            }
        }
        Ask::Map(mapping) => write_mapping(mapping, out, writer)?,
    }
    out.push(']');
    Ok(())
}

fn write_path(path: &[Key], out: &mut String) {
    out.push('[');
    for (position, key) in path.iter().enumerate() {
        if position > 0 {
            out.push(',');
        }
        match key {
            Key::Name(name) => write_text(name, out),
            Key::Index(index) => write_integer((*index).into(), out),
        }
    }
    out.push(']');
}

fn write_mapping(mapping: &Mapping, out: &mut String, writer: &mut Writer<'_>) -> Result<(), Error> {
    out.push_str(",[");
    for (position, capture) in mapping.captures.iter().enumerate() {
        if position > 0 {
            out.push(',');
        }
        let (kind, id) = match writer.stub(capture)? {
            Reference::Import(id) | Reference::Pipeline(id, _) => ("import", id),
            Reference::Export(id) | Reference::Promise(id) => ("export", id),
        };
        out.push_str("[\"");
        out.push_str(kind);
        out.push_str("\",");
        write_integer(id, out);
        out.push(']');
    }
    out.push_str("],");
    mapping.program.write(out);
    Ok(())
}
