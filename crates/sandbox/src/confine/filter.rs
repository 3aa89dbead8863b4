//! Lists of system calls, kept as text in `filters/`, made into programs for the kernel.
//!
//! What is not listed answers EPERM rather than killing: libraries try calls and live without them, and a call that is refused gives as little as one that kills.

mod names;
mod parse;

use std::collections::BTreeMap;
use std::io;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
};

use parse::{Condition, Entry, Verdict};

const SERVICE: &str = include_str!("../../filters/service.seccomp");
const INIT: &str = include_str!("../../filters/init.seccomp");

/// A list, ready for the kernel.
#[derive(Clone, Debug)]
pub(crate) struct Filter(Vec<BpfProgram>);

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
        let entries = parse::parse(text)?;
        let machine = TargetArch::try_from(std::env::consts::ARCH)
            .map_err(|_| format!("no list of system calls for {}", std::env::consts::ARCH))?;
        let mut programs = Vec::new();
        // First, because the list itself refuses to have another program put on top of it.
        if entries.iter().any(|entry| entry.verdict == Verdict::Absent) {
            programs.push(program(&entries, Verdict::Absent, machine)?);
        }
        programs.push(program(&entries, Verdict::Allow, machine)?);
        Ok(Filter(programs))
    }

    /// For good, for this process and all that come of it.
    pub(crate) fn apply(&self) -> io::Result<()> {
        self.0.iter().try_for_each(|program| seccompiler::apply_filter(program)).map_err(io::Error::other)
    }
}

fn program(entries: &[Entry], verdict: Verdict, machine: TargetArch) -> Result<BpfProgram, String> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
    // The kernel takes the stricter of two answers: what is absent must pass the list to be refused by the other program, in its way.
    for entry in entries.iter().filter(|entry| entry.verdict == verdict || verdict == Verdict::Allow) {
        let alternatives = rules.entry(entry.number).or_default();
        alternatives.extend(entry.condition.as_ref().map(rule).transpose()?);
    }
    let refused = |code: i32| u32::try_from(code).map(SeccompAction::Errno).map_err(|error| error.to_string());
    let (matching, otherwise) = match verdict {
        Verdict::Allow => (SeccompAction::Allow, refused(libc::EPERM)?),
        Verdict::Absent => (refused(libc::ENOSYS)?, SeccompAction::Allow),
    };
    let filter = SeccompFilter::new(rules, otherwise, matching, machine).map_err(|error| error.to_string())?;
    BpfProgram::try_from(filter).map_err(|error| error.to_string())
}

fn rule(condition: &Condition) -> Result<SeccompRule, String> {
    let compare = match condition.mask {
        None => SeccompCmpOp::Eq,
        Some(mask) => SeccompCmpOp::MaskedEq(mask),
    };
    // The kernel reads these arguments as 32 bits; comparing more would let the rest decide.
    let compared = SeccompCondition::new(condition.argument, SeccompCmpArgLen::Dword, compare, condition.value);
    SeccompRule::new(vec![compared.map_err(|error| error.to_string())?]).map_err(|error| error.to_string())
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
