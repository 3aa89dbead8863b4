//! The node's side: one helper, started before any process, and what it is asked.

mod line;
mod reader;

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, mpsc};

use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use tokio::sync::Semaphore;

use crate::helper::MARK;
use crate::protocol::{Request, encode};
use crate::{Descriptors, Error, Limits, Mechanism, Plan, Process, Survey};

pub(crate) use line::Line;
use reader::{Pending, Reader};

/// Starts confined processes through a helper: a fresh, single-threaded process of the node's own program.
///
/// It and its processes live until the last clone and the last [`Process`] are dropped, or the node ends.
/// Should the helper die, `spawn` fails with [`Error::HelperGone`], every process is dead, and each [`Process::ended`] says so.
#[derive(Clone, Debug)]
pub struct Zygote(Arc<Held>);

#[derive(Debug)]
struct Held {
    line: Line,
    survey: Survey,
    starting: Semaphore,
    limits: Limits,
}

impl Zygote {
    /// Starts the helper and waits until it has tried what this host can do, some 10 ms.
    ///
    /// `program` is an executable whose `main` begins with [`crate::run_if_helper`], normally the node's own.
    pub fn start(program: &Path) -> Result<Zygote, Error> {
        Self::start_lacking(program, &[])
    }

    /// For tests: as if this host lacked these mechanisms.
    pub fn start_lacking(program: &Path, lacking: &[Mechanism]) -> Result<Zygote, Error> {
        let (ours, theirs) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
            .map_err(io::Error::from)
            .map_err(Error::Start)?;
        let command = command(program, lacking, theirs);
        let ours = Arc::new(ours);
        let pending = Arc::new(Pending::default());
        let (ready, survey) = mpsc::sync_channel(1);
        Reader { socket: Arc::clone(&ours), pending: Arc::clone(&pending), ready }
            .start(command)
            .map_err(Error::Start)?;
        let survey =
            survey.recv().unwrap_or_else(|_| Err(io::Error::other("it ended at once"))).map_err(Error::Start)?;
        let limits = Limits::default();
        let line = Line::start(ours, pending).map_err(Error::Start)?;
        Ok(Zygote(Arc::new(Held { line, survey, starting: Semaphore::new(limits.starting), limits })))
    }

    /// What this host can do, found out when the helper started.
    pub fn survey(&self) -> &Survey {
        &self.0.survey
    }

    /// Starts one process: returns once its program runs.
    ///
    /// Dropped before that, the process is killed as soon as it is there.
    pub async fn spawn(&self, plan: &Plan, descriptors: Descriptors) -> Result<Process, Error> {
        let held = &self.0;
        let _turn = held.starting.acquire().await.map_err(|_| Error::HelperGone)?;
        let most = held.limits.sockets;
        if descriptors.sockets.len() > most {
            return Err(Error::Plan(format!("more than {most} sockets")));
        }
        let started = held
            .line
            .spawn(|id| encode(&Request::Spawn { id, plan: Box::new(plan.clone()) }), in_order(descriptors))?;
        started.await.map_err(|_| Error::HelperGone)?.map_err(|refusal| refusal.into_error(plan.program.clone()))
    }
}

/// Standard output and error first, as the helper expects them.
fn in_order(descriptors: Descriptors) -> Vec<OwnedFd> {
    let Descriptors { sockets, out, err } = descriptors;
    [out, err].into_iter().chain(sockets).collect()
}

fn command(program: &Path, lacking: &[Mechanism], socket: OwnedFd) -> Command {
    let mut command = Command::new(program);
    command.arg0("capos-sandbox").arg(MARK).args(lacking.iter().map(|mechanism| mechanism.as_str()));
    // The node's environment may hold secrets, and a service's is made from its plan alone.
    command.env_clear().current_dir("/").stdin(Stdio::from(socket)).stdout(Stdio::null());
    command
}
