//! The audit journal through a session's `audit` capability.

use std::rc::Rc;

use capos_schema::audit_capnp::{audit_checkpoint, audit_row, audit_sink};
use tokio::sync::mpsc;

use super::{Connected, text};
use crate::commands::audit::{Checkpoint, Journal, Row, Verdict};
use crate::failure::Failure;

/// Rows that may wait for a slow terminal; the node waits with the next one then.
const WAITING_ROWS: usize = 64;

impl Journal for Connected<'_> {
    async fn rows(&self, from: u64) -> Result<(Vec<Row>, u64), Failure> {
        let mut request = self.audit().rows_request();
        request.get().set_from(from);
        let answer = request.send().promise.await?;
        let answer = answer.get()?;
        let rows = answer.get_rows()?.iter().map(row).collect::<Result<_, _>>()?;
        Ok((rows, answer.get_end()))
    }

    async fn follow(&self, from: u64, each: &mut dyn FnMut(Row) -> Result<(), Failure>) -> Result<(), Failure> {
        let (sender, mut rows) = mpsc::channel(WAITING_ROWS);
        let mut request = self.audit().follow_request();
        request.get().set_from(from);
        request.get().set_sink(capnp_rpc::new_client(Sink(sender)));
        // It is followed for as long as the answer is held.
        let _following = request.send().promise.await?;
        while let Some(row) = rows.recv().await {
            each(row)?;
        }
        Err(capnp::Error::disconnected(String::new()).into())
    }

    async fn verify(&self, checkpoints: &[Checkpoint]) -> Result<Verdict, Failure> {
        let mut request = self.audit().verify_request();
        let count = u32::try_from(checkpoints.len()).unwrap_or(u32::MAX);
        let mut list = request.get().init_checkpoints(count);
        for (index, checkpoint) in (0..count).zip(checkpoints) {
            write_checkpoint(checkpoint, list.reborrow().get(index));
        }
        let answer = request.send().promise.await?;
        let verdict = answer.get()?.get_verdict()?;
        let faults = verdict.get_faults()?.iter().map(text).collect::<Result<_, _>>()?;
        Ok(Verdict { rows: verdict.get_rows(), sound: verdict.get_sound(), faults })
    }

    async fn checkpoint(&self) -> Result<Checkpoint, Failure> {
        let answer = self.audit().checkpoint_request().send().promise.await?;
        let checkpoint = answer.get()?.get_checkpoint()?;
        Ok(Checkpoint {
            sequence: checkpoint.get_sequence(),
            hash: checkpoint.get_hash()?.to_vec(),
            at_ms: checkpoint.get_at_ms(),
            signature: checkpoint.get_signature()?.to_vec(),
        })
    }
}

fn row(from: audit_row::Reader<'_>) -> Result<Row, Failure> {
    Ok(Row {
        sequence: from.get_sequence(),
        at_ms: from.get_at_ms(),
        kind: text(from.get_kind())?,
        payload: from.get_payload()?.to_vec(),
        hash: from.get_hash()?.to_vec(),
    })
}

fn write_checkpoint(checkpoint: &Checkpoint, mut to: audit_checkpoint::Builder<'_>) {
    to.set_sequence(checkpoint.sequence);
    to.set_hash(&checkpoint.hash);
    to.set_at_ms(checkpoint.at_ms);
    to.set_signature(&checkpoint.signature);
}

/// Takes the rows of a following.
struct Sink(mpsc::Sender<Row>);

impl audit_sink::Server for Sink {
    async fn row(self: Rc<Self>, params: audit_sink::RowParams) -> Result<(), capnp::Error> {
        let row = row(params.get()?.get_row()?).map_err(|failure| capnp::Error::failed(failure.sentence))?;
        self.0.send(row).await.map_err(|_| capnp::Error::disconnected("nobody follows any more".into()))
    }
}
