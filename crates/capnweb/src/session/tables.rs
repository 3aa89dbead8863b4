//! What each side holds of the other's.

use std::collections::HashMap;
use std::rc::{Rc, Weak};

use crate::error::Error;
use crate::exchange::Id;
use crate::hook::{Hook, Ticket};
use crate::stream::{Charge, Readable};

/// The main object of either side.
pub(super) const MAIN: Id = 0;

/// The tables of a session. Positions are chosen by whoever makes an entry: above zero by who asks for something,
/// below zero by who offers it. They are never used again.
pub(super) struct Tables {
    pub(super) imports: HashMap<Id, Imported>,
    pub(super) exports: HashMap<Id, Export>,
    /// Objects that were offered, so that one that is sent again has the same position.
    offered: HashMap<*const Hook, Id>,
    /// Imports that the peer offered.
    accepted: usize,
    /// Exports that are writes, which count elsewhere.
    streamed: usize,
    /// Exports that are pipes.
    pipes: usize,
    next_asked: Id,
    next_pushed: Id,
    next_offered: Id,
}

/// Something of the peer's.
pub(super) struct Imported {
    pub(super) hook: Weak<Hook>,
    /// References to give back.
    pub(super) references: u64,
}

/// Something of ours.
pub(super) struct Export {
    pub(super) hook: Rc<Hook>,
    pub(super) references: u64,
    /// The peer wants its value …
    pub(super) is_pulled: bool,
    /// … and got it.
    pub(super) is_told: bool,
    /// It is gone with its answer.
    pub(super) is_streamed: bool,
    /// The peer writes to it, which has the end to read as well, to be given away.
    pub(super) is_pipe: bool,
    /// Where the end of a pipe waits for who reads it.
    pub(super) readable: Option<Readable>,
    pub(super) ticket: Option<Ticket>,
    /// A write counts among what streams hold.
    pub(super) charge: Option<Charge>,
}

impl Export {
    pub(super) fn new(hook: Rc<Hook>) -> Self {
        let (is_pulled, is_told, is_streamed, is_pipe) = (false, false, false, false);
        Self {
            hook,
            references: 1,
            is_pulled,
            is_told,
            is_streamed,
            is_pipe,
            readable: None,
            ticket: None,
            charge: None,
        }
    }
}

impl Tables {
    pub(super) fn new(main: Rc<Hook>) -> Self {
        let mut tables = Self::empty();
        tables.exports.insert(MAIN, Export::new(main));
        tables
    }

    /// Of a session that is over.
    pub(super) fn empty() -> Self {
        Self {
            imports: HashMap::new(),
            exports: HashMap::new(),
            offered: HashMap::new(),
            accepted: 0,
            streamed: 0,
            pipes: 0,
            next_asked: 1,
            next_pushed: 1,
            next_offered: -1,
        }
    }

    /// The position of what is asked for next.
    pub(super) fn ask(&mut self) -> Id {
        self.next_asked += 1;
        self.next_asked - 1
    }

    /// An entry for what the peer asks for.
    pub(super) fn push(&mut self, export: Export) -> Id {
        let id = self.next_pushed;
        self.next_pushed += 1;
        self.streamed += usize::from(export.is_streamed);
        self.pipes += usize::from(export.is_pipe);
        self.exports.insert(id, export);
        id
    }

    /// An entry for an object that is sent: another reference to the one that there is.
    pub(super) fn offer_object(&mut self, hook: &Rc<Hook>) -> Id {
        if let Some(id) = self.offered.get(&Rc::as_ptr(hook)).copied()
            && let Some(export) = self.exports.get_mut(&id)
        {
            export.references += 1;
            return id;
        }
        let id = self.offer(hook);
        self.offered.insert(Rc::as_ptr(hook), id);
        id
    }

    /// An entry of its own: the peer is going to be told its value.
    pub(super) fn offer(&mut self, hook: &Rc<Hook>) -> Id {
        let id = self.next_offered;
        self.next_offered -= 1;
        self.exports.insert(id, Export::new(hook.clone()));
        id
    }

    /// An entry for what the peer offers, or for what it was asked for.
    pub(super) fn import(&mut self, id: Id, hook: &Rc<Hook>, references: u64) {
        self.accepted += usize::from(id < MAIN);
        self.imports.insert(id, Imported { hook: Rc::downgrade(hook), references });
    }

    /// How much the peer offered.
    pub(super) fn accepted(&self) -> usize {
        self.accepted
    }

    /// Takes an import out.
    pub(super) fn forget(&mut self, id: Id) -> Option<Imported> {
        let import = self.imports.remove(&id)?;
        if id < MAIN {
            self.accepted -= 1;
        }
        Some(import)
    }

    /// Pipes that the peer holds.
    pub(super) fn pipes(&self) -> usize {
        self.pipes
    }

    /// What the peer holds, beside its writes.
    pub(super) fn held(&self) -> usize {
        self.exports.len() - self.streamed
    }

    pub(super) fn export(&self, id: Id) -> Result<&Export, Error> {
        self.exports.get(&id).ok_or_else(|| no_such(id))
    }

    pub(super) fn export_mut(&mut self, id: Id) -> Result<&mut Export, Error> {
        self.exports.get_mut(&id).ok_or_else(|| no_such(id))
    }

    /// Gives up references; the entry, once there are none. To be dropped when nothing is borrowed.
    pub(super) fn release(&mut self, id: Id, references: u64) -> Result<Option<Export>, Error> {
        let export = self.export_mut(id)?;
        export.references = export
            .references
            .checked_sub(references)
            .ok_or_else(|| Error::new("Error", "More references are released than there are."))?;
        if export.references > 0 {
            return Ok(None);
        }
        let export = self.exports.remove(&id);
        self.streamed -= usize::from(export.as_ref().is_some_and(|export| export.is_streamed));
        self.pipes -= usize::from(export.as_ref().is_some_and(|export| export.is_pipe));
        if let Some(export) = &export
            && self.offered.get(&Rc::as_ptr(&export.hook)) == Some(&id)
        {
            self.offered.remove(&Rc::as_ptr(&export.hook));
        }
        Ok(export)
    }
}

fn no_such(id: Id) -> Error {
    Error::new("Error", format!("no such entry on exports table: {id}"))
}
