//! The file tree that a service sees: made of temporary memory, with parts of the host's tree bound into it.

mod layout;
mod mounts;

use std::fs;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use rustix::fs::CWD;
use rustix::mount::{MountPropagationFlags, UnmountFlags, mount_change, unmount};

use crate::error::Refusal;
pub(crate) use layout::Layout;
pub(crate) use mounts::Tree;
use mounts::{Temporary, attach, process_information};

/// Where the service's own files are.
pub(crate) const HOME: &str = "/home/service";

/// What goes into it besides the bound parts.
pub(crate) struct Furniture {
    pub(crate) temporary_bytes: u64,
    pub(crate) user: crate::HostUser,
    /// Whether there is a pid namespace of its own to look into.
    pub(crate) processes: bool,
}

/// Builds the tree and makes it this process's root, for good: the host's is out of reach afterwards.
pub(crate) fn enter(layout: &Layout, trees: Vec<Tree>, furniture: &Furniture) -> Result<(), Refusal> {
    let step = |what: &'static str| move |error: io::Error| Refusal::Host(format!("{what}: {error}"));
    begin().map_err(step("a root of its own"))?;
    furnish(layout, furniture).map_err(step("the root's own files"))?;
    for tree in trees {
        let inside = tree.inside.clone();
        tree.attach().map_err(|error| Refusal::Host(format!("binding {}: {error}", inside.display())))?;
    }
    if furniture.processes {
        match process_information() {
            // Where parts of the host's own are hidden (containers, hardened units), the kernel gives nobody a whole one: it stays empty.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
            tried => tried.map_err(step("/proc of its own"))?,
        }
    }
    finish().map_err(step("the change of root"))
}

/// A small tree in memory, as the current directory. It hides the host's `/proc` only, from which nothing more is taken.
fn begin() -> io::Result<()> {
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)?;
    let root = Temporary { bytes: 1 << 20, mode: "0755" }.make()?;
    attach(root.as_fd(), Path::new("/proc"))?;
    Ok(rustix::process::fchdir(root)?)
}

fn furnish(layout: &Layout, furniture: &Furniture) -> io::Result<()> {
    for directory in ["dev/shm", "etc", "home/service", "proc", "tmp"] {
        fs::create_dir_all(directory)?;
    }
    let most = furniture.temporary_bytes;
    let mut temporary = vec![("tmp", "1777"), ("dev/shm", "1777")];
    if !layout.has_home() {
        temporary.push(("home/service", "0700"));
    }
    for (place, mode) in temporary {
        attach(Temporary { bytes: most, mode }.make()?.as_fd(), Path::new(place))?;
    }
    for (link, target) in layout.links() {
        symlink(target, link)?;
    }
    configuration(furniture.user)
}

fn configuration(user: crate::HostUser) -> io::Result<()> {
    let crate::HostUser { uid, gid } = user;
    fs::write(
        "etc/passwd",
        format!("service:x:{uid}:{gid}::{HOME}:/usr/sbin/nologin\nnobody:x:65534:65534::/:/usr/sbin/nologin\n"),
    )?;
    fs::write("etc/group", format!("service:x:{gid}:\nnogroup:x:65534:\n"))?;
    fs::write("etc/hosts", "127.0.0.1 localhost service\n::1 localhost service\n")?;
    fs::write("etc/nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files\n")
}

/// The new root takes the old one's place, the old one is let go, and the new one is sealed.
fn finish() -> io::Result<()> {
    rustix::process::pivot_root(".", ".")?;
    unmount(".", UnmountFlags::DETACH)?;
    rustix::process::chdir("/")?;
    let root = rustix::fs::openat(
        CWD,
        "/",
        rustix::fs::OFlags::PATH | rustix::fs::OFlags::CLOEXEC,
        rustix::fs::Mode::empty(),
    )?;
    crate::kernel::set_mount_attributes(root.as_fd(), false, libc::MOUNT_ATTR_RDONLY)
}

/// Paths that a plan may not name, since they are the sandbox's own.
fn is_reserved(path: &Path) -> bool {
    let within = ["/proc", "/sys", "/dev"].iter().any(|reserved| path.starts_with(reserved));
    let exactly = ["/", "/tmp", "/etc", "/home", HOME].iter().any(|reserved| path == Path::new(reserved));
    within || exactly
}

/// An absolute path without detours.
fn proven(path: &Path) -> Result<PathBuf, Refusal> {
    let straight = path.components().all(|part| !matches!(part, std::path::Component::ParentDir));
    if !path.is_absolute() || !straight || is_reserved(path) {
        return Err(Refusal::Plan(format!("{} cannot be shown to a service", path.display())));
    }
    Ok(path.components().collect())
}
