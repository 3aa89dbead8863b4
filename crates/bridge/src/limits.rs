//! What one JavaScript program may have of this side.

/// Bounds of what a bridge does for one connection. What the node bounds by itself, such as sign-ins under way and
/// sessions, is not bounded here once more.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Answers to one sign-in's steps that may wait for the one before; a sign-in has few steps.
    pub waiting_steps: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { waiting_steps: 8 }
    }
}
