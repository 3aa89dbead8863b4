//! The sockets a service is started with.

use std::io;
use std::os::fd::OwnedFd;

use listenfd::ListenFd;
use socket2::SockRef;
use tokio::net::{UnixListener, UnixStream};

/// What the process inherited: the convention of systemd's socket activation.
#[derive(Debug, Default)]
pub(crate) struct Sockets {
    /// Those that connections come from.
    pub(crate) listening: Vec<UnixListener>,
    /// Those that are connections.
    pub(crate) connected: Vec<UnixStream>,
}

impl Sockets {
    /// Takes what `LISTEN_FDS` announces to this very process; children are told nothing of it.
    pub(crate) fn inherit() -> io::Result<Self> {
        let mut inherited = ListenFd::from_env();
        let mut sockets = Self::default();
        for position in 0..inherited.len() {
            // It checks for a Unix stream socket, and not whether it listens.
            if let Some(socket) = inherited.take_unix_listener(position)? {
                sockets.sort_in(socket.into())?;
            }
        }
        Ok(sockets)
    }

    fn sort_in(&mut self, socket: OwnedFd) -> io::Result<()> {
        let listens = SockRef::from(&socket).is_listener()?;
        SockRef::from(&socket).set_nonblocking(true)?;
        if listens {
            self.listening.push(UnixListener::from_std(socket.into())?);
        } else {
            self.connected.push(UnixStream::from_std(socket.into())?);
        }
        Ok(())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.listening.is_empty() && self.connected.is_empty()
    }
}
