//! How a confined program starts commands of people, so that nothing of them ever escapes it.
//!
//! A fork of a program with threads may not even allocate memory, so [`Trees::start`] runs the program's own executable anew as the *factory*, a process with one thread that [`run_if_keeper`] recognises.
//! The factory forks *keepers*, and each command runs below a keeper of its own, which is its subreaper: whatever the command starts, daemons included, stays below that keeper.
//! The service talks to each keeper over a socket; a keeper whose command is gone with all its offspring waits for the next one.
//!
//! Start reading at [`Trees`]; `keeper` is what happens on the other side, `descent` how a tree is ended, `orphans` what the first process of a namespace does besides.
//!
//! Invariants:
//! - A tree that nobody holds any more, or whose service is gone, is ended: `SIGTERM`, the grace period, `SIGKILL`, repeated until nothing is left.
//! - A keeper says that a tree is gone when the kernel says that the keeper has no child, never because it found none.
//! - A tree is stopped before it is killed, so that what forks on and on finds no room to.
//! - Where a command kills its keeper, what it left falls to the factory and is killed; where it kills the factory too, to the first process of the namespace.
//! - A command gets the descriptors it was given and no other; neither keepers nor the factory run code that anybody hands them.

mod command;
mod descent;
mod factory;
mod keeper;
mod launch;
mod limits;
mod orphans;
mod signal;
mod system;
mod trees;
mod wire;

pub use command::{Command, Ends, Fault};
pub use factory::run_if_keeper;
pub use limits::TreeLimits;
pub use signal::{Exit, Signal};
pub use trees::{Tree, Trees};
