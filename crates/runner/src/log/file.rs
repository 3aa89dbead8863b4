//! Logs on the disk: written by a thread of their own, so that a slow disk holds up nobody.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::Line;
use crate::limits::Limits;

/// Lines that wait for the disk. Past it they are in memory alone.
const WAITING: usize = 4096;

/// Hands lines to the thread that writes them. The thread ends with the last of these.
#[derive(Clone)]
pub(crate) struct Files(SyncSender<(PathBuf, String)>);

impl Files {
    pub(crate) fn start(limits: &Limits) -> io::Result<Self> {
        let (sender, lines) = sync_channel(WAITING);
        let (bytes, files) = (limits.log_file_bytes, limits.log_files);
        thread::Builder::new().name("service-logs".to_owned()).spawn(move || write_all(&lines, bytes, files))?;
        Ok(Self(sender))
    }

    pub(super) fn write(&self, directory: &Path, line: &Line) {
        let Line { at_ms, process, stream, text, .. } = line;
        let text = format!("{at_ms} {process} {} {text}\n", stream.as_str());
        // A full queue drops the line here; it is in memory all the same.
        let _ = self.0.try_send((directory.to_owned(), text));
    }
}

fn write_all(lines: &Receiver<(PathBuf, String)>, most: u64, files: u32) {
    let mut open: HashMap<PathBuf, Rotated> = HashMap::new();
    while let Ok((directory, text)) = lines.recv() {
        let rotated =
            open.entry(directory.clone()).or_insert_with(|| Rotated { directory, current: None, most, files });
        if let Err(error) = rotated.append(text.as_bytes()) {
            tracing::warn!(%error, directory = %rotated.directory.display(), "a service's log cannot be written");
            rotated.current = None;
        }
    }
}

/// The files of one log: `log`, and before it `log.1`, `log.2` …
struct Rotated {
    directory: PathBuf,
    current: Option<(File, u64)>,
    most: u64,
    files: u32,
}

impl Rotated {
    fn append(&mut self, text: &[u8]) -> io::Result<()> {
        let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
        let (mut file, size) = match self.current.take() {
            Some(current) => current,
            None => self.open()?,
        };
        let (mut file, size) = match size > 0 && size + length > self.most {
            false => (file, size),
            true => {
                file.flush()?;
                drop(file);
                self.rotate()?;
                self.open()?
            }
        };
        file.write_all(text)?;
        self.current = Some((file, size + length));
        Ok(())
    }

    fn open(&self) -> io::Result<(File, u64)> {
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(self.directory.join("log"))?;
        let size = file.metadata()?.len();
        Ok((file, size))
    }

    fn rotate(&self) -> io::Result<()> {
        let name = |number: u32| match number {
            0 => self.directory.join("log"),
            number => self.directory.join(format!("log.{number}")),
        };
        for number in (0..self.files.saturating_sub(1)).rev() {
            match fs::rename(name(number), name(number + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        if self.files <= 1 { fs::remove_file(name(0)) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_begun_anew_at_the_bound_and_the_oldest_goes() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().to_owned();
        let mut rotated = Rotated { directory: path.clone(), current: None, most: 10, files: 3 };
        let read = |name: &str| fs::read_to_string(path.join(name)).unwrap_or_default();
        rotated.append(b"12345").unwrap();
        rotated.append(b"67890").unwrap();
        assert_eq!((read("log"), read("log.1")), ("1234567890".to_owned(), String::new()), "at the bound");
        rotated.append(b"a").unwrap();
        assert_eq!((read("log"), read("log.1")), ("a".to_owned(), "1234567890".to_owned()), "past it");
        rotated.current = None;
        for letter in [b"bbbbbbbbbb", b"cccccccccc", b"dddddddddd"] {
            rotated.append(letter).unwrap();
        }
        assert_eq!((read("log.1"), read("log.2"), read("log.3")), ("c".repeat(10), "b".repeat(10), String::new()));
    }
}
