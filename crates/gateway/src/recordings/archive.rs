//! The files: for each recording one that is asciicast v2, and one with what else is known of it.
//!
//! The facts are written first and removed last, so that a recording without them is not one of ours and is left alone.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::facts::{Facts, Id, State};
use super::index::Entry;

const CAST: &str = "cast";
const FACTS: &str = "json";
/// Facts that are being written.
const FRESH: &str = "fresh";
/// No facts are longer: they have a few short texts.
const FACTS_BYTES: u64 = 64 << 10;
/// Bytes that are looked at together, for the end of a line.
const BLOCK: u64 = 64 << 10;

/// The directory of recordings, which is the node's alone.
#[derive(Clone, Debug)]
pub(crate) struct Archive {
    directory: PathBuf,
}

/// What a node finds when it starts.
pub(crate) struct Found {
    pub(crate) entries: Vec<Entry>,
    /// Those of them that were being made when the node ended.
    pub(crate) cut: Vec<Id>,
}

impl Archive {
    /// Makes the directory where there is none, and reads what is in it.
    pub(crate) fn open(directory: &Path) -> io::Result<(Self, Found)> {
        match DirBuilder::new().mode(0o700).create(directory) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        if !fs::symlink_metadata(directory)?.is_dir() {
            return Err(io::Error::new(io::ErrorKind::NotADirectory, "something else is in its place"));
        }
        fs::set_permissions(directory, fs::Permissions::from_mode(0o700))?;
        let archive = Self { directory: directory.to_owned() };
        let found = archive.find()?;
        Ok((archive, found))
    }

    fn find(&self) -> io::Result<Found> {
        let mut found = Found { entries: Vec::new(), cut: Vec::new() };
        for file in fs::read_dir(&self.directory)? {
            let path = file?.path();
            let id = path.file_stem().and_then(|stem| Id::parse(stem.to_str()?));
            match (id, path.extension().and_then(|extension| extension.to_str())) {
                (Some(id), Some(FACTS)) => match self.read(&id) {
                    Ok(Some((entry, was_cut))) => {
                        found.cut.extend(was_cut.then(|| id.clone()));
                        found.entries.push(entry);
                    }
                    Ok(None) => self.remove(&id)?,
                    Err(error) => tracing::error!(recording = id.as_str(), %error, "a recording cannot be read"),
                },
                (Some(id), Some(FRESH)) => self.forget(&id, FRESH)?,
                (Some(id), Some(CAST)) if self.path(&id, FACTS).exists() => {}
                _ => tracing::warn!(file = %path.display(), "something else is among the recordings; it stays there"),
            }
        }
        Ok(found)
    }

    /// A recording, and whether it was being made; nothing where nothing was recorded.
    fn read(&self, id: &Id) -> io::Result<Option<(Entry, bool)>> {
        let mut text = String::new();
        read_options().open(self.path(id, FACTS))?.take(FACTS_BYTES).read_to_string(&mut text)?;
        let mut facts: Facts = serde_json::from_str(&text)?;
        let was_running = facts.state == State::Running;
        let mut file = match read_options().write(was_running).open(self.path(id, CAST)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut bytes = file.metadata()?.len();
        if was_running {
            let Some(end) = settle(&mut file, bytes)? else { return Ok(None) };
            bytes = end.bytes;
            (facts.state, facts.duration_ms) = (State::Cut, end.duration_ms);
            self.keep(id, &facts)?;
        }
        Ok(Some((Entry { id: id.clone(), facts, bytes }, was_running)))
    }

    /// Begins a recording: there is an empty file to be continued.
    pub(crate) fn create(&self, id: &Id, facts: &Facts) -> io::Result<File> {
        self.keep(id, facts)?;
        let created = own_options().open(self.path(id, CAST)).and_then(|file| self.sync().map(|()| file));
        if created.is_err() {
            // What is left of it is removed by the next start, if it cannot be now.
            let _ = self.remove(id);
        }
        created
    }

    /// Writes the facts: when this returns they are on the disk, and until then the old ones.
    pub(crate) fn keep(&self, id: &Id, facts: &Facts) -> io::Result<()> {
        self.forget(id, FRESH)?;
        let fresh = self.path(id, FRESH);
        let mut file = own_options().open(&fresh)?;
        file.write_all(&serde_json::to_vec(facts)?)?;
        file.sync_all()?;
        fs::rename(&fresh, self.path(id, FACTS))?;
        self.sync()
    }

    /// Opens a recording, to be read.
    pub(crate) fn cast(&self, id: &Id) -> io::Result<File> {
        read_options().open(self.path(id, CAST))
    }

    /// Removes a recording.
    pub(crate) fn remove(&self, id: &Id) -> io::Result<()> {
        for extension in [FRESH, CAST, FACTS] {
            self.forget(id, extension)?;
        }
        self.sync()
    }

    /// Bytes that are free where it is.
    pub(crate) fn free(&self) -> io::Result<u64> {
        let facts = rustix::fs::statvfs(&self.directory)?;
        Ok(facts.f_bavail.saturating_mul(facts.f_frsize))
    }

    fn path(&self, id: &Id, extension: &str) -> PathBuf {
        self.directory.join(format!("{id}.{extension}"))
    }

    fn forget(&self, id: &Id, extension: &str) -> io::Result<()> {
        match fs::remove_file(self.path(id, extension)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.directory)?.sync_all()
    }
}

/// A file that was not there, and that nobody else can read. It is only ever continued.
fn own_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.append(true).create_new(true).mode(0o600);
    options
}

fn read_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    // A link in the directory could only be someone's trap.
    options.read(true).custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
    options
}

