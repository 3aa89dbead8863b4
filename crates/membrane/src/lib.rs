//! The membrane: the one place where authority is enforced on a live object.
//!
//! A [`Membrane`] stands between two sides.
//! *Inside* live the objects of a grant (a service, in this process or behind another connection); *outside* is
//! whoever was granted them.
//! Every capability that crosses is wrapped, in both directions and recursively; one that comes home is unwrapped.
//! It works on `capnp`'s hooks, below casts, pipelines, promises and tail calls, so that none of them leads round it.
//!
//! What it deliberately does not know: users, services, sockets, clocks on walls.
//! Who may do what is decided by whoever builds the [`Rules`].
//!
//! Where to start: [`Rules`] and [`Membrane::wrap`] for use, then `flight` for the path of one call.
//!
//! **Invariants**
//!
//! - No call starts and no result, exception text or capability is handed over once [`Liveness::end`] has returned
//!   (on the thread of the objects; from another thread, once its [`Ended`] has completed).
//! - No raw capability of one side is ever in a table that the other side can read.
//! - A wrapper's identity is its own: brand and pointer are never those of what it wraps.
//! - Whatever reaches the outside from an untrusted inside is marked as such and cut.

#![forbid(unsafe_code)]

mod admission;
mod budget;
mod clock;
mod flight;
mod line;
mod liveness;
#[cfg(feature = "measure")]
pub mod measure;
mod membrane;
mod message;
mod passage;
mod promised;
mod reference;
mod relay;
mod renewed;
mod request;
mod tally;
mod texts;
mod wrapped;

pub use admission::{Admission, Call, Methods, Observer, Outcome, Outlet, Policy, Settled};
pub use budget::{Budget, BudgetLimits};
pub use clock::Clock;
pub use liveness::{Ended, Liveness, Vat};
pub use membrane::{Membrane, Rules, Trust};
pub use reference::{Lineage, Reference, Side};
pub use renewed::renewed;
pub use tally::Tally;
