//! The directory of the sockets: ours alone.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::failure::{Exit, Failure};

/// The longest name of a session: a socket's whole path has room for about a hundred bytes.
const LONGEST_NAME: usize = 48;

const SOCKET: &str = "sock";
const NOTE: &str = "ended";

/// The runtime directory of this user, proven to be theirs.
pub(crate) struct Directory(PathBuf);

/// Why a session is there no longer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Note {
    /// What happened, in one sentence.
    pub(crate) reason: String,
    /// The command that signs in again.
    pub(crate) again: String,
    /// Whether the node ended it; else its connection was lost.
    pub(crate) by_node: bool,
}

impl Note {
    /// What a command that wanted the session fails with.
    pub(crate) fn failure(&self, name: &str) -> Failure {
        let (exit, code) =
            if self.by_node { (Exit::Denied, "staleSession") } else { (Exit::Unreachable, "gatewayDisconnected") };
        Failure::new(exit, format!("the session `{name}` has ended: {}", self.reason))
            .coded(code)
            .advise(format!("Sign in again: {}", self.again))
    }
}

/// A name that a session may have, so that it is a file's name too.
pub(crate) fn parse_name(name: &str) -> Result<&str, Failure> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '%');
    let first = name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == ':');
    if first && name.len() <= LONGEST_NAME && name.chars().all(allowed) {
        return Ok(name);
    }
    let sentence = format!("`{name}` cannot be the name of a session");
    Err(Failure::usage(sentence).advise(format!("Give another with --name: letters and digits, up to {LONGEST_NAME}.")))
}

impl Directory {
    /// The directory, made where it is missing.
    pub(crate) fn open() -> Result<Self, Failure> {
        let uid = rustix::process::geteuid().as_raw();
        let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        let runtime = runtime.filter(|path| path.is_absolute() && is_own(path, uid));
        let path = match runtime {
            Some(runtime) => runtime.join("capos"),
            None => std::env::temp_dir().join(format!("capos-{uid}")),
        };
        Self::at(path, uid)
    }

    fn at(path: PathBuf, uid: u32) -> Result<Self, Failure> {
        match DirBuilder::new().mode(0o700).create(&path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(unusable(&path, "cannot be made"));
            }
            _ => {}
        }
        let found = fs::symlink_metadata(&path).map_err(|_| unusable(&path, "cannot be looked at"))?;
        if !found.is_dir() {
            return Err(unusable(&path, "is no directory"));
        }
        if found.uid() != uid {
            return Err(unusable(&path, "belongs to somebody else"));
        }
        if found.mode() & 0o077 != 0 {
            return Err(unusable(&path, "is open to others"));
        }
        Ok(Self(path))
    }

    /// The socket of a session.
    pub(crate) fn socket(&self, name: &str) -> PathBuf {
        self.0.join(format!("{name}.{SOCKET}"))
    }

    /// The names that have a socket, whether or not somebody listens.
    pub(crate) fn names(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(&self.0) else {
            return Vec::new();
        };
        let files = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut names: Vec<String> =
            files.filter_map(|file| Some(file.strip_suffix(SOCKET)?.strip_suffix('.')?.to_owned())).collect();
        names.sort();
        names
    }

    /// Leaves word of why a session ended. Where it cannot be written the next command says less.
    pub(crate) fn leave_note(&self, name: &str, note: &Note) {
        let Ok(text) = serde_json::to_string(note) else { return };
        let _ = self.write(&format!("{name}.{NOTE}"), &text);
    }

    /// Why a session ended.
    pub(crate) fn note(&self, name: &str) -> Option<Note> {
        serde_json::from_str(&fs::read_to_string(self.0.join(format!("{name}.{NOTE}"))).ok()?).ok()
    }

    /// The session that ended last, of those that nobody has connected again since.
    pub(crate) fn last_note(&self) -> Option<(String, Note)> {
        let notes = fs::read_dir(&self.0).ok()?.filter_map(Result::ok).filter_map(|entry| {
            let name = entry.file_name().to_str()?.strip_suffix(NOTE)?.strip_suffix('.')?.to_owned();
            Some((entry.metadata().ok()?.modified().ok()?, name))
        });
        let (_, name) = notes.max()?;
        Some((name.clone(), self.note(&name)?))
    }

    /// Forgets why a session ended.
    pub(crate) fn forget_note(&self, name: &str) {
        let _ = fs::remove_file(self.0.join(format!("{name}.{NOTE}")));
    }

    /// Takes away a socket that nobody listens at any more.
    pub(crate) fn remove_socket(&self, name: &str) {
        let _ = fs::remove_file(self.socket(name));
    }

    /// The session that was connected last.
    pub(crate) fn last(&self) -> Option<String> {
        fs::read_to_string(self.0.join("last")).ok()
    }

    /// Remembers which session was connected last. Without it the next command asks for a name.
    pub(crate) fn set_last(&self, name: &str) {
        let _ = self.write("last", name);
    }

    /// Whole or not at all.
    fn write(&self, file: &str, text: &str) -> io::Result<()> {
        let fresh = self.0.join(format!("{file}.{}", std::process::id()));
        let mut out = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
        out.write_all(text.as_bytes())?;
        fs::rename(&fresh, self.0.join(file))
    }
}

fn is_own(path: &Path, uid: u32) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_dir() && found.uid() == uid)
}

fn unusable(path: &Path, problem: &str) -> Failure {
    let sentence = format!("{}, where sessions are held, {problem}", path.display());
    Failure::failed(sentence).advise("Set XDG_RUNTIME_DIR to a directory of your own that nobody else can enter.")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn uid() -> u32 {
        rustix::process::geteuid().as_raw()
    }

    #[test]
    fn a_directory_that_others_can_enter_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("capos");
        assert!(Directory::at(path.clone(), uid()).is_ok());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o750)).unwrap();
        assert!(Directory::at(path, uid()).is_err());
    }

    #[test]
    fn a_directory_of_somebody_else_and_a_link_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("capos");
        assert!(Directory::at(path.clone(), uid()).is_ok());
        assert!(Directory::at(path.clone(), uid() + 1).is_err());
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(Directory::at(link, uid()).is_err());
    }

    #[test]
    fn names_are_names_of_files() {
        for name in ["node.example", "::1", "127.0.0.1:2327", "lab", &"x".repeat(48)] {
            assert!(parse_name(name).is_ok(), "{name}");
        }
        for name in ["", ".", "..", "-x", "a/b", "a b", "a\u{1b}", &"x".repeat(49)] {
            assert!(parse_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_note_is_found_until_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let directory = Directory::at(folder.path().join("capos"), uid()).unwrap();
        let note = Note { reason: "r".to_owned(), again: "a".to_owned(), by_node: true };
        directory.leave_note("lab", &note);
        assert_eq!(directory.note("lab").unwrap().reason, "r");
        assert_eq!(directory.last_note().unwrap().0, "lab");
        directory.forget_note("lab");
        assert!(directory.note("lab").is_none());
    }
}
