//! The bounds of trees.

use std::time::Duration;

/// What a service and the commands it starts hold each other to.
#[derive(Clone, Copy, Debug)]
pub struct TreeLimits {
    /// Between `SIGTERM` and `SIGKILL` where nobody says otherwise: an editor saves its recovery file in less.
    pub grace: Duration,
    /// Trees at once, those that are ending included: each has a keeper, which counts against the sandbox's processes too.
    pub trees: usize,
    /// Arguments and environment of a command together; the kernel's own bound is 2 MiB with the usual stack.
    pub command_bytes: usize,
    /// Keepers that wait for a command: each saves a fork at the next start and costs a process of some 300 KiB.
    pub waiting_keepers: usize,
    /// How long after `SIGKILL` was due a keeper may still be at it, until it is held to be stopped by its own commands, and is killed.
    pub patience: Duration,
}

impl Default for TreeLimits {
    fn default() -> Self {
        Self {
            grace: Duration::from_secs(2),
            trees: 128,
            command_bytes: 1 << 20,
            waiting_keepers: 2,
            patience: Duration::from_secs(5),
        }
    }
}
