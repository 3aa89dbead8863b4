//! Whether what a profile says of the host is there, and may be shown.

use std::fs;
use std::path::{Path, PathBuf};

use capos_sandbox::{HostUser, Root};

use crate::core::Core;
use crate::home::{self, Home};
use crate::process;
use crate::profile::{Dwelling, Inside, Profile};

impl Core {
    /// Why a service cannot be started where it is to run; for administrators.
    pub(crate) fn surroundings(&self, inside: &Inside) -> Result<(), String> {
        user(inside)?;
        for path in &inside.write {
            if fs::metadata(path).is_err() {
                return Err(format!("{}, which its profile lets it write, is not there", path.display()));
            }
        }
        let root = match &inside.root {
            Root::Libraries | Root::System => None,
            Root::Directory(root) if root.is_dir() => Some(root),
            Root::Directory(root) => {
                return Err(format!("{}, which its profile names as its root, is no directory", root.display()));
            }
        };
        let own = [&self.settings.data, &self.settings.sockets];
        let shown = inside.write.iter().chain(&inside.read).chain(root);
        match shown.into_iter().find(|shown| own.iter().any(|own| meet(shown, own))) {
            Some(shown) => Err(format!("{}, which its profile shows it, has what is the node's own", shown.display())),
            None => Ok(()),
        }
    }

    /// The home of a process, as its profile says; `pseudonym` is whom its session is for.
    pub(crate) fn home(&self, profile: &Profile, pseudonym: Option<&[u8; 32]>, number: u64) -> Result<Home, String> {
        let user = user(&profile.inside)?;
        let home = match (profile.inside.home, pseudonym) {
            (Dwelling::Kept, _) => self.homes.lasting(&profile.id, user),
            (Dwelling::Principal, Some(pseudonym)) => self.homes.of_principal(&profile.id, pseudonym, user),
            (Dwelling::Principal, None) | (Dwelling::Scratch, _) => self.homes.fleeting(&profile.id, number, user),
        };
        home.map_err(|error| process::refused("it has no home", &error))
    }
}

fn user(inside: &Inside) -> Result<Option<HostUser>, String> {
    inside.user.as_deref().map_or(Ok(None), home::named)
}

/// Whether one lies in the other, by whatever names.
fn meet(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| PathBuf::from(path));
    let (one, other) = (real(one), real(other));
    one.starts_with(&other) || other.starts_with(&one)
}
