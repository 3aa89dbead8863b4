//! The journal of a node that is stopped.

use capos_store as store;
use futures::StreamExt as _;

use super::Offline;
use crate::commands::audit::{Checkpoint, Journal, Row, Verdict};
use crate::failure::Failure;

/// Rows asked for at a time; the store's own bound is lower.
const ROWS: usize = 4096;

impl Journal for Offline {
    async fn rows(&self, from: u64) -> Result<(Vec<Row>, u64), Failure> {
        let end = self.store.head().await.map_err(failed)?.sequence;
        let rows = self.store.rows(from.max(1), ROWS).await.map_err(failed)?;
        Ok((rows.into_iter().map(row).collect(), end))
    }

    /// Nothing is written where no node runs: the end is the end.
    async fn follow(&self, from: u64, each: &mut dyn FnMut(Row) -> Result<(), Failure>) -> Result<(), Failure> {
        let end = self.store.head().await.map_err(failed)?.sequence;
        let left = end.saturating_add(1).saturating_sub(from.max(1));
        let left = if from == 0 { 0 } else { usize::try_from(left).unwrap_or(usize::MAX) };
        let mut rows = self.store.follow(from.max(1)).take(left);
        while let Some(next) = rows.next().await {
            let next = next.map_err(failed)?;
            let is_last = next.sequence >= end;
            each(row(next))?;
            if is_last {
                break;
            }
        }
        Ok(())
    }

    async fn verify(&self, checkpoints: &[Checkpoint]) -> Result<Verdict, Failure> {
        let mut faults = Vec::new();
        let mut genuine = Vec::new();
        for checkpoint in checkpoints {
            match self.signed_here(checkpoint) {
                Some(checkpoint) => genuine.push(checkpoint),
                None => {
                    faults.push(format!("the checkpoint of row {} was not signed by this node", checkpoint.sequence))
                }
            }
        }
        let verdict = self.store.verify(&genuine).await.map_err(failed)?;
        faults.extend(verdict.breaches.iter().map(ToString::to_string));
        Ok(Verdict { rows: verdict.rows, sound: faults.is_empty(), faults })
    }

    async fn checkpoint(&self) -> Result<Checkpoint, Failure> {
        let signer = |bytes: &[u8]| self.signer.sign(bytes).unwrap_or_default();
        let made = self.store.checkpoint(self.authority.clock().wall_ms(), &signer).await.map_err(failed)?;
        if made.signature.is_empty() {
            return Err(Failure::failed("the system gives no random numbers to sign with"));
        }
        Ok(Checkpoint {
            sequence: made.head.sequence,
            hash: made.head.hash.0.to_vec(),
            at_ms: made.at_ms,
            signature: made.signature,
        })
    }
}

impl Offline {
    fn signed_here(&self, checkpoint: &Checkpoint) -> Option<store::Checkpoint> {
        let hash = store::Hash(checkpoint.hash.as_slice().try_into().ok()?);
        let head = store::Head { sequence: checkpoint.sequence, hash };
        let signed = store::Checkpoint::signed_bytes(&head, checkpoint.at_ms);
        let is_ours = self.signer.has_signed(&signed, &checkpoint.signature);
        let signature = checkpoint.signature.clone();
        is_ours.then_some(store::Checkpoint { head, at_ms: checkpoint.at_ms, signature })
    }
}

fn row(from: store::Row) -> Row {
    let store::Entry { at_ms, kind, payload } = from.entry;
    Row { sequence: from.sequence, at_ms, kind: kind.into_owned(), payload, hash: from.hash.0.to_vec() }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
fn failed(error: store::Error) -> Failure {
    Failure::failed(error.to_string())
}
