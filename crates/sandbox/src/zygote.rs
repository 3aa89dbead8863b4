//! The node's side: one helper, started before any process, and what it is asked.

mod line;
mod reader;

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use tokio::sync::{Semaphore, oneshot};

use crate::helper::MARK;
use crate::protocol::{Request, encode};
use crate::{Descriptors, Error, Limits, Mechanism, Plan, Process, Survey};

pub(crate) use line::Line;
use reader::{Pending, Reader};

/// Starts confined processes through a helper: a fresh, single-threaded process of the node's own program.
///
/// It and its processes live until the last clone and the last [`Process`] are dropped, or the node ends.
/// Should the helper die, every process is dead, and each [`Process::ended`] says so; the next `spawn` starts another helper.
#[derive(Clone, Debug)]
pub struct Zygote(Arc<Held>);

#[derive(Debug)]
struct Held {
    line: Mutex<Line>,
    /// How to start another one.
    program: PathBuf,
    lacking: Vec<Mechanism>,
    /// Held while another one is started: never are there two.
    renewing: Semaphore,
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
        let (line, survey) = begin(program, lacking)?;
        let limits = Limits::default();
        Ok(Zygote(Arc::new(Held {
            line: Mutex::new(line),
            program: program.to_owned(),
            lacking: lacking.to_vec(),
            renewing: Semaphore::new(1),
            survey,
            starting: Semaphore::new(limits.starting),
            limits,
        })))
    }

    /// What this host can do, found out when the first helper started.
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
        let started = self
            .line()
            .await?
            .spawn(|id| encode(&Request::Spawn { id, plan: Box::new(plan.clone()) }), in_order(descriptors))?;
        started.await.map_err(|_| Error::HelperGone)?.map_err(|refusal| refusal.into_error(plan.program.clone()))
    }
}

impl Zygote {
    /// The way to the helper, to another one where that is gone.
    async fn line(&self) -> Result<Line, Error> {
        let held = &self.0;
        let _turn = held.renewing.acquire().await.map_err(|_| Error::HelperGone)?;
        let line = held.line.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if !line.is_over() {
            return Ok(line);
        }
        let (program, lacking) = (held.program.clone(), held.lacking.clone());
        let (told, begun) = oneshot::channel();
        // It takes a while to find out what the host can do, and no caller's thread waits for that.
        let begin = move || drop(told.send(begin(&program, &lacking)));
        thread::Builder::new().name("sandbox-begins".into()).spawn(begin).map_err(Error::Start)?;
        let (fresh, _) = begun.await.map_err(|_| Error::HelperGone)??;
        held.line.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&fresh);
        Ok(fresh)
    }
}

/// Starts a helper.
fn begin(program: &Path, lacking: &[Mechanism]) -> Result<(Line, Survey), Error> {
    let (ours, theirs) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
        .map_err(io::Error::from)
        .map_err(Error::Start)?;
    let command = command(program, lacking, theirs);
    let ours = Arc::new(ours);
    let pending = Arc::new(Pending::default());
    let (ready, survey) = mpsc::sync_channel(1);
    Reader { socket: Arc::clone(&ours), pending: Arc::clone(&pending), ready }.start(command).map_err(Error::Start)?;
    let survey = survey.recv().unwrap_or_else(|_| Err(io::Error::other("it ended at once"))).map_err(Error::Start)?;
    Ok((Line::start(ours, pending).map_err(Error::Start)?, survey))
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
