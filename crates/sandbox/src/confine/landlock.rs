//! Files named by what they are: a second lock beside the mounts, and the only one where there are no mounts.

use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreated,
    RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};

/// The newest rules that this crate knows; older kernels enforce what they know of them.
const NEWEST: ABI = ABI::V6;

/// What may be done with the files under each of these paths.
#[derive(Clone, Debug, Default)]
pub(crate) struct Openings {
    pub(crate) read: Vec<std::path::PathBuf>,
    pub(crate) write: Vec<std::path::PathBuf>,
    pub(crate) devices: Vec<std::path::PathBuf>,
    pub(crate) terminals: Vec<std::path::PathBuf>,
    /// What processes may change of themselves: how soon they are killed for memory, what their threads are called.
    pub(crate) processes: Vec<std::path::PathBuf>,
    pub(crate) list: Vec<std::path::PathBuf>,
    /// Whether what was written may be executed.
    pub(crate) execute: bool,
    /// Whether TCP is left to whatever network there is.
    pub(crate) network: bool,
}

/// For good, for this process and all that come of it: no file but these, no TCP, no signal or abstract socket across.
pub(crate) fn restrict(openings: &Openings) -> Result<(), String> {
    enforce(openings).map_err(|error| error.to_string()).and_then(|status| match status {
        RulesetStatus::NotEnforced => Err("the kernel has it not, or not switched on".into()),
        _ => Ok(()),
    })
}

fn enforce(openings: &Openings) -> Result<RulesetStatus, RulesetError> {
    let read = AccessFs::from_read(NEWEST);
    let withheld = AccessFs::MakeBlock | AccessFs::MakeChar | AccessFs::IoctlDev;
    let withheld = if openings.execute { withheld } else { withheld | AccessFs::Execute };
    let write = (read | AccessFs::from_write(NEWEST)) & !withheld;
    let device = AccessFs::ReadFile | AccessFs::WriteFile;
    let terminal = device | AccessFs::ReadDir | AccessFs::IoctlDev;
    let rules = Ruleset::default().handle_access(AccessFs::from_all(NEWEST))?.scope(Scope::from_all(NEWEST))?;
    let rules = if openings.network { rules } else { rules.handle_access(AccessNet::from_all(NEWEST))? };
    let mut rules = rules.create()?;
    let kinds = [
        (&openings.read, read),
        (&openings.write, write),
        (&openings.devices, device),
        (&openings.terminals, terminal),
        (&openings.processes, device | AccessFs::Truncate),
        (&openings.list, AccessFs::ReadDir.into()),
    ];
    for (path, access) in kinds.iter().flat_map(|(paths, access)| paths.iter().map(move |path| (path, *access))) {
        rules = open(rules, path, access)?;
    }
    rules.restrict_self().map(|status| status.ruleset)
}

/// What is not there needs no rule.
fn open(rules: RulesetCreated, path: &Path, access: BitFlags<AccessFs>) -> Result<RulesetCreated, RulesetError> {
    let Ok(opened) = PathFd::new(path) else { return Ok(rules) };
    let access = if path.is_dir() { access } else { access & AccessFs::from_file(NEWEST) };
    rules.add_rule(PathBeneath::new(opened, access))
}
