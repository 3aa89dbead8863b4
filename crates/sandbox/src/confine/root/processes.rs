//! What a process sees of the kernel in `/proc`.

use std::fs;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::fs::CWD;
use rustix::mount::{MountAttrFlags, OpenTreeFlags, open_tree};

use super::mounts::{attach, make};
use crate::kernel::set_mount_attributes;

/// What `ps`, `top`, `htop` and `free` cannot do without; all else of the kernel's is closed.
const OPEN: [&str; 9] = ["cpuinfo", "filesystems", "loadavg", "meminfo", "stat", "sys", "uptime", "version", "vmstat"];

const SEALED: u64 =
    libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV | libc::MOUNT_ATTR_NOEXEC;

/// The processes of this pid namespace and nothing else of the kernel's; those that the process may not look into are not even listed.
pub(super) fn processes_alone() -> io::Result<()> {
    mount(&[("hidepid", "invisible"), ("subset", "pid")])
}

/// The same with what tells of the machine as a whole, to be read.
///
/// A `/proc` of processes alone has no place for single files of a whole one, so it is a whole one of which every entry is closed that is not named here, those of later kernels included.
/// All processes are listed: whoever starts commands has to find what is to be ended, and what is closed of a process stays closed.
pub(super) fn processes_and_machine() -> io::Result<()> {
    // Covered by what is mounted here next, and so out of reach but for the copies.
    let (file, directory) = closed()?;
    mount(&[])?;
    for entry in fs::read_dir("proc")?.flatten() {
        let (name, kind) = (entry.file_name(), entry.file_type()?);
        let known = name.to_str().is_some_and(|name| OPEN.contains(&name) || name.bytes().all(|b| b.is_ascii_digit()));
        if !known && !kind.is_symlink() {
            cover(if kind.is_dir() { &directory } else { &file }, &Path::new("proc").join(name))?;
        }
    }
    let settings = copy(CWD, "proc/sys")?;
    set_mount_attributes(settings.as_fd(), true, SEALED)?;
    attach(settings.as_fd(), Path::new("proc/sys"))
}

/// A file and a directory that open for nobody.
fn closed() -> io::Result<(OwnedFd, OwnedFd)> {
    let (file, directory) = ("proc/file", "proc/directory");
    fs::write(file, "")?;
    fs::create_dir(directory)?;
    for path in [file, directory] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o000))?;
    }
    let hold = |path| rustix::fs::open(path, rustix::fs::OFlags::PATH | rustix::fs::OFlags::CLOEXEC, 0.into());
    Ok((hold(file)?, hold(directory)?))
}

fn cover(closed: &OwnedFd, place: &Path) -> io::Result<()> {
    let cover = copy(closed, "")?;
    set_mount_attributes(cover.as_fd(), false, SEALED)?;
    attach(cover.as_fd(), place)
}

fn copy(from: impl AsFd, path: &str) -> io::Result<OwnedFd> {
    let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | OpenTreeFlags::AT_EMPTY_PATH;
    Ok(open_tree(from, path, flags)?)
}

fn mount(options: &[(&str, &str)]) -> io::Result<()> {
    let options: Vec<_> = options.iter().map(|(key, value)| (*key, (*value).to_owned())).collect();
    let attributes = MountAttrFlags::MOUNT_ATTR_NODEV | MountAttrFlags::MOUNT_ATTR_NOEXEC;
    attach(make("proc", &options, attributes)?.as_fd(), Path::new("proc"))
}
