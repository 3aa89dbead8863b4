//! Bounds that hold for each process alone.

use std::io;

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::ProcessLimits;

/// Which bounds stand in for what else counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted {
    /// No control group counts memory, so that each process is held to it.
    pub(crate) memory: bool,
    /// In a user namespace of its own the service's processes are counted apart from all others of its user.
    pub(crate) processes: bool,
}

pub(crate) fn bound(limits: &ProcessLimits, counted: Counted) -> io::Result<()> {
    let mut bounds = vec![
        (Resource::RLIMIT_CORE, 0),
        (Resource::RLIMIT_NOFILE, limits.open_files),
        (Resource::RLIMIT_FSIZE, limits.file_bytes),
        (Resource::RLIMIT_MEMLOCK, 64 * 1024),
        (Resource::RLIMIT_MSGQUEUE, 0),
        (Resource::RLIMIT_RTPRIO, 0),
        (Resource::RLIMIT_NICE, 0),
    ];
    if counted.memory {
        bounds.push((Resource::RLIMIT_DATA, limits.memory_bytes));
    }
    if counted.processes {
        // One more: the first process inside is counted, and is not the service's.
        bounds.push((Resource::RLIMIT_NPROC, limits.processes.saturating_add(1)));
    }
    bounds.into_iter().try_for_each(|(resource, most)| lower(resource, most))
}

/// To what is asked, or to what the node itself is held to where that is less.
fn lower(resource: Resource, most: u64) -> io::Result<()> {
    let (_, hard) = getrlimit(resource)?;
    let bound = most.min(hard);
    Ok(setrlimit(resource, bound, bound)?)
}
