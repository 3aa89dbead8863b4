//! The journal of what happened.
//!
//! Of a row's facts those are told that this page may have; where somebody came from, which session it was and which
//! node this is stay in the journal, which `capos audit export` gives whole.

mod export;
mod row;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use capos_schema::audit_capnp::{audit_follow, audit_log, audit_sink};
use serde::Deserialize;

use super::words::lines;
use super::{AdministrationArea, JOURNAL};
use crate::workspace::board::{Audience, Channel, Model};
use crate::workspace::command::{Command, Outcome, Reply};
use crate::workspace::problem::Problem;
use crate::workspace::view::{Text, shown};
use row::{RowView, row_view};

/// Rows that a window shows; older ones are asked for.
const MOST: usize = 500;
/// Rows that a window begins with, and is told at once.
const PAGE: u16 = 200;

shown! {
    /// Some rows.
    struct Rows {
        /// In their order.
        rows: Vec<RowView>,
    }

    /// Why there are no rows.
    struct Unread {
        /// None of them.
        rows: Vec<RowView>,
        /// What was in the way.
        problem: Problem,
    }

    /// What a check of the whole journal found.
    struct Verdict {
        /// Rows that were read.
        rows: u64,
        /// Whether nothing is wrong.
        sound: bool,
        /// What is.
        faults: Vec<Text>,
    }
}

/// The latest rows.
struct Latest(VecDeque<RowView>);

impl Model for Latest {
    type Delta = Rows;
    type Whole = Rows;

    fn apply(&mut self, delta: &Rows) {
        self.0.extend(delta.rows.iter().cloned());
        let surplus = self.0.len().saturating_sub(MOST);
        self.0.drain(..surplus);
    }

    fn whole(&self) -> Rows {
        Rows { rows: self.0.iter().cloned().collect() }
    }
}

/// A following of the journal.
pub(super) struct Tail {
    shown: Rc<RefCell<Option<Channel<Latest>>>>,
    _following: audit_follow::Client,
}

impl Tail {
    /// Whether the node still gives rows to it.
    fn is_live(&self) -> bool {
        self.shown.borrow().is_some()
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        // At once, whenever the node lets go of the sink.
        self.shown.take();
    }
}

/// What the node holds.
struct Sink(Rc<RefCell<Option<Channel<Latest>>>>);

impl Drop for Sink {
    fn drop(&mut self) {
        self.0.take();
    }
}

impl audit_sink::Server for Sink {
    async fn row(self: Rc<Self>, params: audit_sink::RowParams) -> capnp::Result<()> {
        let row = row_view(params.get()?.get_row()?)?;
        match &*self.0.borrow() {
            Some(channel) => channel.send(&Rows { rows: vec![row] }),
            None => return Err(capnp::Error::disconnected("nobody follows any more".to_owned())),
        }
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Older {
    before: u64,
}

impl AdministrationArea {
    /// Follows the journal while it is wanted.
    pub(super) async fn attach_journal(self: &Rc<Self>, wanted: bool) {
        if !wanted {
            self.journal.take();
            self.core.board.remove(JOURNAL);
        } else if !self.journal.borrow().as_ref().is_some_and(Tail::is_live) {
            self.journal.take();
            match self.follow().await {
                Ok(tail) => drop(self.journal.replace(Some(tail))),
                Err(problem) => self.core.board.put_wanted(JOURNAL, &Unread { rows: Vec::new(), problem }),
            }
        }
    }

    async fn follow(&self) -> Result<Tail, Problem> {
        let log: audit_log::Client = self.grant().await?;
        self.follow_log_of(&log).await.map_err(self.judge("audit.follow"))
    }

    /// The latest rows first; what is written meanwhile comes with the following.
    async fn follow_log_of(&self, log: &audit_log::Client) -> capnp::Result<Tail> {
        let end = end(log).await?;
        let from = (end + 1).saturating_sub(u64::from(PAGE)).max(1);
        let channel = self.core.board.open(JOURNAL, Audience::Wanting, Latest(VecDeque::new()));
        let shown = Rc::new(RefCell::new(Some(channel)));
        let mut request = log.follow_request();
        request.get().set_from(from);
        request.get().set_sink(capnp_rpc::new_client(Sink(shown.clone())));
        let following = request.send().promise.await?.get()?.get_following()?;
        Ok(Tail { shown, _following: following })
    }

    pub(super) async fn older_rows(&self, command: &Command) -> Outcome {
        let Older { before } = command.read()?;
        let log: audit_log::Client = self.grant().await?;
        let from = before.saturating_sub(u64::from(PAGE)).max(1);
        let limit = u16::try_from(before.saturating_sub(from)).unwrap_or(PAGE).min(PAGE);
        if limit == 0 {
            return Ok(Reply::of(&Rows { rows: Vec::new() }));
        }
        let rows = rows(&log, from, limit).await.map_err(self.judge("audit.rows"))?;
        Ok(Reply::of(&Rows { rows }))
    }

    pub(super) async fn verify(&self, command: &Command) -> Outcome {
        let Nothing {} = command.read()?;
        let log: audit_log::Client = self.grant().await?;
        let check = async {
            let answer = log.verify_request().send().promise.await?;
            let verdict = answer.get()?.get_verdict()?;
            let faults = lines(verdict.get_faults())?;
            Ok(Verdict { rows: verdict.get_rows(), sound: verdict.get_sound(), faults })
        };
        Ok(Reply::of(&check.await.map_err(self.judge("audit.verify"))?))
    }
}

/// A command that is given nothing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// The last row there is.
async fn end(log: &audit_log::Client) -> capnp::Result<u64> {
    let mut request = log.rows_request();
    request.get().set_from(u64::MAX);
    request.get().set_limit(1);
    Ok(request.send().promise.await?.get()?.get_end())
}

/// At most so many rows from that one on; 0 for as many as an answer holds.
async fn rows(log: &audit_log::Client, from: u64, limit: u16) -> capnp::Result<Vec<RowView>> {
    let mut request = log.rows_request();
    request.get().set_from(from);
    request.get().set_limit(limit);
    let answer = request.send().promise.await?;
    answer.get()?.get_rows()?.iter().map(row_view).collect()
}
