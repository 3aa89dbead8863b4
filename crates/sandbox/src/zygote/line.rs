//! What goes to the helper: written by a thread of its own, so that no caller ever waits for a full socket.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use rustix::net::{Shutdown, shutdown};
use tokio::sync::{oneshot, watch};

use super::reader::Pending;
use crate::error::Refusal;
use crate::protocol::{Request, Wish, encode, send};
use crate::{Error, Process};

/// The way to the helper; once the last clone is gone, the helper ends and everything with it.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    packets: mpsc::Sender<Packet>,
    pending: Arc<Pending>,
    ids: Arc<AtomicU64>,
}

struct Packet {
    bytes: Vec<u8>,
    descriptors: Vec<OwnedFd>,
}

pub(crate) type Outcome = Result<Process, Refusal>;

impl Line {
    pub(crate) fn start(socket: Arc<OwnedFd>, pending: Arc<Pending>) -> io::Result<Line> {
        let (packets, waiting) = mpsc::channel::<Packet>();
        thread::Builder::new().name("sandbox-asks".into()).spawn(move || write(&socket, &waiting))?;
        Ok(Line { packets, pending, ids: Arc::default() })
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
        self.packets.send(Packet { bytes, descriptors }).map_err(|_| Error::HelperGone)?;
        Ok(answered)
    }

    pub(crate) fn signal(&self, id: u64, signal: Wish) {
        if let Ok(bytes) = encode(&Request::Signal { id, signal }) {
            // Where the helper is gone, so is the process.
            let _ = self.packets.send(Packet { bytes, descriptors: Vec::new() });
        }
    }
}

fn write(socket: &OwnedFd, waiting: &mpsc::Receiver<Packet>) {
    for Packet { bytes, descriptors } in waiting {
        let borrowed: Vec<_> = descriptors.iter().map(AsFd::as_fd).collect();
        if send(socket, &bytes, &borrowed).is_err() {
            break;
        }
    }
    // The helper takes it for the node's end; its own end of the socket closes once it has cleared up.
    let _ = shutdown(socket, Shutdown::Write);
}
