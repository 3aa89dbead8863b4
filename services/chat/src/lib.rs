//! A chat in channels, as a confined service.
#![forbid(unsafe_code)]
