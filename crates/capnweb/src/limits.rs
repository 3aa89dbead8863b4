//! Bounds of what a peer may ask for.

/// Bounds of a session, all on what the peer sends. They can be changed: see `Session::set_limits`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one message, before it is read. A message is held whole.
    pub message_bytes: usize,
    /// How deeply a message nests, counted as JSON: a list within a value is two levels. Values may nest 256 levels,
    /// however many this allows.
    pub depth: usize,
    /// Decimal digits of a bigint. Whoever calculates with it pays more than in proportion.
    pub bigint_digits: usize,
    /// Entries of either table of a session: what each peer holds of the other's.
    pub table_entries: usize,
    /// Calls of the peer that are not answered yet.
    pub pending_calls: usize,
    /// Pipes that the peer has opened and not given up; each is an entry of its table as well.
    pub pipes: usize,
    /// Bytes of messages that the peer does not read, and chunks that wait in streams for who reads them here.
    pub held_bytes: usize,
    /// What one message may expand to: values read, and values that its mappings make. One for each value, and one
    /// for each 64 bytes that it holds. What one settled answer sets off may cost as much. Others of the same thread
    /// wait for as long as that takes: about 0.1 µs each.
    pub message_work: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_bytes: 4_194_304,
            depth: 64,
            bigint_digits: 1_024,
            table_entries: 4_096,
            pending_calls: 1_024,
            pipes: 4_096,
            held_bytes: 16_777_216,
            message_work: 131_072,
        }
    }
}
