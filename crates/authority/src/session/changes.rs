//! Changes of a session's bundle, for whoever shows it.

use tokio::sync::watch;

use super::Session;

/// Tells that a session's bundle may be otherwise than it was.
#[derive(Debug)]
pub struct Changes(watch::Receiver<u64>);

impl Changes {
    /// Waits for the next change; those since the last wait are one. It waits for ever once nothing can change any
    /// more.
    pub async fn next(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending().await
        }
    }
}

impl Session {
    /// Changes of the bundle from here on: a grant that came, went, was taken away, or whose lease is another one.
    #[must_use]
    pub fn changes(&self) -> Changes {
        Changes(self.0.changes.subscribe())
    }

    pub(super) fn changed(&self) {
        self.0.changes.send_modify(|count| *count = count.wrapping_add(1));
    }
}
