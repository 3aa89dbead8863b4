//! Directories of services, and who they belong to.
//!
//! **Invariant:** where the node is root, no two homes share a user unless a profile names one, and a home keeps its
//! user for as long as it is there: its owner is what remembers it.

mod clear;
mod users;

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::ops::RangeInclusive;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use capos_sandbox::HostUser;
use ring::digest::{Context, SHA256};

pub(crate) use users::named;

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
            taken.extend(owners(&service.join(HOMES)));
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
    pub(crate) fn lasting(&self, service: &str, named: Option<HostUser>) -> io::Result<Home> {
        own_directory(&self.0.data.join(service), self.0.mode)?;
        self.settle(self.0.data.join(service).join(HOME), named)
    }

    /// The home that a service keeps for one principal, who may be there several times at once.
    pub(crate) fn of_principal(
        &self,
        service: &str,
        pseudonym: &[u8; 32],
        named: Option<HostUser>,
    ) -> io::Result<Home> {
        let homes = self.0.data.join(service).join(HOMES);
        for directory in [&self.0.data.join(service), &homes] {
            own_directory(directory, self.0.mode)?;
        }
        self.settle(homes.join(place(service, pseudonym)), named)
    }

    /// A home that stays, and its user.
    fn settle(&self, path: PathBuf, named: Option<HostUser>) -> io::Result<Home> {
        make(&path)?;
        let owner = fs::symlink_metadata(&path)?.uid();
        let user = match named {
            _ if !self.0.is_root => None,
            Some(named) => {
                // What a user of its own has left there would not be this one's.
                if owner != named.uid && owner != 0 {
                    return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the home belongs to another user"));
                }
                chown(&path, Some(named.uid), Some(named.gid))?;
                Some(named)
            }
            None if USERS.contains(&owner) => Some(user(owner)),
            None => {
                let uid = self.take()?;
                chown(&path, Some(uid), Some(uid))?;
                Some(user(uid))
            }
        };
        Ok(Home { path: Some(path), user, homes: self.clone(), lasts: true, taken: None })
    }

    /// A fresh home for one process, which goes with it.
    pub(crate) fn fleeting(&self, service: &str, number: u64, named: Option<HostUser>) -> io::Result<Home> {
        own_directory(&self.0.data.join(service), self.0.mode)?;
        let sessions = self.0.data.join(service).join(SESSIONS);
        own_directory(&sessions, self.0.mode)?;
        let mut home = self.nowhere(named)?;
        let path = sessions.join(number.to_string());
        fs::DirBuilder::new().mode(0o700).create(&path)?;
        if let Some(HostUser { uid, gid }) = home.user {
            chown(&path, Some(uid), Some(gid))?;
        }
        home.path = Some(path);
        Ok(home)
    }

    /// A user without a home.
    pub(crate) fn nowhere(&self, named: Option<HostUser>) -> io::Result<Home> {
        let taken = if self.0.is_root && named.is_none() { Some(self.take()?) } else { None };
        let user = named.filter(|_| self.0.is_root).or(taken.map(user));
        Ok(Home { path: None, user, homes: self.clone(), lasts: false, taken })
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
const HOMES: &str = "homes";
const SESSIONS: &str = "sessions";
/// What begins the names of those that an earlier node has left.
const LEFT: &str = "left.";

/// The name of a principal's home: what the service itself calls the principal is not told by it.
fn place(service: &str, pseudonym: &[u8; 32]) -> String {
    let mut digest = Context::new(&SHA256);
    for part in [b"capos home".as_slice(), service.as_bytes(), pseudonym] {
        digest.update(part);
        digest.update(&[0]);
    }
    digest.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

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
    /// A user that is free again once the home is gone.
    taken: Option<u32>,
}

impl Drop for Home {
    fn drop(&mut self) {
        if self.lasts {
            return;
        }
        let (path, taken, homes) = (self.path.take(), self.taken, self.homes.clone());
        let remove = move || {
            let removed = path.as_deref().map_or(Ok(()), clear::remove_all);
            match removed {
                // The user stays taken: what is left is still that user's.
                Err(error) => tracing::warn!(%error, "the home of a session's process is left behind"),
                Ok(()) => {
                    homes.taken().remove(&taken.unwrap_or_default());
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
        let (lasting, fleeting) =
            (homes.lasting("greeter", None).unwrap(), homes.fleeting("greeter", 3, None).unwrap());
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
        let (one, two, three) = (
            homes.lasting("one", None).unwrap(),
            homes.lasting("two", None).unwrap(),
            homes.fleeting("two", 1, None).unwrap(),
        );
        if !homes.0.is_root {
            assert_eq!((uid(&one), uid(&three)), (None, None), "an ordinary user has no others to give");
            return;
        }
        let users: BTreeSet<_> = [&one, &two, &three].into_iter().map(uid).collect();
        assert_eq!(users.len(), 3);
        let again = Homes::open(data.path(), false).unwrap();
        assert_eq!(uid(&again.lasting("one", None).unwrap()), uid(&one), "after a restart");
        assert!(![uid(&one), uid(&two)].contains(&uid(&again.lasting("three", None).unwrap())));
    }

    #[test]
    fn homes_that_a_killed_node_left_go() {
        let data = tempfile::tempdir().unwrap();
        let left = Homes::open(data.path(), false).unwrap().fleeting("greeter", 3, None).unwrap();
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

    #[test]
    fn a_principal_has_one_home_at_a_service_and_nobody_else_that_one() {
        let data = tempfile::tempdir().unwrap();
        let homes = Homes::open(data.path(), false).unwrap();
        let (ada, bob) = ([7; 32], [8; 32]);
        let (one, again) =
            (homes.of_principal("shell", &ada, None).unwrap(), homes.of_principal("shell", &ada, None).unwrap());
        let others =
            [homes.of_principal("shell", &bob, None).unwrap(), homes.of_principal("desk", &ada, None).unwrap()];
        assert_eq!((&one.path, one.user), (&again.path, again.user), "also at once");
        for other in &others {
            assert_ne!(one.path, other.path);
            assert!(one.user.is_none() || one.user != other.user);
        }
        let name = one.path.clone().unwrap().file_name().unwrap().to_str().unwrap().to_owned();
        assert!(name.len() == 64 && !name.contains(&"07".repeat(8)), "{name}");
        let (path, user) = (one.path.clone(), one.user);
        drop((one, again));
        assert!(path.as_ref().unwrap().exists());
        let later = Homes::open(data.path(), false).unwrap();
        let fresh = later.fleeting("shell", 1, None).unwrap();
        let home = later.of_principal("shell", &ada, None).unwrap();
        assert_eq!((&home.path, home.user), (&path, user), "after a restart");
        assert!(user.is_none() || fresh.user != user, "its user stays taken");
    }

    #[test]
    fn a_user_that_a_profile_names_has_the_home_and_takes_none_over() {
        let data = tempfile::tempdir().unwrap();
        let homes = Homes::open(data.path(), false).unwrap();
        let named = HostUser { uid: 4711, gid: 4712 };
        if !homes.0.is_root {
            assert_eq!(
                homes.lasting("mine", Some(named)).unwrap().user,
                None,
                "an ordinary user has no others to give"
            );
            return;
        }
        let home = homes.lasting("mine", Some(named)).unwrap();
        assert_eq!(home.user, Some(named));
        let found = fs::symlink_metadata(home.path.as_ref().unwrap()).unwrap();
        assert_eq!((found.uid(), found.gid()), (4711, 4712));
        assert_eq!(homes.lasting("mine", Some(named)).unwrap().user, Some(named), "again");
        homes.lasting("other", None).unwrap();
        assert!(homes.lasting("other", Some(named)).is_err(), "it has had another user");
        let fresh = homes.fleeting("mine", 1, Some(named)).unwrap();
        assert_eq!(fresh.user, Some(named));
    }
}
