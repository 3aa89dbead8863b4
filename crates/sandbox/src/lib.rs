//! Starts one confined process.
#![deny(unsafe_op_in_unsafe_fn)]
