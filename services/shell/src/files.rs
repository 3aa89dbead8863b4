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
use capos_service::unavailable;

use crate::ground::Ground;
use crate::service::Seat;
use desk::Desk;
pub use limits::FileLimits;

/// What one session has of them: nothing, where its home cannot be opened.
pub(crate) struct State(Option<Rc<Desk>>);

impl State {
    pub(crate) fn new(ground: &Rc<Ground>) -> Self {
        let desk = Desk::open(&ground.home, FileLimits::default());
        let said = |error: &std::io::Error| tracing::error!("the home cannot be opened: {error}");
        Self(desk.inspect_err(said).ok().map(Rc::new))
    }
}

/// The facet that one session holds.
pub(crate) fn facet(seat: &Rc<Seat>) -> Result<Client, capnp::Error> {
    seat.files.0.as_ref().map(home).ok_or_else(|| unavailable("there is no home to have files in"))
}

/// The home itself, to read and to change.
fn home(desk: &Rc<Desk>) -> Client {
    let here = directory::Here { desk: desk.clone(), place: desk.home().clone() };
    capnp_rpc::new_client::<wire::Client, _>(directory::Directory(here)).client
}
