//! What goes to the helper: what finds the socket full is written by a thread of its own, so that no caller ever waits.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use rustix::net::{Shutdown, shutdown};
use tokio::sync::{oneshot, watch};

use super::reader::Pending;
use crate::error::Refusal;
use crate::protocol::{Request, Wish, encode, send, send_now};
use crate::{Error, Process};

/// The way to the helper; once the last clone is gone, the helper ends and everything with it.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    socket: Arc<OwnedFd>,
    packets: mpsc::Sender<Packet>,
    pending: Arc<Pending>,
    ids: Arc<AtomicU64>,
}

/// Waiting for room, or not.
type Sending = fn(&OwnedFd, &[u8], &[BorrowedFd<'_>]) -> io::Result<()>;

struct Packet {
    /// The process that it is about.
    id: u64,
    bytes: Vec<u8>,
    descriptors: Vec<OwnedFd>,
}

impl Packet {
    fn send(&self, by: Sending, socket: &OwnedFd) -> io::Result<()> {
        let borrowed: Vec<_> = self.descriptors.iter().map(AsFd::as_fd).collect();
        by(socket, &self.bytes, &borrowed)
    }
}

pub(crate) type Outcome = Result<Process, Refusal>;

impl Line {
    pub(crate) fn start(socket: Arc<OwnedFd>, pending: Arc<Pending>) -> io::Result<Line> {
        let (packets, waiting) = mpsc::channel::<Packet>();
        let (writer, told) = (Arc::clone(&socket), Arc::clone(&pending));
        thread::Builder::new().name("sandbox-asks".into()).spawn(move || write(&writer, &told, &waiting))?;
        Ok(Line { socket, packets, pending, ids: Arc::default() })
    }

    /// Whether nobody answers any more.
    pub(crate) fn is_over(&self) -> bool {
        self.pending.is_closed()
    }

    /// Asks for a process; what is answered comes through the receiver.
    pub(crate) fn spawn(
        &self,
        request: impl FnOnce(u64) -> io::Result<Vec<u8>>,
        descriptors: Vec<OwnedFd>,
    ) -> Result<oneshot::Receiver<Outcome>, Error> {
        let id = self.ids.fetch_add(1, Ordering::Relaxed);
        let bytes = request(id).map_err(|error| Error::Plan(error.to_string()))?;
        let (answer, answered) = oneshot::channel();
        let (told, exit) = watch::channel(None);
        let line = self.clone();
        let found = move |started| Process::new(id, started, line, exit);
        if !self.pending.expect(id, answer, Box::new(found), told) {
            return Err(Error::HelperGone);
        }
        self.post(Packet { id, bytes, descriptors });
        Ok(answered)
    }

    pub(crate) fn signal(&self, id: u64, signal: Wish) {
        if let Ok(bytes) = encode(&Request::Signal { id, signal }) {
            self.post(Packet { id, bytes, descriptors: Vec::new() });
        }
    }

    /// At once where the socket has room, which saves a change of threads; packets of one process never overtake each other, since the first is answered before there is a second.
    fn post(&self, packet: Packet) {
        if packet.send(send_now, &self.socket).is_err() {
            // Where the helper is gone, so is the process, and whoever waits for it is told by the reader.
            let _ = self.packets.send(packet);
        }
    }
}

fn write(socket: &OwnedFd, pending: &Pending, waiting: &mpsc::Receiver<Packet>) {
    for packet in waiting {
        let Err(error) = packet.send(send, socket) else { continue };
        // A helper that is gone is the reader's to tell of.
        if !matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset) {
            pending.refuse(packet.id, Refusal::Host(format!("handing it to the helper: {error}")));
        }
    }
    // The helper takes it for the node's end; its own end of the socket closes once it has cleared up.
    let _ = shutdown(socket, Shutdown::Write);
}
