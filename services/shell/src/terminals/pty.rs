//! A pseudo-terminal: the end that the service holds.

use std::io;
use std::os::fd::OwnedFd;

use capos_sandbox::tree::Signal;
use capos_screen::Size;
use rustix::process::kill_process_group;
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{Winsize, tcgetpgrp, tcsetwinsize};
use tokio::io::unix::AsyncFd;

/// The master side.
pub(super) struct Pty {
    master: AsyncFd<OwnedFd>,
}

impl Pty {
    /// A fresh one of that size, and the side that a program gets.
    pub(super) fn open(size: Size) -> io::Result<(Self, OwnedFd)> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let slave = ioctl_tiocgptpeer(&master, OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        rustix::io::ioctl_fionbio(&master, true)?;
        #[expect(deprecated, reason = "what replaces it is unsafe; the descriptor is owned and never exchanged")]
        let master = AsyncFd::new(master)?;
        let pty = Self { master };
        pty.resize(size)?;
        Ok((pty, slave))
    }

    /// Tells the program of another size.
    pub(super) fn resize(&self, size: Size) -> io::Result<()> {
        let size = Winsize { ws_row: size.rows(), ws_col: size.columns(), ws_xpixel: 0, ws_ypixel: 0 };
        Ok(tcsetwinsize(self.master.get_ref(), size)?)
    }

    /// What the program wrote, as much as there is; nothing at the end.
    pub(super) async fn read(&self, buffer: &mut [u8]) -> usize {
        loop {
            let Ok(mut ready) = self.master.readable().await else { return 0 };
            match ready.try_io(|master| Ok(rustix::io::read(master, &mut *buffer)?)) {
                Ok(Ok(count)) => return count,
                Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                // The other side is closed: that is how a terminal ends.
                Ok(Err(_)) => return 0,
                Err(_would_block) => {}
            }
        }
    }

    /// Types, and waits while the program reads nothing.
    pub(super) async fn write(&self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let Ok(mut ready) = self.master.writable().await else { return };
            match ready.try_io(|master| Ok(rustix::io::write(master, bytes)?)) {
                Ok(Ok(count)) => bytes = bytes.get(count..).unwrap_or_default(),
                Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(Err(_)) => return,
                Err(_would_block) => {}
            }
        }
    }

    /// Types as much as there is room for at this moment.
    pub(super) fn write_now(&self, bytes: &[u8]) {
        if !bytes.is_empty() {
            let _ = rustix::io::write(self.master.get_ref(), bytes);
        }
    }

    /// Sends a signal to what is in the foreground. False where nothing is.
    pub(super) fn signal(&self, signal: Signal) -> bool {
        let group = tcgetpgrp(self.master.get_ref());
        group.is_ok_and(|group| kill_process_group(group, number(signal)).is_ok())
    }
}

fn number(signal: Signal) -> rustix::process::Signal {
    use rustix::process::Signal as Number;
    match signal {
        Signal::Term => Number::TERM,
        Signal::Kill => Number::KILL,
        Signal::Int => Number::INT,
        Signal::Hup => Number::HUP,
        Signal::Quit => Number::QUIT,
        Signal::Usr1 => Number::USR1,
        Signal::Usr2 => Number::USR2,
        Signal::Stop => Number::STOP,
        Signal::Cont => Number::CONT,
        Signal::Tstp => Number::TSTP,
        Signal::Winch => Number::WINCH,
    }
}
