//! A directory that is held open, and how everything beneath it is reached.
//!
//! **Invariant:** nothing is opened but by `openat2` beneath a directory that is held, without links of `/proc`; what is
//! changed by name is changed in a directory that was opened so, by its last name alone, which no call follows.

use std::ffi::CString;
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{CWD, FileType, Mode, OFlags, ResolveFlags, fstat, openat, openat2};
use rustix::io::Errno;
use tokio::sync::OwnedSemaphorePermit;

use super::fault::{Fault, Result, not_a_file};
use super::path::RelativePath;

/// How often a path is tried again whose directories were moved while it was followed.
const TRIES: usize = 16;

/// A directory that is held open.
#[derive(Clone, Debug)]
pub(super) struct Place(Arc<Held>);

#[derive(Debug)]
struct Held {
    descriptor: OwnedFd,
    /// Its place among those that may be held.
    _ticket: Option<OwnedSemaphorePermit>,
}

/// Where a name is: the directory that it is in, and the name.
pub(super) struct Spot {
    pub(super) directory: OwnedFd,
    pub(super) name: CString,
}

impl Place {
    /// The directory at that path of the process's own.
    pub(super) fn at(path: &Path) -> std::result::Result<Self, Errno> {
        let descriptor = openat(CWD, path, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        let place = Self(Arc::new(Held { descriptor, _ticket: None }));
        // Where the system cannot open beneath, nothing is opened at all.
        place.open(&RelativePath::here(), OFlags::PATH | OFlags::DIRECTORY)?;
        Ok(place)
    }

    /// A directory beneath.
    pub(super) fn directory(&self, path: &RelativePath, ticket: OwnedSemaphorePermit) -> Result<Self> {
        let descriptor = self.open(path, OFlags::PATH | OFlags::DIRECTORY).map_err(|errno| Fault::of(errno, path))?;
        Ok(Self(Arc::new(Held { descriptor, _ticket: Some(ticket) })))
    }

    /// Opens what is beneath, for whatever `flags` say.
    pub(super) fn open(&self, path: &RelativePath, flags: OFlags) -> std::result::Result<OwnedFd, Errno> {
        self.open_or_make(path, flags, Mode::empty())
    }

    /// The same, where `flags` may make it.
    pub(super) fn open_or_make(
        &self,
        path: &RelativePath,
        flags: OFlags,
        mode: Mode,
    ) -> std::result::Result<OwnedFd, Errno> {
        beneath(self.as_fd(), path.as_str(), flags, mode, ResolveFlags::empty())
    }

    /// Opens a file. A pipe is not waited for, and a device or a socket is let go of at once.
    pub(super) fn file(&self, path: &RelativePath, flags: OFlags, mode: Mode) -> Result<File> {
        let flags = flags | OFlags::NONBLOCK | OFlags::NOCTTY;
        let descriptor = self.open_or_make(path, flags, mode).map_err(|errno| Fault::of(errno, path))?;
        match FileType::from_raw_mode(fstat(&descriptor).map_err(|errno| Fault::of(errno, path))?.st_mode) {
            FileType::RegularFile => Ok(File::from(descriptor)),
            FileType::Directory => Err(Fault::of(Errno::ISDIR, path)),
            _ => Err(not_a_file(path)),
        }
    }

    /// Where the last name of a path is, whether there is anything of it or not.
    pub(super) fn spot(&self, path: &RelativePath) -> Result<Spot> {
        let Some((above, name)) = path.split() else {
            return Err(Fault::bad("the directory itself cannot be meant here"));
        };
        let directory = self.open(&above, OFlags::PATH | OFlags::DIRECTORY);
        let directory = directory.map_err(|errno| match errno {
            Errno::NOENT | Errno::NOTDIR => Fault::of(errno, &above),
            _ => Fault::of(errno, path),
        })?;
        let name = CString::new(name).map_err(|_| Fault::bad("a path has no zero bytes"))?;
        Ok(Spot { directory, name })
    }
}

impl AsFd for Place {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.descriptor.as_fd()
    }
}

/// Opens beneath a directory, whatever is moved meanwhile.
pub(super) fn beneath(
    directory: BorrowedFd<'_>,
    path: impl rustix::path::Arg + Copy,
    flags: OFlags,
    mode: Mode,
    further: ResolveFlags,
) -> std::result::Result<OwnedFd, Errno> {
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS | further;
    let mut tries = 0..TRIES;
    loop {
        match openat2(directory, path, flags | OFlags::CLOEXEC, mode, resolve) {
            // Something was renamed on the way, so that the system could not tell whether it stayed beneath.
            Err(Errno::AGAIN) if tries.next().is_some() => {}
            outcome => return outcome,
        }
    }
}
