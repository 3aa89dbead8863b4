//! What there is under a name, and lists of it.

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd};

use capos_schema::files_capnp::{EntryKind, file_entry};
use rustix::fs::{AtFlags, FileType, OFlags, RawDir, SeekFrom, Statx, StatxFlags, readlinkat, seek, statx};
use rustix::io::Errno;

use super::fault::{Fault, Result};
use super::limits::FileLimits;
use super::path::RelativePath;
use super::place::Place;

/// Bytes of entries that are read from a directory at once.
const BUFFER: usize = 32 << 10;
/// What an entry counts for beside its texts.
const ENTRY_BYTES: usize = 64;
/// The permission bits that are told and set: none that would give somebody else's rights.
pub(super) const PERMISSIONS: u16 = 0o777;

/// What there is under one name.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) kind: EntryKind,
    pub(super) size: u64,
    pub(super) modified: (i64, u32),
    pub(super) mode: u16,
    pub(super) target: String,
    pub(super) unreachable: bool,
    pub(super) stored: u64,
}

/// Some entries, and from where the next come; 0 where there are no more.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) entries: Vec<Entry>,
    pub(super) next: u64,
}

impl Entry {
    /// Looks at what a path stands for; with `follow`, at what a link there leads to.
    pub(super) fn at(place: &Place, path: &RelativePath, follow: bool) -> Result<Self> {
        let kept = if follow { OFlags::empty() } else { OFlags::NOFOLLOW };
        let found = place.open(path, OFlags::PATH | kept).map_err(|errno| Fault::of(errno, path))?;
        let mut entry = Self::of(found.as_fd(), c"").map_err(|errno| Fault::of(errno, path))?;
        path.name().clone_into(&mut entry.name);
        Ok(entry)
    }

    /// The same, where there need be nothing.
    pub(super) fn at_or_nothing(place: &Place, path: &RelativePath, follow: bool) -> Result<Self> {
        match Self::at(place, path, follow) {
            Err(fault) if fault.is_nothing(path) => Ok(Self::nothing(path.name())),
            found => found,
        }
    }

    fn nothing(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind: EntryKind::Nothing,
            size: 0,
            modified: (0, 0),
            mode: 0,
            target: String::new(),
            unreachable: false,
            stored: 0,
        }
    }

    /// What is in a directory under that name, or with none, what is open.
    fn of(directory: BorrowedFd<'_>, name: &CStr) -> std::result::Result<Self, Errno> {
        let how = AtFlags::SYMLINK_NOFOLLOW | AtFlags::EMPTY_PATH | AtFlags::NO_AUTOMOUNT;
        let found = statx(directory, name, how, StatxFlags::BASIC_STATS)?;
        let kind = kind(&found);
        let target = match kind {
            EntryKind::Link => readlinkat(directory, name, Vec::new())?.to_string_lossy().into_owned(),
            _ => String::new(),
        };
        Ok(Self {
            name: name.to_string_lossy().into_owned(),
            kind,
            size: found.stx_size,
            modified: (found.stx_mtime.tv_sec, found.stx_mtime.tv_nsec),
            mode: found.stx_mode & PERMISSIONS,
            target,
            unreachable: name.to_str().is_err(),
            stored: found.stx_blocks.saturating_mul(512),
        })
    }

    fn cost(&self) -> usize {
        ENTRY_BYTES + self.name.len() + self.target.len()
    }

    pub(super) fn write(&self, mut to: file_entry::Builder<'_>) {
        to.set_name(&self.name);
        to.set_kind(self.kind);
        to.set_size(self.size);
        to.set_modified_seconds(self.modified.0);
        to.set_modified_nanoseconds(self.modified.1);
        to.set_mode(self.mode);
        to.set_target(&self.target);
        to.set_unreachable(self.unreachable);
        to.set_stored(self.stored);
    }
}

fn kind(found: &Statx) -> EntryKind {
    match FileType::from_raw_mode(u32::from(found.stx_mode)) {
        FileType::RegularFile => EntryKind::File,
        FileType::Directory => EntryKind::Directory,
        FileType::Symlink => EntryKind::Link,
        _ => EntryKind::Other,
    }
}

/// Up to `most` entries of a directory, from where the page before ended.
pub(super) fn page(place: &Place, path: &RelativePath, after: u64, most: u32, limits: &FileLimits) -> Result<Page> {
    let fault = |errno| Fault::of(errno, path);
    let directory = place.open(path, OFlags::RDONLY | OFlags::DIRECTORY).map_err(fault)?;
    if after > 0 {
        seek(&directory, SeekFrom::Start(after)).map_err(|_| Fault::bad("no list goes on there"))?;
    }
    let most = if most == 0 { limits.page_entries } else { most.min(limits.page_entries) };
    let mut buffer = [MaybeUninit::uninit(); BUFFER];
    let mut names = RawDir::new(&directory, &mut buffer);
    let mut page = Page { entries: Vec::new(), next: after };
    let mut bytes = 0;
    while let Some(name) = names.next() {
        let name = name.map_err(fault)?;
        let (next, name) = (name.next_entry_cookie(), name.file_name());
        if !matches!(name.to_bytes(), b"." | b"..") {
            match Entry::of(directory.as_fd(), name) {
                // It went meanwhile.
                Err(Errno::NOENT) => {}
                Err(errno) => return Err(fault(errno)),
                Ok(entry) => {
                    bytes += entry.cost();
                    let full = page.entries.len() >= usize::try_from(most).unwrap_or(usize::MAX);
                    if full || (bytes > limits.page_bytes && !page.entries.is_empty()) {
                        return Ok(page);
                    }
                    page.entries.push(entry);
                }
            }
        }
        page.next = next;
    }
    Ok(Page { next: 0, ..page })
}
