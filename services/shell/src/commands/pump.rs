//! Reads a command's pipes, as fast as those who read them allow.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::rc::Rc;

use rustix::buffer::spare_capacity;
use rustix::pipe::{fcntl_getpipe_size, fcntl_setpipe_size};
use tokio::net::unix::pipe::Receiver;

use super::kept::Source;
use super::output::{Output, Stage};
use super::reader::CHUNK;

/// What a pipe holds that proved to be busy: the usual 64 KiB make a command stop for each of them. The system allows
/// each user 64 MiB of such pipes, so that it is not asked for before it is of use.
const BUSY_PIPE: usize = CHUNK;

/// Bytes after which a pipe is busy.
const BUSY: usize = 48 << 10;

/// The end of a pipe that the service reads.
pub(super) struct Pump {
    pipe: Receiver,
    source: Source,
    output: Rc<Output>,
    buffer: Vec<u8>,
    widened: bool,
}

/// What one look into a pipe gave.
enum Found {
    Bytes(usize),
    Nothing,
    End,
}

impl Pump {
    pub(super) fn new(pipe: OwnedFd, source: Source, output: Rc<Output>) -> io::Result<Self> {
        let pipe = Receiver::from_owned_fd(pipe)?;
        Ok(Self { pipe, source, output, buffer: Vec::new(), widened: false })
    }

    /// Reads until nobody can write any more, or nobody of the command's is left.
    pub(super) async fn run(mut self) {
        let output = self.output.clone();
        tokio::select! {
            biased;
            () = output.reached(Stage::Ended) => {}
            () = self.flow() => {}
        }
        // The end of the pipe may come before the command's.
        output.reached(Stage::Ended).await;
        let open = self.empty();
        output.has_read(self.source);
        if open {
            tokio::select! {
                biased;
                () = output.reached(Stage::Gone) => drop(self.empty()),
                () = self.flow() => {}
            }
        }
        output.has_dried_up(self.source);
    }

    async fn flow(&mut self) {
        loop {
            self.output.room(self.source).await;
            if self.pipe.readable().await.is_err() {
                return;
            }
            match self.look(|pipe, buffer| pipe.try_read_buf(buffer)) {
                Found::Bytes(count) => {
                    self.output.take(self.source, &self.buffer);
                    self.widen(count);
                }
                Found::Nothing => {}
                Found::End => return,
            }
            // A command that writes without end is not to keep everybody else waiting.
            tokio::task::yield_now().await;
        }
    }

    /// Reads what is there, and no more than a pipe holds: readers need not have room for it. Tells whether more may come.
    fn empty(&mut self) -> bool {
        let mut left = fcntl_getpipe_size(self.pipe.as_fd()).unwrap_or(BUSY_PIPE);
        while left > 0 {
            // The pipe itself is asked: the runtime need not have heard of what is in it.
            match self.look(|pipe, buffer| Ok(rustix::io::read(pipe, spare_capacity(buffer))?)) {
                Found::Bytes(count) => {
                    self.output.take(self.source, &self.buffer);
                    left = left.saturating_sub(count);
                }
                Found::Nothing => return true,
                Found::End => return false,
            }
        }
        true
    }

    fn widen(&mut self, count: usize) {
        if !self.widened && count >= BUSY {
            self.widened = true;
            // Where it may not be larger, it goes on as it is.
            let _ = fcntl_setpipe_size(self.pipe.as_fd(), BUSY_PIPE);
        }
    }

    fn look(&mut self, read: impl FnOnce(&Receiver, &mut Vec<u8>) -> io::Result<usize>) -> Found {
        self.buffer.clear();
        self.buffer.reserve(CHUNK);
        match read(&self.pipe, &mut self.buffer) {
            Ok(0) => Found::End,
            Ok(count) => Found::Bytes(count),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {
                Found::Nothing
            }
            Err(_) => Found::End,
        }
    }
}
