//! Mounts, by the descriptors that the newer system calls give.

use std::fs;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::CWD;
use rustix::io::Errno;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MoveMountFlags, OpenTreeFlags, fsconfig_create, fsconfig_set_string,
    fsmount, fsopen, move_mount, open_tree,
};

use super::layout::{Kind, Source};
use crate::error::Refusal;
use crate::kernel::set_mount_attributes;

/// A part of the host's tree, held and already sealed, not yet in place.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(super) inside: PathBuf,
    mount: OwnedFd,
}

impl Tree {
    /// Nothing where the part is not there and need not be.
    pub(super) fn take(source: &Source) -> Result<Option<Tree>, Refusal> {
        let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | OpenTreeFlags::AT_RECURSIVE;
        let mount = match open_tree(CWD, &source.outside, flags) {
            Ok(mount) => mount,
            Err(Errno::NOENT | Errno::NOTDIR) if source.kind == Kind::Host => return Ok(None),
            Err(_) if source.kind == Kind::Program => return Err(Refusal::NoProgram),
            Err(error @ (Errno::NOENT | Errno::NOTDIR | Errno::ACCESS)) => {
                return Err(Refusal::Plan(format!("{}: {error}", source.outside.display())));
            }
            Err(error) => return Err(Refusal::Host(format!("{}: {error}", source.outside.display()))),
        };
        let sealed = set_mount_attributes(mount.as_fd(), true, attributes(source.kind));
        sealed.map_err(|error| Refusal::Host(format!("sealing {}: {error}", source.outside.display())))?;
        Ok(Some(Tree { inside: source.inside.clone(), mount }))
    }

    /// Puts it below the current directory, at the place that it has on the host.
    pub(super) fn attach(self) -> io::Result<()> {
        let place = self.inside.strip_prefix("/").unwrap_or(&self.inside);
        if !place.exists() {
            make_place(place, rustix::fs::fstat(&self.mount)?)?;
        }
        attach(self.mount.as_fd(), place)
    }
}

impl AsFd for Tree {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.mount.as_fd()
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
        Kind::Home => libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV | libc::MOUNT_ATTR_NOEXEC,
        // The one kind of mount on which devices work, each of them a single file.
        Kind::Device => libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NOEXEC,
    }
}

pub(super) fn attach(mount: BorrowedFd<'_>, place: &Path) -> io::Result<()> {
    Ok(move_mount(mount, "", CWD, place, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)?)
}

/// Files in memory, of bounded size and number, from which nothing is executed.
pub(super) struct Temporary {
    pub(super) bytes: u64,
    pub(super) mode: &'static str,
}

impl Temporary {
    pub(super) fn make(&self) -> io::Result<OwnedFd> {
        let files = (self.bytes / (16 << 10)).max(1024);
        let options =
            [("size", self.bytes.to_string()), ("nr_inodes", files.to_string()), ("mode", self.mode.to_owned())];
        make("tmpfs", &options.map(|(key, value)| (key, value)))
    }
}

/// The processes of this pid namespace and nothing else of the kernel's; those that the service may not look into are not even listed.
pub(super) fn process_information() -> io::Result<()> {
    let options = [("hidepid", "invisible"), ("subset", "pid")].map(|(key, value)| (key, value.to_owned()));
    attach(make("proc", &options)?.as_fd(), Path::new("proc"))
}

fn make(kind: &str, options: &[(&str, String)]) -> io::Result<OwnedFd> {
    let context = fsopen(kind, FsOpenFlags::FSOPEN_CLOEXEC)?;
    for (key, value) in options {
        fsconfig_set_string(&context, *key, value.as_str())?;
    }
    fsconfig_create(&context)?;
    let attributes =
        MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NODEV | MountAttrFlags::MOUNT_ATTR_NOEXEC;
    Ok(fsmount(&context, FsMountFlags::FSMOUNT_CLOEXEC, attributes)?)
}
