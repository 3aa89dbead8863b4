//! Files of this machine, read and written beside what the network does.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, SystemTime};

use ring::digest::{Context, SHA256};
use tokio::sync::oneshot;

use crate::failure::{Failure, reason};
use crate::output::Output;

/// Bytes that are read and sent at once.
pub(super) const CHUNK: usize = 256 << 10;

type Job = Box<dyn FnOnce() + Send>;

/// A thread that waits for the disk or a pipe. Nobody waits for it at the end: what it waits for may never come.
pub(super) struct Worker(mpsc::Sender<Job>);

impl Worker {
    pub(super) fn start() -> Self {
        let (jobs, taken) = mpsc::channel::<Job>();
        std::thread::spawn(move || taken.into_iter().for_each(|job| job()));
        Self(jobs)
    }

    pub(super) async fn does<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let (done, outcome) = oneshot::channel();
        let job = move || drop(done.send(job()));
        let gone = |()| io::Error::other("its thread has ended");
        self.0.send(Box::new(job)).map_err(|_| gone(()))?;
        outcome.await.unwrap_or_else(|_| Err(gone(())))
    }
}

/// What is copied from, with the sum of what was read.
pub(super) struct Source {
    from: From,
    sum: Context,
}

enum From {
    File(File),
    Standard,
}

impl Source {
    pub(super) fn file(file: File) -> Self {
        Self { from: From::File(file), sum: Context::new(&SHA256) }
    }

    pub(super) fn standard() -> Self {
        Self { from: From::Standard, sum: Context::new(&SHA256) }
    }

    /// The next bytes; none at the end.
    pub(super) fn next(mut self) -> io::Result<(Self, Vec<u8>)> {
        let mut bytes = vec![0; CHUNK];
        let mut full = 0;
        while let Some(room) = bytes.get_mut(full..).filter(|room| !room.is_empty()) {
            let read = match &mut self.from {
                From::File(file) => file.read(room),
                From::Standard => io::stdin().lock().read(room),
            };
            match read {
                Ok(0) => break,
                Ok(read) => full += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        bytes.truncate(full);
        self.sum.update(&bytes);
        Ok((self, bytes))
    }

    /// The sum of all that was read.
    pub(super) fn sum(&self) -> Vec<u8> {
        self.sum.clone().finish().as_ref().to_vec()
    }

    /// Reads so many bytes, and gives their sum; the next come after them.
    pub(super) fn pass(mut self, length: u64) -> io::Result<(Self, Vec<u8>)> {
        if let From::File(file) = &mut self.from {
            sum_up(file, &mut self.sum, length)?;
        }
        let sum = self.sum();
        Ok((self, sum))
    }

    /// From the beginning again.
    pub(super) fn rewind(mut self) -> io::Result<Self> {
        if let From::File(file) = &mut self.from {
            file.seek(SeekFrom::Start(0))?;
        }
        Ok(Self { sum: Context::new(&SHA256), ..self })
    }
}

/// What is copied to, with the sum of what is there.
pub(super) struct Target {
    to: To,
    sum: Context,
}

enum To {
    File(File),
    Standard(Output),
}

impl Target {
    pub(super) fn standard(output: &Output) -> Self {
        Self { to: To::Standard(output.clone()), sum: Context::new(&SHA256) }
    }

    /// A new file, in the place of what is left of another copy.
    pub(super) fn anew(path: &Path, mode: u32) -> io::Result<Self> {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
        Ok(Self { to: To::File(file), sum: Context::new(&SHA256) })
    }

    /// What is left of another copy, and how long it is; nothing where there is none. No link is followed to it.
    pub(super) fn left(path: &Path) -> io::Result<Option<(Self, u64)>> {
        let kept = i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).unwrap_or_default();
        let file = match OpenOptions::new().read(true).write(true).custom_flags(kept).open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let found = file.metadata()?;
        let mut sum = Context::new(&SHA256);
        let mut whole = &file;
        sum_up(&mut whole, &mut sum, found.len())?;
        Ok(found.is_file().then_some((Self { to: To::File(file), sum }, found.len())))
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.sum.update(bytes);
        match &mut self.to {
            To::File(file) => file.write_all(bytes),
            To::Standard(output) => output.bytes(bytes).map_err(|failure| match failure.silent {
                true => io::ErrorKind::BrokenPipe.into(),
                false => io::Error::other(failure.sentence),
            }),
        }
    }

    pub(super) fn sum(&self) -> Vec<u8> {
        self.sum.clone().finish().as_ref().to_vec()
    }

    /// The file, where it is one.
    pub(super) fn into_file(self) -> Option<File> {
        match self.to {
            To::File(file) => Some(file),
            To::Standard(_) => None,
        }
    }
}

fn sum_up(file: &mut impl Read, sum: &mut Context, length: u64) -> io::Result<()> {
    let mut bytes = vec![0; CHUNK];
    let mut part = file.take(length);
    loop {
        match part.read(&mut bytes)? {
            0 => return Ok(()),
            read => sum.update(bytes.get(..read).unwrap_or_default()),
        }
    }
}

/// A time as the wire has it; nothing where this machine has none such.
pub(super) fn time_of((seconds, nanoseconds): (i64, u32)) -> Option<SystemTime> {
    let whole = Duration::from_secs(seconds.unsigned_abs());
    let base = match seconds {
        0.. => SystemTime::UNIX_EPOCH.checked_add(whole),
        _ => SystemTime::UNIX_EPOCH.checked_sub(whole),
    };
    base?.checked_add(Duration::from_nanos(nanoseconds.into()))
}

/// What went wrong with a file of this machine.
pub(super) fn trouble(path: &Path, error: &io::Error) -> Failure {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Failure::nobody_listens();
    }
    Failure::failed(format!("{}: {}", path.display(), reason(error)))
}
