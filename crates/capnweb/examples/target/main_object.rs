//! The main object: what one session has, and the table of all methods.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use capnweb::{Methods, Stub, WeakSession};
use tokio::sync::Notify;

use crate::objects::Kinds;
use crate::records::Records;
use crate::{callbacks, errors, later, lifecycle, objects, sinks, streams, values};

/// What all sessions share.
pub(crate) struct Program {
    pub(crate) methods: Rc<Methods<Main>>,
    pub(crate) kinds: Kinds,
    pub(crate) records: Records,
}

impl Program {
    pub(crate) fn new() -> Self {
        let methods = values::methods()
            .and(errors::methods())
            .and(objects::methods())
            .and(callbacks::methods())
            .and(later::methods())
            .and(lifecycle::methods())
            .and(streams::methods())
            .and(sinks::methods());
        Self { methods: Rc::new(methods), kinds: Kinds::new(), records: Records::default() }
    }
}

/// What one session has.
pub(crate) struct Main {
    pub(crate) program: Rc<Program>,
    pub(crate) session: WeakSession,
    /// Cuts the connection that the session is on.
    pub(crate) cut: Rc<Notify>,
    pub(crate) held: RefCell<HashMap<String, Stub>>,
}

impl Main {
    pub(crate) fn new(program: Rc<Program>, session: WeakSession, cut: Rc<Notify>) -> Self {
        Self { program, session, cut, held: RefCell::default() }
    }

    pub(crate) fn records(&self) -> &Records {
        &self.program.records
    }

    pub(crate) fn kinds(&self) -> &Kinds {
        &self.program.kinds
    }
}
