//! A keeper: the process above one command and all that the command starts, or one that waits for a command.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::unistd::{Pid, getpid};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::RecvFlags;

use super::command::Words;
use super::descent::{self, Collected, Listed, collect};
use super::launch;
use super::signal::Exit;
use super::system::fork;
use super::wire::{LONGEST_COMMAND, Order, PACKET, Refusal, Report, Step, encode, garbled, receive};
use crate::kernel::{Alone, Fork};
use crate::protocol::send;

/// How long to let what was killed die before looking again, at first and at most.
const SOON: Duration = Duration::from_millis(1);
const SELDOM: Duration = Duration::from_millis(32);

/// The pause after which a process that is not seen hides, rather than having begun a moment ago.
const HIDING: Duration = Duration::from_millis(8);

pub(super) struct Keeper {
    alone: Alone,
    socket: OwnedFd,
    signals: SignalFd,
    /// Whether the service can still say something.
    heard: bool,
    tree: Option<Grown>,
}

/// A command and what is below it.
struct Grown {
    command: Pid,
    terminal: bool,
    grace: Duration,
    /// Carries why the command could not begin; closes when its program runs.
    birth: Option<OwnedFd>,
    exit: Option<Exit>,
    course: Course,
}

/// What is being done to a tree.
#[derive(Clone, Copy)]
enum Course {
    Growing,
    /// All were asked to end, and have until then.
    Asked(Instant),
    /// All are being killed; the next time then.
    Killing(Instant, Duration),
}

/// What this process has to look at.
#[derive(Default)]
struct Heard {
    service: bool,
    signal: bool,
    birth: bool,
}

