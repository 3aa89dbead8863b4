//! Bounds that hold for each process alone.

use std::io;

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::{Limits, Plan};

/// Which bounds stand in for what else counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted {
    /// No control group counts memory, so that each process is held to it.
    pub(crate) memory: bool,
    /// In a user namespace of its own the service's processes are counted apart from all others of its user.
    pub(crate) processes: bool,
}

pub(crate) fn bound(plan: &Plan, counted: Counted) -> io::Result<()> {
    let limits = &plan.limits;
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
        bounds.push((Resource::RLIMIT_NPROC, plan.counted_processes()));
    }
    bounds.into_iter().try_for_each(|(resource, most)| lower(resource, most))
}

/// To what is asked, or to what the node itself is held to where that is less.
fn lower(resource: Resource, most: u64) -> io::Result<()> {
    let (_, hard) = getrlimit(resource)?;
    let bound = most.min(hard);
    Ok(setrlimit(resource, bound, bound)?)
}

/// To be called once by a process that starts commands in a place of commands, before it does: for it and for all that come of it, processes and memory then run out before they do for the first process, which so can still answer and end them.
///
/// Without its part of a limit, as outside of such a place, it does what can be done.
pub fn give_way() {
    // A reason to be killed first, which nobody needs a right to give; less than that of a process that asks to be the first.
    let _ = std::fs::write("/proc/self/oom_score_adj", "500");
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NPROC) else { return };
    let reserved = Limits::default().reserved_processes;
    if nix::unistd::getppid().as_raw() == 1 && hard != libc::RLIM_INFINITY {
        let most = soft.min(hard).saturating_sub(reserved).max(1);
        let _ = setrlimit(Resource::RLIMIT_NPROC, most, most);
    }
}
