//! Profiles that agree with each other.

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
    /// One that is compiled into the program; its name stands for a file's in faults. It brings no schema of its own.
    Text {
        /// What faults call it.
        name: String,
        /// The profile.
        text: String,
    },
}

/// A set of profiles: ids are unique, what is required is there, nothing waits for itself.
#[derive(Clone, Debug)]
pub struct Profiles {}

impl Profiles {
    /// Reads and checks profiles with their schemas. A file's profile replaces a compiled-in one of the same id.
    pub fn read(_sources: &[Source], _limits: &Limits) -> Result<Profiles, Vec<Fault>> {
        unimplemented!()
    }

    /// Checks profiles that were read, each with the compiled schema that it brings.
    pub fn check(_drafts: Vec<(Draft, Option<Arc<[u8]>>)>, _limits: &Limits) -> Result<Profiles, Vec<Fault>> {
        unimplemented!()
    }

    /// The profile of that id.
    #[must_use]
    pub fn get(&self, _id: &str) -> Option<&Arc<Profile>> {
        unimplemented!()
    }

    /// All, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Profile>> {
        [].iter()
    }

    /// Every interface: those that the node is built with, and those that profiles bring.
    #[must_use]
    pub fn registry(&self) -> &Arc<Registry> {
        unimplemented!()
    }
}
