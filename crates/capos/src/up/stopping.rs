//! The way out: nobody new, a grace for those who are there, then the end, told and written down.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use capos_authority::EndReason;
use capos_schema::Denial;
use futures::future::join_all;

use super::signals::Signals;
use super::{Node, service_manager};

/// For connections whose sessions have ended to be told, and gone.
const PARTING: Duration = Duration::from_millis(500);

/// For recordings of sessions that have ended to be on the disk.
const LAST_RECORDINGS: Duration = Duration::from_secs(2);

/// Stops a node. A second word ends the grace.
pub(super) async fn stop(mut node: Node, mut signals: Signals) -> Result<()> {
    service_manager::stopping();
    node.health.stopping();
    node.gateway.close_door();
    drop(node.ready.take());
    for door in node.doors.drain(..) {
        door.abort();
        // That it was aborted is known.
        let _ = door.await;
    }
    give_grace(&node, &mut signals).await;
    node.gateway.drain().await;
    // Until here browsers of sessions go on, and were told the end.
    node.web.close();
    node.services.stop(&mut signals).await;
    let is_done = node.vats.drain(PARTING, Denial::from(EndReason::NodeStopping)).await;
    if !is_done {
        tracing::warn!("some connections did not end in time");
    }
    node.web.end().await;
    if tokio::time::timeout(LAST_RECORDINGS, node.base.recordings.close()).await.is_err() {
        tracing::warn!("some recordings could not be ended; they will be cut at the next start");
    }
    for chore in node.chores.drain(..) {
        chore.abort();
        let _ = chore.await;
    }
    if let Some(vats) = Arc::into_inner(node.vats).filter(|_| is_done) {
        // It waits for the threads.
        tokio::task::spawn_blocking(|| vats.stop()).await.context("the threads could not be stopped")?;
    }
    node.base.store.close().await.context("the store could not be closed")?;
    tracing::info!("stopped");
    Ok(())
}

async fn give_grace(node: &Node, signals: &mut Signals) {
    let sessions = node.base.authority.sessions();
    if sessions.is_empty() {
        return;
    }
    let grace = node.order.effective.config.node.stop_grace;
    let count = sessions.len();
    node.gateway.announce_stop(grace);
    tracing::info!(
        "stopping in {}, or at once when told again; live sessions: {count}",
        humantime::format_duration(grace)
    );
    let all = join_all(sessions.iter().map(|session| session.ended()));
    tokio::select! {
        _ = tokio::time::timeout(grace, all) => {}
        () = signals.stop() => {}
    }
}
