//! A game of making paperclips, as a confined service.
#![forbid(unsafe_code)]

mod game;
mod orders;
#[cfg(test)]
mod player;
mod words;
