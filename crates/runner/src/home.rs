//! Directories of services, and who they belong to.
//!
//! **Invariant:** where the node is root, no two services share a user, and a service keeps its user for as long as it
//! has its home: the home's owner is what remembers it.

mod clear;

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::ops::RangeInclusive;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use capos_sandbox::HostUser;

use crate::socket::own_directory;

/// Users that systemd keeps for services that have none of their own; nobody else's accounts are there.
const USERS: RangeInclusive<u32> = 61_184..=65_519;

/// The homes of all services of a node.
#[derive(Clone)]
pub(crate) struct Homes(Arc<Inner>);

struct Inner {
    data: PathBuf,
    is_root: bool,
    /// Of the directories above a home.
    mode: u32,
    taken: Mutex<BTreeSet<u32>>,
}

impl Homes {
    /// Takes the directory, notes whose homes are there, and has those of sessions removed that a killed node has left.
    ///
    /// Where processes see the host's file tree as another user (`seen`), they have to get through to their homes.
    pub(crate) fn open(data: &Path, seen: bool) -> io::Result<Self> {
        let is_root = rustix::process::geteuid().is_root();
        let mode = if seen && is_root { 0o711 } else { 0o700 };
        own_directory(data, mode)?;
        let mut taken = BTreeSet::new();
        for service in fs::read_dir(data)? {
            let service = service?.path();
            put_aside(&service)?;
            if let Ok(home) = fs::symlink_metadata(service.join(HOME)) {
                taken.insert(home.uid());
            }
        }
        let left = left(data)?;
        taken.extend(left.iter().flat_map(|sessions| owners(sessions)));
        // What a service left may be much, and keeps no node from starting. Its users stay taken.
        std::thread::Builder::new()
            .name("service-homes".to_owned())
            .spawn(move || left.iter().for_each(|it| clear(it)))?;
        Ok(Self(Arc::new(Inner { data: data.to_owned(), is_root, mode, taken: Mutex::new(taken) })))
    }

    /// Where the log of a service goes.
    pub(crate) fn log(&self, service: &str) -> io::Result<PathBuf> {
        let path = self.0.data.join(service).join("log");
        own_directory(&self.0.data.join(service), self.0.mode)?;
        own_directory(&path, 0o700)?;
        Ok(path)
    }

    /// The home that a service keeps.
    pub(crate) fn lasting(&self, service: &str) -> io::Result<Home> {
        own_directory(&self.0.data.join(service), self.0.mode)?;
        let path = self.0.data.join(service).join(HOME);
        make(&path)?;
        let owner = fs::symlink_metadata(&path)?.uid();
        let user = match self.0.is_root {
            true if USERS.contains(&owner) => Some(user(owner)),
            true => {
                let uid = self.take()?;
                chown(&path, Some(uid), Some(uid))?;
                Some(user(uid))
            }
            false => None,
        };
        Ok(Home { path: Some(path), user, homes: self.clone(), lasts: true })
    }

    /// A fresh home for one session's process, which goes with it.
    pub(crate) fn fleeting(&self, service: &str, number: u64) -> io::Result<Home> {
        own_directory(&self.0.data.join(service), self.0.mode)?;
        let sessions = self.0.data.join(service).join(SESSIONS);
        own_directory(&sessions, self.0.mode)?;
        let mut home = self.nowhere()?;
        let path = sessions.join(number.to_string());
        fs::DirBuilder::new().mode(0o700).create(&path)?;
        if let Some(HostUser { uid, gid }) = home.user {
            chown(&path, Some(uid), Some(gid))?;
        }
        home.path = Some(path);
        Ok(home)
    }

    /// A user without a home.
    pub(crate) fn nowhere(&self) -> io::Result<Home> {
        let user = if self.0.is_root { Some(user(self.take()?)) } else { None };
        Ok(Home { path: None, user, homes: self.clone(), lasts: false })
    }

    fn take(&self) -> io::Result<u32> {
        let mut taken = self.taken();
        let free = USERS.into_iter().find(|uid| !taken.contains(uid));
        let uid = free.ok_or_else(|| io::Error::other("every user for services is taken"))?;
        taken.insert(uid);
        Ok(uid)
    }

