//! The end of a session.

use std::rc::Rc;

use super::Inner;
use super::tables::Tables;
use super::writer::Writer;
use crate::error::{Error, Thrown};
use crate::hook::Hook;
use crate::{message, turn};

impl Inner {
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
        self.reprieves.clear();
        self.driver.clear();
        self.driver.abandon(&reason);
        self.driver.let_in();
        self.driver.wake();
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
