//! Which parts of the host's tree a plan makes visible, and where.

mod host;

use std::path::{Path, PathBuf};

use super::mounts::Tree;
use super::proven;
use crate::confine::landlock::Openings;
use crate::error::Refusal;
use crate::{Network, Plan, Root};
use host::Base;

/// What is bound, in this order, and which links stand beside it.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    sources: Vec<Source>,
    links: Vec<(PathBuf, PathBuf)>,
    home: PathBuf,
    /// Where the program is, inside.
    program: PathBuf,
    commands: bool,
    network: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) outside: Outside,
    pub(super) inside: PathBuf,
    pub(super) kind: Kind,
    /// Whether it lies in what can be written to inside, where whoever wrote may have put links in its way.
    pub(super) guarded: bool,
}

/// Where a part is found on the host.
#[derive(Clone, Debug)]
pub(super) enum Outside {
    Path(PathBuf),
    /// In a directory that is taken for the root, out of which no link leads.
    Beneath(PathBuf, PathBuf),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Never writable. Not there on the host: not there inside either.
    Host,
    /// The same, but its absence is the plan's fault.
    Named,
    Program,
    /// Writable, and what is written there is not executed.
    Writable,
    /// Writable, and programs can be made there.
    Workshop,
    Device,
    /// A device that is controlled by more than reading and writing.
    Terminal,
}

impl Kind {
    fn is_writable(self) -> bool {
        matches!(self, Kind::Writable | Kind::Workshop)
    }
}

/// Harmless, and what every program takes for granted.
const DEVICES: [&str; 5] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

impl Layout {
    pub(crate) fn of(plan: &Plan) -> Result<Layout, Refusal> {
        let home = home(plan)?;
        let base = base(plan)?;
        let mut parts = base.parts(&plan.root);
        if plan.network == Network::Host {
            parts.names(&base);
        }
        if plan.commands {
            parts.configuration(&base);
        }
        let mut sources = parts.sources;
        sources.extend(DEVICES.iter().map(|path| Source::same(PathBuf::from(path), Kind::Device)));
        if plan.commands {
            sources.push(Source::same(PathBuf::from("/dev/tty"), Kind::Terminal));
        }
        let (program, bound) = program(plan, &base, &sources, &parts.links)?;
        sources.extend(named(plan, &home)?);
        sources.extend(bound.filter(|bound| !is_shown(&sources, &bound.inside)));
        guard(&mut sources);
        let network = plan.network == Network::Host;
        Ok(Layout { sources, links: parts.links, home, program, commands: plan.commands, network })
    }

    /// Takes hold of every part, by whoever has the right to look into the directories above it.
    pub(crate) fn take(&self) -> Result<Vec<Tree>, Refusal> {
        self.sources.iter().filter_map(|source| Tree::take(source).transpose()).collect()
    }

    pub(super) fn has_home(&self) -> bool {
        self.sources.iter().any(|source| source.inside == self.home)
    }

    pub(super) fn links(&self) -> &[(PathBuf, PathBuf)] {
        &self.links
    }

    /// Where its program is inside.
    pub(crate) fn program(&self) -> &Path {
        &self.program
    }

    /// What Landlock is to leave open: the same parts again, as they are seen inside or, without a root of its own, on the host.
    pub(crate) fn openings(&self, own_root: bool) -> Openings {
        let mut openings = Openings { network: self.network, execute: self.commands, ..Openings::default() };
        for source in &self.sources {
            let seen = if own_root { source.inside.clone() } else { source.outside.path() };
            let list = match source.kind {
                Kind::Host | Kind::Named | Kind::Program => &mut openings.read,
                Kind::Writable | Kind::Workshop => &mut openings.write,
                Kind::Device => &mut openings.devices,
                Kind::Terminal => &mut openings.terminals,
            };
            list.push(seen);
        }
        if own_root {
            openings.read.extend(["/etc", "/proc"].map(PathBuf::from));
            openings.write.extend(["/tmp", "/dev/shm"].map(PathBuf::from));
            openings.write.push(self.home.clone());
        }
        if own_root && self.commands {
            openings.terminals.push(PathBuf::from("/dev/pts"));
            openings.processes.push(PathBuf::from("/proc"));
            // What is there may be listed, since there is nothing but what is shown.
            openings.list.push(PathBuf::from("/"));
        }
        openings
    }
}

