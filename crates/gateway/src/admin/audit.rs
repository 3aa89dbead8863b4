//! The grant `audit`.

mod following;
mod wire;

use std::rc::Rc;

use capnp::Error;
use capos_schema::audit_capnp::audit_log;
use capos_schema::{Code, Denial};
use capos_store::{Checkpoint, Store};

use super::turn::Turns;
use super::{Office, bad, fit, length, most, refused};
use crate::words;
use following::Following;

/// Rows in one answer.
const PAGE: usize = 1024;

/// Faults in one answer, as the schema says.
const FAULTS: usize = 100;

/// Serves `AuditLog`.
pub(crate) struct Log {
    office: Office,
    followings: Rc<Turns>,
    checks: Rc<Turns>,
}

impl Log {
    pub(crate) fn client(office: Office) -> audit_log::Client {
        let followings = Turns::new(office.limits().followings);
        // It reads everything: one at a time is enough for anybody.
        capnp_rpc::new_client(Self { office, followings, checks: Turns::new(1) })
    }

    fn store(&self) -> &Store {
        self.office.authority().store()
    }

    /// The checkpoints that the node has signed, and what is wrong with the others.
    async fn parse_checkpoints(&self, from: wire::Checkpoints<'_>) -> Result<(Vec<Checkpoint>, Vec<String>), Denial> {
        if from.len() > self.office.limits().checkpoints {
            return Err(bad("there are too many checkpoints"));
        }
        let (mut signed, mut faults) = (Vec::new(), Vec::new());
        for from in from {
            // To check a signature takes a while, and others live on this thread.
            tokio::task::yield_now().await;
            let checkpoint = wire::parse_checkpoint(from)?;
            if self.has_signed(&checkpoint)? {
                signed.push(checkpoint);
            } else {
                faults.push(format!("the checkpoint of row {} was not signed by this node", checkpoint.head.sequence));
            }
        }
        Ok((signed, faults))
    }

    fn has_signed(&self, checkpoint: &Checkpoint) -> Result<bool, Denial> {
        let Some(check) = self.office.gateway.signature_check() else {
            tracing::error!("nothing was told of how signatures are checked");
            return Err(Code::Internal.into());
        };
        let bytes = Checkpoint::signed_bytes(&checkpoint.head, checkpoint.at_ms);
        Ok(check(&bytes, &checkpoint.signature))
    }
}

impl audit_log::Server for Log {
    async fn rows(
        self: Rc<Self>,
        params: audit_log::RowsParams,
        mut results: audit_log::RowsResults,
    ) -> Result<(), Error> {
        let params = words::read(params.get())?;
        let page = most(params.get_limit(), PAGE);
        let rows = self.store().rows(params.get_from().max(1), page).await.map_err(refused)?;
        let head = self.store().head().await.map_err(refused)?;
        let (rows, _) = fit(rows, self.office.limits().answer_bytes, wire::size_of_row);
        let mut results = results.get();
        results.set_end(head.sequence);
        let mut list = results.init_rows(length(rows.len()));
        for (row, at) in rows.iter().zip(0..) {
            wire::write_row(row, list.reborrow().get(at));
        }
        Ok(())
    }

    async fn follow(
        self: Rc<Self>,
        params: audit_log::FollowParams,
        mut results: audit_log::FollowResults,
    ) -> Result<(), Error> {
        let params = words::read(params.get())?;
        let sink = params.get_sink().map_err(|_| bad("there is no sink"))?;
        let turn = self
            .followings
            .take()
            .ok_or_else(|| Denial::new(Code::QuotaExceeded, "too many followings at once; drop one first"))?;
        let from = match params.get_from() {
            0 => self.store().head().await.map_err(refused)?.sequence.saturating_add(1),
            from => from,
        };
        let rows = self.store().follow(from);
        results.get().set_following(Following::client(rows, sink, self.office.session.clone(), turn));
        Ok(())
    }

    async fn verify(
        self: Rc<Self>,
        params: audit_log::VerifyParams,
        mut results: audit_log::VerifyResults,
    ) -> Result<(), Error> {
        let busy = || Denial::new(Code::TooManyCalls, "a check is under way already; wait for it");
        let _turn = self.checks.take().ok_or_else(busy)?;
        let checkpoints = words::read(words::read(params.get())?.get_checkpoints())?;
        let (checkpoints, mut faults) = self.parse_checkpoints(checkpoints).await?;
        let verdict = self.store().verify(&checkpoints).await.map_err(refused)?;
        faults.extend(verdict.breaches.iter().map(ToString::to_string));
        let mut to = results.get().init_verdict();
        to.set_rows(verdict.rows);
        to.set_sound(faults.is_empty());
        faults.truncate(FAULTS);
        let mut list = to.init_faults(length(faults.len()));
        for (fault, at) in faults.iter().zip(0..) {
            list.set(at, fault);
        }
        Ok(())
    }

    async fn checkpoint(
        self: Rc<Self>,
        _: audit_log::CheckpointParams,
        mut results: audit_log::CheckpointResults,
    ) -> Result<(), Error> {
        let now = self.office.authority().clock().wall_ms();
        let signer = self.office.gateway.signer().clone();
        let checkpoint = self.store().checkpoint(now, &*signer).await.map_err(refused)?;
        if checkpoint.signature.is_empty() {
            tracing::error!("the end of the journal could not be signed");
            return Err(Code::Internal.into());
        }
        wire::write_checkpoint(&checkpoint, results.get().init_checkpoint());
        Ok(())
    }
}
