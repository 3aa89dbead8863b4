//! A game of making paperclips, as a confined service.
#![forbid(unsafe_code)]
