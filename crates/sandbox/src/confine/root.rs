//! The file tree that a service sees: made of temporary memory, with parts of the host's tree bound into it.

mod files;
mod layout;
mod mounts;
mod processes;

use std::fs;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use rustix::fs::CWD;
use rustix::mount::{MountAttrFlags, MountPropagationFlags, UnmountFlags, mount_change, unmount};

use crate::Plan;
use crate::error::Refusal;
pub(crate) use layout::Layout;
pub(crate) use mounts::Tree;
use mounts::{Temporary, attach, make};
use processes::{processes_alone, processes_and_machine};

/// What goes into it besides the bound parts.
pub(crate) struct Furniture<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) user: crate::HostUser,
    /// Whether there is a pid namespace of its own to look into.
    pub(crate) processes: bool,
}

/// Builds the tree and makes it this process's root, for good: the host's is out of reach afterwards.
pub(crate) fn enter(layout: &Layout, trees: Vec<Tree>, furniture: &Furniture<'_>) -> Result<(), Refusal> {
    let step = |what: &'static str| move |error: io::Error| Refusal::Host(format!("{what}: {error}"));
    begin().map_err(step("a root of its own"))?;
    furnish(layout, furniture).map_err(step("the root's own files"))?;
    for tree in trees {
        let inside = tree.inside.clone();
        tree.attach().map_err(|error| Refusal::Host(format!("binding {}: {error}", inside.display())))?;
    }
    if furniture.processes {
        let made = if furniture.plan.commands { processes_and_machine() } else { processes_alone() };
        match made {
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
    let root = Temporary { bytes: 1 << 20, mode: "0755", workshop: false }.make()?;
    attach(root.as_fd(), Path::new("/proc"))?;
    Ok(rustix::process::fchdir(root)?)
}

fn furnish(layout: &Layout, furniture: &Furniture<'_>) -> io::Result<()> {
    let plan = furniture.plan;
    let home = plan.home_inside();
    let home = home.strip_prefix("/").unwrap_or(&home);
    for directory in ["dev/shm", "etc", "proc", "run", "tmp"].map(Path::new).into_iter().chain([home]) {
        fs::create_dir_all(directory)?;
    }
    let mut temporary = vec![(Path::new("tmp"), "1777"), (Path::new("dev/shm"), "1777")];
    if !layout.has_home() {
        temporary.push((home, "0700"));
    }
    for (place, mode) in temporary {
        let made = Temporary { bytes: plan.temporary_bytes, mode, workshop: plan.commands }.make()?;
        attach(made.as_fd(), place)?;
    }
    if plan.commands {
        fs::create_dir_all("var")?;
        terminals()?;
    }
    for (link, target) in files::links(plan) {
        symlink(target, link)?;
    }
    for (link, target) in layout.links() {
        symlink(target, link)?;
    }
    files::configuration(plan, furniture.user)
}

/// Terminals that are made here, and none of the host's.
fn terminals() -> io::Result<()> {
    fs::create_dir("dev/pts")?;
    let most = crate::Limits::default().terminals.to_string();
    let options = [("mode", "0600".to_owned()), ("ptmxmode", "0666".to_owned()), ("max", most)];
    attach(make("devpts", &options, MountAttrFlags::MOUNT_ATTR_NOEXEC)?.as_fd(), Path::new("dev/pts"))
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
    let exactly = ["/", "/tmp", "/etc", "/home"].iter().any(|reserved| path == Path::new(reserved));
    within || exactly
}

/// An absolute path without detours, which is not what is `taken` already.
fn proven(path: &Path, taken: Option<&Path>) -> Result<PathBuf, Refusal> {
    let straight = path.components().all(|part| !matches!(part, std::path::Component::ParentDir));
    let path: PathBuf = path.components().collect();
    if !path.is_absolute() || !straight || is_reserved(&path) || taken == Some(path.as_path()) {
        return Err(Refusal::Plan(format!("{} cannot be shown to a service", path.display())));
    }
    Ok(path)
}