    fn taken(&self) -> std::sync::MutexGuard<'_, BTreeSet<u32>> {
        self.0.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const HOME: &str = "home";
const SESSIONS: &str = "sessions";
/// What begins the names of those that an earlier node has left.
const LEFT: &str = "left.";

fn user(uid: u32) -> HostUser {
    HostUser { uid, gid: uid }
}

fn clear(left: &Path) {
    if let Err(error) = clear::remove_all(left) {
        tracing::warn!(%error, "homes of sessions' processes are left behind");
    }
}

/// Gives the homes that sessions of an earlier node had at a service another name.
fn put_aside(service: &Path) -> io::Result<()> {
    let sessions = service.join(SESSIONS);
    if fs::symlink_metadata(&sessions).is_err() {
        return Ok(());
    }
    let free = (0_u64..).map(|number| service.join(format!("{LEFT}{number}")));
    match free.into_iter().find(|path| fs::symlink_metadata(path).is_err()) {
        Some(path) => fs::rename(sessions, path),
        None => Ok(()),
    }
}

/// All that was put aside and is still there.
fn left(data: &Path) -> io::Result<Vec<PathBuf>> {
    let mut left = Vec::new();
    for service in fs::read_dir(data)? {
        let Ok(entries) = fs::read_dir(service?.path()) else { continue };
        let found = entries.filter_map(Result::ok);
        left.extend(found.filter(|one| one.file_name().to_string_lossy().starts_with(LEFT)).map(|one| one.path()));
    }
    Ok(left)
}

fn owners(directory: &Path) -> Vec<u32> {
    let found = fs::read_dir(directory).into_iter().flatten().filter_map(Result::ok);
    found.filter_map(|entry| entry.metadata().ok()).map(|found| found.uid()).collect()
}

fn make(path: &Path) -> io::Result<()> {
    match fs::DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && fs::symlink_metadata(path)?.is_dir() => Ok(()),
        made => made,
    }
}

/// Where a process is at home, and as whom it runs. What does not last goes when this is dropped, which is to be once
/// the process is gone.
pub(crate) struct Home {
    pub(crate) path: Option<PathBuf>,
    pub(crate) user: Option<HostUser>,
    homes: Homes,
    lasts: bool,
}

impl Drop for Home {
    fn drop(&mut self) {
        if self.lasts {
            return;
        }
        let (path, user, homes) = (self.path.take(), self.user, self.homes.clone());
        let remove = move || {
            let removed = path.as_deref().map_or(Ok(()), clear::remove_all);
            match removed {
                // The user stays taken: what is left is still that user's.
                Err(error) => tracing::warn!(%error, "the home of a session's process is left behind"),
                Ok(()) => {
                    homes.taken().remove(&user.map_or(0, |user| user.uid));
                }
            }
        };
        // A process may have left much to remove.
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(remove)),
            Err(_) => remove(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lasting_home_stays_and_a_fleeting_one_goes() {
        let data = tempfile::tempdir().unwrap();
        let homes = Homes::open(data.path(), false).unwrap();
        let (lasting, fleeting) = (homes.lasting("greeter").unwrap(), homes.fleeting("greeter", 3).unwrap());
        let paths = [lasting.path.clone().unwrap(), fleeting.path.clone().unwrap()];
        for path in &paths {
            assert_eq!(fs::symlink_metadata(path).unwrap().mode() & 0o777, 0o700);
        }
        fs::write(paths[1].join("left"), "something").unwrap();
        drop((lasting, fleeting));
        assert!(paths[0].exists() && !paths[1].exists());
    }

    #[test]
    fn no_two_share_a_user_and_a_home_remembers_its_own() {
        let data = tempfile::tempdir().unwrap();
        let homes = Homes::open(data.path(), false).unwrap();
        let uid = |home: &Home| home.user.map(|user| user.uid);
        let (one, two, three) =
            (homes.lasting("one").unwrap(), homes.lasting("two").unwrap(), homes.fleeting("two", 1).unwrap());
        if !homes.0.is_root {
            assert_eq!((uid(&one), uid(&three)), (None, None), "an ordinary user has no others to give");
            return;
        }
        let users: BTreeSet<_> = [&one, &two, &three].into_iter().map(uid).collect();
        assert_eq!(users.len(), 3);
        let again = Homes::open(data.path(), false).unwrap();
        assert_eq!(uid(&again.lasting("one").unwrap()), uid(&one), "after a restart");
        assert!(![uid(&one), uid(&two)].contains(&uid(&again.lasting("three").unwrap())));
    }

    #[test]
    fn homes_that_a_killed_node_left_go() {
        let data = tempfile::tempdir().unwrap();
        let left = Homes::open(data.path(), false).unwrap().fleeting("greeter", 3).unwrap();
        std::mem::forget(left);
        let service = data.path().join("greeter");
        fs::rename(service.join(SESSIONS), service.join("left.0")).unwrap();
        fs::create_dir(service.join(SESSIONS)).unwrap();
        Homes::open(data.path(), false).unwrap();
        assert!(!service.join(SESSIONS).exists());
        while fs::read_dir(&service).unwrap().count() > 0 {
            std::thread::yield_now();
        }
    }
}
