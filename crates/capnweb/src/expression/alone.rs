//! Values without a session: nothing in them can be called.

use super::{read, write};
use crate::error::Error;
use crate::exchange::{Exporter, Id, Importer, Made, Payload, Reference};
use crate::json::{Document, Program};
use crate::limits::Limits;
use crate::stream::{Readable, Writable};
use crate::stub::{Promise, Stub};
use crate::target::Key;
use crate::value::Value;

/// Writes a value as it would be in a message.
///
/// # Errors
/// When it nests too deeply, is not what it says it is, or has references or streams in it, which only a session can
/// pass on.
pub fn serialize(value: &Value) -> Result<String, Error> {
    let mut text = String::new();
    write(value, &mut text, &mut Alone::default())?;
    Ok(text)
}

/// Reads a value as it would be in a message.
///
/// # Errors
/// When it is none, exceeds a bound, or has references in it.
pub fn deserialize(text: &str, limits: &Limits) -> Result<Value, Error> {
    let document = Document::parse(text, limits)?;
    let mut alone = Alone { limits: *limits, work: 0 };
    Ok(read(document.root(), &mut alone)?.value)
}

#[derive(Default)]
pub(crate) struct Alone {
    limits: Limits,
    work: usize,
}

fn no_session<T>() -> Result<T, Error> {
    Err(Error::new("Error", "References and streams cannot be passed on without a session."))
}

impl Exporter for Alone {
    fn stub(&mut self, _: &Stub) -> Result<Reference, Error> {
        no_session()
    }

    fn promise(&mut self, _: &Promise) -> Result<Reference, Error> {
        no_session()
    }

    fn writable(&mut self, _: &Writable) -> Result<Id, Error> {
        no_session()
    }

    fn readable(&mut self, _: &Readable) -> Result<Id, Error> {
        no_session()
    }

    fn take_back(&mut self, _: &[Made]) {}
}

impl Importer for Alone {
    fn stub(&mut self, _: Id) -> Result<Stub, Error> {
        no_session()
    }

    fn promise(&mut self, _: Id) -> Result<Promise, Error> {
        no_session()
    }

    fn writable(&mut self, _: Id) -> Result<Writable, Error> {
        no_session()
    }

    fn readable(&mut self, _: Id) -> Result<Readable, Error> {
        no_session()
    }

    fn own(&mut self, _: Id) -> Result<Stub, Error> {
        no_session()
    }

    fn own_part(&mut self, _: Id, _: Vec<Key>, _: Option<Payload>) -> Result<Stub, Error> {
        no_session()
    }

    fn part(&mut self, _: Id, _: Vec<Key>, _: Option<Payload>) -> Result<Promise, Error> {
        no_session()
    }

    fn remap(&mut self, _: Id, _: Vec<Key>, _: Vec<Stub>, _: Program) -> Result<Promise, Error> {
        no_session()
    }

    fn spend(&mut self, work: usize) -> Result<(), Error> {
        self.work = self.work.saturating_add(work);
        if self.work <= self.limits.message_work {
            return Ok(());
        }
        Err(Error::range_error(format!("A message exceeds {} units of work.", self.limits.message_work)))
    }

    fn limits(&self) -> Limits {
        self.limits
    }
}
