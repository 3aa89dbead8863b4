//! The contract as code: what clients written elsewhere rely on.
//!
//! Start with [`denial`] for how refusals look on the wire.

#![forbid(unsafe_code)]

pub mod denial;
mod shape;

pub use denial::{Code, Denial};
pub use shape::{NoShapes, Shape, Shapes};
