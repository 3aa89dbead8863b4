//! What a node leaves behind that was stopped as it should be.

use super::Node;
use super::descendants::is_running;

impl Node {
    /// Stops it. It must have ended well, with nothing in it that panicked, a whole journal, and no process left.
    ///
    /// # Panics
    ///
    /// Where one of these is not so.
    pub fn end_well(self) {
        let (plan, started) = (self.plan().clone(), self.descendants());
        let (status, log) = self.stop();
        assert!(status.success(), "{status}\n{log}");
        assert!(!log.contains("panicked"), "{log}");
        let left: Vec<_> = started.iter().filter(|(process, _)| is_running(*process)).collect();
        assert!(left.is_empty(), "{left:?}");
        plan.verify_journal();
    }
}
