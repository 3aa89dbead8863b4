//! Attacks on a node: what a live one is made of here, and what the fuzz targets do with their bytes.
//!
//! * [`node`] — the product as a node has it: bounded connections, a membrane, the laboratory.
//! * [`fuzzing`] — bodies of the fuzz targets `framing` and `live_vat`; the ordinary test run replays their corpora.
//!
//! The attacks themselves are in `tests/it`; they start the program `hostile-node` of this package.
#![forbid(unsafe_code)]

pub mod fuzzing;
pub mod node;
