//! How much a background process keeps for its commands.
#![expect(unreachable_pub, reason = "the page of all limits is written from what is `pub` here")]

/// Bounds of one held session.
#[derive(Clone, Debug)]
pub struct HeldLimits {
    /// Capabilities kept by number in a held session: a script that forgets to drop them costs the node as many references.
    pub handles: usize,
}

impl Default for HeldLimits {
    fn default() -> Self {
        Self { handles: 1024 }
    }
}
