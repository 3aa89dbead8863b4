//! Cap'n Web: capability RPC in JSON messages, as the official JavaScript package `capnweb` 0.12 speaks it.
//!
//! A [`Session`] is one conversation between two peers that each may give the other a main object. It does no input
//! or output: messages are put in ([`Session::receive`]) and taken out ([`Session::next_message`]), and polling it
//! drives the objects that are called. `drivers` carries its messages over WebSocket, HTTP batches or pipes.
//!
//! Start with [`Target`], what a peer may call, and [`Stub`], what one calls of the peer's.
//!
//! Everything is of one thread: a session, its stubs and its targets stay where they were made.
//! A peer that breaks the protocol or a bound of [`Limits`] has its session ended, and nothing else happens.

#![forbid(unsafe_code)]

#[cfg(feature = "drivers")]
pub mod drivers;
mod error;
#[allow(dead_code, unused_imports, reason = "sessions, which use all of it, are being written")]
mod exchange;
#[allow(dead_code, unused_imports, reason = "sessions, which use all of it, are being written")]
mod expression;
#[allow(dead_code, unused_imports, reason = "sessions, which use all of it, are being written")]
mod json;
mod limits;
#[allow(dead_code, unused_imports, reason = "sessions, which use all of it, are being written")]
mod message;
mod methods;
mod session;
mod stream;
mod stub;
mod target;
mod value;

pub use error::{Error, Outcome, Thrown};
pub use expression::{deserialize, serialize};
pub use limits::Limits;
pub use methods::{FromArguments, FromValue, Give, Methods, Rest};
pub use session::{Options, Session, Stats, WeakSession};
pub use stream::{Readable, Sink, Writable};
pub use stub::{Promise, Stub};
pub use target::{Answer, Key, Part, Pipelined, Target};
pub use value::{
    BigInt, Blob, Body, Bytes, Container, Headers, Object, ObjectIntoIter, ObjectIter, Request, Response, Value,
};
