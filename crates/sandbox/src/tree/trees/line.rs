//! A socket to a keeper.

use std::cell::Cell;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::rc::Rc;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rustix::net::{RecvFlags, Shutdown, shutdown};
use serde::de::DeserializeOwned;
use tokio::io::unix::AsyncFd;

use super::works::Factory;
use crate::protocol::send_now;
use crate::tree::descent;
use crate::tree::wire::{Order, Report, encode, garbled, receive};

/// To one keeper, which is dismissed when this is dropped.
pub(super) struct Line {
    pub(super) socket: AsyncFd<OwnedFd>,
    /// Who forked the keeper.
    pub(super) factory: Rc<Factory>,
    /// The keeper's number, once it said so.
    pub(super) keeper: Cell<Option<i32>>,
    /// Whether the keeper was told that nothing more will be said.
    pub(super) shut: Cell<bool>,
}

impl Line {
    /// Waits until the keeper is there.
    pub(super) async fn ready(&self) -> io::Result<()> {
        match self.hear().await? {
            Some(Report::Ready { .. }) => Ok(()),
            Some(Report::Refused(refusal)) => Err(io::Error::from_raw_os_error(refusal.error)),
            _ => Err(garbled()),
        }
    }

    /// The keeper's next report; nothing where it is gone.
    pub(super) async fn hear(&self) -> io::Result<Option<Report>> {
        let report = hear(&self.socket).await?;
        if let Some(Report::Ready { keeper }) = report {
            self.keeper.set(Some(keeper).filter(|number| *number > 1));
        }
        Ok(report)
    }

    /// At once or not at all.
    pub(super) fn order(&self, order: Order) -> io::Result<()> {
        send_now(self.socket.get_ref(), &encode(&order), &[])
    }

    pub(super) async fn send(&self, bytes: &[u8], descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
        send(&self.socket, bytes, descriptors).await
    }

    /// To the keeper itself, as long as it is there.
    pub(super) fn signal_keeper(&self, signal: Signal) {
        if let Some(keeper) = self.keeper.get() {
            let _ = kill(Pid::from_raw(keeper), signal);
        }
    }

    /// Where its own commands stopped the keeper for good, it is killed, and what is below it is left to others.
    ///
    /// One that is merely slow is left to do what it has to.
    pub(super) fn see_to_keeper(&self) {
        if self.keeper.get().is_some_and(|keeper| descent::is_stopped(Pid::from_raw(keeper))) {
            self.signal_keeper(Signal::SIGKILL);
        }
        self.factory.wake();
    }

    /// Nothing more will be said, upon which the keeper ends what it has.
    pub(super) fn shut(&self) {
        self.shut.set(true);
        let _ = shutdown(self.socket.get_ref(), Shutdown::Write);
    }
}

/// The next message; nothing where the other side is gone.
pub(super) async fn hear<M: DeserializeOwned>(socket: &AsyncFd<OwnedFd>) -> io::Result<Option<M>> {
    let mut bytes = [0; 256];
    loop {
        let mut ready = socket.readable().await?;
        let Ok(received) = ready.try_io(|socket| receive(socket.get_ref(), &mut bytes, RecvFlags::DONTWAIT)) else {
            continue;
        };
        let (length, _) = received?;
        return match bytes.get(..length) {
            None | Some([]) => Ok(None),
            Some(text) => serde_json::from_slice(text).map(Some).map_err(|_| garbled()),
        };
    }
}

pub(super) async fn send(socket: &AsyncFd<OwnedFd>, bytes: &[u8], descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
    loop {
        let mut ready = socket.writable().await?;
        if let Ok(sent) = ready.try_io(|socket| send_now(socket.get_ref(), bytes, descriptors)) {
            return sent;
        }
    }
}
