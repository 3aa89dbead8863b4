//! Which namespaces a process is born into, and who it is in them.

use std::fs;
use std::io;

use nix::unistd::Pid;

use super::privileges::Identity;
use crate::Mechanism;

/// The flag by which a process is born into this namespace; that of control groups is entered later, from within the group.
pub(crate) fn flag(mechanism: Mechanism) -> Option<i32> {
    Some(match mechanism {
        Mechanism::UserNamespace => libc::CLONE_NEWUSER,
        Mechanism::MountNamespace => libc::CLONE_NEWNS,
        Mechanism::PidNamespace => libc::CLONE_NEWPID,
        Mechanism::NetworkNamespace => libc::CLONE_NEWNET,
        Mechanism::IpcNamespace => libc::CLONE_NEWIPC,
        Mechanism::UtsNamespace => libc::CLONE_NEWUTS,
        _ => return None,
    })
}

/// All flags at once.
pub(crate) fn flags(confinement: &[Mechanism]) -> i32 {
    confinement.iter().filter_map(|mechanism| flag(*mechanism)).fold(0, |flags, flag| flags | flag)
}

/// One user and one group inside, who are the service's outside; nobody else exists there.
pub(crate) fn map(pid: Pid, identity: &Identity) -> io::Result<()> {
    let Identity { outside, inside, privileged } = identity;
    if !privileged {
        // The kernel's condition for a group map written without rights.
        fs::write(format!("/proc/{pid}/setgroups"), "deny")?;
    }
    fs::write(format!("/proc/{pid}/gid_map"), format!("{} {} 1", inside.gid, outside.gid))?;
    fs::write(format!("/proc/{pid}/uid_map"), format!("{} {} 1", inside.uid, outside.uid))
}
