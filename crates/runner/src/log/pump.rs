//! From a process's output to its log.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe::Receiver;

use super::words::{Lines, Said};
use super::{Log, Stream};
use crate::limits::Limits;

const CHUNK: usize = 8 << 10;

/// Reads until the process, and all that has its output, is gone.
pub(crate) async fn pump(end: OwnedFd, log: Log, process: Arc<str>, stream: Stream, limits: Limits) -> io::Result<()> {
    let mut pipe = Receiver::from_owned_fd(end)?;
    let mut lines = Lines::new(&limits, Instant::now());
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = pipe.read(&mut chunk).await?;
        let now = Instant::now();
        let said = match chunk.get(..read) {
            Some(bytes) if read > 0 => lines.take(bytes, now),
            _ => lines.finish(now),
        };
        for said in said {
            match said {
                Said::Line(text) => log.write(&process, stream, text),
                Said::Missed(lines) => log.write(&process, Stream::Node, format!("{lines} lines were dropped")),
            }
        }
        if read == 0 {
            return Ok(());
        }
        // A process that writes faster than this waits: its pipe is full.
        tokio::time::sleep(pause(read, limits.log_read_rate)).await;
    }
}

/// How long what was read may take.
fn pause(read: usize, rate: usize) -> Duration {
    let (read, rate) = (u64::try_from(read).unwrap_or(u64::MAX), u64::try_from(rate.max(1)).unwrap_or(u64::MAX));
    Duration::from_micros(read.saturating_mul(1_000_000) / rate)
}
