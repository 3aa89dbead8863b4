//! One tree: what its handles share, and the task that follows it from its planting until it is gone.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::time::Duration;

use nix::sys::signal::Signal;
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::ground::Ground;
use super::line::Line;
use crate::tree::signal::KILLED;
use crate::tree::wire::{Order, PACKET, Refusal, Report, Step, encode};
use crate::tree::{Ends, Exit, Fault, TreeLimits};

/// What the handle and the task share.
pub(super) struct Stem {
    limits: TreeLimits,
    pid: Cell<u32>,
    line: RefCell<Option<Rc<Line>>>,
    /// What was asked for before there was a keeper to ask.
    early: Cell<Option<Order>>,
    abandoned: Cell<bool>,
    /// When the keeper should be done at the latest.
    due: watch::Sender<Option<Instant>>,
    pub(super) exit: watch::Sender<Option<Exit>>,
    pub(super) gone: watch::Sender<bool>,
}

impl Stem {
    pub(super) fn new(limits: TreeLimits) -> Stem {
        Stem {
            limits,
            pid: Cell::new(0),
            line: RefCell::default(),
            early: Cell::new(None),
            abandoned: Cell::new(false),
            due: watch::Sender::new(None),
            exit: watch::Sender::new(None),
            gone: watch::Sender::new(false),
        }
    }

    pub(super) fn pid(&self) -> u32 {
        self.pid.get()
    }

    pub(super) fn end(&self, grace: Duration) {
        self.expect_end(grace);
        self.order(Order::End(milliseconds(grace)));
    }

    pub(super) fn kill(&self) {
        self.expect_end(Duration::ZERO);
        self.order(Order::Kill);
    }

    /// Nobody holds it any more.
    pub(super) fn abandon(&self) {
        self.abandoned.set(true);
        self.expect_end(self.limits.grace);
        self.wake();
        if let Some(line) = &*self.line.borrow() {
            line.shut();
        }
    }

    pub(super) fn order(&self, order: Order) {
        self.wake();
        match &*self.line.borrow() {
            None if !*self.gone.borrow() && matches!(order, Order::End(_) | Order::Kill) => self.early.set(Some(order)),
            None => {}
            // Where it has not read for very long, or is gone, it will notice this much in any case.
            Some(line) if line.order(order).is_err() && !matches!(order, Order::Signal(_)) => line.shut(),
            Some(_) => {}
        }
    }

    /// Whoever waits for the command waits no longer.
    fn settle_exit(&self) {
        self.exit.send_if_modified(|exit| exit.is_none() && exit.replace(KILLED).is_none());
    }

    fn expect_end(&self, grace: Duration) {
        let due = Instant::now() + grace + self.limits.patience;
        self.due.send_modify(|known| *known = Some(known.map_or(due, |known| known.min(due))));
    }

    /// A keeper that was stopped by its own commands hears nothing.
    fn wake(&self) {
        if let Some(line) = &*self.line.borrow() {
            line.signal_keeper(Signal::SIGCONT);
            line.factory.wake();
        }
    }
}

/// A tree from its planting on.
pub(super) struct Growth {
    pub(super) ground: Rc<Ground>,
    pub(super) stem: Rc<Stem>,
    pub(super) words: Vec<u8>,
    pub(super) ends: Ends,
}

/// How a keeper's part came to its end.
enum Leave {
    /// It waits for another command.
    Waiting,
    /// It is gone, whatever was below it.
    Lost,
}

impl Growth {
    pub(super) async fn run(self, planted: oneshot::Sender<Result<(), Fault>>) {
        let Growth { ground, stem, words, ends } = self;
        match plant(&ground, &stem, &words, &ends).await {
            Err(failure) => {
                // The other ends must be seen to close before anybody is told.
                drop(ends);
                let Failure { fault, lost } = failure;
                let _ = planted.send(Err(fault));
                if let Some(line) = lost {
                    stem.expect_end(Duration::ZERO);
                    let _ = stem.follow(&line).await;
                    ground.see_to_what_is_left(&line).await;
                }
            }
            Ok(line) => {
                drop((ends, words));
                stem.take_root(&line);
                let _ = planted.send(Ok(()));
                ground.prepare();
                if let Leave::Lost = stem.follow(&line).await {
                    stem.settle_exit();
                    ground.see_to_what_is_left(&line).await;
                }
                stem.line.take();
                if let Ok(line) = Rc::try_unwrap(line) {
                    ground.take_back(line);
                }
            }
        }
        stem.settle_exit();
        stem.gone.send_replace(true);
        ground.forget(&stem);
    }
}