impl Keeper {
    pub(super) fn new(alone: Alone, socket: OwnedFd) -> io::Result<Keeper> {
        let mut ended = SigSet::empty();
        ended.add(Signal::SIGCHLD);
        let signals = SignalFd::with_flags(&ended, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
        Ok(Keeper { alone, socket, signals, heard: true, tree: None })
    }

    /// Until the service is gone and nothing is left below this process.
    pub(super) fn serve(mut self) -> io::Result<()> {
        self.tell(Report::Ready { keeper: getpid().as_raw() });
        while self.heard || self.tree.is_some() {
            let heard = self.wait()?;
            if heard.birth {
                self.born()?;
            }
            if heard.signal {
                while self.signals.read_signal()?.is_some() {}
                self.collect();
            }
            if heard.service {
                self.hear();
            }
            self.go_on();
        }
        Ok(())
    }

    fn wait(&self) -> io::Result<Heard> {
        let birth = self.tree.as_ref().and_then(|tree| tree.birth.as_ref());
        let socket = self.heard.then(|| self.socket.as_fd());
        let watched: [Option<BorrowedFd<'_>>; 3] = [socket, Some(self.signals.as_fd()), birth.map(AsFd::as_fd)];
        let mut polled: Vec<_> =
            watched.iter().flatten().map(|fd| PollFd::from_borrowed_fd(*fd, PollFlags::IN)).collect();
        match poll(&mut polled, self.patience().as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let mut found = polled.iter().map(|fd| !fd.revents().is_empty());
        let [service, signal, birth] = watched.map(|fd| fd.is_some() && found.next().unwrap_or(false));
        Ok(Heard { service, signal, birth })
    }

    fn patience(&self) -> Option<Timespec> {
        let next = match self.tree.as_ref()?.course {
            Course::Growing => return None,
            Course::Asked(until) | Course::Killing(until, _) => until,
        };
        Timespec::try_from(next.saturating_duration_since(Instant::now())).ok()
    }

    fn tell(&self, report: Report) {
        // A service that is gone hears nothing, which is found out by hearing nothing of it.
        let _ = send(&self.socket, &encode(&report), &[]);
    }

    /// The service's next word; one that makes no sense, and silence for ever, end the tree.
    fn hear(&mut self) {
        let mut bytes = [0; 512];
        let order = match receive(&self.socket, &mut bytes, RecvFlags::DONTWAIT) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
            Ok((length, descriptors)) if length > 0 => {
                bytes.get(..length).and_then(|text| serde_json::from_slice(text).ok()).zip(Some(descriptors))
            }
            _ => None,
        };
        let followed = order.and_then(|(order, descriptors)| self.follow(order, descriptors).ok());
        if followed.is_none() {
            self.heard = false;
            if let Some(tree) = &mut self.tree {
                tree.ask(tree.grace);
            }
        }
    }

    fn follow(&mut self, order: Order, descriptors: Vec<OwnedFd>) -> io::Result<()> {
        match (order, &mut self.tree) {
            (Order::Plant { terminal, grace, bytes }, None) => {
                let words = self.words(bytes)?;
                self.plant(&words, terminal, Duration::from_millis(grace), &descriptors);
            }
            (Order::Plant { .. }, Some(_)) => return Err(garbled()),
            (Order::Signal(number), Some(tree)) => tree.signal(number),
            (Order::End(grace), Some(tree)) => tree.ask(Duration::from_millis(grace)),
            (Order::Kill, Some(tree)) => tree.course = Course::Killing(Instant::now(), SOON),
            // Said while its tree went.
            (_, None) => {}
        }
        Ok(())
    }

    /// The packets after a `Plant`; the service sends them without a pause.
    fn words(&self, length: usize) -> io::Result<Words> {
        if length > LONGEST_COMMAND {
            return Err(garbled());
        }
        let mut body = Vec::with_capacity(length);
        let mut packet = vec![0; PACKET];
        while body.len() < length {
            let (received, _) = receive(&self.socket, &mut packet, RecvFlags::empty())?;
            match packet.get(..received) {
                None | Some([]) => return Err(garbled()),
                Some(part) => body.extend_from_slice(part),
            }
        }
        Words::parse(&body).ok_or_else(garbled)
    }

    fn plant(&mut self, words: &Words, terminal: bool, grace: Duration, descriptors: &[OwnedFd]) {
        match self.launch(words, terminal, descriptors) {
            Ok((command, birth)) => {
                let birth = Some(birth);
                self.tree = Some(Grown { command, terminal, grace, birth, exit: None, course: Course::Growing });
            }
            Err(error) => self.tell(Report::Refused(Refusal::of(Step::Host)(error))),
        }
    }

    fn launch(&self, words: &Words, terminal: bool, descriptors: &[OwnedFd]) -> nix::Result<(Pid, OwnedFd)> {
        let (birth, theirs) = nix::unistd::pipe2(nix::fcntl::OFlag::O_CLOEXEC)?;
        match fork(&self.alone)? {
            Fork::Parent(pid) => Ok((pid, birth)),
            Fork::Child => {
                let refusal = launch::run(words, terminal, descriptors);
                let _ = rustix::io::write(&theirs, &encode(&refusal));
                std::process::exit(127)
            }
        }
    }

    /// The program runs, or the reason why it does not is there to be read.
    fn born(&mut self) -> io::Result<()> {
        let Some(tree) = &mut self.tree else { return Ok(()) };
        let Some(birth) = tree.birth.take() else { return Ok(()) };
        let mut bytes = [0; 128];
        let length = rustix::io::read(&birth, &mut bytes)?;
        let refusal = bytes.get(..length).filter(|text| !text.is_empty());
        match refusal {
            None => {
                let pid = tree.command.as_raw();
                self.tell(Report::Planted { pid });
            }
            Some(text) => {
                let refusal = serde_json::from_slice(text)?;
                let _ = nix::sys::wait::waitpid(tree.command, None);
                self.tree = None;
                self.tell(Report::Refused(refusal));
            }
        }
        Ok(())
    }

    fn collect(&mut self) {
        let Some(tree) = &mut self.tree else { return };
        let known = tree.exit.is_some();
        let gone = loop {
            match collect() {
                Collected::Ended(pid, exit) if pid == tree.command && tree.exit.is_none() => tree.exit = Some(exit),
                Collected::Ended(..) => {}
                Collected::Waiting => break false,
                Collected::Childless => break true,
            }
        };
        let exit = tree.exit;
        if gone {
            self.tree = None;
        }
        match exit {
            Some(exit) if !known => self.tell(Report::Ended { exit, gone }),
            _ if gone => self.tell(Report::Gone),
            _ => {}
        }
    }

    /// What is due by now.
    fn go_on(&mut self) {
        if let Some(tree) = &mut self.tree {
            tree.go_on();
        }
    }
}

impl Grown {
    /// To the command's process group.
    ///
    /// Once the command was collected its number may be another's, and the group is who below still belongs to it.
    fn signal(&self, number: i32) {
        let Ok(signal) = Signal::try_from(number) else { return };
        match self.exit {
            None => drop(kill(Pid::from_raw(-self.command.as_raw()), signal)),
            Some(_) => {
                for process in below().iter().filter(|process| process.group == self.command) {
                    let _ = kill(process.pid, signal);
                }
            }
        }
    }

    /// Asks all to end; an earlier hour set before holds.
    fn ask(&mut self, grace: Duration) {
        let until = Instant::now() + grace;
        self.course = match self.course {
            Course::Growing => {
                // What waits stopped hears nothing else before it goes on; shells at a terminal end when that hangs up.
                let hang_up = if self.terminal { Signal::SIGHUP } else { Signal::SIGTERM };
                descent::reach(&below, &[Signal::SIGTERM, hang_up, Signal::SIGCONT]);
                Course::Asked(until)
            }
            Course::Asked(before) => Course::Asked(before.min(until)),
            killing @ Course::Killing(..) => killing,
        };
    }

    fn go_on(&mut self) {
        let now = Instant::now();
        match self.course {
            Course::Asked(until) if until <= now => self.kill(SOON),
            Course::Killing(next, pause) if next <= now => self.kill(pause),
            _ => {}
        }
    }

    fn kill(&mut self, pause: Duration) {
        // Some are there, or this tree would be gone; where they stay unseen, they hide.
        if descent::fell(&below) == 0 && pause >= HIDING {
            descent::fell_unlisted(descent::numbers(), &|_| true);
        }
        self.course = Course::Killing(Instant::now() + pause, (pause * 2).min(SELDOM));
    }
}

/// All below this process.
fn below() -> Vec<Listed> {
    let own = getpid();
    descent::below(&descent::list(), |process| process.parent == own)
}
