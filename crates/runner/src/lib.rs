//! Service profiles, and the processes that run of them.
#![forbid(unsafe_code)]
