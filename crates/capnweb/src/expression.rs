//! Values as messages have them: JSON, in which an array means something special unless it is wrapped in another.

mod alone;
mod bytes;
mod http;
mod name;
mod open;
mod read;
mod reference;
mod special;
mod write;

pub(crate) use name::is_reserved;
pub(crate) use read::read;
pub(crate) use write::{write, write_arguments, write_path, write_reference};

pub use alone::{deserialize, serialize};
