//! Removal of what a service has left, however it arranged it.
//!
//! **Invariant:** neither the stack nor the node's open files grow with what is removed, and no link is followed:
//! whoever wrote it chose depth, names, modes and links, and the node may be root.

use std::io;
use std::os::fd::{AsFd, AsRawFd as _, OwnedFd};
use std::path::Path;

use ring::rand::{SecureRandom as _, SystemRandom};
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, chmod, openat, renameat, statat, unlinkat};
use rustix::io::Errno;

/// Removes a directory with all that is in it, if it is there. Whoever wrote it must be gone.
pub(super) fn remove_all(path: &Path) -> io::Result<()> {
    let top = match open(CWD, path) {
        Err(Errno::NOENT) => return Ok(()),
        opened => opened?,
    };
    Clearing { top, names: Names::new()?, waiting: Vec::new() }.run()?;
    std::fs::remove_dir(path)
}

/// Directories are lifted into the topmost one before they are emptied, so that none is ever deep.
struct Clearing {
    top: OwnedFd,
    names: Names,
    waiting: Vec<String>,
}

impl Clearing {
    fn run(mut self) -> io::Result<()> {
        let top = self.top.try_clone()?;
        self.empty(&top)?;
        while let Some(name) = self.waiting.pop() {
            let directory = open(&self.top, &*name)?;
            self.empty(&directory)?;
            unlinkat(&self.top, &*name, AtFlags::REMOVEDIR)?;
        }
        Ok(())
    }

    /// Removes the files of a directory, and lifts out the directories.
    fn empty(&mut self, directory: &OwnedFd) -> io::Result<()> {
        // Read to its end first: what is lifted out of the topmost one stays in it.
        let entries: Vec<_> = Dir::read_from(directory)?.collect::<Result<_, _>>()?;
        for entry in &entries {
            let name = entry.file_name();
            if name == c"." || name == c".." {
                continue;
            }
            let found = statat(directory, name, AtFlags::SYMLINK_NOFOLLOW)?;
            if FileType::from_raw_mode(found.st_mode) != FileType::Directory {
                unlinkat(directory, name, AtFlags::empty())?;
                continue;
            }
            // To move a directory one must be able to write in it.
            open(directory, name)?;
            let lifted = self.names.next();
            renameat(directory, name, &self.top, &*lifted)?;
            self.waiting.push(lifted);
        }
        Ok(())
    }
}

/// Opens a directory, also one that its owner has closed to everybody.
fn open(parent: impl AsFd, name: impl rustix::path::Arg) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let found = openat(parent, name, OFlags::PATH | flags, Mode::empty())?;
    // Root needs no permission, and anybody else is the owner.
    if !rustix::process::geteuid().is_root() {
        chmod(format!("/proc/self/fd/{}", found.as_raw_fd()), Mode::RWXU)?;
    }
    openat(&found, c".", OFlags::RDONLY | flags, Mode::empty())
}

/// Names that nobody could take before.
struct Names {
    mark: u128,
    count: u64,
}

impl Names {
    fn new() -> io::Result<Self> {
        let mut mark = [0; 16];
        SystemRandom::new().fill(&mut mark).map_err(|_| io::Error::other("the system gives no random numbers"))?;
        Ok(Self { mark: u128::from_be_bytes(mark), count: 0 })
    }

    fn next(&mut self) -> String {
        self.count += 1;
        format!("{:032x}-{}", self.mark, self.count)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use rustix::fs::mkdirat;

    use super::*;

    #[test]
    fn depth_costs_neither_stack_nor_files() {
        let directory = tempfile::tempdir().unwrap();
        let home = directory.path().join("home");
        fs::create_dir(&home).unwrap();
        let mut at = open(CWD, &*home).unwrap();
        for _ in 0..2000 {
            mkdirat(&at, "d", Mode::RWXU).unwrap();
            at = open(&at, "d").unwrap();
        }
        drop(at);
        let gone = home.clone();
        // A frame for each of them would not fit.
        let removing = std::thread::Builder::new().stack_size(96 << 10).spawn(move || remove_all(&gone));
        removing.unwrap().join().unwrap().unwrap();
        assert!(!home.exists());
    }

    #[test]
    fn links_are_removed_and_not_followed_and_closed_directories_go() {
        let directory = tempfile::tempdir().unwrap();
        let (home, kept) = (directory.path().join("home"), directory.path().join("kept"));
        fs::create_dir_all(home.join("closed/within")).unwrap();
        fs::create_dir(&kept).unwrap();
        fs::write(kept.join("treasure"), "").unwrap();
        symlink(&kept, home.join("link")).unwrap();
        symlink(&kept, home.join("closed/within/link")).unwrap();
        fs::hard_link(kept.join("treasure"), home.join("hard")).unwrap();
        for closed in ["closed/within", "closed"] {
            fs::set_permissions(home.join(closed), fs::Permissions::from_mode(0o0)).unwrap();
        }
        remove_all(&home).unwrap();
        assert!(!home.exists() && kept.join("treasure").exists());
        remove_all(&home).expect("there is nothing left to remove");
        symlink(&kept, &home).unwrap();
        assert!(remove_all(&home).is_err() && kept.join("treasure").exists(), "a link is no home");
    }
}
