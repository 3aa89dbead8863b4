//! Standard streams that are read and written while other things go on.
//!
//! They may be anything, and are shared with whoever started this process: they are never made non-blocking, which the
//! others would find them to be. Instead each is asked whether it is ready, and given no more than it takes then.

use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::fstat;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// What everything that is ready takes without waiting: a page of a pipe, the least room of a terminal or a socket.
const PIECE: usize = 4096;

/// A stream that this process was started with.
pub(crate) struct Stream {
    kind: Kind,
}

enum Kind {
    /// A pipe, a socket or a terminal.
    Awaited(AsyncFd<OwnedFd>),
    /// A file, or a device that is always ready.
    Ready(OwnedFd),
}

/// Which file a stream leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place(u64, u64);

impl Stream {
    /// Standard input.
    pub(crate) fn input() -> io::Result<Self> {
        Self::new(rustix::stdio::stdin(), Interest::READABLE)
    }

    /// Standard output.
    pub(crate) fn output() -> io::Result<Self> {
        Self::new(rustix::stdio::stdout(), Interest::WRITABLE)
    }

    /// Standard error.
    pub(crate) fn errors() -> io::Result<Self> {
        Self::new(rustix::stdio::stderr(), Interest::WRITABLE)
    }

    pub(crate) fn new(stream: BorrowedFd<'_>, interest: Interest) -> io::Result<Self> {
        let stream = stream.try_clone_to_owned()?;
        let spare = stream.try_clone()?;
        #[expect(
            deprecated,
            reason = "what takes its place is unsafe for what is no `OwnedFd`; this one stays what it is"
        )]
        let awaited = AsyncFd::with_interest(stream, interest);
        match awaited {
            Ok(awaited) => Ok(Self { kind: Kind::Awaited(awaited) }),
            // What can never be waited for.
            Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(Self { kind: Kind::Ready(spare) }),
            Err(error) => Err(error),
        }
    }

    fn descriptor(&self) -> BorrowedFd<'_> {
        match &self.kind {
            Kind::Awaited(stream) => stream.get_ref().as_fd(),
            Kind::Ready(stream) => stream.as_fd(),
        }
    }

    /// Whether it is a terminal.
    pub(crate) fn is_terminal(&self) -> bool {
        rustix::termios::isatty(self.descriptor())
    }

    /// Where it leads; nothing where that cannot be told.
    pub(crate) fn place(&self) -> Option<Place> {
        fstat(self.descriptor()).ok().map(|status| Place(status.st_dev, status.st_ino))
    }

    /// Reads what is there, and waits where there is nothing; 0 at the end.
    pub(crate) async fn read(&self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            self.ready(PollFlags::IN).await?;
            match rustix::io::read(self.descriptor(), &mut *into) {
                Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => {}
                // A terminal that was hung up.
                Err(rustix::io::Errno::IO) => return Ok(0),
                read => return Ok(read?),
            }
        }
    }

    /// Writes all of it, as fast as it is taken.
    pub(crate) async fn write_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            self.ready(PollFlags::OUT).await?;
            let piece = match &self.kind {
                Kind::Awaited(_) => bytes.get(..PIECE).unwrap_or(bytes),
                Kind::Ready(_) => bytes,
            };
            match rustix::io::write(self.descriptor(), piece) {
                Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => {}
                Err(error) => return Err(error.into()),
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            }
        }
        Ok(())
    }

    async fn ready(&self, what: PollFlags) -> io::Result<()> {
        let Kind::Awaited(stream) = &self.kind else { return Ok(()) };
        loop {
            let mut ready = match what {
                PollFlags::IN => stream.readable().await?,
                _ => stream.writable().await?,
            };
            // Somebody else may have taken what was there, or filled what was empty.
            let now = Timespec { tv_sec: 0, tv_nsec: 0 };
            if poll(&mut [PollFd::from_borrowed_fd(stream.get_ref().as_fd(), what)], Some(&now))? > 0 {
                return Ok(());
            }
            ready.clear_ready();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::os::unix::net::UnixStream;

    use super::*;

    fn pair() -> (Stream, UnixStream) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        (Stream::new(ours.as_fd(), Interest::WRITABLE | Interest::READABLE).unwrap(), theirs)
    }

    #[tokio::test]
    async fn what_is_not_taken_waits_and_keeps_nobody() {
        let (ours, mut theirs) = pair();
        let bytes = vec![7; 4 << 20];
        let reading = std::cell::Cell::new(false);
        let write = ours.write_all(&bytes);
        tokio::pin!(write);
        tokio::select! {
            biased;
            _ = &mut write => panic!("nobody has read"),
            () = tokio::task::yield_now() => reading.set(true),
        }
        let reader = std::thread::spawn(move || {
            let mut taken = vec![0; 4 << 20];
            theirs.read_exact(&mut taken).unwrap();
            taken
        });
        write.await.unwrap();
        assert!(reading.get() && reader.join().unwrap() == bytes);
    }

    #[tokio::test]
    async fn what_comes_is_read_until_the_end() {
        let (ours, mut theirs) = pair();
        let mut into = [0; 8];
        theirs.write_all(b"one").unwrap();
        assert_eq!(ours.read(&mut into).await.unwrap(), 3);
        drop(theirs);
        assert_eq!(ours.read(&mut into).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn a_reader_that_went_away_is_told() {
        let (ours, theirs) = pair();
        drop(theirs);
        assert_eq!(ours.write_all(b"x").await.unwrap_err().kind(), ErrorKind::BrokenPipe);
    }

    #[tokio::test]
    async fn files_are_always_ready() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "content").unwrap();
        let file = Stream::new(std::fs::File::open(&path).unwrap().as_fd(), Interest::READABLE).unwrap();
        let mut into = [0; 16];
        assert_eq!(file.read(&mut into).await.unwrap(), 7);
        assert_eq!(file.read(&mut into).await.unwrap(), 0);
    }
}
