//! What comes from the helper, and who waits for it.

use std::collections::HashMap;
use std::io;
use std::os::fd::OwnedFd;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use tokio::sync::{oneshot, watch};

use super::line::Outcome;
use crate::error::Refusal;
use crate::process::KILLED;
use crate::protocol::{Reply, Started, receive};
use crate::{Exit, Process, Survey};

type MakeProcess = Box<dyn FnOnce(Started) -> Process + Send>;

/// Who waits for what the helper will say.
#[derive(Default)]
pub(crate) struct Pending(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    closed: bool,
    starting: HashMap<u64, (oneshot::Sender<Outcome>, MakeProcess)>,
    running: HashMap<u64, watch::Sender<Option<Exit>>>,
}

impl std::fmt::Debug for Pending {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Pending").finish_non_exhaustive()
    }
}

impl Pending {
    /// Notes who waits; false where the helper is gone already.
    pub(super) fn expect(
        &self,
        id: u64,
        answer: oneshot::Sender<Outcome>,
        found: MakeProcess,
        told: watch::Sender<Option<Exit>>,
    ) -> bool {
        let mut waiting = self.lock();
        if waiting.closed {
            return false;
        }
        waiting.starting.insert(id, (answer, found));
        waiting.running.insert(id, told);
        true
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What to drop is handed back, so that nothing of a caller's runs under the lock.
    fn hear(&self, reply: Reply) {
        match reply {
            Reply::Ready(_) | Reply::Unfit { .. } => {}
            Reply::Started { id, started } => {
                let starting = self.lock().starting.remove(&id);
                if let Some((answer, found)) = starting {
                    // Where nobody waits any more, dropping it kills it.
                    drop(answer.send(Ok(found(started))));
                }
            }
            Reply::Refused { id, refusal } => self.refuse(id, refusal),
            Reply::Ended { id, exit } => {
                if let (_, Some(told)) = self.take(id) {
                    told.send_replace(Some(exit));
                }
            }
        }
    }

    /// Tells who waits for a start that there will be none; a process that runs is not touched.
    pub(super) fn refuse(&self, id: u64, refusal: Refusal) {
        let starting = self.lock().starting.remove(&id);
        if let Some((answer, _)) = starting {
            self.lock().running.remove(&id);
            drop(answer.send(Err(refusal)));
        }
    }

    #[expect(clippy::type_complexity, reason = "the two maps' own values")]
    fn take(&self, id: u64) -> (Option<(oneshot::Sender<Outcome>, MakeProcess)>, Option<watch::Sender<Option<Exit>>>) {
        let mut waiting = self.lock();
        (waiting.starting.remove(&id), waiting.running.remove(&id))
    }

    /// The helper is gone, and with it everything it had started.
    fn close(&self) {
        let gone = {
            let mut waiting = self.lock();
            waiting.closed = true;
            (std::mem::take(&mut waiting.starting), std::mem::take(&mut waiting.running))
        };
        for told in gone.1.values() {
            told.send_replace(Some(KILLED));
        }
    }
}

/// The thread that starts the helper, hears it, and collects it when it ends.
pub(super) struct Reader {
    pub(super) socket: Arc<OwnedFd>,
    pub(super) pending: Arc<Pending>,
    pub(super) ready: mpsc::SyncSender<io::Result<Survey>>,
}

impl Reader {
    /// The helper is started on this very thread because the kernel ends it with the thread that started it.
    pub(super) fn start(self, command: Command) -> io::Result<()> {
        thread::Builder::new().name("sandbox-hears".into()).spawn(move || self.run(command)).map(drop)
    }

    fn run(self, mut command: Command) {
        let started = command.spawn();
        // The helper's end of the socket must be the helper's alone, or its death would not be heard.
        drop(command);
        match started {
            Ok(child) => self.hear(child),
            Err(error) => drop(self.ready.send(Err(error))),
        }
    }

    fn hear(self, mut child: Child) {
        let Self { socket, pending, ready } = self;
        match receive::<Reply>(&*socket) {
            Ok(Some((Reply::Ready(survey), _))) => drop(ready.send(Ok(survey))),
            Ok(Some((Reply::Unfit { why }, _))) => drop(ready.send(Err(io::Error::other(why)))),
            Ok(_) => drop(ready.send(Err(io::Error::other("it ended before it was ready")))),
            Err(error) => drop(ready.send(Err(error))),
        }
        let garbled = loop {
            match receive::<Reply>(&*socket) {
                Ok(Some((reply, _))) => pending.hear(reply),
                Ok(None) => break false,
                Err(_) => break true,
            }
        };
        if garbled {
            let _ = child.kill();
        }
        let _ = child.wait();
        pending.close();
    }
}
