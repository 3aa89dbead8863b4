//! Lists of system calls, kept as text in `filters/`, made into programs for the kernel.
//!
//! What is not listed answers EPERM rather than killing: libraries try calls and live without them, and a call that is refused gives as little as one that kills.

mod names;
mod parse;
mod program;

use std::io;

use seccompiler::BpfProgram;

use crate::Network;

const SERVICE: &str = include_str!("../../filters/service.seccomp");
const COMMANDS: &str = include_str!("../../filters/commands.seccomp");
const NETWORK: &str = include_str!("../../filters/network.seccomp");
const INIT: &str = include_str!("../../filters/init.seccomp");

/// A list, ready for the kernel.
#[derive(Clone, Debug)]
pub(crate) struct Filter(BpfProgram);

/// The lists of all kinds of processes inside.
#[derive(Clone, Debug)]
pub(crate) struct Filters {
    /// Without and with commands of people; of each without and with the network.
    services: [[Filter; 2]; 2],
    pub(crate) init: Filter,
}

impl Filters {
    /// Fails where this machine is of a kind that the lists were not made for.
    pub(crate) fn compile() -> Result<Filters, String> {
        let kinds = |basis: &[&str]| -> Result<_, String> {
            Ok([Filter::compile(&basis.concat())?, Filter::compile(&[basis, &[NETWORK]].concat().concat())?])
        };
        Ok(Filters { services: [kinds(&[SERVICE])?, kinds(&[SERVICE, COMMANDS])?], init: Filter::compile(INIT)? })
    }

    pub(crate) fn service(&self, commands: bool, network: Network) -> &Filter {
        let [[bare, reaching], [commanding, both]] = &self.services;
        match (commands, network) {
            (false, Network::None) => bare,
            (false, Network::Host) => reaching,
            (true, Network::None) => commanding,
            (true, Network::Host) => both,
        }
    }
}

impl Filter {
    fn compile(text: &str) -> Result<Filter, String> {
        program::compile(&parse::parse(text)?).map(Filter)
    }

    /// For good, for this process and all that come of it.
    pub(crate) fn apply(&self) -> io::Result<()> {
        seccompiler::apply_filter(&self.0).map_err(io::Error::other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_compile() {
        Filters::compile().unwrap();
    }

    #[test]
    fn what_must_never_be_listed_is_not() {
        let entries = parse::parse(&[SERVICE, COMMANDS, NETWORK].concat()).unwrap();
        let forbidden = [
            libc::SYS_ptrace,
            libc::SYS_bpf,
            libc::SYS_keyctl,
            libc::SYS_add_key,
            libc::SYS_request_key,
            libc::SYS_mount,
            libc::SYS_unshare,
            libc::SYS_setns,
            libc::SYS_io_uring_setup,
            libc::SYS_userfaultfd,
            libc::SYS_perf_event_open,
            libc::SYS_kexec_load,
            libc::SYS_init_module,
            libc::SYS_pidfd_getfd,
            libc::SYS_process_vm_readv,
            libc::SYS_chroot,
            libc::SYS_pivot_root,
            libc::SYS_move_mount,
            libc::SYS_open_tree,
            libc::SYS_fsopen,
            libc::SYS_process_vm_writev,
            libc::SYS_kcmp,
            libc::SYS_open_by_handle_at,
            libc::SYS_umount2,
            libc::SYS_mount_setattr,
            libc::SYS_setgroups,
            libc::SYS_syslog,
            libc::SYS_finit_module,
        ];
        let allowed = |number: &i64| entries.iter().any(|entry| entry.number == *number);
        assert_eq!(forbidden.iter().filter(|number| allowed(number)).collect::<Vec<_>>(), Vec::<&i64>::new());
        let typing = [0x5412, 0x541c, 0x541d, 0x5423];
        let ioctls = entries.iter().filter(|entry| entry.number == libc::SYS_ioctl).flat_map(|entry| &entry.conditions);
        assert!(ioctls.clone().count() > 50 && ioctls.clone().all(|condition| !typing.contains(&condition.value)));
    }

    #[test]
    fn a_service_without_commands_makes_and_runs_no_files_of_its_own() {
        let entries = parse::parse(&[SERVICE, NETWORK].concat()).unwrap();
        let never = [libc::SYS_mknodat, libc::SYS_memfd_create, libc::SYS_execveat, libc::SYS_personality];
        assert!(entries.iter().all(|entry| !never.contains(&entry.number)));
    }
}
