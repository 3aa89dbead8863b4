//! Terminals: programs that draw on a screen and read keys.
//!
//! `terminal.rs` is one terminal: its program, its screen, and the task that carries what the program writes to the
//! screen, the recording and whoever looks. `drawing.rs` shows it to a real terminal, `picture.rs` to whoever draws
//! pictures; `held.rs` is what clients hold.
//!
//! Invariants:
//! - A terminal goes on whoever lets go of it, and ends with its session.
//! - The program waits for those who hold its terminal, never for those who only watch.
//! - Whoever draws pictures gets the newest one, however slow they are, and costs nothing while nothing changes.

mod asked;
mod drawing;
mod held;
mod picture;
mod pty;
mod recording;
mod table;
mod terminal;
mod wire;

use std::rc::Rc;

use capnp::capability::Client;
use capos_schema::terminals_capnp;

use crate::service::Seat;

pub(crate) use table::State;

/// The facet that one session holds.
pub(crate) fn facet(seat: &Rc<Seat>) -> Result<Client, capnp::Error> {
    Ok(capnp_rpc::new_client::<terminals_capnp::terminals::Client, _>(held::Facet::new(seat)).client)
}
