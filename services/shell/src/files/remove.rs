//! Removing, a slice at a time.

use std::ffi::{CStr, CString};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, RawDir, ResolveFlags, SeekFrom, seek, unlinkat};
use rustix::io::Errno;

use super::desk::Desk;
use super::fault::{Fault, Result};
use super::limits::FileLimits;
use super::path::RelativePath;
use super::place::{Place, Spot, beneath};

/// Bytes of entries that are read from a directory at once.
const BUFFER: usize = 8 << 10;
/// How often a directory is emptied again that somebody else fills meanwhile.
const TRIES: usize = 8;

/// Removes what is there, and says how much it was.
pub(super) async fn remove(desk: &Desk, place: Place, path: RelativePath, recursive: bool) -> Result<u64> {
    let _place = desk.begin()?;
    let mut removed = 0_u64;
    loop {
        let (place, asked) = (place.clone(), path.clone());
        let slice = move |limits: &FileLimits| {
            let work = Work { left: limits.slice_entries, depth: limits.path_names, removed: 0, path: asked };
            work.slice(&place, recursive)
        };
        let (more, gone) = match desk.work(slice).await {
            // Somebody else removed what was left.
            Err(fault) if removed > 0 && fault.is_nothing(&path) => return Ok(removed),
            slice => slice?,
        };
        removed = removed.saturating_add(more);
        if gone {
            return Ok(removed);
        }
    }
}

/// One slice of it.
struct Work {
    left: usize,
    depth: usize,
    removed: u64,
    path: RelativePath,
}

/// How it stands with a directory.
#[derive(PartialEq, Eq)]
enum Emptied {
    Whole,
    /// The slice was over before.
    InPart,
}

impl Work {
    /// How much was removed, and whether that was all.
    fn slice(mut self, place: &Place, recursive: bool) -> Result<(u64, bool)> {
        let spot = place.spot(&self.path)?;
        let gone = match unlinkat(&spot.directory, &*spot.name, AtFlags::empty()) {
            Err(Errno::ISDIR | Errno::PERM) => self.directory(&spot, recursive)?,
            outcome => {
                outcome.map_err(|errno| self.fault(errno))?;
                self.removed += 1;
                true
            }
        };
        Ok((self.removed, gone))
    }

    fn directory(&mut self, spot: &Spot, recursive: bool) -> Result<bool> {
        if recursive {
            return Ok(self.tree(spot.directory.as_fd(), &spot.name, self.depth)? == Emptied::Whole);
        }
        unlinkat(&spot.directory, &*spot.name, AtFlags::REMOVEDIR).map_err(|errno| self.fault(errno))?;
        self.removed += 1;
        Ok(true)
    }

    /// Removes a directory with what is in it.
    fn tree(&mut self, above: BorrowedFd<'_>, name: &CStr, depth: usize) -> Result<Emptied> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(Fault::bad("there are too many directories within each other"));
        };
        // A link that took its place is not followed, nor what is mounted there entered.
        let further = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_XDEV;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW;
        let directory = beneath(above, name, flags, Mode::empty(), further).map_err(|errno| self.fault(errno))?;
        for _ in 0..TRIES {
            if self.empty(&directory, depth)? == Emptied::InPart {
                return Ok(Emptied::InPart);
            }
            match unlinkat(above, name, AtFlags::REMOVEDIR) {
                // Not every file system lists all that is there while some of it is removed.
                Err(Errno::NOTEMPTY | Errno::EXIST) => {}
                outcome => {
                    outcome.map_err(|errno| self.fault(errno))?;
                    self.count();
                    return Ok(Emptied::Whole);
                }
            }
        }
        Err(self.fault(Errno::NOTEMPTY))
    }

    fn empty(&mut self, directory: &OwnedFd, depth: usize) -> Result<Emptied> {
        seek(directory, SeekFrom::Start(0)).map_err(|errno| self.fault(errno))?;
        let mut buffer = vec![MaybeUninit::uninit(); BUFFER];
        let mut names = RawDir::new(directory, &mut buffer);
        while let Some(entry) = names.next() {
            let entry = entry.map_err(|errno| self.fault(errno))?;
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            if self.left == 0 {
                return Ok(Emptied::InPart);
            }
            let (name, kind) = (CString::from(name), entry.file_type());
            if self.one(directory.as_fd(), &name, kind, depth)? == Emptied::InPart {
                return Ok(Emptied::InPart);
            }
        }
        Ok(Emptied::Whole)
    }

    fn one(&mut self, directory: BorrowedFd<'_>, name: &CStr, kind: FileType, depth: usize) -> Result<Emptied> {
        if kind == FileType::Directory {
            return self.tree(directory, name, depth);
        }
        match unlinkat(directory, name, AtFlags::empty()) {
            Err(Errno::ISDIR) => return self.tree(directory, name, depth),
            // Somebody else removed it.
            Err(Errno::NOENT) => {}
            outcome => {
                outcome.map_err(|errno| self.fault(errno))?;
                self.count();
            }
        }
        Ok(Emptied::Whole)
    }

    fn count(&mut self) {
        self.left = self.left.saturating_sub(1);
        self.removed += 1;
    }

    fn fault(&self, errno: Errno) -> Fault {
        Fault::of(errno, &self.path)
    }
}
