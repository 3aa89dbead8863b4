//! What was granted, and every method of it, by the names that its schema gives.
//!
//! A page is told an interface's schema, makes a form of it, and gives the form's values back as [`value::Value`]s.
//! What calls give is kept here and shown a piece at a time; capabilities among it are *chips*, which are called in
//! turn, given as arguments, and released. All of it goes with the session.

mod calling;
mod calls;
mod chips;
mod form;
mod granted;
mod heard;
mod results;
mod schema;
#[cfg(test)]
mod tests;
mod tree;
mod value;
mod withheld;

use std::rc::Rc;

use capos_client::{CapEntry, Error, Object};
use capos_schema::{Code, Denial, Type};
use futures::future::LocalBoxFuture;
use hyper::StatusCode;
use serde::Deserialize;

use crate::workspace::command::{Command, Outcome, Reply};
use crate::workspace::desk::{Area, Core};
use crate::workspace::problem::Problem;
use crate::workspace::view::Key;
use calls::Calls;
use chips::{Chips, Origin};

/// What a command is about.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
enum Subject {
    Grant(String),
    Chip(Key),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ReleaseRequest {
    /// Without one, all are released.
    chip: Option<Key>,
}

/// Something that can be called.
struct Target {
    object: Object,
    origin: Origin,
    chip: Option<Key>,
}

/// The grants and what comes of them.
pub(super) struct CapSetArea {
    core: Rc<Core>,
    chips: Rc<Chips>,
    calls: Rc<Calls>,
}

impl CapSetArea {
    pub(super) fn new(core: &Rc<Core>) -> Rc<Self> {
        let limits = &core.limits;
        let chips = Chips::new(limits.chips, core.board.clone());
        let calls = Calls::new(core.board.clone(), limits.results, limits.result_bytes);
        Rc::new(Self { core: core.clone(), chips, calls })
    }

    fn entry(&self, name: &str) -> Result<CapEntry, Problem> {
        let entry = self.core.caps().into_iter().find(|entry| entry.name == name);
        entry.ok_or_else(|| Error::from(Denial::from(Code::UnknownCap)).into())
    }

    async fn target(&self, on: &Subject) -> Result<Target, Problem> {
        match on {
            Subject::Grant(name) => {
                let entry = self.entry(name)?;
                let object = self.core.session.get(name, entry.interface_id).await?;
                let origin = Origin { grant: name.clone(), path: name.clone() };
                Ok(Target { object, origin, chip: None })
            }
            Subject::Chip(key) => {
                let object = self.known(*key).await?;
                let origin = self.chips.origin(*key).ok_or_else(released)?;
                Ok(Target { object, origin, chip: Some(*key) })
            }
        }
    }

    /// A chip, with the schema of its interface, from the node if need be.
    async fn known(&self, key: Key) -> Result<Object, Problem> {
        let object = self.chips.object(key).ok_or_else(released)?;
        let Type::Interface(id, _) = *object.interface() else { return Ok(object) };
        // Where nobody knows the interface, it can still be passed on.
        if object.methods().is_ok() || self.core.session.learn(id).await.is_err() {
            return Ok(object);
        }
        let known = self.core.session.cast(&object, id);
        self.chips.replace(key, known.clone());
        Ok(known)
    }

    fn release(&self, request: &ReleaseRequest) -> Outcome {
        match request.chip {
            None => self.chips.clear(),
            Some(chip) if self.chips.remove(chip) => self.chips.show(),
            Some(_) => return Err(released()),
        }
        Ok(Reply::done())
    }
}

impl Area for CapSetArea {
    fn act(self: Rc<Self>, command: Command) -> LocalBoxFuture<'static, Outcome> {
        Box::pin(async move {
            match command.name.as_str() {
                "describe" => self.describe(command.read()?).await,
                "call" => self.call(command.read()?).await,
                "cancel" => self.cancel(&command.read()?),
                "more" => self.more(&command.read()?),
                "save" => self.save(&command.read()?),
                "raw" => self.raw(&command.read()?),
                "cast" => self.cast(command.read()?).await,
                "release" => self.release(&command.read()?),
                "interfaces" => command.bare().and_then(|()| self.interfaces()),
                _ => Err(command.unknown()),
            }
        })
    }

    fn look(self: Rc<Self>) -> LocalBoxFuture<'static, ()> {
        Box::pin(async move { self.show_grants().await })
    }
}

fn released() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "unknownCap",
        "This capability was released, or never was here.",
        "Make the call that gives it again.",
    )
}
