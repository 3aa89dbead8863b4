//! Cap'n Web: capability RPC in JSON messages, as the official JavaScript package `capnweb` 0.12 speaks it.
//!
//! A [`Session`] is one conversation between two peers that each may give the other a main object. It does no input
//! or output: messages are put in ([`Session::receive`]) and taken out ([`Session::next_message`]), and polling it
//! drives the objects that are called. `drivers` carries its messages over WebSocket, HTTP batches or pipes.
//!
//! Start with [`Target`], what a peer may call, or [`Methods`], which makes targets of closures, and [`Stub`], what one
//! calls of the peer's.
//!
//! ```
//! # #[cfg(feature = "drivers")] {
//! use capnweb::drivers::{Timing, lines};
//! use capnweb::{Methods, Options, Session, Value};
//! use std::rc::Rc;
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! # tokio::task::LocalSet::new().block_on(&runtime, async {
//! // A pipe; a WebSocket is as easy.
//! let (server_end, client_end) = tokio::io::duplex(65_536);
//!
//! let greeter = Rc::new(Methods::<()>::new().on("hello", |_, (name,): (String,)| format!("Hello, {name}!")));
//! let server = Session::new(Options::default(), |_| Some(greeter.object(())));
//! let (input, output) = tokio::io::split(server_end);
//! tokio::task::spawn_local(lines(input, output, server, Timing::default()));
//!
//! let client = Session::new(Options::default(), |_| None);
//! let (input, output) = tokio::io::split(client_end);
//! tokio::task::spawn_local(lines(input, output, client.clone(), Timing::default()));
//!
//! let greeting = client.remote().call(Some("hello"), vec!["world".into()]).await?;
//! assert_eq!(greeting.as_str(), Some("Hello, world!"));
//! # Ok::<_, capnweb::Thrown>(())
//! # })?;
//! # }
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! Everything is of one thread: a session, its stubs and its targets stay where they were made.
//! A peer that breaks the protocol or a bound of [`Limits`] has its session ended, and nothing else happens. Bounds can
//! change: [`Session::set_limits`], and [`Session::reprieve`] while it is not known yet to which.

#![forbid(unsafe_code)]

#[cfg(feature = "drivers")]
pub mod drivers;
mod error;
mod exchange;
mod expression;
mod hook;
mod json;
mod limits;
mod message;
mod methods;
mod placeholder;
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
pub use methods::{FromArguments, FromValue, Give, Methods, Rest};
pub use placeholder::Placeholder;
pub use session::{Options, Reprieve, Session, Stats, WeakSession};
pub use stream::{Clock, Readable, Sink, Writable, pipe};
pub use stub::{Promise, Stub};
pub use target::{Answer, Key, Part, Pipelined, Target};
pub use value::{
    BigInt, Blob, Body, Bytes, Container, Headers, Object, ObjectIntoIter, ObjectIter, Request, Response, Value,
};

/// The examples of the README.
#[cfg(all(doctest, feature = "drivers"))]
#[doc = include_str!("../README.md")]
struct Readme;
