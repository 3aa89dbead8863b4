//! What can go wrong, grouped by who must act.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::{Bucket, Key};

/// What a caller of this crate may have to deal with.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// For the caller: the record is not at the revision the change was made for. Read again, decide again.
    Conflict(Conflict),
    /// For the caller: a name, a size or a combination that the store does not take.
    Misused(&'static str),
    /// For the caller: too much waits already. Nothing was done; try later.
    Overloaded,
    /// For the caller: the store was closed.
    Closed,

    /// For the operator: the store cannot be written. Nothing of the change was kept.
    Unwritable(Unwritable),
    /// For the operator: the commit failed in its last step. The change is not there, but after a crash of the
    /// machine it may turn out to be; look again once the store is writable.
    InDoubt(Unwritable),
    /// For the operator: another process has the data directory open.
    Held {
        /// The directory.
        directory: PathBuf,
        /// What the other process wrote about itself.
        holder: String,
    },
    /// For the operator: others may read or write the data directory.
    Exposed {
        /// The directory.
        directory: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// Whether something else than a store is in it.
        strange: bool,
    },
    /// For the operator: the data directory, or a file in it, belongs to another user.
    Foreign {
        /// What belongs to the other.
        path: PathBuf,
        /// The other's user id.
        owner: u32,
        /// Ours.
        ours: u32,
    },
    /// For the operator: what should be a directory is none.
    NotADirectory(PathBuf),
    /// For the operator: the database was written by a newer version of the program.
    Newer {
        /// The database's version of the schema.
        found: u32,
        /// The newest one this program knows.
        known: u32,
    },
    /// For the operator: the file is no database of this program.
    NotOurs(PathBuf),
    /// For the operator: the database is damaged; what the check said first.
    Damaged(String),
    /// For the operator: the system refused, and where.
    Io(PathBuf, io::Error),

    /// For us: the database refused a statement.
    Database(rusqlite::Error),
}

/// A record was not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The record's bucket.
    pub bucket: Bucket,
    /// The record's key.
    pub key: Key,
    /// Its revision, if it exists.
    pub current: Option<u64>,
}

/// Why the store takes no changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unwritable {
    /// Whether room is what is missing.
    pub full: bool,
    /// What the system said, for the log.
    pub reason: Arc<str>,
}

/// Why no slot was reserved. Small: it is made on the path of every audited call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoSlot {
    /// All slots are taken.
    Full,
    /// The store is not writable, or closed.
    Unwritable,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bucket, key, current } = self;
        match current {
            Some(revision) => write!(f, "{bucket}/{key} is at revision {revision}"),
            None => write!(f, "{bucket}/{key} does not exist"),
        }
    }
}

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.full { "there is no room left to write" } else { "the data cannot be written" };
        write!(f, "{what}: {}", self.reason)
    }
}

impl fmt::Display for NoSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NoSlot::Full => "all slots of the journal are taken",
            NoSlot::Unwritable => "the journal cannot be written",
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Conflict(conflict) => conflict.fmt(f),
            Error::Misused(sentence) => f.write_str(sentence),
            Error::Overloaded => f.write_str("too much waits for the store"),
            Error::Closed => f.write_str("the store is closed"),
            Error::Unwritable(why) => why.fmt(f),
            Error::InDoubt(why) => write!(f, "whether the last change was kept is in doubt; {why}"),
            Error::Held { directory, holder } => {
                write!(f, "{} is in use by {holder}; stop it first", directory.display())
            }
            Error::Exposed { directory, mode, strange: true } => {
                let shown = directory.display();
                write!(
                    f,
                    "{shown} is open to others (mode {mode:04o}) and holds other things; name a directory of its own"
                )
            }
            Error::Exposed { directory, mode, strange: false } => {
                let shown = directory.display();
                write!(f, "{shown} is open to others (mode {mode:04o}); run: chmod 700 {shown}")
            }
            Error::Foreign { path, owner, ours } => {
                write!(f, "{} belongs to user {owner}, and this process runs as user {ours}", path.display())
            }
            Error::NotADirectory(path) => write!(f, "{} is not a directory", path.display()),
            Error::Newer { found, known } => write!(
                f,
                "the database has version {found}, written by a newer program; this one knows {known} at most"
            ),
            Error::NotOurs(path) => write!(f, "{} is not a database of this program", path.display()),
            Error::Damaged(what) => write!(f, "the database is damaged: {what}"),
            Error::Io(path, error) => write!(f, "{}: {error}", path.display()),
            Error::Database(error) => write!(f, "the database refused: {error}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Io(_, error) => Some(error),
            Error::Database(error) => Some(error),
            _ => None,
        }
    }
}

impl std::error::Error for NoSlot {}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseCorrupt, DiskFull, NotADatabase};
        match error.sqlite_error_code() {
            Some(DatabaseCorrupt | NotADatabase) => Error::Damaged(error.to_string()),
            Some(DiskFull) => Error::Unwritable((&error).into()),
            _ => Error::Database(error),
        }
    }
}

impl From<&rusqlite::Error> for Unwritable {
    fn from(error: &rusqlite::Error) -> Self {
        let full = error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull);
        Self { full, reason: error.to_string().into() }
    }
}
