//! Which parts of the host's tree a plan makes visible, and where.

use std::fs;
use std::path::{Path, PathBuf};

use super::mounts::Tree;
use super::{HOME, proven};
use crate::confine::landlock::Openings;
use crate::error::Refusal;
use crate::{Plan, Root};

/// What is bound, in this order, and which links stand beside it.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    sources: Vec<Source>,
    links: Vec<(PathBuf, PathBuf)>,
}

#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) outside: PathBuf,
    pub(super) inside: PathBuf,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Never writable. Not there on the host: not there inside either.
    Host,
    /// The same, but its absence is the plan's fault.
    Named,
    Program,
    Home,
    Device,
}

/// Harmless, and what every program takes for granted.
const DEVICES: [&str; 5] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

/// Where software may stand beside `/usr`, mostly as links into it.
const TOPS: [&str; 6] = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];

impl Layout {
    pub(crate) fn of(plan: &Plan) -> Result<Layout, Refusal> {
        let (hosts, links) = match &plan.root {
            Root::System => system(),
            Root::Libraries => libraries(),
            Root::Directory(_) => return Err(Refusal::Plan("another root is not to be had yet".into())),
        };
        let mut sources: Vec<_> = hosts.into_iter().map(|path| Source::same(path, Kind::Host)).collect();
        sources.extend(DEVICES.iter().map(|path| Source::same(PathBuf::from(path), Kind::Device)));
        let mut named = plan.read_only.iter().map(|path| proven(path)).collect::<Result<Vec<_>, _>>()?;
        // A directory before what lies in it, or it would hide it.
        named.sort();
        sources.extend(named.into_iter().map(|path| Source::same(path, Kind::Named)));
        let program = proven(&plan.program)?;
        let linked = links.iter().any(|(link, _)| program.starts_with(Path::new("/").join(link)));
        if !linked && !sources.iter().any(|source| program.starts_with(&source.inside)) {
            sources.push(Source::same(program, Kind::Program));
        }
        if let Some(home) = &plan.home {
            sources.push(Source { outside: home.clone(), inside: PathBuf::from(HOME), kind: Kind::Home });
        }
        Ok(Layout { sources, links })
    }

    /// Takes hold of every part, by whoever has the right to look into the directories above it.
    pub(crate) fn take(&self) -> Result<Vec<Tree>, Refusal> {
        self.sources.iter().filter_map(|source| Tree::take(source).transpose()).collect()
    }

    pub(super) fn has_home(&self) -> bool {
        self.sources.iter().any(|source| source.kind == Kind::Home)
    }

    pub(super) fn links(&self) -> &[(PathBuf, PathBuf)] {
        &self.links
    }

    /// What Landlock is to leave open: the same parts again, as they are seen inside or, without a root of its own, on the host.
    pub(crate) fn openings(&self, own_root: bool) -> Openings {
        let mut openings = Openings::default();
        for source in &self.sources {
            let seen = if own_root { &source.inside } else { &source.outside };
            let list = match source.kind {
                Kind::Host | Kind::Named | Kind::Program => &mut openings.read,
                Kind::Home => &mut openings.write,
                Kind::Device => &mut openings.devices,
            };
            list.push(seen.clone());
        }
        if own_root {
            openings.read.extend(["/etc", "/proc"].map(PathBuf::from));
            openings.write.extend([HOME, "/tmp", "/dev/shm"].map(PathBuf::from));
        }
        openings
    }
}

impl Source {
    fn same(path: PathBuf, kind: Kind) -> Source {
        Source { outside: path.clone(), inside: path, kind }
    }
}

type Parts = (Vec<PathBuf>, Vec<(PathBuf, PathBuf)>);

/// All of `/usr`, and what older layouts keep beside it.
fn system() -> Parts {
    let (links, directories) = tops(&TOPS);
    let mut parts = vec![PathBuf::from("/usr")];
    parts.extend(directories);
    parts.extend(["/etc/ld.so.cache", "/etc/alternatives"].map(PathBuf::from));
    (parts, links)
}

/// The loader and the libraries, wherever this distribution keeps them.
fn libraries() -> Parts {
    let (links, directories) = tops(&["/lib", "/lib32", "/lib64", "/libx32"]);
    let machine = std::env::consts::ARCH;
    let own = [format!("/usr/lib/{machine}-linux-gnu"), format!("/lib/{machine}-linux-gnu")].map(PathBuf::from);
    let mut parts = vec![PathBuf::from("/usr/lib64")];
    match own.iter().find(|path| path.is_dir()) {
        // Multi-arch: everything in one directory, and the loader perhaps beside it.
        Some(found) => {
            parts.push(found.clone());
            parts.extend(
                [format!("/usr/lib/ld-linux-{machine}.so.1"), format!("/lib/ld-linux-{machine}.so.1")]
                    .map(PathBuf::from),
            );
            parts.extend(directories.into_iter().filter(|path| !found.starts_with(path)));
        }
        None => {
            parts.push(PathBuf::from("/usr/lib"));
            parts.extend(directories);
        }
    }
    parts.push(PathBuf::from("/etc/ld.so.cache"));
    let linked = |path: &PathBuf| links.iter().any(|(link, _)| path.starts_with(Path::new("/").join(link)));
    (parts.into_iter().filter(|path| !linked(path)).collect(), links)
}

/// What stands at the top: links, to be made again, and directories, to be bound.
fn tops(names: &[&str]) -> (Vec<(PathBuf, PathBuf)>, Vec<PathBuf>) {
    let mut links = Vec::new();
    let mut directories = Vec::new();
    for name in names {
        match fs::read_link(name) {
            Ok(target) => links.push((PathBuf::from(name.trim_start_matches('/')), target)),
            Err(_) if Path::new(name).is_dir() => directories.push(PathBuf::from(name)),
            Err(_) => {}
        }
    }
    (links, directories)
}
