//! Values as messages have them: JSON, in which an array means something special unless it is wrapped in another.

mod alone;
mod bytes;
mod calls;
mod http;
mod name;
mod open;
mod read;
mod reference;
mod special;
mod write;

pub(crate) use calls::{write_call, write_remap};
pub(crate) use name::is_reserved;
pub(crate) use read::read;
pub(crate) use write::write;

pub use alone::{deserialize, serialize};

/// How deeply values may nest, whatever [`crate::Limits::depth`] leaves to the text: the official package neither writes
/// nor reads more. Values are copied, looked through and dropped by functions that call themselves.
const LEVELS: usize = 256;

#[cfg(test)]
pub(crate) use alone::Alone;
#[cfg(test)]
mod tests;
