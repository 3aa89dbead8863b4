//! The file itself: read only where nobody else could have written it, and replaced whole.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use rustix::process::geteuid;

use crate::limits::Limits;

type Problem = &'static str;

const OTHERS_MAY_WRITE: u32 = 0o022;

/// The text of the file; none where there is no file yet.
pub(super) fn read(path: &Path, limits: &Limits) -> Result<String, Problem> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(String::new()),
        Err(_) => return Err("cannot be opened"),
    };
    let metadata = file.metadata().map_err(|_| "cannot be opened")?;
    if !metadata.is_file() {
        return Err("is not a file");
    }
    if metadata.uid() != geteuid().as_raw() || metadata.mode() & OTHERS_MAY_WRITE != 0 {
        return Err("may be written by others than you (make it yours, of mode 0600)");
    }
    let mut text = String::new();
    file.take(limits.known_nodes_bytes + 1).read_to_string(&mut text).map_err(|_| "cannot be read as text")?;
    if text.len() as u64 > limits.known_nodes_bytes {
        return Err("is larger than a list of known nodes should be");
    }
    Ok(text)
}

/// Its directory, locked: one process at a time changes the file.
pub(super) struct Hold {
    directory: File,
    /// Where a link leads, so that the file is replaced and the link stays.
    path: PathBuf,
}

impl Hold {
    pub(super) fn take(path: &Path) -> Result<Self, Problem> {
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true).mode(0o700).create(parent).map_err(|_| "has a directory that cannot be made")?;
        let directory = File::open(parent).map_err(|_| "has a directory that cannot be opened")?;
        flock(&directory, FlockOperation::LockExclusive).map_err(|_| "has a directory that cannot be locked")?;
        Ok(Self { directory, path })
    }

    /// Puts new content in the file's place, whole or not at all.
    pub(super) fn replace(&self, content: &[u8], limits: &Limits) -> Result<(), Problem> {
        if content.len() as u64 > limits.known_nodes_bytes {
            return Err("has no room for another node");
        }
        let mut name = self.path.file_name().ok_or("names no file")?.to_owned();
        name.push(".new");
        let temporary = self.path.with_file_name(name);
        write(&temporary, content)
            .and_then(|()| fs::rename(&temporary, &self.path))
            .and_then(|()| self.directory.sync_all())
            .map_err(|_| "cannot be written")
    }
}

fn write(path: &Path, content: &[u8]) -> std::io::Result<()> {
    // Left behind by a process that died here; the lock says that none is at work.
    if let Err(error) = fs::remove_file(path)
        && error.kind() != ErrorKind::NotFound
    {
        return Err(error);
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}
