//! The workspace, served by the node itself.

use capos_rpc::Peer;
use capos_web::{Place, Reach, Refusal, Work};

use super::seat::{STOPPING, Seats};

/// The way from the node to itself.
pub(crate) struct Here(pub(crate) Seats);

impl Reach for Here {
    fn reach(&self, peer: Peer, work: Work) -> Result<(), Refusal> {
        let seat = self.0.seat(peer)?;
        if seat.take(|connection| work(Ok(connection))) { Ok(()) } else { Err(STOPPING) }
    }

    fn place(&self) -> Place {
        Place::Node
    }
}
