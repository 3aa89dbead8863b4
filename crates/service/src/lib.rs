//! What a service is written with.
//!
//! A service is a process that serves the interface of `service.capnp` over the sockets it was started with. This crate
//! is everything of it but the service's own objects: it accepts the node's connections, bounds them, checks what it is
//! given, keeps one [seat](Service::Seat) for each session, and drains before the end. A whole service:
//!
//! ```no_run
#![doc = include_str!("../examples/greeter.rs")]
//! ```
//!
//! It deliberately does not know who the sessions belong to, what they were granted or how the process is confined: the
//! node and its runner see to that, from outside. It defends itself all the same: see [`Limits`].
//!
//! Start with [`Service`] and [`run()`]. [`testing`] connects to a service within a test, [`home`] keeps its state,
//! [`push`] tells listeners, [`pace`] bounds how often somebody may do something, [`commands`] describes what can be done,
//! [`console`] talks with a person in lines.
//!
//! Invariants:
//! - A [`Context`] has what the node disclosed and nothing else: what was not told is `None`.
//! - A capability comes out of [`Given`] only as the interface that the node named.
//! - A session has one seat however many facets and connections reach it, and the seat goes with the last of them.
//! - What happens on one connection, a panic included, ends that connection at most.
#![forbid(unsafe_code)]

mod clock;
pub mod commands;
pub mod console;
mod context;
mod door;
mod error;
mod given;
pub mod home;
mod host;
mod limits;
mod log;
pub mod pace;
pub mod push;
mod run;
mod seats;
pub mod testing;
mod unqueued;

use std::future::Future;
use std::rc::Rc;

use capnp::capability::Client;

pub use capos_schema::service_capnp::Disclosure;
pub use clock::Clock;
pub use context::{Context, Pseudonym, Reference};
pub use error::{bad_request, overloaded, quota_exceeded, too_many_calls, unavailable};
pub use given::Given;
pub use home::{FileName, Home, Saved};
pub use host::{Host, serve_stream};
pub use limits::Limits;
pub use run::{Place, run, run_within};
pub use unqueued::serve_unqueued;

/// What [`run()`] serves.
///
/// Everything happens on one thread, so nothing needs locks; a method that takes long keeps everybody waiting.
pub trait Service: 'static {
    /// One session at this service: what its facets share. It is dropped with the last facet that holds it.
    type Seat: 'static;

    /// What to be told of those it serves, as far as its profile lets it.
    const WANTS: &'static [Disclosure];

    /// Takes what the service itself holds. Called once, before any session comes.
    fn begin(&self, given: Given) -> impl Future<Output = Result<(), capnp::Error>> {
        let _ = given;
        std::future::ready(Ok(()))
    }

    /// Seats a session. `lent` is the session's own and dies with it.
    fn seat(&self, context: Context, lent: Given) -> Result<Self::Seat, capnp::Error>;

    /// The session came again, for another export or because it lost a facet, and lends this.
    fn seated_again(&self, seat: &Rc<Self::Seat>, lent: Given) -> Result<(), capnp::Error> {
        let _ = (seat, lent);
        Ok(())
    }

    /// Gives an export of the profile to a session.
    fn facet(&self, seat: &Rc<Self::Seat>, export: &str) -> Result<Client, capnp::Error>;

    /// Whether it can do its work. A process that does not answer is replaced.
    fn health(&self) -> Health {
        Health::Good
    }

    /// Keeps what is worth keeping: the process is about to end.
    fn drain(&self) -> impl Future<Output = ()> {
        std::future::ready(())
    }
}

/// What a service says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// It can do its work.
    Good,
    /// It cannot, for this reason.
    Bad(String),
}
