//! Attacks on a node: what a live one is made of here, and what the fuzz targets do with their bytes.
//!
//! * [`node`] — the product as a node has it: bounded connections, a membrane, the laboratory.
//! * [`front`] — calls of what a node shows a client.
//! * [`fuzzing`] — bodies of the fuzz targets `framing`, `live_vat` and `sign_in`; the ordinary test run replays their
//!   corpora.
//!
//! The attacks themselves are in `tests/it`; they start the program `hostile-node` of this package.
#![forbid(unsafe_code)]

pub mod front;
pub mod fuzzing;
pub mod node;
