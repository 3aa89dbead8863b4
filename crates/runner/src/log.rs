//! What services write, bounded.

use std::sync::Arc;

/// Where a line is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// The process's standard output.
    Out,
    /// Its standard error.
    Err,
    /// The node's own word about it.
    Node,
}

impl Stream {
    /// As the wire contract calls it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Stream::Out => "out",
            Stream::Err => "err",
            Stream::Node => "node",
        }
    }
}

/// One line, without what a terminal would obey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Counts the lines of one service; a gap tells that lines were dropped.
    pub sequence: u64,
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// The profile's id, or a companion's name.
    pub process: Arc<str>,
    /// Where from.
    pub stream: Stream,
    /// The line.
    pub text: String,
}

/// The log of one service.
#[derive(Clone)]
pub struct Log {}

impl Log {
    /// The latest lines, oldest first.
    #[must_use]
    pub fn tail(&self, _most: usize) -> Vec<Line> {
        unimplemented!()
    }

    /// Every line from here on.
    #[must_use]
    pub fn follow(&self) -> Follow {
        unimplemented!()
    }
}

/// Lines as they come. Whoever is too slow misses some, and sees a gap in their sequence.
pub struct Follow {}

impl Follow {
    /// The next lines, at least one and at most so many, oldest first; nothing once there will be none. A call that is
    /// dropped loses none.
    pub async fn next(&mut self, _most: usize) -> Option<Vec<Line>> {
        unimplemented!()
    }
}
