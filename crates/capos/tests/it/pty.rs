//! A terminal of the system's own, with a command at it: its keys, its screen and its size.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::process::{Child, Command};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use capos_testkit::NodePlan;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

const PATIENCE: Duration = Duration::from_secs(60);

/// A command at a terminal.
pub(crate) struct Pty {
    person: File,
    terminal: File,
    child: Child,
    screen: Receiver<Vec<u8>>,
    /// What was shown and not waited for.
    fresh: String,
    /// Everything that was shown.
    pub(crate) seen: String,
}

impl Pty {
    /// `capos` beside the node of a plan.
    pub(crate) fn capos(plan: &NodePlan, arguments: &[&str]) -> Self {
        let words: Vec<&str> = [env!("CARGO_BIN_EXE_capos")].iter().chain(arguments).copied().collect();
        Self::run(plan, &words)
    }

    /// Any command; a terminal of 80 by 24.
    pub(crate) fn run(plan: &NodePlan, words: &[&str]) -> Self {
        let (person, terminal) = open();
        size(&person, 80, 24);
        let mut command: Command = plan.command_of("setsid");
        command.args(["--ctty", "--wait"]).args(words).env("TERM", "xterm-256color").env("PS1", "LOCAL$ ");
        let stdio = || terminal.try_clone().unwrap();
        let child = command.stdin(stdio()).stdout(stdio()).stderr(stdio()).spawn().unwrap();
        let (sender, screen) = mpsc::channel();
        let mut reader = person.try_clone().unwrap();
        thread::spawn(move || {
            let mut bytes = vec![0; 64 << 10];
            while let Ok(read @ 1..) = reader.read(&mut bytes) {
                if sender.send(bytes[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { person, terminal, child, screen, fresh: String::new(), seen: String::new() }
    }

    /// Waits until this was shown, after what was waited for before.
    pub(crate) fn wait_for(&mut self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(at) = self.fresh.find(text) {
                self.fresh.drain(..at + text.len());
                return;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match self.screen.recv_timeout(left) {
                Ok(bytes) => self.take(&bytes),
                Err(_) => panic!("{text:?} was never shown: {:?}", self.seen),
            }
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        self.fresh.push_str(&text);
        self.seen.push_str(&text);
    }

    pub(crate) fn types(&mut self, keys: &str) {
        self.person.write_all(keys.as_bytes()).unwrap();
    }

    pub(crate) fn resize(&self, columns: u16, rows: u16) {
        size(&self.person, columns, rows);
    }

    /// Whether what is typed is shown by the terminal itself.
    pub(crate) fn echoes(&self) -> bool {
        tcgetattr(&self.terminal).unwrap().local_modes.contains(LocalModes::ECHO)
    }

    /// The process; `setsid` became it.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its status, once it has ended; until then these keys are typed again and again.
    pub(crate) fn end_typing(&mut self, keys: &str) -> Option<i32> {
        let deadline = Instant::now() + PATIENCE;
        while self.child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "it does not end: {:?}", self.seen);
            self.types(keys);
            thread::sleep(Duration::from_millis(100));
        }
        self.end()
    }

    /// Its status, once it has ended.
    pub(crate) fn end(&mut self) -> Option<i32> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            while let Ok(bytes) = self.screen.recv_timeout(Duration::from_millis(5)) {
                self.take(&bytes);
            }
            if let Some(status) = self.child.try_wait().unwrap() {
                while let Ok(bytes) = self.screen.recv_timeout(Duration::from_millis(50)) {
                    self.take(&bytes);
                }
                return status.code();
            }
            assert!(Instant::now() < deadline, "it does not end: {:?}", self.seen);
        }
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn open() -> (File, File) {
    let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&person).unwrap();
    unlockpt(&person).unwrap();
    let name = ptsname(&person, Vec::new()).unwrap();
    let terminal = OpenOptions::new().read(true).write(true).open(OsStr::from_bytes(name.to_bytes())).unwrap();
    (File::from(person), terminal)
}

fn size(person: &File, columns: u16, rows: u16) {
    let size = Winsize { ws_col: columns, ws_row: rows, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(person, size).unwrap();
}
