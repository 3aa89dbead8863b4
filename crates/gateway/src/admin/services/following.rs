//! One following of a service's log: at the listener's pace, one call at a time.

use capos_authority::Session;
use capos_runner::Follow;
use capos_schema::services_capnp::{service_log_follow, service_log_listener};
use tokio::task::{AbortHandle, spawn_local};

use super::{length, write_line};
use crate::admin::turn::Turn;

/// Lines in one call. With the longest lines there are, it stays far below a message.
const TOGETHER: usize = 64;

/// Ends with this: the client has let go of it, or the session is over.
pub(super) struct Following(AbortHandle);

impl Following {
    pub(super) fn client(
        lines: Follow,
        listener: service_log_listener::Client,
        session: Session,
        turn: Turn,
    ) -> service_log_follow::Client {
        let task = spawn_local(async move {
            let _turn = turn;
            tokio::select! {
                biased;
                _ = session.ended() => {}
                () = deliver(lines, listener) => {}
            }
        });
        capnp_rpc::new_client(Self(task.abort_handle()))
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl service_log_follow::Server for Following {}

/// The next call waits for the answer of the one before: what comes meanwhile waits in the log, which drops what is too
/// much.
async fn deliver(mut lines: Follow, listener: service_log_listener::Client) {
    while let Some(next) = lines.next(TOGETHER).await {
        let mut request = listener.lines_request();
        let mut list = request.get().init_lines(length(next.len()));
        for (line, at) in next.iter().zip(0..) {
            write_line(line, list.reborrow().get(at));
        }
        if request.send().promise.await.is_err() {
            return;
        }
    }
}
