//! Every bound of the runner, with its reason.

/// What services may cost the node.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Profiles in one node.
    pub profiles: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { profiles: 32 }
    }
}
