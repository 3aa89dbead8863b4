//! Why something could not be done with a file, as it is told.

use std::fmt;

use capos_schema::{Code, Denial};
use rustix::io::Errno;

/// Letters of a path that a sentence shows.
const SHOWN: usize = 120;

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    code: Code,
    sentence: String,
}

pub(super) type Result<T> = std::result::Result<T, Fault>;

impl Fault {
    /// What was asked for cannot be.
    pub(super) fn bad(sentence: impl Into<String>) -> Self {
        Self { code: Code::BadRequest, sentence: sentence.into() }
    }

    /// It would be too much.
    pub(super) fn too_much(sentence: impl Into<String>) -> Self {
        Self { code: Code::QuotaExceeded, sentence: sentence.into() }
    }

    /// What the system says of a path.
    pub(super) fn of(errno: Errno, path: impl fmt::Display) -> Self {
        let path = shown(path);
        match errno {
            Errno::NOENT => Self::bad(format!("there is no {path}")),
            Errno::NOTDIR => Self::bad(format!("{path} is no directory, or something above it is none")),
            Errno::ISDIR => Self::bad(format!("{path} is a directory")),
            Errno::EXIST => Self::bad(format!("there is {path} already")),
            Errno::NOTEMPTY => Self::bad(format!("{path} is not empty")),
            Errno::XDEV => Self::bad(format!("{path} leads out of the directory, or to another file system")),
            Errno::LOOP => Self::bad(format!("{path} goes through links in a circle")),
            Errno::ACCESS | Errno::PERM => Self::bad(format!("{path} is closed by its permissions")),
            Errno::ROFS => Self::bad(format!("{path} cannot be changed")),
            Errno::NAMETOOLONG => Self::bad(format!("{path} has too long a name")),
            Errno::BUSY | Errno::TXTBSY => Self::bad(format!("{path} is in use")),
            Errno::AGAIN => Self::bad(format!("{path} is in use, or what is above it moves")),
            Errno::INVAL => Self::bad(format!("{path} does not allow this")),
            Errno::NXIO | Errno::NODEV => not_a_file(path),
            Errno::NOSPC | Errno::DQUOT => Self::too_much(format!("there is no room left for {path}")),
            Errno::FBIG => Self::too_much(format!("{path} would be too large")),
            Errno::MFILE | Errno::NFILE => Self::too_much("too many files are open"),
            Errno::MLINK => Self::too_much(format!("too many names lead to {path}")),
            _ => {
                tracing::warn!(%errno, "a file could not be worked with");
                Self { code: Code::Internal, sentence: format!("{path} cannot be worked with") }
            }
        }
    }

    /// Whether it is that there is nothing of that name.
    pub(super) fn is_nothing(&self, path: impl fmt::Display) -> bool {
        *self == Self::of(Errno::NOENT, path)
    }
}

/// It is a pipe, a socket or a device.
pub(super) fn not_a_file(path: impl fmt::Display) -> Fault {
    Fault::bad(format!("{} is no file", shown(path)))
}

/// A path within a sentence: nothing in it that a terminal would obey, and not too long.
pub(super) fn shown(path: impl fmt::Display) -> String {
    let path = path.to_string();
    let mut letters: String = path.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    if path.chars().nth(SHOWN).is_some() {
        letters.push('…');
    }
    letters
}

impl From<Fault> for capnp::Error {
    fn from(fault: Fault) -> Self {
        Denial::new(fault.code, fault.sentence).into()
    }
}