/// Why nothing was planted.
struct Failure {
    fault: Fault,
    /// A keeper that may have begun.
    lost: Option<Line>,
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure { fault: error.into(), lost: None }
    }
}

/// Until the command's program runs.
async fn plant(ground: &Ground, stem: &Stem, words: &[u8], ends: &Ends) -> Result<Rc<Line>, Failure> {
    for _ in 0..ATTEMPTS {
        let waiting = ground.waiting.borrow_mut().pop();
        let line = match waiting {
            Some(line) => line,
            None => ground.works.line().await?,
        };
        let attempt = timeout(ground.limits.patience, try_line(&line, stem, words, ends)).await;
        match attempt.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
            Ok(Planting::Planted) => return Ok(Rc::new(line)),
            Ok(Planting::Refused(refusal)) => {
                ground.take_back(line);
                return Err(Failure { fault: fault(refusal), lost: None });
            }
            Ok(Planting::Unread) => {}
            Err(error) => {
                line.shut();
                return Err(Failure { fault: error.into(), lost: Some(line) });
            }
        }
    }
    Err(io::Error::other("no keeper stays").into())
}

/// How often another keeper is taken for one that was gone before it began.
const ATTEMPTS: usize = 4;

enum Planting {
    Planted,
    Refused(Refusal),
    /// The keeper had gone before it read the whole order, so that nothing was started.
    Unread,
}

async fn try_line(line: &Line, stem: &Stem, words: &[u8], ends: &Ends) -> io::Result<Planting> {
    let order =
        Order::Plant { terminal: ends.is_terminal(), grace: milliseconds(stem.limits.grace), bytes: words.len() };
    let mut sent = line.send(&encode(&order), &ends.descriptors()).await;
    for part in words.chunks(PACKET) {
        if sent.is_ok() {
            sent = line.send(part, &[]).await;
        }
    }
    let mut unread = sent.is_err();
    loop {
        match line.hear().await {
            Ok(Some(Report::Planted { pid })) => {
                stem.pid.set(u32::try_from(pid).map_err(io::Error::other)?);
                return Ok(Planting::Planted);
            }
            Ok(Some(Report::Refused(refusal))) => return Ok(Planting::Refused(refusal)),
            Ok(Some(Report::Ready { .. })) => {}
            // The kernel says so once where something lay there unread, before what the other side said itself.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => unread = true,
            Ok(None) if unread => return Ok(Planting::Unread),
            Ok(None | Some(_)) => return Err(io::Error::other("the keeper was killed")),
            Err(error) => return Err(error),
        }
    }
}

fn fault(refusal: Refusal) -> Fault {
    let why = io::Error::from_raw_os_error(refusal.error);
    match refusal.step {
        Step::Lookup => Fault::NotFound,
        Step::Program => Fault::NotExecutable(why),
        Step::Directory => Fault::Directory(why),
        Step::Host => why.into(),
    }
}

impl Stem {
    /// There is a keeper from here on; what was asked for before is asked of it.
    fn take_root(&self, line: &Rc<Line>) {
        *self.line.borrow_mut() = Some(Rc::clone(line));
        if let Some(order) = self.early.take() {
            self.order(order);
        }
        if self.abandoned.get() {
            line.shut();
        }
    }

    /// Until the keeper has nothing left below it, or is gone itself.
    async fn follow(&self, line: &Line) -> Leave {
        let mut due = self.due.subscribe();
        loop {
            let report = tokio::select! {
                report = line.hear() => report,
                () = past(&mut due) => {
                    line.see_to_keeper();
                    self.due.send_replace(Some(Instant::now() + self.limits.patience));
                    continue;
                }
                // A command may stop its keeper; its end is to be heard of all the same.
                () = sleep(AWAKE) => {
                    line.signal_keeper(Signal::SIGCONT);
                    line.factory.wake();
                    continue;
                }
            };
            match report {
                Ok(Some(Report::Ended { exit, gone })) => {
                    self.exit.send_replace(Some(exit));
                    if gone {
                        return Leave::Waiting;
                    }
                }
                Ok(Some(Report::Gone)) => return Leave::Waiting,
                Ok(Some(_)) => {}
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {}
                Ok(None) | Err(_) => return Leave::Lost,
            }
        }
    }
}

/// How often a keeper is woken, for it may have been stopped.
const AWAKE: Duration = Duration::from_secs(1);

/// When a time is set and has come.
async fn past(due: &mut watch::Receiver<Option<Instant>>) {
    loop {
        let known = *due.borrow_and_update();
        let come = async {
            match known {
                Some(when) => sleep_until(when).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = come => return,
            changed = due.changed() => if changed.is_err() {
                return std::future::pending().await;
            },
        }
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
