//! Lists of system calls, kept as text in `filters/`, made into programs for the kernel.
//!
//! What is not listed answers EPERM rather than killing: libraries try calls and live without them, and a call that is refused gives as little as one that kills.

mod names;
mod parse;
mod program;

use std::io;

use seccompiler::BpfProgram;

const SERVICE: &str = include_str!("../../filters/service.seccomp");
const INIT: &str = include_str!("../../filters/init.seccomp");

/// A list, ready for the kernel.
#[derive(Clone, Debug)]
pub(crate) struct Filter(BpfProgram);

/// The lists of the two kinds of processes inside.
#[derive(Clone, Debug)]
pub(crate) struct Filters {
    pub(crate) service: Filter,
    pub(crate) init: Filter,
}

impl Filters {
    /// Fails where this machine is of a kind that the lists were not made for.
    pub(crate) fn compile() -> Result<Filters, String> {
        Ok(Filters { service: Filter::compile(SERVICE)?, init: Filter::compile(INIT)? })
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
        let entries = parse::parse(SERVICE).unwrap();
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
            libc::SYS_mknodat,
        ];
        let allowed = |number: &i64| entries.iter().any(|entry| entry.number == *number);
        assert_eq!(forbidden.iter().filter(|number| allowed(number)).collect::<Vec<_>>(), Vec::<&i64>::new());
    }
}
