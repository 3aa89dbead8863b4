//! Starts confined processes: each in namespaces of its own, with a minimal read-only file tree, a list of system calls, bounded resources, and the sockets it was handed; nothing else.
//!
//! The crate knows nothing of services, sessions or capabilities: a [`Plan`] says what to run and what it may reach.
//!
//! Start reading at [`Zygote`], the node's side; `helper` is the small single-threaded process that does the work, and `confine` what it does.
//! [`tree`] is for the confined: how a service starts commands of people.
//!
//! Invariants:
//! - A process is started with everything that the host's [`Survey`] found, or not at all; what lacks is said, never guessed.
//! - All that a process started dies with it; all processes die with the helper; the helper dies with the node.
//! - A process never has the host's root as its user.

#![deny(unsafe_op_in_unsafe_fn)]

mod confine;
mod error;
mod helper;
mod kernel;
mod limits;
mod mechanism;
mod plan;
mod process;
mod protocol;
pub mod tree;
mod zygote;

pub use confine::resources::give_way;
pub use error::Error;
pub use helper::run_if_helper;
pub use limits::Limits;
pub use mechanism::{CgroupKind, Mechanism, Missing, Survey};
pub use plan::{Descriptors, HostUser, Network, Plan, ProcessLimits, Root, Strictness};
pub use process::{Exit, Process, Usage};
pub use zygote::Zygote;
