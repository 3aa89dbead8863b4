//! Mounts, by the descriptors that the newer system calls give.

use std::fs;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
use rustix::io::Errno;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MoveMountFlags, OpenTreeFlags, fsconfig_create, fsconfig_set_string,
    fsmount, fsopen, move_mount, open_tree,
};

use super::layout::{Kind, Outside, Source};
use crate::error::Refusal;
use crate::kernel::set_mount_attributes;

/// A part of the host's tree, held and already sealed, not yet in place.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(super) inside: PathBuf,
    guarded: bool,
    mount: OwnedFd,
}

impl Tree {
    /// Nothing where the part is not there and need not be.
    pub(super) fn take(source: &Source) -> Result<Option<Tree>, Refusal> {
        let outside = || source.outside.path().display().to_string();
        let mount = match take(&source.outside) {
            Ok(mount) => mount,
            Err(Errno::NOENT | Errno::NOTDIR) if source.kind == Kind::Host => return Ok(None),
            Err(_) if source.kind == Kind::Program => return Err(Refusal::NoProgram),
            Err(error @ (Errno::NOENT | Errno::NOTDIR | Errno::ACCESS)) => {
                return Err(Refusal::Plan(format!("{}: {error}", outside())));
            }
            Err(error) => return Err(Refusal::Host(format!("{}: {error}", outside()))),
        };
        let sealed = set_mount_attributes(mount.as_fd(), true, attributes(source.kind));
        sealed.map_err(|error| Refusal::Host(format!("sealing {}: {error}", outside())))?;
        Ok(Some(Tree { inside: source.inside.clone(), guarded: source.guarded, mount }))
    }

    /// Puts it below the current directory, at the place that it has on the host.
    pub(super) fn attach(self) -> io::Result<()> {
        let place = self.inside.strip_prefix("/").unwrap_or(&self.inside);
        // Neither is a link followed that was put there, nor anything made in what is the host's.
        let detours = if self.guarded { ResolveFlags::NO_SYMLINKS } else { ResolveFlags::empty() };
        if !self.guarded && !place.exists() {
            make_place(place, rustix::fs::fstat(&self.mount)?)?;
        }
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        let place = openat2(CWD, place, flags, Mode::empty(), ResolveFlags::IN_ROOT | detours)?;
        let both = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
        Ok(move_mount(self.mount.as_fd(), "", place.as_fd(), "", both)?)
    }
}

impl AsFd for Tree {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.mount.as_fd()
    }
}

/// A copy of the mounts there, of which nothing is seen elsewhere.
fn take(outside: &Outside) -> Result<OwnedFd, Errno> {
    let copy = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | OpenTreeFlags::AT_RECURSIVE;
    match outside {
        Outside::Path(path) => open_tree(CWD, path, copy),
        Outside::Beneath(root, path) => {
            let directory = OFlags::PATH | OFlags::CLOEXEC;
            let root = rustix::fs::open(root, directory, Mode::empty())?;
            let part = openat2(root, path, directory, Mode::empty(), ResolveFlags::IN_ROOT)?;
            open_tree(part, "", copy | OpenTreeFlags::AT_EMPTY_PATH)
        }
    }
}

fn make_place(place: &Path, tree: rustix::fs::Stat) -> io::Result<()> {
    if rustix::fs::FileType::from_raw_mode(tree.st_mode) == rustix::fs::FileType::Directory {
        return fs::create_dir_all(place);
    }
    place.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::File::create(place).map(drop)
}

fn attributes(kind: Kind) -> u64 {
    match kind {
        Kind::Host | Kind::Named | Kind::Program => {
            libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV
        }
        Kind::Writable => libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV | libc::MOUNT_ATTR_NOEXEC,
        Kind::Workshop => libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV,
        // The one kind of mount on which devices work, each of them a single file.
        Kind::Device | Kind::Terminal => libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NOEXEC,
    }
}

pub(super) fn attach(mount: BorrowedFd<'_>, place: &Path) -> io::Result<()> {
    Ok(move_mount(mount, "", CWD, place, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)?)
}

/// Files in memory, of bounded size and number.
pub(super) struct Temporary {
    pub(super) bytes: u64,
    pub(super) mode: &'static str,
    /// Whether programs can be made there; then many small files too.
    pub(super) workshop: bool,
}

impl Temporary {
    pub(super) fn make(&self) -> io::Result<OwnedFd> {
        let usual = if self.workshop { 4 << 10 } else { 16 << 10 };
        let files = (self.bytes / usual).max(1024);
        let options =
            [("size", self.bytes.to_string()), ("nr_inodes", files.to_string()), ("mode", self.mode.to_owned())];
        let noexec = if self.workshop { MountAttrFlags::empty() } else { MountAttrFlags::MOUNT_ATTR_NOEXEC };
        make("tmpfs", &options, MountAttrFlags::MOUNT_ATTR_NODEV | noexec)
    }
}

/// A file system of this kind, on which no program gives a privilege.
pub(super) fn make(kind: &str, options: &[(&str, String)], attributes: MountAttrFlags) -> io::Result<OwnedFd> {
    let context = fsopen(kind, FsOpenFlags::FSOPEN_CLOEXEC)?;
    for (key, value) in options {
        fsconfig_set_string(&context, *key, value.as_str())?;
    }
    fsconfig_create(&context)?;
    Ok(fsmount(&context, FsMountFlags::FSMOUNT_CLOEXEC, attributes | MountAttrFlags::MOUNT_ATTR_NOSUID)?)
}
