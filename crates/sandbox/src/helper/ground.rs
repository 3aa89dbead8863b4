//! What this host can do, found out by doing it in throw-away processes.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::sched::{CloneFlags, unshare};
use nix::sys::wait::waitpid;

use crate::confine::cgroup::{Groups, find};
use crate::confine::filter::Filters;
use crate::confine::landlock::{Openings, restrict};
use crate::confine::namespaces;
use crate::confine::privileges::{Identity, become_user, drop_capabilities, lock_secure_bits, no_new_privileges};
use crate::confine::resources::{Counted, bound};
use crate::confine::root::{Furniture, Layout, enter};
use crate::error::Refusal;
use crate::kernel::{Alone, Fork, fork};
use crate::{HostUser, Mechanism, Missing, Network, Plan, ProcessLimits, Survey};

/// What every process is started on.
pub(super) struct Ground {
    pub(super) survey: Survey,
    pub(super) filters: Option<Filters>,
    pub(super) groups: Groups,
}

impl Ground {
    /// `pretended` count as missing without being tried.
    pub(super) fn explore(alone: &Alone, pretended: &BTreeSet<Mechanism>) -> Ground {
        let filters = Filters::compile();
        let explorer = Explorer { alone, filters: &filters };
        let (groups, uncounted) = find(|mechanism| pretended.contains(&mechanism));
        let mut survey = Survey { present: Vec::new(), missing: Vec::new(), cgroup: groups.kind() };
        for mechanism in Mechanism::ALL.iter().copied().filter(|mechanism| mechanism.is_required()) {
            let tried = match pretended.contains(&mechanism) {
                true => Err("switched off for a test".to_owned()),
                false => explorer.attempt(mechanism, &survey.present),
            };
            match tried {
                Ok(()) => survey.present.push(mechanism),
                Err(why) => survey.missing.push(Missing { mechanism, why }),
            }
        }
        survey.present.extend(groups.mechanisms());
        survey.missing.extend(uncounted);
        Ground { survey, filters: filters.ok(), groups }
    }
}

struct Explorer<'a> {
    alone: &'a Alone,
    filters: &'a Result<Filters, String>,
}

/// Whoever it is, it is not the host's root; used only where the node is root.
const SOMEBODY: HostUser = HostUser { uid: 65534, gid: 65534 };

impl Explorer<'_> {
    fn attempt(&self, mechanism: Mechanism, present: &[Mechanism]) -> Result<(), String> {
        let user = present.contains(&Mechanism::UserNamespace);
        let inside = if user { libc::CLONE_NEWUSER } else { 0 };
        match mechanism {
            Mechanism::UserNamespace => {
                let identity = identity(true)?;
                self.child(libc::CLONE_NEWUSER, Some(&identity), || become_user(&identity).map_err(said))
            }
            Mechanism::CgroupNamespace => {
                self.child(inside, None, || unshare(CloneFlags::CLONE_NEWCGROUP).map_err(said))
            }
            Mechanism::ReadOnlyRoot => self.root(present, user),
            Mechanism::Landlock => self.child(0, None, || {
                restrict(&Openings::default())?;
                fs::read_dir("/").map_or(Ok(()), |_| Err("it is enforced and closes nothing".into()))
            }),
            Mechanism::Seccomp => {
                let filters = self.filters.as_ref().map_err(Clone::clone)?;
                self.child(0, None, || {
                    filters.service(false, Network::None).apply().map_err(said)?;
                    rustix::process::chroot("/").map_or(Ok(()), |()| Err("it is applied and refuses nothing".into()))
                })
            }
            Mechanism::NoNewPrivileges => self.child(0, None, || {
                no_new_privileges().map_err(said)?;
                drop_capabilities(false).map_err(said)
            }),
            Mechanism::ResourceLimits => {
                let plan = plan()?;
                self.child(0, None, || bound(&plan, Counted { memory: true, processes: true }).map_err(said))
            }
            born => namespaces::flag(born).map_or(Ok(()), |flag| self.child(inside | flag, None, || Ok(()))),
        }
    }

    /// A whole tree, and that it is sealed.
    fn root(&self, present: &[Mechanism], user: bool) -> Result<(), String> {
        if !present.contains(&Mechanism::MountNamespace) {
            return Err("it needs a mount namespace".into());
        }
        let identity = identity(user)?;
        let plan = plan()?;
        let layout = Layout::of(&plan).map_err(refusal)?;
        let taken = identity.privileged.then(|| layout.take().map_err(refusal)).transpose()?;
        let processes = present.contains(&Mechanism::PidNamespace);
        let furniture = Furniture { plan: &plan, user: identity.inside, processes };
        self.child(namespaces::flags(present), user.then_some(&identity), || {
            lock_secure_bits().map_err(said)?;
            become_user(&identity).map_err(said)?;
            let trees = taken.map_or_else(|| layout.take().map_err(refusal), Ok)?;
            enter(&layout, trees, &furniture).map_err(refusal)?;
            if fs::write("/sealed", "").is_ok() {
                return Err("it can be written to".into());
            }
            fs::write("/tmp/open", "").map_err(said)
        })
    }

    /// Runs it in a process of its own, mapped as `identity` says, and hears what came of it.
    fn child(
        &self,
        flags: i32,
        identity: Option<&Identity>,
        tried: impl FnOnce() -> Result<(), String>,
    ) -> Result<(), String> {
        let (mut go, ready) = io::pipe().map_err(said)?;
        let (mut heard, mut told) = io::pipe().map_err(said)?;
        match fork(self.alone, flags).map_err(said)? {
            Fork::Child => {
                drop((ready, heard));
                let _ = go.read(&mut [0]);
                let came_of_it =
                    catch_unwind(AssertUnwindSafe(tried)).unwrap_or_else(|_| Err("it failed badly".into()));
                let _ = told.write_all(came_of_it.err().as_deref().unwrap_or(DONE).as_bytes());
                std::process::exit(0)
            }
            Fork::Parent(pid) => {
                drop((go, told));
                let mapped = identity.map_or(Ok(()), |identity| namespaces::map(pid, identity));
                drop(ready);
                let mut text = String::new();
                let read = heard.read_to_string(&mut text);
                let _ = waitpid(pid, None);
                mapped.map_err(|error| format!("mapping its user: {error}"))?;
                read.map_err(said)?;
                match text.as_str() {
                    DONE => Ok(()),
                    "" => Err("the process that tried it was killed".into()),
                    why => Err(why.to_owned()),
                }
            }
        }
    }
}

const DONE: &str = "done";

const LIMITS: ProcessLimits =
    ProcessLimits { memory_bytes: 1 << 30, processes: 16, open_files: 64, cpu_weight: 100, file_bytes: 1 << 20 };

fn identity(user_namespace: bool) -> Result<Identity, String> {
    let user = nix::unistd::geteuid().is_root().then_some(SOMEBODY);
    Identity::of(user, user_namespace).map_err(refusal)
}

/// The least that can be started.
fn plan() -> Result<Plan, String> {
    let program = std::env::current_exe().map_err(said)?;
    Ok(Plan { temporary_bytes: 1 << 20, limits: LIMITS, ..Plan::new(program) })
}

fn said(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn refusal(refusal: Refusal) -> String {
    match refusal {
        Refusal::Host(what) | Refusal::Plan(what) => what,
        Refusal::NoProgram => "the node's own program cannot be bound".into(),
        Refusal::Lacking(_) => "something else is missing".into(),
    }
}
