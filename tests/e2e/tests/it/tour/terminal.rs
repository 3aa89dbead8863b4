//! A terminal: a program in it sees what a person's does, and is typed to.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// Longer than anything in the tour takes on a slow machine.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often a program that shows nothing is asked whether it has ended.
const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
/// As wide as the README may be.
const SIZE: Winsize = Winsize { ws_row: 40, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0 };

/// A program in a terminal of its own; it is ended on drop.
pub(crate) struct Terminal {
    screen: File,
    child: Child,
    line: String,
    shown: String,
}

impl Terminal {
    /// Starts the command line in a new terminal, as the head of a session there.
    pub(crate) fn start(line: &str, prepare: impl FnOnce(&mut Command)) -> Self {
        let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).expect("a terminal");
        grantpt(&screen).expect("the terminal is ours");
        unlockpt(&screen).expect("the terminal is ours");
        let name = ptsname(&screen, Vec::new()).expect("it has a name");
        let end =
            || open(&name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).expect("its other end");
        let input = end();
        tcsetwinsize(&input, SIZE).expect("a terminal has a size");
        // Makes the terminal the program's controlling one, from which passwords are read.
        let mut command = Command::new("setsid");
        command.args(["--ctty", "--wait", "sh", "-c", line]).stdin(input).stdout(end()).stderr(end());
        prepare(&mut command);
        let child = command.spawn().expect("setsid is part of every Debian");
        // The command keeps the other end open until it is dropped here.
        drop(command);
        Self { screen: into_file(screen), child, line: line.to_owned(), shown: String::new() }
    }

    /// What has been shown, in lines.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// Types this and the return key.
    pub(crate) fn type_line(&mut self, text: &str) {
        writeln!(self.screen, "{text}").expect("the terminal is there");
    }

    /// Sends what the keys Control and C send.
    pub(crate) fn interrupt(&mut self) {
        self.screen.write_all(&[3]).expect("the terminal is there");
    }

    /// Reads on until it shows what is wanted; panics where it ends before or takes too long.
    pub(crate) fn wait_until(&mut self, wanted: impl Fn(&str) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !wanted(&self.shown) {
            assert!(Instant::now() < end, "`{}` takes too long and shows:\n{}", self.line, self.shown);
            let status = self.child.try_wait().expect("it is our child");
            if !self.read_some() && status.is_some() && !wanted(&self.shown) {
                panic!("`{}` ended and showed:\n{}", self.line, self.shown);
            }
        }
    }

    /// Reads on until the program ends; its exit status.
    pub(crate) fn finish(&mut self) -> i32 {
        let end = Instant::now() + PATIENCE;
        loop {
            assert!(Instant::now() < end, "`{}` takes too long and shows:\n{}", self.line, self.shown);
            // Asked before reading, so that what it said last is read.
            let status = self.child.try_wait().expect("it is our child");
            let read = self.read_some();
            if let Some(status) = status.filter(|_| !read) {
                return status.code().unwrap_or(-1);
            }
        }
    }

    /// Whether anything came within a moment.
    fn read_some(&mut self) -> bool {
        let mut wait = [PollFd::new(&self.screen, PollFlags::IN)];
        if !poll(&mut wait, Some(&LOOK)).is_ok_and(|ready| ready > 0) {
            return false;
        }
        let mut bytes = [0; 4096];
        match self.screen.read(&mut bytes) {
            Ok(0) => false,
            Ok(count) => {
                self.shown += &String::from_utf8_lossy(&bytes[..count]).replace("\r\n", "\n");
                true
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => true,
            // Nobody has the other end open any more.
            Err(_) => {
                std::thread::sleep(Duration::from_millis(1));
                false
            }
        }
    }
}

fn into_file(screen: OwnedFd) -> File {
    File::from(screen)
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_program_in_a_terminal_is_typed_to() {
    let mut terminal = Terminal::start("test -t 0 && read line && echo got $line; exit 7", |_| {});
    terminal.type_line("this");
    assert_eq!(terminal.finish(), 7);
    assert_eq!(terminal.shown(), "this\ngot this\n");
}
