//! The factory: a process with one thread that forks keepers, and ends what a killed keeper left.

use std::collections::HashSet;
use std::io;
use std::os::fd::{AsFd, IntoRawFd, OwnedFd};
use std::time::Duration;

use nix::sys::prctl;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::stat::{Mode, umask};
use nix::unistd::{Pid, getpid, setsid};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::RecvFlags;

use super::descent::{self, Collected, Listed, collect};
use super::keeper::Keeper;
use super::signal::Exit;
use super::system::{default_signals, fork};
use super::wire::{Notice, Refusal, Report, Step, encode, receive};
use crate::give_way;
use crate::kernel::{self, Alone, Fork};
use crate::protocol::send;

/// The argument by which a program knows that it is to be the factory.
pub(super) const MARK: &str = "capos-sandbox-factory";

/// How soon to look again at what is being killed.
const SETTLING: Duration = Duration::from_millis(2);

/// First line of `main` of any program that plants trees: where this process is the factory, it serves and never returns.
///
/// [`crate::run_if_helper`] does this too.
pub fn run_if_keeper() {
    if std::env::args_os().nth(1).is_none_or(|first| first != MARK) {
        return;
    }
    let done = Factory::start().and_then(Factory::serve);
    std::process::exit(i32::from(done.is_err()))
}

struct Factory {
    alone: Alone,
    socket: OwnedFd,
    signals: SignalFd,
    heard: bool,
    keepers: HashSet<Pid>,
    /// Keepers that were killed, until nothing is left of what was below them.
    fallen: Vec<Pid>,
    /// Whether what hides was looked for since one of them fell.
    sought: bool,
    veiled: bool,
}

impl Factory {
    fn start() -> io::Result<Factory> {
        // Whoever sees the session of a process knows by it whether it is a keeper.
        let _ = setsid();
        let alone = Alone::prove()?;
        let socket = io::stdin().as_fd().try_clone_to_owned()?;
        let nothing: OwnedFd = std::fs::File::open("/dev/null")?.into();
        kernel::place(nothing.as_fd(), 0)?;
        kernel::close_all_but(&[io::stdin().as_fd(), io::stdout().as_fd(), io::stderr().as_fd(), socket.as_fd()])?;
        let _ = nothing.into_raw_fd();
        give_way();
        default_signals();
        SigSet::all().thread_block()?;
        prctl::set_child_subreaper(true)?;
        prctl::set_dumpable(false)?;
        let _ = prctl::set_name(c"capos-factory");
        umask(Mode::from_bits_truncate(0o022));
        let mut ended = SigSet::empty();
        ended.add(Signal::SIGCHLD);
        let signals = SignalFd::with_flags(&ended, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
        let veiled = descent::is_veiled();
        let (keepers, fallen) = (HashSet::new(), Vec::new());
        Ok(Factory { alone, socket, signals, heard: true, keepers, fallen, sought: false, veiled })
    }

    /// Until the service is gone, and all keepers with it.
    fn serve(mut self) -> io::Result<()> {
        while self.heard || !self.keepers.is_empty() || !self.fallen.is_empty() {
            let (service, signal) = self.wait()?;
            if signal {
                while self.signals.read_signal()?.is_some() {}
            }
            self.collect();
            if !self.fallen.is_empty() {
                self.sweep();
            }
            if service && self.heard {
                self.hear();
            }
        }
        Ok(())
    }

    fn wait(&self) -> io::Result<(bool, bool)> {
        let mut polled = vec![PollFd::new(&self.signals, PollFlags::IN)];
        if self.heard {
            polled.push(PollFd::new(&self.socket, PollFlags::IN));
        }
        let patience = (!self.fallen.is_empty()).then_some(SETTLING).and_then(|pause| Timespec::try_from(pause).ok());
        match poll(&mut polled, patience.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let ready = |position: usize| polled.get(position).is_some_and(|fd| !fd.revents().is_empty());
        Ok((ready(1), ready(0)))
    }

    /// Each packet asks for a keeper, whose end of its socket is beside it.
    fn hear(&mut self) {
        match receive(&self.socket, &mut [0; 64], RecvFlags::DONTWAIT) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Ok((length, descriptors)) if length > 0 => descriptors.into_iter().for_each(|socket| self.keep(socket)),
            _ => self.heard = false,
        }
    }

    fn keep(&mut self, socket: OwnedFd) {
        match fork(&self.alone) {
            Ok(Fork::Parent(pid)) => drop(self.keepers.insert(pid)),
            Ok(Fork::Child) => std::process::exit(i32::from(become_keeper(socket).is_err())),
            Err(error) => {
                let refusal = Refusal::of(Step::Host)(error);
                let _ = send(&socket, &encode(&Report::Refused(refusal)), &[]);
            }
        }
    }

    fn collect(&mut self) {
        while let Collected::Ended(pid, exit) = collect() {
            if self.keepers.remove(&pid) && exit != Exit::Code(0) {
                self.fallen.push(pid);
                self.sought = false;
            }
        }
    }

    /// Kills what has no living keeper above it; once there is nothing more, the service is told.
    fn sweep(&mut self) {
        let strays = || self.strays();
        if descent::fell(&strays) > 0 {
            return;
        }
        if self.veiled && !self.sought {
            let is_stray = |pid| !self.keepers.contains(&pid);
            self.sought = descent::fell_unlisted(descent::numbers(), &is_stray) == 0;
            return;
        }
        for keeper in std::mem::take(&mut self.fallen) {
            let _ = send(&self.socket, &encode(&Notice::Swept(keeper.as_raw())), &[]);
        }
    }

    fn strays(&self) -> Vec<Listed> {
        let own = getpid();
        descent::below(&descent::list(), |process| process.parent == own && !self.keepers.contains(&process.pid))
    }
}

/// A copy of the factory with the factory's things closed.
fn become_keeper(socket: OwnedFd) -> io::Result<()> {
    kernel::close_all_but(&[io::stdin().as_fd(), io::stdout().as_fd(), io::stderr().as_fd(), socket.as_fd()])?;
    prctl::set_child_subreaper(true)?;
    let _ = prctl::set_name(c"capos-keeper");
    Keeper::new(Alone::prove()?, socket)?.serve()
}
