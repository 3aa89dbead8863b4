//! What a node leaves behind that was stopped as it should be.

use std::time::Duration;

use super::Node;
use super::descendants::left_after;

/// How long what a node has started may take to end after it.
const MOMENT: Duration = Duration::from_secs(1);

impl Node {
    /// Stops it. It must have ended well, with nothing in it that panicked, a whole journal, and no process left a moment later.
    ///
    /// # Panics
    ///
    /// Where one of these is not so.
    pub fn end_well(self) {
        let (plan, started) = (self.plan().clone(), self.descendants());
        let (status, log) = self.stop();
        assert!(status.success(), "{status}\n{log}");
        assert!(!log.contains("panicked"), "{log}");
        let left = left_after(MOMENT, &started);
        assert!(left.is_empty(), "{left:?}");
        plan.verify_journal();
    }
}
