//! What a directory allows to be changed beside the bytes of files.

use std::ffi::CString;

use capos_schema::files_capnp::{EntryKind, RenameMode};
use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, RenameFlags, fchmod, fstat, ftruncate, mkdirat, renameat_with, symlinkat,
    utimensat,
};
use rustix::io::Errno;

use super::entry::Entry;
use super::fault::{Fault, Result, not_a_file};
use super::path::RelativePath;
use super::place::Place;
use super::write::modified_at;

/// What the permission bits of a new directory are.
const NEW_DIRECTORY: u32 = 0o755;

/// Makes a directory; says whether it was made.
pub(super) fn make(place: &Place, path: &RelativePath, parents: bool) -> Result<bool> {
    if !parents {
        return make_one(place, path).map(|()| true);
    }
    let mut made = false;
    for step in path.steps().filter(|step| !step.is_here()) {
        made = match make_one(place, &step) {
            Err(fault) if fault == Fault::of(Errno::EXIST, &step) => match Entry::at(place, &step, true)?.kind {
                EntryKind::Directory => false,
                _ => return Err(fault),
            },
            outcome => outcome.map(|()| true)?,
        };
    }
    Ok(made)
}

fn make_one(place: &Place, path: &RelativePath) -> Result<()> {
    let spot = place.spot(path)?;
    let mode = Mode::from_raw_mode(NEW_DIRECTORY);
    mkdirat(&spot.directory, &*spot.name, mode).map_err(|errno| Fault::of(errno, path))
}

pub(super) fn rename(place: &Place, from: &RelativePath, to: &RelativePath, mode: RenameMode) -> Result<()> {
    let how = match mode {
        RenameMode::Replace => RenameFlags::empty(),
        RenameMode::NoReplace => RenameFlags::NOREPLACE,
        RenameMode::Exchange => RenameFlags::EXCHANGE,
    };
    let (old, new) = (place.spot(from)?, place.spot(to)?);
    renameat_with(&old.directory, &*old.name, &new.directory, &*new.name, how).map_err(|errno| match errno {
        Errno::NOENT => {
            let missing = if Entry::at(place, from, false).is_ok() { to } else { from };
            Fault::of(errno, missing)
        }
        Errno::INVAL => Fault::bad("a directory cannot be moved into itself"),
        _ => Fault::of(errno, to),
    })
}

pub(super) fn link(place: &Place, path: &RelativePath, target: &str) -> Result<()> {
    if !path.may_lead_to(target) {
        return Err(Fault::bad("such a link would lead out of the directory"));
    }
    let spot = place.spot(path)?;
    let target = CString::new(target).map_err(|_| Fault::bad("a path has no zero bytes"))?;
    symlinkat(&*target, &spot.directory, &*spot.name).map_err(|errno| Fault::of(errno, path))
}

pub(super) fn set_mode(place: &Place, path: &RelativePath, mode: u16) -> Result<()> {
    let fault = |errno| Fault::of(errno, path);
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let found = match place.open(path, OFlags::RDONLY | flags) {
        Err(Errno::ACCESS) => place.open(path, OFlags::WRONLY | flags),
        found => found,
    };
    let found = found.map_err(fault)?;
    match FileType::from_raw_mode(fstat(&found).map_err(fault)?.st_mode) {
        FileType::RegularFile | FileType::Directory => fchmod(&found, Mode::from_raw_mode(mode.into())).map_err(fault),
        _ => Err(not_a_file(path)),
    }
}

pub(super) fn set_modified(place: &Place, path: &RelativePath, modified: (i64, u32)) -> Result<()> {
    let outcome = match path.is_here() {
        true => utimensat(place, c".", &modified_at(modified), AtFlags::SYMLINK_NOFOLLOW),
        false => {
            let spot = place.spot(path)?;
            utimensat(&spot.directory, &*spot.name, &modified_at(modified), AtFlags::SYMLINK_NOFOLLOW)
        }
    };
    outcome.map_err(|errno| Fault::of(errno, path))
}

pub(super) fn resize(place: &Place, path: &RelativePath, size: u64) -> Result<()> {
    let file = place.file(path, OFlags::WRONLY, Mode::empty())?;
    if i64::try_from(size).is_err() {
        return Err(Fault::of(Errno::FBIG, path));
    }
    ftruncate(&file, size).map_err(|errno| Fault::of(errno, path))
}
