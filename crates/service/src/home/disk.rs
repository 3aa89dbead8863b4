//! Files, whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

use super::name::FileName;

/// Files of one name that are kept aside: the last place is used again.
const ASIDE: u32 = 9;

pub(super) enum Read {
    Nothing,
    Whole(Arc<Vec<u8>>),
    TooLarge,
}

pub(super) fn read(directory: &Path, name: &FileName, most: usize) -> io::Result<Read> {
    let file = match File::open(directory.join(name.as_str())) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Read::Nothing),
        file => file?,
    };
    let mut bytes = Vec::new();
    // One more than it may have, to see that it has more.
    file.take((most as u64).saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(if bytes.len() > most { Read::TooLarge } else { Read::Whole(Arc::new(bytes)) })
}

/// Puts a file in the place of the one before it.
pub(super) fn replace(directory: &Path, name: &FileName, bytes: &[u8]) -> io::Result<()> {
    // No name begins so: a file that a crash left is nobody's, and overwritten.
    let fresh = directory.join(format!(".{}", name.as_str()));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&fresh, directory.join(name.as_str()))?;
    // The name reaches the disk with its directory.
    File::open(directory)?.sync_all()
}

pub(super) fn remove(directory: &Path, name: &FileName) -> io::Result<()> {
    match fs::remove_file(directory.join(name.as_str())) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

/// Moves a file out of the way, and says what was added to its name.
pub(super) fn set_aside(directory: &Path, name: &FileName) -> io::Result<String> {
    let beside = |ending: &String| directory.join(format!("{}{ending}", name.as_str()));
    let mut endings = (1..ASIDE).map(|number| format!(".damaged-{number}"));
    let ending = endings.find(|ending| !beside(ending).exists()).unwrap_or_else(|| format!(".damaged-{ASIDE}"));
    match fs::rename(directory.join(name.as_str()), beside(&ending)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(ending),
    }
}
