//! Which control groups this host lets us use: the second generation where it is delegated, else the first, else none.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use nix::unistd::{getpid, getppid};

use super::Groups;
use crate::{CgroupKind, Mechanism, Missing};

/// What a group can bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Controller {
    Memory,
    Pids,
    Cpu,
}

impl Controller {
    const ALL: [Controller; 3] = [Self::Memory, Self::Pids, Self::Cpu];

    fn as_str(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Pids => "pids",
            Self::Cpu => "cpu",
        }
    }

    pub(super) fn mechanism(self) -> Mechanism {
        match self {
            Self::Memory => Mechanism::CgroupMemory,
            Self::Pids => Mechanism::CgroupPids,
            Self::Cpu => Mechanism::CgroupCpu,
        }
    }
}

/// What begins the name of every directory made here.
const PREFIX: &str = "capos-";

/// Where the node itself stands beside the groups of its services.
const NODE: &str = "capos-node";

/// Tries, and says of each controller that cannot be used why not; `pretended` are to count as missing.
pub(crate) fn find(pretended: impl Fn(Mechanism) -> bool) -> (Groups, Vec<Missing>) {
    let wanted: Vec<_> = Controller::ALL.into_iter().filter(|controller| !pretended(controller.mechanism())).collect();
    let hierarchies = Hierarchies::read();
    let unified = second(&hierarchies, &wanted);
    let (kind, bases, reasons) = match unified {
        Ok(base) => (CgroupKind::V2, vec![base], BTreeMap::new()),
        Err(why) => {
            let (bases, reasons) = first(&hierarchies, &wanted, &why);
            (if bases.is_empty() { CgroupKind::None } else { CgroupKind::V1 }, bases, reasons)
        }
    };
    let groups = Groups { kind, bases, next: 0 };
    let present = groups.mechanisms();
    let lacking = Controller::ALL.into_iter().filter(|controller| !present.contains(&controller.mechanism()));
    let missing = lacking.map(|controller| Missing {
        mechanism: controller.mechanism(),
        why: match pretended(controller.mechanism()) {
            true => "switched off for a test".into(),
            false => reasons
                .get(controller.as_str())
                .cloned()
                .unwrap_or_else(|| "its tree does not have this controller".into()),
        },
    });
    let missing = missing.collect();
    (groups, missing)
}

type Base = (PathBuf, Vec<Controller>);

fn second(hierarchies: &Hierarchies, wanted: &[Controller]) -> Result<Base, String> {
    let own = hierarchies.own("").map(above_the_node).ok_or("no tree of the second generation is mounted")?;
    let offered = fs::read_to_string(own.join("cgroup.controllers")).map_err(|error| error.to_string())?;
    let usable: Vec<_> = wanted
        .iter()
        .copied()
        .filter(|controller| offered.split_whitespace().any(|name| name == controller.as_str()))
        .collect();
    if usable.is_empty() {
        return Err("the tree of the second generation offers none of the controllers here".into());
    }
    delegate(&own, &usable).map_err(|why| format!("the second generation is not delegated to the node: {why}"))?;
    let base = make_base(&own).map_err(|error| format!("{}: {error}", own.display()))?;
    switch_on(&base, &usable).map_err(|error| format!("{}: {error}", base.display()))?;
    Ok((base, usable))
}

/// Where an earlier helper of this node has moved it already, the delegated group is the one above.
fn above_the_node(own: PathBuf) -> PathBuf {
    match own.parent() {
        Some(above) if own.ends_with(NODE) => above.to_owned(),
        _ => own,
    }
}

/// A group that hands controllers down may hold no processes itself: the node's move into one beside the services'.
fn delegate(own: &Path, controllers: &[Controller]) -> Result<(), String> {
    if switch_on(own, controllers).is_ok() {
        return Ok(());
    }
    let listed = fs::read_to_string(own.join("cgroup.procs")).map_err(|error| error.to_string())?;
    let pids: Vec<i32> = listed.lines().filter_map(|line| line.parse().ok()).collect();
    let ours = [getpid().as_raw(), getppid().as_raw()];
    if pids.iter().any(|pid| !ours.contains(pid)) {
        return Err("it shares its group with other processes; run it as a unit of its own with Delegate=yes".into());
    }
    let node = own.join(NODE);
    let moved = fs::create_dir_all(&node)
        .and_then(|()| pids.iter().try_for_each(|pid| fs::write(node.join("cgroup.procs"), pid.to_string())));
    moved.and_then(|()| switch_on(own, controllers)).map_err(|error| error.to_string())
}

fn switch_on(directory: &Path, controllers: &[Controller]) -> io::Result<()> {
    let words: Vec<_> = controllers.iter().map(|controller| format!("+{}", controller.as_str())).collect();
    fs::write(directory.join("cgroup.subtree_control"), words.join(" "))
}

