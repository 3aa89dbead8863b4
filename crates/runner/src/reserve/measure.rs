//! What a home holds, and what is left beside it.
//!
//! **Invariant:** neither memory nor open files nor time grow without bound with what is measured, and no link is
//! followed: whoever wrote it chose depth, names, modes and links.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat, openat, statat, statvfs};
use rustix::io::Errno;

use super::Space;
use crate::limits::Limits;

/// Directories within each other that are looked into: each is an open file.
const DEEPEST: usize = 96;
/// Processes of one service that are asked what they wrote.
const MOST_PROCESSES: usize = 4096;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) bytes: u64,
    /// Whether all of it could be looked at.
    pub(crate) is_whole: bool,
}

impl Held {
    /// Whether it is more than that, or may be.
    pub(crate) fn is_above(&self, may: u64) -> bool {
        !self.is_whole || self.bytes > may
    }
}

/// What is left on the file system of a path.
pub(crate) fn space(path: &Path) -> io::Result<Space> {
    let found = statvfs(path)?;
    // Root may use what others may not, and the node may not be root.
    Ok(Space {
        free: found.f_bavail.saturating_mul(found.f_frsize),
        whole: found.f_blocks.saturating_mul(found.f_frsize),
    })
}

/// What a home takes on its disk. It may change meanwhile.
pub(crate) fn measure(home: &Path, limits: &Limits) -> Held {
    let mut walk = Walk { left: limits.home_entries, bytes: 0, is_whole: true, linked: HashSet::new(), device: 0 };
    match walk.begin(home) {
        // What is not there holds nothing.
        Err(Errno::NOENT) | Ok(()) => {}
        Err(_) => walk.is_whole = false,
    }
    Held { bytes: walk.bytes, is_whole: walk.is_whole }
}

struct Walk {
    left: usize,
    bytes: u64,
    is_whole: bool,
    /// Files with several names are counted once.
    linked: HashSet<u64>,
    device: u64,
}

impl Walk {
    fn begin(&mut self, home: &Path) -> rustix::io::Result<()> {
        let top = open(CWD, home)?;
        self.device = rustix::fs::fstat(&top)?.st_dev;
        let mut stack = vec![Dir::new(top)?];
        while let Some(directory) = stack.last_mut() {
            match directory.next() {
                None => drop(stack.pop()),
                Some(Err(_)) => {
                    self.is_whole = false;
                    stack.pop();
                }
                Some(Ok(entry)) => {
                    if let Some(below) = self.entry(directory, entry.file_name()) {
                        match stack.len() < DEEPEST {
                            true => stack.push(below),
                            false => self.is_whole = false,
                        }
                    }
                }
            }
            if self.left == 0 {
                self.is_whole = false;
                break;
            }
        }
        Ok(())
    }

    /// Counts an entry, and opens it where it is a directory.
    fn entry(&mut self, parent: &Dir, name: &std::ffi::CStr) -> Option<Dir> {
        if name == c"." || name == c".." {
            return None;
        }
        self.left = self.left.saturating_sub(1);
        let found = match parent.fd().and_then(|parent| statat(parent, name, AtFlags::SYMLINK_NOFOLLOW)) {
            Ok(found) => found,
            Err(Errno::NOENT) => return None,
            Err(_) => {
                self.is_whole = false;
                return None;
            }
        };
        // What is mounted there is on another disk.
        if found.st_dev != self.device || !self.is_new(&found) {
            return None;
        }
        self.bytes = self.bytes.saturating_add(u64::try_from(found.st_blocks).unwrap_or(0).saturating_mul(512));
        if FileType::from_raw_mode(found.st_mode) != FileType::Directory {
            return None;
        }
        match parent.fd().and_then(|parent| open(parent, name)).and_then(Dir::new) {
            Ok(below) => Some(below),
            Err(Errno::NOENT) => None,
            Err(_) => {
                self.is_whole = false;
                None
            }
        }
    }

