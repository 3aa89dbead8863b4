//! What a service's processes find around them.

use std::path::PathBuf;

use capos_sandbox::{Network, Root};

/// What of the host a service's processes see, and as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inside {
    /// What of the host's programs they see.
    pub root: Root,
    /// What else of the host they may read.
    pub read: Vec<PathBuf>,
    /// What of the host they may write.
    pub write: Vec<PathBuf>,
    /// Where the service is at home.
    pub home: Dwelling,
    /// What that home may hold where the disk runs short; nothing where it has no bound of its own.
    pub home_bytes: Option<u64>,
    /// What it is called inside.
    pub account: String,
    /// The user of the host that it runs as; without one it has one of its own where the node is root, and the node's
    /// where it is not.
    pub user: Option<String>,
    /// What it reaches beyond its socket.
    pub network: Network,
    /// Whether it starts programs of people.
    pub commands: bool,
}

/// Which home a process gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dwelling {
    /// The service's own, which stays.
    Kept,
    /// That of whoever its session is for, which stays; guests and anonymous sessions get one as [`Dwelling::Scratch`].
    Principal,
    /// A fresh one, which goes with the process.
    Scratch,
}

impl Dwelling {
    /// As profiles call it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Dwelling::Kept => "kept",
            Dwelling::Principal => "principal",
            Dwelling::Scratch => "scratch",
        }
    }
}
