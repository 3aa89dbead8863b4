//! Who is behind a seat, as far as the chat is told.

use capos_service::Pseudonym;

/// Names a seat while the service runs; never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SeatNumber(pub(crate) u64);

/// Whom a rate, a mute or a ban is for: a principal where it is known, else its seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Person {
    Known(Pseudonym),
    Visitor(SeatNumber),
}
