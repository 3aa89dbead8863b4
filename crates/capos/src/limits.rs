//! How much a background process keeps for its commands.

/// Bounds of one held session.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// Capabilities kept by number: a script that forgets to drop them costs the node as many references.
    pub(crate) handles: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { handles: 1024 }
    }
}
