//! How a command is to be run: what a client says, proven.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use capnp::text_list;
use capos_schema::shell_capnp::shell_options;

use super::place::{self, Place, Variables};
use crate::{Error, Limits};

/// Bytes of a command as people are shown it.
const LINE_BYTES: usize = 4 << 10;

/// Longest word that the system hands to a program.
const WORD_BYTES: usize = (128 << 10) - 1;

/// How a command is to be run.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) directory: PathBuf,
    pub(crate) variables: Variables,
    /// What was asked for; nothing where nothing was.
    pub(crate) timeout: Option<Duration>,
    /// Bytes of output that are kept.
    pub(crate) output_bytes: usize,
    /// Empty where none is asked for.
    pub(crate) shell: String,
    /// Nothing where nothing was given.
    pub(crate) input: Option<Vec<u8>>,
    /// Whether the result has bytes instead of texts.
    pub(crate) bytes: bool,
}

impl Options {
    /// Reads what a client says, which may be anything.
    pub(crate) fn parse(said: shell_options::Reader<'_>, place: &Place, limits: &Limits) -> Result<Self, capnp::Error> {
        let directory = match utf8(said.get_cwd()?)? {
            "" => place.directory().to_owned(),
            path => place.find(path)?,
        };
        let mut variables = place.variables().clone();
        for variable in said.get_env()? {
            place::set(&mut variables, utf8(variable.get_name()?)?, utf8(variable.get_value()?)?, limits)?;
        }
        let shell = utf8(said.get_shell()?)?.to_owned();
        word(&shell)?;
        let input = [said.get_stdin()?.as_bytes(), said.get_stdin_data()?].concat();
        Ok(Self {
            directory,
            variables,
            timeout: (said.get_timeout() > 0).then(|| Duration::from_millis(said.get_timeout().into())),
            output_bytes: kept(said.get_max_output(), limits),
            shell,
            input: (said.has_stdin() || said.has_stdin_data()).then_some(input),
            bytes: said.get_bytes(),
        })
    }
}

fn kept(asked: u32, limits: &Limits) -> usize {
    match usize::try_from(asked) {
        Ok(0) | Err(_) => limits.output_bytes,
        Ok(asked) => asked.min(limits.output_bytes),
    }
}

/// A program and what follows its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) program: String,
    pub(crate) arguments: Vec<String>,
}

impl Words {
    /// Reads what a client says, which may be anything.
    pub(crate) fn parse(
        command: capnp::text::Reader<'_>,
        arguments: text_list::Reader<'_>,
        limits: &Limits,
    ) -> Result<Self, capnp::Error> {
        let program = utf8(command)?.to_owned();
        if program.is_empty() {
            return Err(Error::BadRequest("no program is named").into());
        }
        word(&program)?;
        let mut left = limits.argument_bytes.saturating_sub(program.len());
        let mut words = Vec::new();
        for argument in arguments {
            let argument = utf8(argument?)?;
            word(argument)?;
            left = left.checked_sub(argument.len() + 1).ok_or(Error::BadRequest("the arguments are too long"))?;
            words.push(argument.to_owned());
        }
        Ok(Self { program, arguments: words })
    }

    /// The same, if a program can be given it.
    pub(crate) fn checked(self, limits: &Limits) -> Result<Self, Error> {
        if self.program.is_empty() {
            return Err(Error::BadRequest("no program is named"));
        }
        let mut left = limits.argument_bytes;
        for text in std::iter::once(&self.program).chain(&self.arguments) {
            word(text)?;
            left = left.checked_sub(text.len() + 1).ok_or(Error::BadRequest("the arguments are too long"))?;
        }
        Ok(self)
    }

    /// The same, said to a shell: the command is the shell's to read, and each argument stays one word.
    pub(crate) fn within(self, shell: &str) -> Result<Self, Error> {
        if shell.is_empty() {
            return Ok(self);
        }
        let line = self.arguments.iter().fold(self.program, |line, argument| line + " " + &quoted(argument));
        word(&line)?;
        Ok(Self { program: shell.to_owned(), arguments: vec!["-c".to_owned(), line] })
    }

    /// What it looks like on a line, for people.
    pub(crate) fn line(&self) -> String {
        let mut line = self.program.clone();
        for word in &self.arguments {
            if line.len() > LINE_BYTES {
                break;
            }
            line.push(' ');
            line.push_str(word);
        }
        line.truncate(line.floor_char_boundary(LINE_BYTES));
        line
    }

    pub(super) fn arguments(&self) -> Vec<OsString> {
        self.arguments.iter().map(OsString::from).collect()
    }
}

/// One word for a shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

fn word(text: &str) -> Result<(), Error> {
    if text.contains('\0') {
        return Err(Error::BadRequest("a word of a command has no zero bytes"));
    }
    if text.len() > WORD_BYTES { Err(Error::BadRequest("a word of the command is too long")) } else { Ok(()) }
}

pub(super) fn utf8(text: capnp::text::Reader<'_>) -> Result<&str, Error> {
    text.to_str().map_err(|_| Error::BadRequest("a text is not UTF-8"))
}
