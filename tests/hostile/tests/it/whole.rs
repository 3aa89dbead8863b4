//! A whole node under attack: the program as people run it, with accounts, a store and a journal.

mod guessing;
mod http;
mod peers;
mod process;
mod storm;

pub(crate) use peers::{Client, Session};
pub(crate) use process::PASSWORD;
