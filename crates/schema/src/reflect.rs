//! JSON ⇄ Cap'n Proto for any type of a [`Registry`](crate::Registry). The mapping is told in `docs/reflection.md`.
//!
//! Start with [`decode()`] and [`encode()`]; capabilities go through a [`CapabilityResolver`].

mod any;
mod budget;
mod decode;
mod encode;
mod raw;
mod resolver;

pub use decode::decode;
pub use encode::encode;
pub use resolver::{Capability, CapabilityResolver, CapabilityTable, NoCapabilities};

/// Where a union's member that the schema does not know is shown; the name is no field's, so nothing can be mistaken
/// for it and encoding refuses it.
pub(crate) const UNKNOWN_MEMBER: &str = "$unknownMember";
