//! Real clients in other languages against real servers; everything is under `tests/`.
//!
//! Here is what its test programs share.
#![forbid(unsafe_code)]

pub mod greeter;
