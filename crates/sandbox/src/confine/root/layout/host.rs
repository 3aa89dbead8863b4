//! Where software is: on this host, or in a directory that is taken for another one's root.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Kind, Outside, Source};
use crate::Root;

/// Where software may stand beside `/usr`, mostly as links into it.
const TOPS: [&str; 6] = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];

/// What programs of people look for in `/etc`, and what says nothing of this host but how it is set up for all.
const CONFIGURATION: [&str; 8] = [
    "/etc/localtime",
    "/etc/timezone",
    "/etc/terminfo",
    "/etc/inputrc",
    "/etc/vim",
    "/etc/services",
    "/etc/protocols",
    "/etc/mime.types",
];

/// How names are found, of the host in any case since its network is.
const NAMES: [&str; 4] = ["/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/gai.conf"];

/// Whom to trust: certificates, and no private keys.
const TRUST: [&str; 6] = [
    "/etc/ssl/certs",
    "/etc/ssl/cert.pem",
    "/etc/ssl/openssl.cnf",
    "/etc/ca-certificates",
    "/etc/pki/tls/certs",
    "/etc/pki/ca-trust/extracted",
];

/// Whose software is seen.
pub(super) struct Base(Option<PathBuf>);

/// What is bound of it, and the links beside that.
pub(super) struct Parts {
    pub(super) sources: Vec<Source>,
    pub(super) links: Vec<(PathBuf, PathBuf)>,
}

impl Base {
    pub(super) fn host() -> Base {
        Base(None)
    }

    pub(super) fn directory(directory: PathBuf) -> Base {
        Base(Some(directory))
    }

    pub(super) fn parts(&self, root: &Root) -> Parts {
        let (paths, links) = match root {
            Root::Libraries => self.libraries(),
            Root::System | Root::Directory(_) => self.system(),
        };
        Parts { sources: paths.into_iter().map(|path| self.source(path)).collect(), links }
    }

    /// Whether what is seen at this path belongs to it.
    pub(super) fn has(&self, path: &Path) -> bool {
        self.0.is_none() || self.outside(path).exists()
    }

    fn source(&self, path: PathBuf) -> Source {
        let outside = match &self.0 {
            None => Outside::Path(path.clone()),
            Some(root) => Outside::Beneath(root.clone(), path.clone()),
        };
        Source { outside, inside: path, kind: Kind::Host, guarded: false }
    }

    fn outside(&self, path: &Path) -> PathBuf {
        self.source(path.to_owned()).outside.path()
    }

    /// All of `/usr`, and what older layouts keep beside it.
    fn system(&self) -> Found {
        let (links, directories) = self.tops(&TOPS);
        let mut parts = vec![PathBuf::from("/usr")];
        parts.extend(directories);
        parts.extend(["/etc/ld.so.cache", "/etc/alternatives"].map(PathBuf::from));
        (parts, links)
    }

    /// The loader and the libraries, wherever this distribution keeps them.
    fn libraries(&self) -> Found {
        let (links, directories) = self.tops(&["/lib", "/lib32", "/lib64", "/libx32"]);
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
    fn tops(&self, names: &[&str]) -> (Vec<(PathBuf, PathBuf)>, Vec<PathBuf>) {
        let mut links = Vec::new();
        let mut directories = Vec::new();
        for name in names {
            let outside = self.outside(Path::new(name));
            match fs::read_link(&outside) {
                Ok(target) => links.push((PathBuf::from(name.trim_start_matches('/')), target)),
                Err(_) if outside.is_dir() => directories.push(PathBuf::from(name)),
                Err(_) => {}
            }
        }
        (links, directories)
    }
}

type Found = (Vec<PathBuf>, Vec<(PathBuf, PathBuf)>);

impl Parts {
    /// What it takes to use the host's network by name.
    pub(super) fn names(&mut self, base: &Base) {
        self.sources.extend(NAMES.iter().map(|path| Base::host().source(PathBuf::from(path))));
        self.sources.extend(TRUST.iter().map(|path| base.source(PathBuf::from(path))));
    }

    /// What people's programs want to know.
    pub(super) fn configuration(&mut self, base: &Base) {
        self.sources.extend(CONFIGURATION.iter().map(|path| base.source(PathBuf::from(path))));
    }
}
