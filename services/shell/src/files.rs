//! The session's home as a capability: directories and files, and nothing that is not beneath.
//!
//! A client names a [path](path::RelativePath) beneath a [place](place::Place) that is held open; all that waits for the
//! disk is done on the few threads of the [desk](desk::Desk), in slices, so that neither a large file nor a large
//! directory keeps anybody else waiting.
//!
//! **Invariant:** nothing outside of the home is reached by any path, link or race; `place.rs` says how.
//!
//! **Invariant:** whatever is asked for, each of these calls takes a bounded part of memory, descriptors and threads.

mod change;
mod desk;
mod directory;
mod entry;
mod fault;
mod file;
mod limits;
mod path;
mod place;
mod read;
mod remove;
#[cfg(test)]
mod tests;
mod write;

use std::rc::Rc;

use capnp::capability::Client;
use capos_schema::files_capnp::directory as wire;

pub(crate) use desk::Desk;
pub use limits::FileLimits;

/// The home of a session, to read and to change.
pub(crate) fn home(desk: &Rc<Desk>) -> Client {
    let here = directory::Here { desk: desk.clone(), place: desk.home().clone() };
    capnp_rpc::new_client::<wire::Client, _>(directory::Directory(here)).client
}
