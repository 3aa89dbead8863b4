//! A sign-in that was begun is carried to its end, whoever waits for it.

use std::future::Future;

use capos_authority::{EndReason, Session};
use capos_schema::{Code, Denial};
use futures::channel::oneshot;

/// A session that its client has not been given yet. Dropped, it is ended: nobody could.
pub(crate) struct Minted(Option<Session>);

impl Minted {
    pub(crate) fn new(session: Session) -> Self {
        Self(Some(session))
    }

    pub(crate) fn take(mut self) -> Result<Session, Denial> {
        self.0.take().ok_or_else(|| Code::Internal.into())
    }
}

impl Drop for Minted {
    fn drop(&mut self) {
        if let Some(session) = self.0.take() {
            // No object of it was ever made.
            drop(session.end(EndReason::Disconnected));
        }
    }
}

/// Does `work` to its end on this thread, though the caller may stop waiting: a sign-in takes its time, and is counted
/// and written down, whether or not somebody stays for the outcome.
pub(crate) async fn carry<T: 'static>(work: impl Future<Output = T> + 'static) -> Result<T, Denial> {
    let (tell, told) = oneshot::channel();
    tokio::task::spawn_local(async move {
        // What nobody takes is dropped, and a session in it ended.
        let _ = tell.send(work.await);
    });
    told.await.map_err(|_| Code::Internal.into())
}
