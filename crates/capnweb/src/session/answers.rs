//! What the peer is told of what it asked for.

use std::rc::Rc;

use super::Inner;
use super::tables::Export;
use super::writer::Writer;
use crate::error::Error;
use crate::exchange::Id;
use crate::hook::{self, By, Hook, Ticket, Tip, Waiter};
use crate::message;
use crate::stub::Stub;
use crate::value::Value;

impl Inner {
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
        if self.tables.borrow().held() > self.driver.limits().table_entries {
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
}
