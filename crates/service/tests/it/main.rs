//! Services written with this crate, reached as the node reaches them.

mod serving;
