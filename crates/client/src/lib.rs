//! Planned.

#![forbid(unsafe_code)]
