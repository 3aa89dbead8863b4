//! The helper: a fresh process with one thread, which starts, signals and collects confined processes for the node.
//!
//! A copy of a process with several threads may not even allocate memory; a copy of this one may do all that confinement needs.

mod birth;
mod children;
mod ground;
mod init;
mod service;

use std::collections::BTreeSet;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use nix::sys::prctl;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::unistd::setsid;
use rustix::event::{PollFd, PollFlags, poll};

use crate::Mechanism;
use crate::kernel::Alone;
use crate::protocol::{Reply, Request, Wish, encode, receive, send};
use children::Children;
use ground::Ground;

/// The argument by which a program knows that it is to be the helper.
pub(crate) const MARK: &str = "capos-sandbox-helper";

/// First line of `main` of any program that starts confined processes: where this process is the helper, it serves and never returns.
///
/// In a place of commands it also closes the memory of the first process to them, who are the same user.
pub fn run_if_helper() {
    if nix::unistd::getpid().as_raw() == 1 {
        // Where this fails there is nothing that could be done about it, and it fails nowhere.
        let _ = prctl::set_dumpable(false);
    }
    crate::tree::run_if_keeper();
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_none_or(|first| first != MARK) {
        return;
    }
    let lacking = arguments.filter_map(|name| Mechanism::parse(name.to_str()?)).collect();
    let code = match Helper::start(lacking) {
        Ok(helper) => i32::from(helper.serve().is_err()),
        Err(error) => {
            confess(&error);
            1
        }
    };
    std::process::exit(code)
}

/// Tells the node why there is no helper; a helper that was started by hand has nobody to tell.
fn confess(error: &io::Error) {
    let told = io::stdin().as_fd().try_clone_to_owned();
    if let (Ok(socket), Ok(bytes)) = (told, encode(&Reply::Unfit { why: error.to_string() })) {
        let _ = send(&socket, &bytes, &[]);
    }
}

struct Helper {
    alone: Alone,
    socket: OwnedFd,
    signals: SignalFd,
    ground: Ground,
    children: Children,
}

impl Helper {
    fn start(lacking: BTreeSet<Mechanism>) -> io::Result<Helper> {
        // A terminal's interrupt is the node's to hear; a helper that is the leader of its group already is apart as well.
        let _ = setsid();
        prctl::set_pdeathsig(NODE_ENDED)?;
        // What a service without a pid namespace leaves behind falls to the helper, not to the host's first process.
        prctl::set_child_subreaper(true)?;
        let alone = Alone::prove()?;
        let socket = io::stdin().as_fd().try_clone_to_owned()?;
        let ground = Ground::explore(&alone, &lacking);
        let signals = signals()?;
        send(&socket, &encode(&Reply::Ready(ground.survey.clone()))?, &[])?;
        Ok(Helper { alone, socket, signals, ground, children: Children::default() })
    }

    /// Ends with the node, and takes everything along.
    fn serve(mut self) -> io::Result<()> {
        let ended = self.follow_all();
        self.children.finish();
        ended
    }

    fn follow_all(&mut self) -> io::Result<()> {
        loop {
            let heard = self.wait()?;
            if heard.signal && self.is_node_gone()? {
                return Ok(());
            }
            for reply in self.children.look() {
                send(&self.socket, &encode(&reply)?, &[])?;
            }
            if heard.signal && !self.ground.survey.has(Mechanism::PidNamespace) {
                self.children.kill_strangers();
            }
            if heard.node {
                match receive::<Request>(&self.socket)? {
                    Some((request, descriptors)) => self.follow(request, descriptors)?,
                    None => return Ok(()),
                }
            }
        }
    }

    /// Empties the queue of signals; that a child ended is looked into in any case.
    fn is_node_gone(&mut self) -> io::Result<bool> {
        let mut gone = false;
        while let Some(signal) = self.signals.read_signal()? {
            gone |= i32::try_from(signal.ssi_signo) == Ok(NODE_ENDED as i32);
        }
        Ok(gone)
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
        Ok(Heard { node: ready(0), signal: ready(1) })
    }

    fn follow(&mut self, request: Request, descriptors: Vec<OwnedFd>) -> io::Result<()> {
        match request {
            Request::Signal { id, signal: Wish::Terminate } => self.children.signal(id, Signal::SIGTERM),
            Request::Signal { id, signal: Wish::Kill } => self.children.signal(id, Signal::SIGKILL),
            Request::Spawn { id, plan } => match birth::begin(&self.alone, &mut self.ground, &plan, descriptors) {
                Ok(born) => self.children.add(id, born),
                Err(refusal) => send(&self.socket, &encode(&Reply::Refused { id, refusal })?, &[])?,
            },
        }
        Ok(())
    }
}

/// How the kernel tells that the node is gone; so does the socket, and it kills nobody by itself, so that groups can be removed.
const NODE_ENDED: Signal = Signal::SIGUSR1;

/// Those that are heard, and those that whoever stops the node sends to all around it: services are drained first, then the helper ends.
fn signals() -> io::Result<SignalFd> {
    let mut heard = SigSet::empty();
    heard.add(Signal::SIGCHLD);
    heard.add(NODE_ENDED);
    let mut blocked = heard;
    blocked.extend([Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP]);
    blocked.thread_block()?;
    Ok(SignalFd::with_flags(&heard, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?)
}

struct Heard {
    node: bool,
    signal: bool,
}
