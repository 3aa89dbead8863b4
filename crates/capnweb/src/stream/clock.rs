//! What time it is, for the windows of streams and nothing else.

use std::fmt;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// How much time has passed since some moment in the past. Tests give one that they set.
#[derive(Clone)]
pub struct Clock(Rc<dyn Fn() -> Duration>);

impl Clock {
    /// A clock that shows what `now` gives, which never goes back.
    pub fn new(now: impl Fn() -> Duration + 'static) -> Self {
        Self(Rc::new(now))
    }

    pub(super) fn now(&self) -> Duration {
        (self.0)()
    }
}

impl Default for Clock {
    fn default() -> Self {
        let start = Instant::now();
        Self::new(move || start.elapsed())
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
