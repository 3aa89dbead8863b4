//! Writing a file: in place, or beside and then into its place.

use std::cell::RefCell;
use std::ffi::CString;
use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::fs::FileExt as _;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use capos_schema::files_capnp::{EntryKind, file_writer, write_options};
use rustix::fs::{
    AtFlags, Mode, OFlags, RenameFlags, ResolveFlags, Timespec, Timestamps, UTIME_OMIT, fchmod, fsync, futimens,
    renameat_with, unlinkat,
};
use rustix::io::Errno;
use tokio::sync::OwnedSemaphorePermit;

use super::desk::Desk;
use super::entry::{Entry, PERMISSIONS};
use super::fault::{Fault, Result, not_a_file};
use super::path::RelativePath;
use super::place::{Place, Spot, beneath};

/// What the permission bits of a new file are where nobody says any.
const NEW_FILE: u16 = 0o644;
/// How many names are tried for a file beside another.
const TRIES: usize = 64;
const NANOSECONDS: u32 = 1_000_000_000;

/// How a file is to be when it is finished.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    mode: Option<u16>,
    modified: Option<(i64, u32)>,
    no_replace: bool,
}

impl Wish {
    pub(super) fn parse(options: write_options::Reader<'_>) -> Result<Self> {
        let modified = (options.get_modified_seconds(), options.get_modified_nanoseconds());
        Ok(Self {
            mode: Some(parse_mode(options.get_mode())?).filter(|mode| *mode != 0),
            modified: Some(modified).filter(|modified| *modified != (0, 0)).map(parse_time).transpose()?,
            no_replace: options.get_no_replace(),
        })
    }
}

pub(super) fn parse_mode(mode: u16) -> Result<u16> {
    if mode & !PERMISSIONS == 0 { Ok(mode) } else { Err(Fault::bad("a mode has permission bits alone")) }
}

pub(super) fn parse_time((seconds, nanoseconds): (i64, u32)) -> Result<(i64, u32)> {
    if nanoseconds < NANOSECONDS { Ok((seconds, nanoseconds)) } else { Err(Fault::bad("a second has fewer parts")) }
}

/// When something was last changed is to be that; when it was last read stays.
pub(super) fn modified_at((seconds, nanoseconds): (i64, u32)) -> Timestamps {
    Timestamps {
        last_access: Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
        last_modification: Timespec { tv_sec: seconds, tv_nsec: nanoseconds.into() },
    }
}

/// A file that is being written. Dropped before it is finished, one that stands beside another is gone.
pub(super) struct Draft {
    file: File,
    path: RelativePath,
    next: u64,
    mode: Option<u16>,
    modified: Option<(i64, u32)>,
    beside: Option<Beside>,
}

/// A file that is to take the place of another.
struct Beside {
    spot: Spot,
    name: CString,
    no_replace: bool,
    moved: bool,
}

impl Draft {
    /// Writes in place from there on.
    pub(super) fn within(place: &Place, path: RelativePath, offset: u64, wish: Wish) -> Result<Self> {
        let permissions = Mode::from_raw_mode(NEW_FILE.into());
        let making = OFlags::WRONLY | OFlags::CREATE;
        let file = match place.file(&path, making | OFlags::EXCL, permissions) {
            Err(fault) if fault == Fault::of(Errno::EXIST, &path) && !wish.no_replace => {
                place.file(&path, making, permissions)?
            }
            file => {
                let file = file?;
                // What the process would not let a new file have.
                fchmod(&file, permissions).map_err(|errno| Fault::of(errno, &path))?;
                file
            }
        };
        Ok(Self { file, path, next: offset, mode: wish.mode, modified: wish.modified, beside: None })
    }

    /// Writes beside what is there.
    pub(super) fn beside(place: &Place, path: RelativePath, wish: Wish) -> Result<Self> {
        let spot = place.spot(&path)?;
        let old = Entry::at_or_nothing(place, &path, false)?;
        match old.kind {
            EntryKind::Nothing => {}
            _ if wish.no_replace => return Err(Fault::of(Errno::EXIST, &path)),
            EntryKind::Directory => return Err(Fault::of(Errno::ISDIR, &path)),
            EntryKind::Other => return Err(not_a_file(&path)),
            EntryKind::File | EntryKind::Link => {}
        }
        let (file, name) = make_beside(&spot).map_err(|errno| Fault::of(errno, &path))?;
        let kept = if old.kind == EntryKind::File { old.mode } else { NEW_FILE };
        let beside = Beside { spot, name, no_replace: wish.no_replace, moved: false };
        let (mode, modified) = (wish.mode.or(Some(kept)), wish.modified);
        Ok(Self { file, path, next: 0, mode, modified, beside: Some(beside) })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let end = self.next.checked_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        let end = end.filter(|end| i64::try_from(*end).is_ok()).ok_or_else(|| Fault::of(Errno::FBIG, &self.path))?;
        self.file.write_all_at(bytes, self.next).map_err(|error| self.fault(&error))?;
        self.next = end;
        Ok(())
    }

