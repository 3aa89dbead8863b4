//! Rows that nobody's permission waits for: ends of sessions and refusals, written as soon as the store can.
//!
//! A session that has ended has ended, whether or not the disk is full; its row waits until there is room.
//! What waits is bounded by what is live: a session has one end, nobody signs in while the store cannot be written,
//! and refusals, which anybody can cause, wait only while there is plenty of room ([`super::refusals`]).

use std::time::Duration;

use capos_store::{Entry, Store};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use crate::Error;

/// Rows in one commit.
const TOGETHER: usize = 128;
/// Rows that may wait. Half of it is more than sessions make in any state of the store.
const WAITING: usize = 65_536;
const RETRY: Duration = Duration::from_secs(1);

/// The way to the task that writes.
#[derive(Clone)]
pub(crate) struct Recorder(mpsc::Sender<Row>);

struct Row {
    entry: Option<Entry>,
    /// Is told when this row and all before it are durable, or that they are not yet.
    told: Option<oneshot::Sender<Result<(), Error>>>,
}

impl Recorder {
    pub(crate) fn start(store: Store, runtime: &Handle) -> Self {
        let (rows, waiting) = mpsc::channel(WAITING);
        runtime.spawn(write(store, waiting));
        Self(rows)
    }

    /// Writes a row down in the background.
    pub(crate) fn push(&self, entry: Entry) {
        if self.0.try_send(Row { entry: Some(entry), told: None }).is_err() {
            tracing::error!("a row of the audit journal was lost: too many wait");
        }
    }

    /// Whether there is room for rows that anybody can cause, and can be counted instead.
    pub(crate) fn has_plenty(&self) -> bool {
        self.0.capacity() > WAITING / 2
    }

    /// Writes a row down, and answers when it is durable. Where that fails it is written later all the same.
    pub(crate) fn write(&self, entry: Entry) -> impl Future<Output = Result<(), Error>> + use<> {
        self.settle(Some(entry))
    }

    /// The same for a row that there may be; it is on its way when this returns. Answers when all that was pushed before
    /// is durable, too.
    pub(crate) fn settle(&self, entry: Option<Entry>) -> impl Future<Output = Result<(), Error>> + use<> {
        let (told, answer) = oneshot::channel();
        let sent = self.0.try_send(Row { entry, told: Some(told) }).map_err(|_| Error::Overloaded);
        async move {
            sent?;
            answer.await.unwrap_or(Err(Error::Stopped))
        }
    }
}

async fn write(store: Store, mut waiting: mpsc::Receiver<Row>) {
    let mut rows = Vec::new();
    // Rows of a failed commit stay in front; they have nobody to tell any more.
    while !rows.is_empty() || waiting.recv_many(&mut rows, TOGETHER).await > 0 {
        let entries: Vec<_> = rows.iter().filter_map(|row: &Row| row.entry.clone()).collect();
        let written = if entries.is_empty() { Ok(()) } else { store.commit(Vec::new(), entries).await.map(drop) };
        match written {
            Ok(()) => rows.drain(..).filter_map(|row| row.told).for_each(|told| drop(told.send(Ok(())))),
            Err(error) => {
                tracing::warn!(%error, "rows of the audit journal wait for the store");
                let closed = matches!(error, capos_store::Error::Closed);
                tell_failed(&mut rows);
                if closed {
                    return;
                }
                rest(&mut waiting, &mut rows).await;
            }
        }
    }
}

/// Who waits is told at once; the rows stay.
fn tell_failed(rows: &mut Vec<Row>) {
    for row in rows.iter_mut() {
        if let Some(told) = row.told.take() {
            let _ = told.send(Err(Error::Overloaded));
        }
    }
    rows.retain(|row| row.entry.is_some());
}

/// Lets the store be for a while; who comes meanwhile is told that it takes longer.
async fn rest(waiting: &mut mpsc::Receiver<Row>, rows: &mut Vec<Row>) {
    let pause = tokio::time::sleep(RETRY);
    tokio::pin!(pause);
    loop {
        tokio::select! {
            () = &mut pause => return,
            row = waiting.recv(), if rows.len() < TOGETHER => match row {
                Some(row) => {
                    rows.push(row);
                    tell_failed(rows);
                }
                None => return pause.await,
            },
        }
    }
}
