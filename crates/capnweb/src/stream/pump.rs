//! From a reading end to a writing end.

use std::task::{Context, Poll};

use super::readable::{Chunk, Readable};
use super::writable::Writable;
use crate::error::Thrown;

/// What comes next.
enum Step {
    Read(Option<Chunk>),
    /// The writing end wants no more.
    Refused(Thrown),
}

impl Readable {
    /// Writes everything to `writable` as it is taken there, and then closes it. Where reading fails, `writable` is
    /// aborted; where writing fails, this is cancelled.
    ///
    /// # Errors
    /// What failed.
    pub async fn pipe_to(&self, writable: &Writable) -> Result<(), Thrown> {
        loop {
            match std::future::poll_fn(|context| step(self, writable, context)).await {
                Step::Read(Some(Ok(chunk))) => {
                    writable.write(chunk).await.inspect_err(|reason| self.refused(reason))?
                }
                Step::Read(None) => return writable.close().await,
                Step::Read(Some(Err(error))) => {
                    // An abort overtakes what waits for its reader.
                    writable.acknowledged().await?;
                    writable.abort(error.clone());
                    return Err(error);
                }
                Step::Refused(reason) => {
                    self.refused(&reason);
                    return Err(reason);
                }
            }
        }
    }

    fn refused(&self, reason: &Thrown) {
        self.cancel(reason.clone());
    }
}

fn step(readable: &Readable, writable: &Writable, context: &mut Context<'_>) -> Poll<Step> {
    if let Poll::Ready(reason) = writable.poll_failed(context) {
        return Poll::Ready(Step::Refused(reason));
    }
    readable.poll_next(context).map(Step::Read)
}

/// Carries a stream to the peer. It holds what it carries: dropped, the stream is cancelled unless somebody else has it.
pub(crate) async fn pump(readable: Readable, writable: Writable) {
    // Both ends know of a failure.
    let _ = readable.pipe_to(&writable).await;
}