    /// Puts it in its place, and says how large it is.
    fn finish(mut self, sync: bool) -> Result<u64> {
        let fault = |errno| Fault::of(errno, &self.path);
        if let Some(mode) = self.mode {
            fchmod(&self.file, Mode::from_raw_mode(mode.into())).map_err(fault)?;
        }
        if let Some(modified) = self.modified {
            futimens(&self.file, &modified_at(modified)).map_err(fault)?;
        }
        if sync {
            fsync(&self.file).map_err(fault)?;
        }
        if let Some(beside) = &mut self.beside {
            beside.take_place(sync).map_err(fault)?;
        }
        Ok(self.file.metadata().map_err(|error| self.fault(&error))?.len())
    }

    fn fault(&self, error: &io::Error) -> Fault {
        Fault::of(Errno::from_io_error(error).unwrap_or(Errno::IO), &self.path)
    }
}

impl Beside {
    fn take_place(&mut self, sync: bool) -> std::result::Result<(), Errno> {
        let directory = &self.spot.directory;
        let how = if self.no_replace { RenameFlags::NOREPLACE } else { RenameFlags::empty() };
        renameat_with(directory, &*self.name, directory, &*self.spot.name, how)?;
        self.moved = true;
        if sync {
            // The name reaches the disk with its directory.
            fsync(beneath(directory.as_fd(), c".", OFlags::RDONLY, Mode::empty(), ResolveFlags::empty())?)?;
        }
        Ok(())
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if !self.moved {
            // Whoever moved it away has it.
            let _ = unlinkat(&self.spot.directory, &*self.name, AtFlags::empty());
        }
    }
}

/// A new file in a directory, readable by nobody else, under a name that nothing else has.
fn make_beside(spot: &Spot) -> std::result::Result<(File, CString), Errno> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
    for _ in 0..TRIES {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!(".capos-{:x}-{number:x}", since.as_nanos());
        let name = CString::new(name).map_err(|_| Errno::INVAL)?;
        let mode = Mode::from_raw_mode(0o600);
        match beneath(spot.directory.as_fd(), &*name, flags, mode, ResolveFlags::NO_SYMLINKS) {
            Err(Errno::EXIST) => {}
            made => return Ok((File::from(made?), name)),
        }
    }
    Err(Errno::EXIST)
}

/// The writer that a client holds.
pub(super) struct Writer {
    desk: Rc<Desk>,
    /// None once it is finished or abandoned, or while it is written.
    draft: RefCell<Option<Draft>>,
    ticket: RefCell<Option<OwnedSemaphorePermit>>,
}

impl Writer {
    pub(super) fn new(desk: Rc<Desk>, draft: Draft, ticket: OwnedSemaphorePermit) -> Self {
        Self { desk, draft: RefCell::new(Some(draft)), ticket: RefCell::new(Some(ticket)) }
    }

    fn take(&self) -> Result<Draft> {
        self.draft.borrow_mut().take().ok_or_else(|| Fault::bad("this writing has ended"))
    }
}

// The library starts no call of an object before a streaming one on it has ended, and none after one that failed.
impl file_writer::Server for Writer {
    async fn write(self: Rc<Self>, params: file_writer::WriteParams) -> std::result::Result<(), capnp::Error> {
        let bytes: Arc<[u8]> = params.get()?.get_data()?.into();
        if bytes.len() > self.desk.limits().write_bytes {
            return Err(Fault::bad("too many bytes are written at once").into());
        }
        let mut draft = self.take()?;
        let draft = self.desk.work(move |_| draft.write(&bytes).map(|()| draft)).await?;
        *self.draft.borrow_mut() = Some(draft);
        Ok(())
    }

    async fn finish(
        self: Rc<Self>,
        params: file_writer::FinishParams,
        mut results: file_writer::FinishResults,
    ) -> std::result::Result<(), capnp::Error> {
        let sync = params.get()?.get_sync();
        let draft = self.take()?;
        let size = self.desk.work(move |_| draft.finish(sync)).await;
        self.ticket.take();
        results.get().set_size(size?);
        Ok(())
    }

    async fn abandon(
        self: Rc<Self>,
        _: file_writer::AbandonParams,
        _: file_writer::AbandonResults,
    ) -> std::result::Result<(), capnp::Error> {
        self.draft.take();
        self.ticket.take();
        Ok(())
    }
}
