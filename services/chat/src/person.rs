//! Who is behind a seat, as far as the chat is told.

/// Names a seat while the service runs; never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SeatNumber(pub(crate) u64);

/// A principal's opaque name at this service.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Pseudonym(pub(crate) [u8; 32]);

impl std::fmt::Debug for Pseudonym {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pseudonym")
    }
}

/// Whom a rate, a mute or a ban is for: a principal where it is known, else its seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Person {
    Known(Pseudonym),
    Visitor(SeatNumber),
}