/// Where a recording ends that its node did not end.
struct End {
    bytes: u64,
    duration_ms: u64,
}

/// Cuts what was begun and is no whole line off. Nothing where there is no line at all.
fn settle(file: &mut File, length: u64) -> io::Result<Option<End>> {
    let Some(end) = last_line_end(file, length)? else { return Ok(None) };
    let bytes = end + 1;
    if bytes < length {
        file.set_len(bytes)?;
        file.sync_all()?;
    }
    let begin = last_line_end(file, end)?.map_or(0, |before| before + 1);
    let mut line = [0; 32];
    file.seek(SeekFrom::Start(begin))?;
    let read = file.read(&mut line)?;
    Ok(Some(End { bytes, duration_ms: line.get(..read).and_then(milliseconds).unwrap_or(0) }))
}

/// Where the last end of a line is, in the first bytes of a file.
fn last_line_end(file: &mut File, mut below: u64) -> io::Result<Option<u64>> {
    let mut block = Vec::new();
    while below > 0 {
        let begin = below.saturating_sub(BLOCK);
        block.clear();
        file.seek(SeekFrom::Start(begin))?;
        file.take(below - begin).read_to_end(&mut block)?;
        if let Some(at) = block.iter().rposition(|byte| *byte == b'\n') {
            return Ok(Some(begin + u64::try_from(at).unwrap_or(0)));
        }
        below = begin;
    }
    Ok(None)
}

/// The time at the beginning of an event's line.
fn milliseconds(line: &[u8]) -> Option<u64> {
    let number = std::str::from_utf8(line.strip_prefix(b"[")?.split(|byte| *byte == b',').next()?).ok()?;
    let (seconds, micros) = number.split_once('.')?;
    Some(seconds.parse::<u64>().ok()?.saturating_mul(1_000).saturating_add(micros.parse::<u64>().ok()? / 1_000))
}

#[cfg(test)]
mod tests {
    use super::super::facts::sample;
    use super::*;

    fn archive() -> (tempfile::TempDir, Archive) {
        let directory = tempfile::tempdir().unwrap();
        let (archive, _) = Archive::open(&directory.path().join("recordings")).unwrap();
        (directory, archive)
    }

    fn again(archive: &Archive) -> Found {
        Archive::open(&archive.directory).unwrap().1
    }

    #[test]
    fn what_a_node_was_making_when_it_ended_is_there_to_its_last_whole_line() {
        let (_directory, archive) = archive();
        let id = Id::new([1; 16]);
        let mut file = archive.create(&id, &sample(7, None, "s")).unwrap();
        let whole = "{\"version\": 2}\n[0.000001, \"o\", \"a\"]\n[12.345678, \"o\", \"b\"]\n";
        file.write_all(whole.as_bytes()).unwrap();
        file.write_all(b"[13.000000, \"o\", \"half a li").unwrap();
        let found = again(&archive);
        assert_eq!(found.cut, std::slice::from_ref(&id));
        let entry = &found.entries[0];
        assert_eq!((entry.facts.state, entry.facts.duration_ms), (State::Cut, 12_345));
        assert_eq!(fs::read_to_string(archive.path(&id, CAST)).unwrap(), whole);
        let found = again(&archive);
        assert!(found.cut.is_empty() && found.entries.len() == 1, "and it is told once");
    }

    #[test]
    fn a_line_longer_than_a_block_is_found() {
        let (_directory, archive) = archive();
        let id = Id::new([1; 16]);
        let mut file = archive.create(&id, &sample(7, None, "s")).unwrap();
        let long = "x".repeat(3 * BLOCK as usize);
        file.write_all(format!("{{}}\n[4.002000, \"o\", \"{long}\"]\n[5.0, \"o\", \"{long}").as_bytes()).unwrap();
        assert_eq!(again(&archive).entries[0].facts.duration_ms, 4_002);
    }

    #[test]
    fn what_was_hardly_begun_or_half_removed_is_gone_and_what_is_not_ours_stays() {
        let (_directory, archive) = archive();
        let (empty, facts_alone, cast_alone) = (Id::new([1; 16]), Id::new([2; 16]), Id::new([3; 16]));
        drop(archive.create(&empty, &sample(1, None, "s")).unwrap());
        archive.keep(&facts_alone, &sample(2, None, "s")).unwrap();
        fs::write(archive.path(&facts_alone, FRESH), "half").unwrap();
        fs::write(archive.path(&cast_alone, CAST), "{}\n").unwrap();
        fs::write(archive.directory.join("notes.txt"), "mine").unwrap();
        let found = again(&archive);
        assert!(found.entries.is_empty() && found.cut.is_empty());
        let mut left: Vec<_> = fs::read_dir(&archive.directory).unwrap().map(|file| file.unwrap().path()).collect();
        left.sort();
        assert_eq!(left, [archive.path(&cast_alone, CAST), archive.directory.join("notes.txt")]);
    }

    #[test]
    fn nobody_else_can_read_it_and_no_link_is_followed() {
        let (directory, archive) = archive();
        let id = Id::new([1; 16]);
        archive.create(&id, &sample(7, None, "s")).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&archive.directory), 0o700);
        assert_eq!((mode(&archive.path(&id, CAST)), mode(&archive.path(&id, FACTS))), (0o600, 0o600));
        let other = Id::new([2; 16]);
        let secret = directory.path().join("secret");
        fs::write(&secret, "secret").unwrap();
        std::os::unix::fs::symlink(&secret, archive.path(&other, CAST)).unwrap();
        assert!(archive.cast(&other).is_err());
        assert!(archive.create(&other, &sample(7, None, "s")).is_err());
        assert_eq!(fs::read_to_string(&secret).unwrap(), "secret");
    }
}
