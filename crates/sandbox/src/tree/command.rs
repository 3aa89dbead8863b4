//! What is to be started, and why it was not.

use std::ffi::{CString, OsString};
use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// A command, without a shell.
#[derive(Clone, Debug, Default)]
pub struct Command {
    /// Looked up in the `PATH` of `environment` where it has no slash.
    pub program: OsString,
    /// What follows the program's own name.
    pub arguments: Vec<OsString>,
    /// The whole environment.
    pub environment: Vec<(OsString, OsString)>,
    /// Where it begins.
    pub directory: PathBuf,
}

/// Where its input comes from and its output goes to.
#[derive(Debug)]
pub enum Ends {
    /// Three descriptors, of any kind.
    Pipes {
        /// Becomes 0.
        input: OwnedFd,
        /// Becomes 1.
        output: OwnedFd,
        /// Becomes 2.
        errors: OwnedFd,
    },
    /// The slave of a pseudo-terminal: becomes 0, 1, 2 and the controlling terminal.
    Terminal(OwnedFd),
}

impl Ends {
    pub(super) fn is_terminal(&self) -> bool {
        matches!(self, Ends::Terminal(_))
    }

    pub(super) fn descriptors(&self) -> Vec<BorrowedFd<'_>> {
        match self {
            Ends::Pipes { input, output, errors } => vec![input.as_fd(), output.as_fd(), errors.as_fd()],
            Ends::Terminal(slave) => vec![slave.as_fd()],
        }
    }
}

/// Why no command was started; nothing of it runs.
#[derive(Debug)]
#[non_exhaustive]
pub enum Fault {
    /// There is no such program.
    NotFound,
    /// It is there and cannot be executed; `NotFound` as the reason means its interpreter is not there.
    NotExecutable(io::Error),
    /// It cannot begin in that directory.
    Directory(io::Error),
    /// The bound of processes, or that of trees, is reached.
    TooMany,
    /// Everything else; `ArgumentListTooLong` where arguments and environment are past their bound.
    Host(io::Error),
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NotFound => "there is no such program",
            Self::NotExecutable(_) => "the program cannot be executed",
            Self::Directory(_) => "the command cannot begin in that directory",
            Self::TooMany => "too many processes",
            Self::Host(_) => "the command could not be started",
        })
    }
}

impl std::error::Error for Fault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotExecutable(why) | Self::Directory(why) | Self::Host(why) => Some(why),
            Self::NotFound | Self::TooMany => None,
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.raw_os_error() {
            Some(libc::EAGAIN) => Self::TooMany,
            _ => Self::Host(error),
        }
    }
}

/// A command as a keeper takes it: what `execve` wants, and where.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) directory: CString,
    /// The program as it was named, then what follows it.
    pub(super) arguments: Vec<CString>,
    pub(super) environment: Vec<CString>,
}

impl Command {
    /// Its words, each ended by a zero byte: the directory, how many arguments follow the program, the program, those, the environment.
    pub(super) fn encode(&self, most: usize) -> Result<Vec<u8>, Fault> {
        let mut body = Vec::with_capacity(1024);
        word(&mut body, self.directory.as_os_str().as_bytes())?;
        count(&mut body, self.arguments.len());
        word(&mut body, self.program.as_bytes())?;
        for argument in &self.arguments {
            word(&mut body, argument.as_bytes())?;
        }
        for (name, value) in &self.environment {
            let (name, value) = (name.as_bytes(), value.as_bytes());
            if name.is_empty() || name.contains(&b'=') {
                return Err(invalid("a variable without a name"));
            }
            word(&mut body, &[name, b"=", value].concat())?;
        }
        match body.len() > most {
            true => Err(Fault::Host(io::Error::from_raw_os_error(libc::E2BIG))),
            false => Ok(body),
        }
    }
}

fn word(body: &mut Vec<u8>, bytes: &[u8]) -> Result<(), Fault> {
    if bytes.contains(&0) {
        return Err(invalid("a word with a zero byte in it"));
    }
    body.extend_from_slice(bytes);
    body.push(0);
    Ok(())
}

fn count(body: &mut Vec<u8>, number: usize) {
    body.extend_from_slice(number.to_string().as_bytes());
    body.push(0);
}

fn invalid(why: &'static str) -> Fault {
    Fault::Host(io::Error::new(io::ErrorKind::InvalidInput, why))
}

impl Words {
    /// The same words again, on the keeper's side.
    pub(super) fn parse(body: &[u8]) -> Option<Words> {
        let mut words = body.strip_suffix(&[0])?.split(|byte| *byte == 0).map(|word| CString::new(word).ok());
        let directory = words.next()??;
        let following: usize = words.next()??.to_str().ok()?.parse().ok()?;
        let arguments = words.by_ref().take(following.checked_add(1)?).collect::<Option<Vec<_>>>()?;
        let environment = words.collect::<Option<Vec<_>>>()?;
        (arguments.len() == following + 1).then_some(Words { directory, arguments, environment })
    }

    /// The value of a variable, as the command will see it.
    pub(super) fn variable(&self, name: &str) -> Option<&[u8]> {
        let value = |entry: &'_ CString| -> Option<std::ops::Range<usize>> {
            let bytes = entry.as_bytes();
            let rest = bytes.strip_prefix(name.as_bytes())?.strip_prefix(b"=")?;
            Some(bytes.len() - rest.len()..bytes.len())
        };
        self.environment.iter().find_map(|entry| entry.as_bytes().get(value(entry)?))
    }
}
