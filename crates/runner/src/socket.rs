//! How the node reaches a process, and nobody else does.
//!
//! **Invariant:** a socket with a name is in a directory that is the node's alone, and no process that could see the
//! directory is given one; its name goes with the process.

use std::fs;
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fs::AtFlags;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use tokio::net::UnixStream;

/// What an address has room for, with its end.
const LONGEST_ADDRESS: usize = 107;

/// The directory of the sockets.
#[derive(Clone, Debug)]
pub(crate) struct Sockets(Arc<Directory>);

#[derive(Debug)]
struct Directory {
    path: PathBuf,
    /// Names that are too long for an address are reached through it.
    open: OwnedFd,
}

impl Sockets {
    /// Makes the directory, or takes one that is ours; what a node that was killed has left there goes.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        own_directory(path, 0o700)?;
        for left in fs::read_dir(path)? {
            let left = left?;
            if left.file_name().to_string_lossy().ends_with(SUFFIX) {
                fs::remove_file(left.path())?;
            }
        }
        let flags = i32::try_from(rustix::fs::OFlags::DIRECTORY.bits()).unwrap_or_default();
        let open = fs::OpenOptions::new().read(true).custom_flags(flags).open(path)?;
        Ok(Self(Arc::new(Directory { path: path.to_owned(), open: open.into() })))
    }

    /// A listening socket, and the way to it.
    pub(crate) fn listen(&self, number: u64) -> io::Result<(OwnedFd, Connector)> {
        let name = Name { sockets: self.clone(), name: format!("{number}{SUFFIX}"), removed: AtomicBool::new(true) };
        let listener = UnixListener::bind(name.address())?;
        name.removed.store(false, Ordering::Relaxed);
        Ok((listener.into(), Connector::Listening(name)))
    }

    /// Connected sockets, for a process that could see a name.
    pub(crate) fn pairs(count: usize) -> io::Result<(Vec<OwnedFd>, Connector)> {
        let pair = || socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None);
        let pairs: Result<Vec<_>, _> = (0..count).map(|_| pair()).collect();
        let (ours, theirs) = pairs?.into_iter().unzip();
        Ok((theirs, Connector::Pairs(Mutex::new(ours))))
    }
}

const SUFFIX: &str = ".socket";

/// Makes a directory that is ours alone, or proves that it is; others may do no more there than `mode` says.
pub(crate) fn own_directory(path: &Path, mode: u32) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    let found = fs::symlink_metadata(path)?;
    if !found.is_dir() || found.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is not a directory of this user's own"));
    }
    if found.mode() & 0o777 != mode {
        fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
    }
    Ok(())
}

/// A socket's name, for as long as it is needed.
#[derive(Debug)]
pub(crate) struct Name {
    sockets: Sockets,
    name: String,
    removed: AtomicBool,
}

impl Name {
    fn address(&self) -> PathBuf {
        let direct = self.sockets.0.path.join(&self.name);
        if direct.as_os_str().len() <= LONGEST_ADDRESS {
            return direct;
        }
        PathBuf::from(format!("/proc/self/fd/{}/{}", self.sockets.0.open.as_raw_fd(), self.name))
    }
}

impl Name {
    fn remove(&self) {
        if self.removed.swap(true, Ordering::Relaxed) {
            return;
        }
        if let Err(error) = rustix::fs::unlinkat(&self.sockets.0.open, &*self.name, AtFlags::empty()) {
            tracing::warn!(%error, "a service's socket is left behind");
        }
    }
}

impl Drop for Name {
    fn drop(&mut self) {
        self.remove();
    }
}

/// The way to one process.
#[derive(Debug)]
pub(crate) enum Connector {
    /// It listens: any number of connections.
    Listening(Name),
    /// It was given these, and there will be no more.
    Pairs(Mutex<Vec<OwnedFd>>),
}

impl Connector {
    /// The process is gone, and nobody gets there any more.
    pub(crate) fn close(&self) {
        match self {
            Connector::Listening(name) => name.remove(),
            Connector::Pairs(pairs) => pairs.lock().unwrap_or_else(PoisonError::into_inner).clear(),
        }
    }

    pub(crate) async fn connect(&self) -> io::Result<UnixStream> {
        match self {
            Connector::Listening(name) => UnixStream::connect(name.address()).await,
            Connector::Pairs(pairs) => {
                let pair = pairs.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let stream = std::os::unix::net::UnixStream::from(pair.ok_or(io::ErrorKind::NotConnected)?);
                stream.set_nonblocking(true)?;
                UnixStream::from_std(stream)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().mode() & 0o777
    }

    #[tokio::test]
    async fn a_socket_is_reached_by_a_long_path_and_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("d".repeat(120));
        let sockets = Sockets::open(&path).unwrap();
        assert_eq!(mode(&path), 0o700);
        let (listener, connector) = sockets.listen(7).unwrap();
        let listener = UnixListener::from(listener);
        connector.connect().await.unwrap();
        listener.accept().unwrap();
        drop(connector);
        assert_eq!(fs::read_dir(&path).unwrap().count(), 0);
    }

    #[test]
    fn what_a_killed_node_left_goes_and_nothing_else_does() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("3.socket"), "").unwrap();
        fs::write(directory.path().join("other"), "").unwrap();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
        Sockets::open(directory.path()).unwrap();
        let left: Vec<_> = fs::read_dir(directory.path()).unwrap().map(|left| left.unwrap().file_name()).collect();
        assert_eq!(left, ["other"]);
        assert_eq!(mode(directory.path()), 0o700, "others are kept out");
    }

    #[tokio::test]
    async fn there_are_as_many_pairs_as_were_made() {
        let (theirs, connector) = Sockets::pairs(2).unwrap();
        assert_eq!(theirs.len(), 2);
        assert!(connector.connect().await.is_ok() && connector.connect().await.is_ok());
        assert!(connector.connect().await.is_err(), "one past the bound");
    }
}
