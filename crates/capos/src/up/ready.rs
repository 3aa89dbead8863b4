//! The file that tells others where the node is, for as long as it runs.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value as Json;

/// A ready file. It goes with this value.
#[derive(Debug)]
pub(crate) struct ReadyFile {
    path: PathBuf,
}

impl ReadyFile {
    /// Writes the file: whoever sees it sees all of it.
    pub(crate) fn write(path: &Path, content: &Json) -> Result<Self> {
        let name = path.file_name().context("the ready file has no name")?;
        let temporary = path.with_file_name(format!(".{}.{}", name.to_string_lossy(), std::process::id()));
        let written = write_new(&temporary, content).and_then(|()| fs::rename(&temporary, path));
        if written.is_err() {
            // Of no use to anybody, and perhaps not even there.
            let _ = fs::remove_file(&temporary);
        }
        written.with_context(|| format!("cannot write the ready file {}", path.display()))?;
        Ok(Self { path: path.to_owned() })
    }

    /// One that an earlier run, which was killed, has left would be taken for this run's.
    pub(crate) fn clear(path: &Path) -> Result<()> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot replace the ready file {}", path.display()))
            }
            _ => Ok(()),
        }
    }
}

impl Drop for ReadyFile {
    fn drop(&mut self) {
        // Whoever has removed it before us wanted the same.
        let _ = fs::remove_file(&self.path);
    }
}

fn write_new(path: &Path, content: &Json) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{content}")?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_ready_file_is_whole_and_goes_with_the_node() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ready");
        fs::write(&path, "stale").unwrap();
        ReadyFile::clear(&path).unwrap();
        assert!(!path.exists());
        let ready = ReadyFile::write(&path, &json!({"pid": 7})).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "{\"pid\":7}\n");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing else is left there");
        drop(ready);
        assert!(!path.exists());
    }
}
