//! Values of any type of a [`Registry`](crate::Registry), in messages and written down, as JSON or otherwise.
//! The mapping is told in `docs/reflection.md`.
//!
//! Start with [`decode()`] and [`encode()`], which are for JSON; capabilities go through a [`CapabilityResolver`].
//! [`decode_as()`] and [`encode_as()`] do the same for any [`Notation`].

mod any;
mod budget;
mod decode;
mod encode;
mod json;
mod notation;
mod raw;
mod resolver;

pub use decode::{decode, decode_as};
pub use encode::{encode, encode_as};
pub use json::Json;
pub use notation::Notation;
pub use resolver::{Capability, CapabilityResolver, CapabilityTable, NoCapabilities};

/// Where a union's member that the schema does not know is shown; the name is no field's, so nothing can be mistaken
/// for it and encoding refuses it.
pub(crate) const UNKNOWN_MEMBER: &str = "$unknownMember";
