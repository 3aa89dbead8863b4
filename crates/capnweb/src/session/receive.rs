//! What is received.

use std::rc::Rc;

use super::Inner;
use super::reader::Reader;
use super::tables::{Export, MAIN};
use crate::error::{Error, Thrown};
use crate::exchange::{Id, Payload};
use crate::expression;
use crate::hook::{Hook, Origin};
use crate::json::{Document, Json};
use crate::message::Message;
use crate::stream;

impl Inner {
    /// Takes a message. An error is to end the session.
    pub(super) fn take(self: &Rc<Self>, message: &str) -> Result<(), Error> {
        self.driver.begin_message(message.len());
        let document = Document::parse(message, &self.driver.limits())?;
        match Message::parse(&document)? {
            Message::Push(expression) => self.pushed(expression, false),
            Message::Stream(expression) => self.pushed(expression, true),
            Message::Pipe => self.piped(),
            Message::Pull(id) => {
                self.tables.borrow().export(id)?;
                self.pulled(id);
                Ok(())
            }
            Message::Resolve(id, expression) => self.resolved(id, expression, false),
            Message::Reject(id, expression) => self.resolved(id, expression, true),
            Message::Release(id, references) => self.released(id, references),
            Message::Abort(expression) => self.aborted(expression),
        }
    }

    fn read(self: &Rc<Self>, expression: Json<'_>, is_streamed: bool) -> Result<(Payload, Rc<Origin>), Error> {
        let mut reader = Reader { session: self, origin: Origin::new(&self.driver, is_streamed) };
        let payload = expression::read(expression, &mut reader)?;
        Ok((payload, reader.origin))
    }

    fn pushed(self: &Rc<Self>, expression: Json<'_>, is_streamed: bool) -> Result<(), Error> {
        let (payload, origin) = self.read(expression, is_streamed)?;
        let hook = Hook::value(payload.value, Some(&origin));
        let mut export = Export::new(hook);
        export.is_streamed = is_streamed;
        export.charge = is_streamed.then(|| self.driver.custody.place()).flatten();
        if let Some(id) = self.export(export) {
            if is_streamed { self.pulled(id) } else { self.advance(id) }
        }
        Ok(())
    }

    fn piped(self: &Rc<Self>) -> Result<(), Error> {
        if self.tables.borrow().pipes() >= self.driver.limits().pipes {
            return Err(Error::range_error("Too many pipes are open."));
        }
        let (writable, readable) = stream::pipe_of_peer(&self.driver.custody);
        let mut export = Export::new(super::streams::inlet(self, &writable));
        export.readable = Some(readable);
        export.is_pipe = true;
        let _ = self.export(export);
        Ok(())
    }

    /// An answer that nobody waits for is read all the same, so that the references in it are given back.
    fn resolved(self: &Rc<Self>, id: Id, expression: Json<'_>, is_error: bool) -> Result<(), Error> {
        let (payload, origin) = self.read(expression, false)?;
        // What the peer offered by itself, it pays for; what was asked for is for who asked.
        let origin = Some(&origin).filter(|_| id < MAIN);
        let hook = match is_error {
            true => Hook::thrown(Thrown(payload.value), origin),
            false => Hook::value(payload.value, origin),
        };
        let waiting = self.tables.borrow().imports.get(&id).and_then(|import| import.hook.upgrade());
        if matches!(waiting.as_deref(), Some(Hook::Import(import)) if !import.is_promise()) {
            return Err(Error::new("Error", "An object is resolved as if it were a promise."));
        }
        let import = self.tables.borrow_mut().forget(id);
        let (Some(import), Some(waiting)) = (import, waiting) else { return Ok(()) };
        self.give_back(id, import.references);
        if let Hook::Import(import) = &*waiting {
            import.resolve(&waiting, hook);
        }
        Ok(())
    }

    fn released(self: &Rc<Self>, id: Id, references: u64) -> Result<(), Error> {
        let export = self.tables.borrow_mut().release(id, references)?;
        if let Some(export) = export {
            self.dropped(&export);
            drop(export);
        }
        Ok(())
    }

    fn aborted(self: &Rc<Self>, expression: Json<'_>) -> Result<(), Error> {
        let reason = self.read(expression, false).map(|(payload, _)| payload.value);
        self.end(Thrown(reason?).brief());
        Ok(())
    }
}