impl Source {
    fn same(path: PathBuf, kind: Kind) -> Source {
        Source { outside: Outside::Path(path.clone()), inside: path, kind, guarded: false }
    }
}

impl Outside {
    pub(super) fn path(&self) -> PathBuf {
        match self {
            Outside::Path(path) => path.clone(),
            Outside::Beneath(root, path) => root.join(path.strip_prefix("/").unwrap_or(path)),
        }
    }
}

/// The home of an account whose name is one everywhere.
fn home(plan: &Plan) -> Result<PathBuf, Refusal> {
    let name = &plan.account;
    let known = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '_' | '-');
    let begins = name.starts_with(|letter: char| letter.is_ascii_lowercase() || letter == '_');
    let taken = ["root", "nobody", "nogroup"].contains(&name.as_str());
    if !begins || !name.chars().all(known) || name.len() > 32 || taken {
        return Err(Refusal::Plan(format!("{name:?} cannot be the name of an account")));
    }
    Ok(plan.home_inside())
}

fn base(plan: &Plan) -> Result<Base, Refusal> {
    match &plan.root {
        Root::Libraries | Root::System => Ok(Base::host()),
        Root::Directory(directory) if !directory.is_dir() => {
            Err(Refusal::Plan(format!("{} is not a directory", directory.display())))
        }
        Root::Directory(directory) => Ok(Base::directory(proven(directory, None)?)),
    }
}

/// What the plan names, a directory before what lies in it, or it would hide it.
fn named(plan: &Plan, home: &Path) -> Result<Vec<Source>, Refusal> {
    let writable = if plan.commands { Kind::Workshop } else { Kind::Writable };
    let read_only =
        plan.read_only.iter().map(|path| proven(path, Some(home)).map(|path| Source::same(path, Kind::Named)));
    // It may be what it is on the host, where no other one is given.
    let taken = plan.home.is_some().then_some(home);
    let open = plan.writable.iter().map(|path| proven(path, taken).map(|path| Source::same(path, writable)));
    let bound = plan.home.iter().map(|path| {
        let outside = Outside::Path(path.clone());
        Ok(Source { outside, inside: home.to_owned(), kind: writable, guarded: false })
    });
    let mut sources = read_only.chain(open).chain(bound).collect::<Result<Vec<_>, _>>()?;
    sources.sort_by(|one, other| (&one.inside, one.kind).cmp(&(&other.inside, other.kind)));
    Ok(sources)
}

/// Where the program is inside, and how it gets there where it is not there already.
fn program(
    plan: &Plan,
    base: &Base,
    sources: &[Source],
    links: &[(PathBuf, PathBuf)],
) -> Result<(PathBuf, Option<Source>), Refusal> {
    let program = proven(&plan.program, None)?;
    let linked = links.iter().any(|(link, _)| program.starts_with(Path::new("/").join(link)));
    let covered = linked || is_shown(sources, &program);
    let inside = match program.file_name() {
        // Another root is in its place, and is not what the program belongs to.
        Some(name) if covered && !base.has(&program) => Path::new("/run").join(name),
        _ if covered => return Ok((program, None)),
        _ => program.clone(),
    };
    let outside = Outside::Path(program);
    Ok((inside.clone(), Some(Source { outside, inside, kind: Kind::Program, guarded: false })))
}

fn is_shown(sources: &[Source], path: &Path) -> bool {
    sources.iter().any(|source| path.starts_with(&source.inside))
}

fn guard(sources: &mut [Source]) {
    let open: Vec<_> = sources.iter().filter(|source| source.kind.is_writable()).map(|s| s.inside.clone()).collect();
    for source in sources {
        source.guarded = open.iter().any(|open| source.inside != *open && source.inside.starts_with(open));
    }
}
