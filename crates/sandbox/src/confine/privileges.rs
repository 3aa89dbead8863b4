//! Who the process is, and that it stays so.

use std::io;

use nix::sys::prctl;
use nix::unistd::{Gid, Uid, getegid, geteuid, setgroups, setresgid, setresuid};
use rustix::thread::{
    CapabilitiesSecureBits, CapabilitySet, CapabilitySets, clear_ambient_capability_set,
    remove_capability_from_bounding_set, set_capabilities, set_capabilities_secure_bits,
};

use crate::HostUser;
use crate::error::Refusal;

/// The number of the service's user and group inside, where it has a user namespace.
const SERVICE_ID: u32 = 1000;

/// Who the process is, seen from outside and from inside.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Identity {
    pub(crate) outside: HostUser,
    pub(crate) inside: HostUser,
    /// Whether the node is the host's root, and so has rights to give away.
    pub(crate) privileged: bool,
}

impl Identity {
    pub(crate) fn of(plan_user: Option<HostUser>, user_namespace: bool) -> Result<Identity, Refusal> {
        let own = HostUser { uid: geteuid().as_raw(), gid: getegid().as_raw() };
        let privileged = own.uid == 0;
        let outside = match plan_user {
            Some(user) if user.uid == 0 || user.gid == 0 => {
                return Err(Refusal::Plan("a service is never root".into()));
            }
            Some(user) if privileged || user == own => user,
            Some(_) => {
                return Err(Refusal::Plan("only a node that runs as root can start another user's process".into()));
            }
            None if privileged => {
                return Err(Refusal::Plan("a node that runs as root must say whose process it is to be".into()));
            }
            None => own,
        };
        let inside = if user_namespace { HostUser { uid: SERVICE_ID, gid: SERVICE_ID } } else { outside };
        Ok(Identity { outside, inside, privileged })
    }
}

/// No user number means anything, no file gives a capability: locked, and first, so that the change of user keeps what setting up needs.
pub(crate) fn lock_secure_bits() -> io::Result<()> {
    let bits = CapabilitiesSecureBits::NO_ROOT
        | CapabilitiesSecureBits::NO_ROOT_LOCKED
        | CapabilitiesSecureBits::NO_SETUID_FIXUP
        | CapabilitiesSecureBits::NO_SETUID_FIXUP_LOCKED
        | CapabilitiesSecureBits::KEEP_CAPS_LOCKED
        | CapabilitiesSecureBits::NO_CAP_AMBIENT_RAISE
        | CapabilitiesSecureBits::NO_CAP_AMBIENT_RAISE_LOCKED;
    Ok(set_capabilities_secure_bits(bits)?)
}

/// Becomes the service's user, in no other group where the host lets us leave them.
pub(crate) fn become_user(identity: &Identity) -> io::Result<()> {
    let gid = Gid::from_raw(identity.inside.gid);
    let uid = Uid::from_raw(identity.inside.uid);
    if identity.privileged {
        setgroups(&[])?;
    }
    setresgid(gid, gid, gid)?;
    Ok(setresuid(uid, uid, uid)?)
}

/// Every capability, for good; `bounding` only who still has the right to.
pub(crate) fn drop_capabilities(bounding: bool) -> io::Result<()> {
    clear_ambient_capability_set()?;
    if bounding {
        let highest = (0..64).map(|bit| CapabilitySet::from_bits_retain(1 << bit));
        // The kernel knows fewer than 64, and says so at the first it does not know.
        for capability in highest {
            match remove_capability_from_bounding_set(capability) {
                Ok(()) => {}
                Err(rustix::io::Errno::INVAL) => break,
                Err(error) => return Err(error.into()),
            }
        }
    }
    let none = CapabilitySet::empty();
    Ok(set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })?)
}

/// No program gives privileges any more.
pub(crate) fn no_new_privileges() -> io::Result<()> {
    Ok(prctl::set_no_new_privs()?)
}
