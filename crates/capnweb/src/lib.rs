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

mod error;
mod exchange;
mod expression;
mod hook;
mod json;
mod limits;
mod message;
mod remap;
mod session;
mod stream;
mod stub;
mod target;
mod turn;
mod value;

pub use error::{Error, Outcome, Thrown};
pub use expression::{deserialize, serialize};
pub use limits::Limits;
pub use session::{Options, Session, Stats, WeakSession};
pub use stream::{Clock, Readable, Sink, Writable, pipe};
pub use stub::{Promise, Stub};
pub use target::{Answer, Key, Part, Pipelined, Target};
pub use value::{
    BigInt, Blob, Body, Bytes, Container, Headers, Object, ObjectIntoIter, ObjectIter, Request, Response, Value,
};
