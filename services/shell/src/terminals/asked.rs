//! What is to be opened: what a client says, proven.

use std::path::PathBuf;

use capos_sandbox::tree::Command;
use capos_schema::terminals_capnp::{terminal_options, terminal_size};
use capos_screen::Size;

use crate::Error;
use crate::commands::{Place, Words, set_variable};
use crate::ground::Ground;

/// The longest name of a kind of terminal; real ones have twenty letters.
const TERM_BYTES: usize = 64;
/// The longest title that is asked for; what the program says later has a bound of its own.
const TITLE_BYTES: usize = 1_024;

/// A terminal that is to be.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) command: Command,
    /// The command as people are shown it.
    pub(super) line: String,
    pub(super) title: String,
    pub(super) size: Size,
}

impl Asked {
    pub(super) fn parse(said: terminal_options::Reader<'_>, ground: &Ground) -> Result<Self, capnp::Error> {
        let limits = &ground.settings.limits;
        let words = words(said, ground)?;
        let place = Place::new(ground);
        let directory = match text(said.get_cwd()?)? {
            "" => place.directory().to_owned(),
            path => place.find(path)?,
        };
        let mut variables = place.variables().clone();
        set_variable(&mut variables, "TERM", term(text(said.get_term()?)?)?, limits)?;
        set_variable(&mut variables, "COLORTERM", "truecolor", limits)?;
        for variable in said.get_env()? {
            set_variable(&mut variables, text(variable.get_name()?)?, text(variable.get_value()?)?, limits)?;
        }
        let title = title(text(said.get_title()?)?);
        let size = if said.has_size() { size(said.get_size()?)? } else { Size::default() };
        let line = words.line();
        Ok(Self { command: command(words, variables, directory), line, title, size })
    }
}

fn command(words: Words, mut variables: std::collections::BTreeMap<String, String>, directory: PathBuf) -> Command {
    variables.insert("PWD".to_owned(), directory.to_string_lossy().into_owned());
    Command {
        program: words.program.into(),
        arguments: words.arguments.into_iter().map(Into::into).collect(),
        environment: variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
        directory,
    }
}

/// The program and its arguments; the login shell where none is named.
fn words(said: terminal_options::Reader<'_>, ground: &Ground) -> Result<Words, capnp::Error> {
    let mut words = said.get_command()?.iter().map(|word| Ok(text(word?)?.to_owned()));
    let Some(program) = words.next() else {
        return Ok(Words { program: ground.settings.login_shell.clone(), arguments: vec!["-l".to_owned()] });
    };
    let words = Words { program: program?, arguments: words.collect::<Result<_, capnp::Error>>()? };
    words.checked(&ground.settings.limits).map_err(Into::into)
}

/// What a program takes a terminal for becomes part of a file's name.
fn term(name: &str) -> Result<&str, Error> {
    let letters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'+'));
    let known = letters && !name.is_empty() && name.len() <= TERM_BYTES && !name.starts_with('.');
    if known { Ok(name) } else { Err(Error::BadRequest("there is no kind of terminal of that name")) }
}

fn title(asked: &str) -> String {
    let mut title: String = asked.chars().filter(|c| !c.is_control()).collect();
    title.truncate(title.floor_char_boundary(TITLE_BYTES));
    title
}

pub(super) fn size(said: terminal_size::Reader<'_>) -> Result<Size, Error> {
    let size = Size::new(said.get_columns(), said.get_rows());
    size.ok_or(Error::BadRequest("a terminal has 1 to 1000 columns and 1 to 1000 rows"))
}

pub(super) fn text(text: capnp::text::Reader<'_>) -> Result<&str, Error> {
    text.to_str().map_err(|_| Error::BadRequest("a text is not UTF-8"))
}
