//! Profiles that agree with each other.

mod check;
mod files;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use capos_schema::Registry;

use crate::error::Fault;
use crate::limits::Limits;
use crate::profile::{Draft, Profile};

/// Where a profile is from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A file, and its schema beside it.
    File(PathBuf),
    /// One that is compiled into the program. It brings no schema of its own.
    Text {
        /// What faults call it.
        name: String,
        /// The profile.
        text: String,
    },
}

/// A set of profiles: ids are unique, what is required is there, nothing waits for itself.
#[derive(Clone, Debug)]
pub struct Profiles {
    all: BTreeMap<String, Arc<Profile>>,
    registry: Arc<Registry>,
}

impl Profiles {
    /// Reads and checks profiles with their schemas. A file's profile replaces a compiled-in one of the same id.
    pub fn read(sources: &[Source], limits: &Limits) -> Result<Profiles, Vec<Fault>> {
        Self::check(files::drafts(sources, limits)?, limits)
    }

    /// Checks profiles that were read, each with the compiled schema that it brings.
    pub fn check(drafts: Vec<(Draft, Option<Arc<[u8]>>)>, limits: &Limits) -> Result<Profiles, Vec<Fault>> {
        check::check(drafts, limits)
    }

    /// The profile of that id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Arc<Profile>> {
        self.all.get(id)
    }

    /// All, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Profile>> {
        self.all.values()
    }

    /// Every interface: those that the node is built with, and those that profiles bring.
    #[must_use]
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }
}
