//! The files, and what is done with them. Everything here blocks.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use crate::Error;
use crate::words::ChannelName;

const FOLDER: &str = "channels";
const LOG: &str = "log";
const RULES: &str = "rules";
/// What a file has while it is written, and is read by nobody.
const NEW: &str = "new";

/// The folder with a log and rules for each channel.
#[derive(Clone, Debug)]
pub(crate) struct Directory {
    path: PathBuf,
    most_bytes: u64,
}

/// What is to be done with one channel's files.
#[derive(Debug)]
pub(crate) enum Work {
    Write { name: ChannelName, append: Option<Vec<u8>>, log: Option<Vec<u8>>, rules: Option<Vec<u8>> },
    Remove { name: ChannelName },
}

impl Work {
    pub(crate) fn name(&self) -> &ChannelName {
        match self {
            Work::Write { name, .. } | Work::Remove { name } => name,
        }
    }
}

/// How it went: the log's length, if there is one.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) name: ChannelName,
    pub(crate) outcome: io::Result<Option<u64>>,
}

impl Directory {
    /// Makes the folder where there is none. Of a file larger than `most_bytes`, the end is read.
    pub(super) fn open(home: &Path, most_bytes: u64) -> Result<Self, Error> {
        let path = home.join(FOLDER);
        fs::create_dir_all(&path).map_err(|error| Error::Home(path.clone(), error))?;
        Ok(Self { path, most_bytes })
    }

    /// The channels that have files. Files that were not finished are done away with.
    pub(super) fn names(&self) -> Result<Vec<ChannelName>, Error> {
        let io = |error| Error::Home(self.path.clone(), error);
        let mut names = BTreeSet::new();
        for entry in fs::read_dir(&self.path).map_err(io)? {
            let file = PathBuf::from(entry.map_err(io)?.file_name());
            let stem = file.file_stem().and_then(|stem| stem.to_str());
            match file.extension().and_then(|extension| extension.to_str()) {
                Some(LOG | RULES) => names.extend(stem.and_then(|stem| ChannelName::parse(stem).ok())),
                Some(NEW) => fs::remove_file(self.path.join(&file)).map_err(io)?,
                _ => {}
            }
        }
        Ok(names.into_iter().collect())
    }

    pub(super) fn log(&self, name: &ChannelName) -> Result<Vec<u8>, Error> {
        self.read(&self.file(name, LOG))
    }

    pub(super) fn rules(&self, name: &ChannelName) -> Result<Vec<u8>, Error> {
        self.read(&self.file(name, RULES))
    }

    /// Does the work of one flush.
    pub(crate) fn write(&self, work: Vec<Work>) -> Vec<Written> {
        work.into_iter().map(|work| self.write_one(work)).collect()
    }

    fn write_one(&self, work: Work) -> Written {
        match work {
            Work::Remove { name } => {
                let gone = remove(&self.file(&name, LOG)).and_then(|()| remove(&self.file(&name, RULES)));
                Written { outcome: gone.and_then(|()| self.sync()).map(|()| None), name }
            }
            Work::Write { name, append, log, rules } => {
                let outcome = self.write_channel(&name, append, log, rules).map(Some);
                Written { name, outcome }
            }
        }
    }

    fn write_channel(
        &self,
        name: &ChannelName,
        append: Option<Vec<u8>>,
        log: Option<Vec<u8>>,
        rules: Option<Vec<u8>>,
    ) -> io::Result<u64> {
        // Rules first: who was banned is not let in because the disk was full of words.
        if let Some(rules) = rules {
            self.replace(&self.file(name, RULES), &rules)?;
        }
        let file = self.file(name, LOG);
        if let Some(log) = log {
            self.replace(&file, &log)?;
        }
        if let Some(lines) = append {
            let mut file = OpenOptions::new().append(true).create(true).open(&file)?;
            file.write_all(&lines)?;
            file.sync_data()?;
        }
        length(&file)
    }

    /// Puts a whole file in the place of another; nothing in the place of one that would be empty.
    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            remove(path)?;
            return self.sync();
        }
        let mut new = path.as_os_str().to_owned();
        new.push(".");
        new.push(NEW);
        let mut file = File::create(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        self.sync()
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }

    fn file(&self, name: &ChannelName, extension: &str) -> PathBuf {
        self.path.join(format!("{name}.{extension}"))
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, Error> {
        let io = |error| Error::Home(path.to_path_buf(), error);
        let mut file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            file => file.map_err(io)?,
        };
        let length = file.metadata().map_err(io)?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(self.most_bytes))).map_err(io)?;
        let mut bytes = Vec::new();
        file.take(self.most_bytes).read_to_end(&mut bytes).map_err(io)?;
        Ok(bytes)
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn length(path: &Path) -> io::Result<u64> {
    match fs::metadata(path) {
        Ok(facts) => Ok(facts.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}