    fn is_new(&mut self, found: &Stat) -> bool {
        let is_directory = FileType::from_raw_mode(found.st_mode) == FileType::Directory;
        is_directory || found.st_nlink < 2 || self.linked.insert(found.st_ino)
    }
}

fn open(parent: impl std::os::fd::AsFd, name: impl rustix::path::Arg) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    openat(parent, name, flags, Mode::empty())
}

/// What a process and all that it started have written to disks, as far as the system tells: those that have ended
/// count with whoever waited for them.
pub(super) fn written(pid: i32) -> u64 {
    let mut found = vec![pid];
    let mut next = 0;
    while let Some(&parent) = found.get(next)
        && found.len() < MOST_PROCESSES
    {
        found.extend(children(parent));
        next += 1;
    }
    found.iter().filter_map(|pid| fs::read_to_string(format!("/proc/{pid}/io")).ok()).map(|text| count(&text)).sum()
}

fn children(pid: i32) -> Vec<i32> {
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    let texts = tasks.flatten().filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    texts.flat_map(|text| text.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>()).collect()
}

fn count(text: &str) -> u64 {
    let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.trim().parse::<u64>().ok());
    let cancelled = value("cancelled_write_bytes:").unwrap_or(0);
    value("write_bytes:").unwrap_or(0).saturating_sub(cancelled)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn of(home: &Path, entries: usize) -> Held {
        measure(home, &Limits { home_entries: entries, ..Limits::default() })
    }

    #[test]
    fn a_home_is_what_its_files_take_and_links_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (home, other) = (folder.path().join("home"), folder.path().join("other"));
        fs::create_dir_all(home.join("a/b")).unwrap();
        fs::create_dir(&other).unwrap();
        let empty = of(&home, 100);
        fs::write(other.join("treasure"), vec![1; 1 << 20]).unwrap();
        symlink(&other, home.join("a/link")).unwrap();
        symlink("/", home.join("root")).unwrap();
        assert!(of(&home, 100).bytes < empty.bytes + (64 << 10));
        fs::write(home.join("a/b/file"), vec![1; 1 << 20]).unwrap();
        fs::hard_link(home.join("a/b/file"), home.join("again")).unwrap();
        fs::File::create(home.join("sparse")).unwrap().set_len(1 << 40).unwrap();
        let held = of(&home, 100);
        assert!(
            held.is_whole && held.bytes >= empty.bytes + (1 << 20) && held.bytes < empty.bytes + (1 << 20) + (64 << 10)
        );
        assert!(!held.is_above(held.bytes) && held.is_above(held.bytes - 1));
    }

    #[test]
    fn what_is_too_much_or_too_deep_to_count_is_above_any_bound() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a", "b", "c"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        assert!(of(folder.path(), 4).is_whole && !of(folder.path(), 3).is_whole);
        let deep = |depth: usize| folder.path().join("d/".repeat(depth));
        fs::create_dir_all(deep(DEEPEST - 1)).unwrap();
        assert!(of(folder.path(), 1000).is_whole);
        fs::create_dir(deep(DEEPEST)).unwrap();
        assert!(!of(folder.path(), 1000).is_whole);
        assert!(of(folder.path(), 1000).is_above(u64::MAX));
    }

    #[test]
    fn a_home_that_is_not_there_holds_nothing_and_one_that_is_a_link_is_none() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(of(&folder.path().join("none"), 10), Held { bytes: 0, is_whole: true });
        symlink("/", folder.path().join("link")).unwrap();
        assert!(!of(&folder.path().join("link"), 10).is_whole);
    }

    #[test]
    fn what_was_taken_back_was_not_written() {
        assert_eq!(count("rchar: 7\nwchar: 9\nwrite_bytes: 8192\ncancelled_write_bytes: 4096\n"), 4096);
        assert_eq!(count("nonsense"), 0);
    }
}