fn first(
    hierarchies: &Hierarchies,
    wanted: &[Controller],
    why_not_second: &str,
) -> (Vec<Base>, BTreeMap<&'static str, String>) {
    let mut bases = Vec::new();
    let mut reasons = BTreeMap::new();
    for controller in wanted {
        let made = match hierarchies.own(controller.as_str()) {
            None => Err("no tree of the first generation has it".to_owned()),
            Some(own) => make_base(&own).map_err(|error| format!("{}: {error}", own.display())),
        };
        match made {
            Ok(base) => bases.push((base, vec![*controller])),
            Err(why) => drop(reasons.insert(controller.as_str(), format!("{why_not_second}; {why}"))),
        }
    }
    (bases, reasons)
}

/// A directory for this helper's groups; those of helpers that died without removing theirs go.
fn make_base(own: &Path) -> io::Result<PathBuf> {
    for entry in fs::read_dir(own)?.flatten() {
        let name = entry.file_name();
        let dead = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.parse::<u32>().ok());
        if dead.is_some_and(|pid| !Path::new("/proc").join(pid.to_string()).exists()) {
            clear(&entry.path());
        }
    }
    let base = own.join(format!("{PREFIX}{}", getpid()));
    match fs::create_dir(&base) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(base),
    }
}

fn clear(base: &Path) {
    for group in fs::read_dir(base).into_iter().flatten().flatten() {
        let _ = fs::remove_dir(group.path());
    }
    let _ = fs::remove_dir(base);
}

/// Where the trees are mounted, and where in them this process is.
struct Hierarchies(BTreeMap<String, PathBuf>);

impl Hierarchies {
    fn read() -> Hierarchies {
        let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        Hierarchies::parse(&groups, &mounts)
    }

    /// The directory of this process's group in the tree of a controller, "" for that of the second generation.
    fn own(&self, controller: &str) -> Option<PathBuf> {
        self.0.get(controller).cloned()
    }

    fn parse(groups: &str, mounts: &str) -> Hierarchies {
        let mut found = BTreeMap::new();
        let mounts: Vec<_> = mounts.lines().filter_map(Mount::parse).collect();
        for line in groups.lines() {
            let mut fields = line.splitn(3, ':').skip(1);
            let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else { continue };
            for controller in controllers.split(',') {
                let mount = mounts.iter().find(|mount| mount.has(controller));
                if let Some(directory) = mount.and_then(|mount| mount.place(path)) {
                    found.insert(controller.to_owned(), directory);
                }
            }
        }
        Hierarchies(found)
    }
}

struct Mount<'a> {
    root: &'a str,
    point: &'a str,
    kind: &'a str,
    options: &'a str,
}

impl<'a> Mount<'a> {
    fn parse(line: &'a str) -> Option<Mount<'a>> {
        let (front, back) = line.split_once(" - ")?;
        let mut front = front.split(' ').skip(3);
        let mut back = back.split(' ');
        Some(Mount { root: front.next()?, point: front.next()?, kind: back.next()?, options: back.nth(1)? })
    }

    fn has(&self, controller: &str) -> bool {
        match controller {
            "" => self.kind == "cgroup2",
            _ => self.kind == "cgroup" && self.options.split(',').any(|option| option == controller),
        }
    }

    /// A container sees only the part of the tree below the mount's root.
    fn place(&self, path: &str) -> Option<PathBuf> {
        let below = Path::new(path).strip_prefix(self.root).ok()?;
        Some(Path::new(self.point).join(below))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
30 25 0:26 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n\
31 25 0:27 /docker/x /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n\
32 25 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate\n";

    #[test]
    fn each_controller_is_found_where_this_process_is_in_its_tree() {
        let groups = "4:memory:/a/b\n1:cpu,cpuacct:/docker/x/y\n0::/user.slice\n";
        let found = Hierarchies::parse(groups, MOUNTS);
        assert_eq!(found.own("memory"), Some(PathBuf::from("/sys/fs/cgroup/memory/a/b")));
        assert_eq!(found.own("cpu"), Some(PathBuf::from("/sys/fs/cgroup/cpu,cpuacct/y")));
        assert_eq!(found.own(""), Some(PathBuf::from("/sys/fs/cgroup/unified/user.slice")));
        assert_eq!(found.own("pids"), None);
    }

    #[test]
    fn a_node_that_has_moved_finds_the_group_that_is_delegated() {
        assert_eq!(above_the_node(PathBuf::from("/sys/fs/cgroup/a/capos-node")), PathBuf::from("/sys/fs/cgroup/a"));
        assert_eq!(above_the_node(PathBuf::from("/sys/fs/cgroup/a")), PathBuf::from("/sys/fs/cgroup/a"));
    }

    #[test]
    fn a_group_outside_what_is_mounted_is_not_guessed() {
        assert_eq!(Hierarchies::parse("1:cpu,cpuacct:/elsewhere\n", MOUNTS).own("cpu"), None);
    }
}
