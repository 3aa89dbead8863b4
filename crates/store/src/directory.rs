//! The data directory: ours alone, and of one process at a time.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::Error;

const LOCK: &str = "lock";
const DATABASE: &str = "store.sqlite";
/// What another process may have written about itself, at most.
const HOLDER_BYTES: u64 = 200;

/// A data directory that this process alone has open. The lock ends with this value, or with the process.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
    lock: File,
}

impl Directory {
    /// Makes the directory where there is none, and takes it.
    pub(crate) fn take(path: &Path) -> Result<Self, Error> {
        let io = |error| Error::Io(path.to_path_buf(), error);
        match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(io)?;
            }
            Err(error) => return Err(io(error)),
            Ok(_) => {}
        }
        let facts = fs::metadata(path).map_err(io)?;
        if !facts.is_dir() {
            return Err(Error::NotADirectory(path.to_path_buf()));
        }
        check_owner(path, &facts)?;
        if facts.mode() & 0o077 != 0 {
            let (directory, mode) = (path.to_path_buf(), facts.mode() & 0o7777);
            return Err(Error::Exposed { strange: is_strange(path), directory, mode });
        }
        let lock = lock(path)?;
        let directory = Self { path: path.to_path_buf(), lock };
        // Made here, so that it and what SQLite puts beside it are never readable by others.
        directory.own_file(&directory.database())?;
        Ok(directory)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }

    /// The log that SQLite leaves behind only where it was not closed.
    pub(crate) fn was_left_open(&self) -> bool {
        fs::metadata(self.path.join(format!("{DATABASE}-wal"))).is_ok_and(|facts| facts.len() > 0)
    }

    fn own_file(&self, file: &Path) -> Result<(), Error> {
        let io = |error| Error::Io(file.to_path_buf(), error);
        let opened = own_options().open(file).map_err(io)?;
        check_owner(file, &opened.metadata().map_err(io)?)
    }
}

/// Whether something else is in there: nobody is told to close a directory such as `/` to others.
fn is_strange(path: &Path) -> bool {
    let is_empty = fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none());
    !is_empty && !path.join(DATABASE).exists()
}

impl Drop for Directory {
    fn drop(&mut self) {
        // Said, rather than left to the closing of the file: a child that is being started has it open, too.
        let _ = self.lock.unlock();
    }
}

fn own_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    // A link in the directory could only be someone's trap.
    let no_links = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
    options.read(true).write(true).create(true).truncate(false).mode(0o600).custom_flags(no_links);
    options
}

fn check_owner(path: &Path, facts: &fs::Metadata) -> Result<(), Error> {
    let ours = rustix::process::geteuid().as_raw();
    if facts.uid() == ours {
        return Ok(());
    }
    Err(Error::Foreign { path: path.to_path_buf(), owner: facts.uid(), ours })
}

fn lock(directory: &Path) -> Result<File, Error> {
    let path = directory.join(LOCK);
    let io = |error| Error::Io(path.clone(), error);
    let mut file = own_options().open(&path).map_err(io)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(Error::Held { directory: directory.to_path_buf(), holder: holder(&mut file) });
        }
        Err(TryLockError::Error(error)) => return Err(io(error)),
    }
    // Only for whoever is refused; on a full disk it may stay empty.
    let name = std::env::args_os().next().map(PathBuf::from);
    let name = name.as_deref().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
    let _ = file.set_len(0).and_then(|()| writeln!(file, "{name}, process {}", std::process::id()));
    Ok(file)
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.take(HOLDER_BYTES).read_to_string(&mut text));
    let line = text.lines().next().unwrap_or_default().trim();
    if read.is_err() || line.is_empty() || line.chars().any(char::is_control) {
        return "another process".to_owned();
    }
    line.to_owned()
}
