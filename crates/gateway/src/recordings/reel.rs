//! One recording while it is made: a task of the node's, which outlives whoever dropped the last word to it.

use std::time::Duration;

use capos_authority::Session;
use capos_schema::{Code, Denial};
use tokio::sync::{mpsc, oneshot};

use super::Recordings;
use super::facts::{Facts, Id, State};
use super::index::Full;
use super::tape::{Event, Over, Tape};

/// Orders that wait, beside the one under way. The library hands over one at a time.
const WAITING: usize = 2;

type Reply = oneshot::Sender<Result<(), Denial>>;

enum Order {
    Write(Vec<Event>, Reply),
    Finish { exit_code: i32, signal: String, reply: Reply },
}

/// The way to a recording. Dropped, it ends it as cut.
#[derive(Debug)]
pub(crate) struct Reel(mpsc::Sender<Order>);

impl Reel {
    /// Continues it; answers when it is written.
    pub(crate) async fn write(&self, events: Vec<Event>) -> Result<(), Denial> {
        self.order(|reply| Order::Write(events, reply)).await
    }

    /// Ends it; answers when it is on the disk.
    pub(crate) async fn finish(&self, exit_code: i32, signal: String) -> Result<(), Denial> {
        self.order(|reply| Order::Finish { exit_code, signal, reply }).await
    }

    async fn order(&self, order: impl FnOnce(Reply) -> Order) -> Result<(), Denial> {
        let (reply, answer) = oneshot::channel();
        let sent = self.0.send(order(reply)).await;
        if sent.is_err() {
            return Err(Code::Internal.into());
        }
        answer.await.unwrap_or_else(|_| Err(Code::Internal.into()))
    }
}

/// What makes a recording.
pub(super) struct Making {
    pub(super) recordings: Recordings,
    pub(super) id: Id,
    pub(super) session: Session,
    /// Nothing once it has ended.
    pub(super) tape: Option<Tape>,
    /// When events would be due if they came evenly.
    pub(super) due_ns: u64,
}

impl Making {
    /// Goes on by itself from here on.
    pub(super) fn run(self) -> Reel {
        let (sender, orders) = mpsc::channel(WAITING);
        let runtime = self.recordings.runtime().clone();
        runtime.spawn(self.follow(orders));
        Reel(sender)
    }

    async fn follow(mut self, mut orders: mpsc::Receiver<Order>) {
        let mut ended: Option<Denial> = None;
        while let Some(order) = orders.recv().await {
            let (reply, done) = match (order, &ended) {
                (Order::Write(_, reply) | Order::Finish { reply, .. }, Some(why)) => (reply, Err(why.clone())),
                (Order::Write(events, mut reply), None) => {
                    let done = self.write(events, &mut reply).await;
                    ended = done.clone().err();
                    (reply, done)
                }
                (Order::Finish { exit_code, signal, reply }, None) => {
                    let done = self.finish(exit_code, &signal).await;
                    ended = Some(done.clone().err().unwrap_or_else(over));
                    (reply, done)
                }
            };
            // Whoever does not wait for the answer does not need it.
            let _ = reply.send(done);
        }
        if ended.is_none() {
            let cause = if self.session.is_live() { "dropped" } else { "sessionEnded" };
            self.cut(cause).await;
        }
        self.recordings.made_one();
    }

    async fn write(&mut self, events: Vec<Event>, reply: &mut Reply) -> Result<(), Denial> {
        self.pace(events.len(), reply).await;
        let now_ns = self.recordings.clock().steady_ns();
        let Some(mut tape) = self.tape.take() else { return Err(over()) };
        let work = move || {
            let written = tape.write(&events, now_ns);
            (tape, written)
        };
        // A panic takes the tape along, which is the end of the recording.
        let (tape, written) = match self.recordings.disk(work).await {
            Some((tape, written)) => (Some(tape), written),
            None => (None, Err(Over::Failed)),
        };
        self.tape = tape;
        match written {
            Ok(()) => Ok(()),
            Err(why) => {
                self.cut(cause(why)).await;
                Err(denial(why))
            }
        }
    }

