//! What a window asks a desk to do, and what it is answered.

use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::workspace::problem::Problem;
use crate::workspace::view::{Shown, json, shown};

/// One command of a window.
#[derive(Debug)]
pub(crate) struct Command {
    /// What to do.
    pub(crate) name: String,
    /// With what; hostile until it is read.
    pub(crate) body: Bytes,
}

impl Command {
    /// What it was given, as that; every other field is refused.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        object(&self.body).ok_or_else(|| Problem::bad_request("This command is not given like that."))
    }

    /// It takes nothing, and was given nothing.
    pub(crate) fn bare(&self) -> Result<(), Problem> {
        if self.body.is_empty() { Ok(()) } else { self.read::<Nothing>().map(drop) }
    }

    pub(crate) fn unknown(&self) -> Problem {
        Problem::not_found("There is no such command.")
    }
}

/// What is given where nothing is to be.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// What a page gives: an object with these members. Their list alone would be read as one, too.
pub(crate) fn object<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Option<T> {
    let is_object = json.trim_ascii_start().starts_with(b"{");
    serde_json::from_slice(json).ok().filter(|_| is_object)
}

shown! {
    /// Nothing more to say than that it was done.
    struct Done {}
}

/// What a command is answered: nothing but what may be shown.
#[derive(Clone, Debug)]
pub(crate) struct Reply(Bytes);

impl Reply {
    /// What is shown to the window that asked.
    pub(crate) fn of(shown: &impl Shown) -> Self {
        Self(json(shown).into())
    }

    /// As it goes over the wire.
    pub(crate) fn json(self) -> Bytes {
        self.0
    }

    /// How much it is.
    pub(crate) fn bytes(&self) -> usize {
        self.0.len()
    }

    /// Done, with nothing more to say.
    pub(crate) fn done() -> Self {
        Self::of(&Done {})
    }
}

/// What comes of it.
pub(crate) type Outcome = Result<Reply, Problem>;
