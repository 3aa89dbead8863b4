//! One following of the journal: from the store to a sink of the client's, at the sink's pace.

use capnp::traits::HasTypeId;
use capos_authority::Session;
use capos_schema::audit_capnp::{audit_follow, audit_sink};
use capos_store::Row;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use serde_json::Value;
use tokio::task::{AbortHandle, spawn_local};

use super::wire;
use crate::admin::turn::Turn;

type Rows = BoxStream<'static, Result<Row, capos_store::Error>>;

/// Ends with this: the client has let go of it, or the session is over.
pub(super) struct Following(AbortHandle);

impl Following {
    pub(super) fn client(rows: Rows, sink: audit_sink::Client, session: Session, turn: Turn) -> audit_follow::Client {
        let task = spawn_local(async move {
            let _turn = turn;
            tokio::select! {
                biased;
                _ = session.ended() => {}
                () = deliver(rows, sink) => {}
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

impl audit_follow::Server for Following {}

async fn deliver(mut rows: Rows, sink: audit_sink::Client) {
    while let Some(row) = rows.next().await {
        let row = match row {
            Ok(row) => row,
            Err(error) => return tracing::error!(%error, "the journal cannot be followed"),
        };
        if tells_of_a_delivery(&row) {
            continue;
        }
        let mut request = sink.row_request();
        wire::write_row(&row, request.get().init_row());
        // Waits where more is under way than the sink's connection may hold.
        if request.send().await.is_err() {
            return;
        }
    }
}

/// Whether it records that a row was given to somebody. Where such calls are recorded, each row given would make
/// another one to be given, for ever.
fn tells_of_a_delivery(row: &Row) -> bool {
    if row.entry.kind != "call" {
        return false;
    }
    let Ok(payload) = serde_json::from_slice::<Value>(&row.entry.payload) else { return false };
    let sink = format!("{:#018x}", audit_sink::Client::TYPE_ID);
    payload["callback"] == true && payload["interface"] == sink
}
