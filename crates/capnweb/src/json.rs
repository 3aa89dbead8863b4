//! JSON, as far as messages need it.

mod node;
mod number;
mod program;
mod reader;
mod text;

pub(crate) use node::{Document, Entries, Items, Json, Kind, Text};
pub(crate) use number::{write_integer, write_number};
pub(crate) use program::Program;
pub(crate) use text::write_text;
