//! What a session gives for a stream of the peer's, so that it can be written to.

use std::task::{Context, Poll};

use crate::error::Thrown;
use crate::value::Value;

/// Is called once, when the write is answered or the session has ended. Nothing of the session is borrowed then.
pub(crate) type Acknowledged = Box<dyn FnOnce(Result<(), Thrown>)>;

/// A writable stream of the peer's. Dropping it releases the import, on which the peer aborts the stream if it was not
/// closed.
pub(crate) trait Channel {
    /// Sends `["stream", ["pipeline", id, [method], arguments]]` and gives the size of the message in bytes.
    /// `acknowledged` is not called before this returns, and is dropped uncalled where this fails.
    fn send(&self, method: &'static str, arguments: Vec<Value>, acknowledged: Acknowledged) -> Result<usize, Thrown>;

    /// Ready while few enough bytes wait for the way to the peer that a stream may add its own.
    /// Where it has ended: ready.
    fn poll_room(&self, context: &mut Context<'_>) -> Poll<()>;
}
