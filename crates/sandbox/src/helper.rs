//! The helper: a fresh process with one thread, which starts, signals and collects confined processes for the node.
//!
//! A copy of a process with several threads may not even allocate memory; a copy of this one may do all that confinement needs.

mod birth;
mod children;
mod init;
mod service;

use std::collections::BTreeSet;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use nix::sys::prctl;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use rustix::event::{PollFd, PollFlags, poll};

use crate::kernel::Alone;
use crate::protocol::{Reply, Request, Wish, encode, receive, send};
use crate::{CgroupKind, Mechanism, Survey};
use children::Children;

/// The argument by which a program knows that it is to be the helper.
pub(crate) const MARK: &str = "capos-sandbox-helper";

/// First line of `main` of any program that starts confined processes: where this process is the helper, it serves and never returns.
pub fn run_if_helper() {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_none_or(|first| first != MARK) {
        return;
    }
    let lacking = arguments.filter_map(|name| Mechanism::parse(name.to_str()?)).collect();
    let code = match Helper::start(lacking).and_then(Helper::serve) {
        Ok(()) => 0,
        Err(error) => {
            tracing::error!(%error, "the helper of the sandbox ends");
            1
        }
    };
    std::process::exit(code)
}

struct Helper {
    alone: Alone,
    socket: OwnedFd,
    signals: SignalFd,
    survey: Survey,
    children: Children,
}

impl Helper {
    fn start(lacking: BTreeSet<Mechanism>) -> io::Result<Helper> {
        prctl::set_pdeathsig(Signal::SIGKILL)?;
        let alone = Alone::prove()?;
        let socket = io::stdin().as_fd().try_clone_to_owned()?;
        let mut ended = SigSet::empty();
        ended.add(Signal::SIGCHLD);
        ended.thread_block()?;
        let signals = SignalFd::with_flags(&ended, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
        let survey = Survey { present: vec![], missing: vec![], cgroup: CgroupKind::None };
        let _ = lacking;
        send(&socket, &encode(&Reply::Ready(survey.clone()))?, &[])?;
        Ok(Helper { alone, socket, signals, survey, children: Children::default() })
    }

    /// Ends with the node's end of the socket.
    fn serve(mut self) -> io::Result<()> {
        loop {
            let heard = self.wait()?;
            if heard.child {
                while self.signals.read_signal()?.is_some() {}
            }
            for reply in self.children.look() {
                send(&self.socket, &encode(&reply)?, &[])?;
            }
            if heard.node {
                match receive::<Request>(&self.socket)? {
                    Some((request, descriptors)) => self.follow(request, descriptors)?,
                    None => return Ok(()),
                }
            }
        }
    }

    fn wait(&self) -> io::Result<Heard> {
        let births = self.children.births();
        let watched = [self.socket.as_fd(), self.signals.as_fd()].into_iter().chain(births);
        let mut polled: Vec<_> = watched.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)).collect();
        match poll(&mut polled, self.children.patience().as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let ready = |position: usize| polled.get(position).is_some_and(|fd| !fd.revents().is_empty());
        Ok(Heard { node: ready(0), child: ready(1) })
    }

    fn follow(&mut self, request: Request, descriptors: Vec<OwnedFd>) -> io::Result<()> {
        match request {
            Request::Signal { id, signal: Wish::Terminate } => self.children.signal(id, Signal::SIGTERM),
            Request::Signal { id, signal: Wish::Kill } => self.children.signal(id, Signal::SIGKILL),
            Request::Spawn { id, plan } => match birth::begin(&self.alone, &self.survey, &plan, descriptors) {
                Ok(born) => self.children.add(id, born),
                Err(refusal) => send(&self.socket, &encode(&Reply::Refused { id, refusal })?, &[])?,
            },
        }
        Ok(())
    }
}

struct Heard {
    node: bool,
    child: bool,
}