    /// Waits where events come faster than they may. Whoever has gone is not waited for.
    async fn pace(&mut self, events: usize, reply: &mut Reply) {
        let clock = self.recordings.clock().clone();
        let each = 1_000_000_000 / u64::from(self.recordings.limits().events_per_second.max(1));
        let burst = u64::try_from(Duration::from_secs(1).as_nanos()).unwrap_or(u64::MAX);
        let from = self.due_ns.saturating_sub(burst);
        while clock.steady_ns() < from && !reply.is_closed() {
            tokio::select! {
                () = clock.wait_until(from) => {}
                () = reply.closed() => {}
            }
        }
        let cost = each.saturating_mul(u64::try_from(events).unwrap_or(u64::MAX));
        self.due_ns = self.due_ns.max(clock.steady_ns()).saturating_add(cost);
    }

    async fn finish(&mut self, exit_code: i32, signal: &str) -> Result<(), Denial> {
        let ended = self.end(|facts| {
            facts.state = State::Finished;
            (facts.exit_code, facts.signal) = (exit_code, signal.to_owned());
        });
        match ended.await {
            Ok(()) => {
                self.tell("recording.finished", None).await;
                Ok(())
            }
            Err(why) => {
                self.recordings.index().end(&self.id, |facts| facts.state = State::Cut);
                self.tell(if why == Over::Failed { "recording.failed" } else { "recording.cut" }, Some(cause(why)))
                    .await;
                Err(denial(why))
            }
        }
    }

    /// Ends it before its program has ended.
    async fn cut(&mut self, cause: &'static str) {
        let ended = self.end(|facts| facts.state = State::Cut).await;
        self.recordings.index().end(&self.id, |facts| facts.state = State::Cut);
        let failed = ended.is_err() || cause == FAILED;
        self.tell(if failed { "recording.failed" } else { "recording.cut" }, Some(cause)).await;
    }

    async fn end(&mut self, change: impl FnOnce(&mut Facts)) -> Result<(), Over> {
        let Some(tape) = self.tape.take() else { return Err(Over::Failed) };
        let Some(mut facts) = self.recordings.facts(&self.id) else { return Err(Over::Failed) };
        change(&mut facts);
        let now_ns = self.recordings.clock().steady_ns();
        let facts = self.recordings.disk(move || tape.end(facts, now_ns)).await.unwrap_or(Err(Over::Failed))?;
        self.recordings.index().end(&self.id, |known| *known = facts);
        Ok(())
    }

    async fn tell(&self, kind: &'static str, cause: Option<&'static str>) {
        let Some(entry) = self.recordings.entry(&self.id) else { return };
        let row = super::row(kind, &entry).with("bytes", entry.bytes).with("durationMs", entry.facts.duration_ms);
        let row = match cause {
            Some(cause) => row.with("cause", cause),
            None => row,
        };
        self.recordings.tell(row).await;
    }
}

pub(super) const FAILED: &str = "failed";

fn cause(why: Over) -> &'static str {
    match why {
        Over::Full(full) => full.as_str(),
        Over::Failed => FAILED,
    }
}

/// What a service is told.
pub(super) fn denial(why: Over) -> Denial {
    match why {
        Over::Full(full) => self::full(full),
        Over::Failed => Denial::new(Code::ServiceUnavailable, "the recording cannot be kept"),
    }
}

pub(super) fn full(full: Full) -> Denial {
    let sentence = match full {
        Full::Recording => "the recording is as large as one may be",
        Full::Principal => "the session's principal has as many recordings as it may; remove some first",
        Full::Node => "there is no room for more recordings",
        Full::Session => "too many recordings are being made at once",
    };
    Denial::new(Code::QuotaExceeded, sentence)
}

fn over() -> Denial {
    Denial::new(Code::BadRequest, "the recording has ended")
}
