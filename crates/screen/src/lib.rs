//! What a terminal shows.
#![forbid(unsafe_code)]
