//! Talking with a person in lines: `Console`, typed.
//!
//! A service implements [`Console`] and exports what [`serve`] makes of it. Whoever runs it brings a [`Terminal`], which
//! shows text and asks for lines; [`Terminal::each_line`] is the loop that most programs are.
//!
//! ```no_run
//! # use std::rc::Rc;
//! # use capos_schema::console_capnp::console;
//! # use capos_service::console::{Console, Next, Terminal, serve};
//! struct Echo;
//!
//! impl Console for Echo {
//!     async fn run(&self, terminal: Terminal, _: Vec<String>) -> Result<i32, capnp::Error> {
//!         terminal.line("Say something.").await?;
//!         terminal.each_line("> ", async |line| match line {
//!             "bye" => Ok(Next::End),
//!             line => terminal.line(line).await.map(|()| Next::GoOn),
//!         }).await?;
//!         Ok(0)
//!     }
//! }
//!
//! fn facet() -> console::Client {
//!     serve(Rc::new(Echo))
//! }
//! ```
//!
//! What is shown is a person's terminal, or nobody's: whoever hosts it makes text safe, but a program does well to repeat
//! nothing of a stranger's. A run ends when its call is dropped; it is never more than one future.

use std::rc::Rc;

use capnp::Error;
use capos_schema::console_capnp::console;
use capos_schema::terminal_capnp::{LineEcho, LineStatus, terminal_session};

use crate::error::bad_request;

/// The longest line that is asked for unless a program says otherwise: a person types less.
const LONGEST: u32 = 4096;
/// Words that a run may be given, and bytes of each: more than anybody types.
const MOST_ARGUMENTS: u32 = 64;
const LONGEST_ARGUMENT: usize = 4096;
/// Text in one call, well below what a terminal lets wait.
const PIECE: usize = 64 << 10;

/// A program that talks in lines.
pub trait Console: 'static {
    /// Talks until either has had enough, and gives the status that the person's command ends with.
    ///
    /// # Errors
    ///
    /// What the terminal's loss or the service's own refusal is told as.
    fn run(&self, terminal: Terminal, arguments: Vec<String>) -> impl Future<Output = Result<i32, Error>>;
}

/// Serves a program to whoever holds what this gives, as often as they like.
pub fn serve<C: Console>(console: Rc<C>) -> console::Client {
    capnp_rpc::new_client(Served(console))
}

struct Served<C>(Rc<C>);

impl<C: Console> console::Server for Served<C> {
    async fn run(self: Rc<Self>, params: console::RunParams, mut results: console::RunResults) -> Result<(), Error> {
        let params = params.get()?;
        let words = params.get_arguments()?;
        if words.len() > MOST_ARGUMENTS {
            return Err(bad_request("there are too many arguments"));
        }
        let word = |word: capnp::Result<capnp::text::Reader<'_>>| match word?.to_str() {
            Ok(word) if word.len() <= LONGEST_ARGUMENT => Ok(word.to_owned()),
            _ => Err(bad_request("an argument is UTF-8, and no longer than 4 KiB")),
        };
        let arguments = words.iter().map(word).collect::<Result<_, _>>()?;
        let code = self.0.run(Terminal(params.get_terminal()?), arguments).await?;
        results.get().set_exit_code(code);
        Ok(())
    }
}

/// One person's terminal, for as long as a run takes.
#[derive(Clone)]
pub struct Terminal(terminal_session::Client);

/// What came of asking for a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The person sent it.
    Line(String),
    /// The person gave up on this one.
    Cancelled,
    /// Nobody is there any more.
    Closed,
}

/// Whether a talk goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Another line is asked for.
    GoOn,
    /// The talk is over.
    End,
}

/// How a line is asked for.
#[derive(Clone, Debug)]
pub struct Question<'q> {
    /// Shown before it.
    pub prompt: &'q str,
    /// The longest one taken, in bytes.
    pub most: u32,
    /// Whether nobody may see it.
    pub hidden: bool,
    /// Whether an empty one is an answer.
    pub empty: bool,
}

impl<'q> Question<'q> {
    /// A line that anybody may see, which may be empty.
    #[must_use]
    pub fn new(prompt: &'q str) -> Self {
        Self { prompt, most: LONGEST, hidden: false, empty: true }
    }

    /// One that nobody may see, and that has something in it.
    #[must_use]
    pub fn secret(prompt: &'q str) -> Self {
        Self { hidden: true, empty: false, ..Self::new(prompt) }
    }
}

impl Terminal {
    /// The terminal behind a capability.
    #[must_use]
    pub fn new(session: terminal_session::Client) -> Self {
        Self(session)
    }

    /// Shows text as it is. It waits until it is shown, so that a slow reader slows the program.
    ///
    /// # Errors
    ///
    /// What the terminal refuses it with.
    pub async fn write(&self, text: &str) -> Result<(), Error> {
        for piece in pieces(text) {
            let mut request = self.0.write_request();
            request.get().set_data(piece.as_bytes());
            request.send().promise.await?;
        }
        Ok(())
    }

    /// Shows text, and the end of its line.
    ///
    /// # Errors
    ///
    /// As [`Terminal::write`].
    pub async fn line(&self, text: &str) -> Result<(), Error> {
        self.write(&format!("{text}\n")).await
    }

    /// Asks for a line.
    ///
    /// # Errors
    ///
    /// What the terminal refuses it with.
    pub async fn ask(&self, question: &Question<'_>) -> Result<Answer, Error> {
        let mut request = self.0.read_line_request();
        let mut asked = request.get().init_request();
        asked.set_prompt(question.prompt);
        asked.set_max_bytes(question.most);
        asked.set_echo(if question.hidden { LineEcho::Hidden } else { LineEcho::Visible });
        asked.set_allow_empty(question.empty);
        let answer = request.send().promise.await?;
        let answer = answer.get()?;
        // What a later terminal may tell of is no line.
        Ok(match answer.get_status().unwrap_or(LineStatus::Closed) {
            LineStatus::Submitted => Answer::Line(line(answer.get_line()?, question.most)?),
            LineStatus::Cancelled => Answer::Cancelled,
            LineStatus::Closed => Answer::Closed,
        })
    }

    /// Asks for line after line and has each obeyed, until one ends the talk or the person has gone. What is given up on
    /// is asked for again.
    ///
    /// # Errors
    ///
    /// What the terminal or `obey` fails with.
    pub async fn each_line(
        &self,
        prompt: &str,
        mut obey: impl AsyncFnMut(&str) -> Result<Next, Error>,
    ) -> Result<(), Error> {
        let question = Question::new(prompt);
        loop {
            match self.ask(&question).await? {
                Answer::Closed => return Ok(()),
                Answer::Cancelled => {}
                Answer::Line(line) => {
                    if obey(&line).await? == Next::End {
                        return Ok(());
                    }
                }
            }
        }
    }
}

/// What a terminal sent. It is to have cut it; whether it did is its own matter.
fn line(bytes: &[u8], most: u32) -> Result<String, Error> {
    let fits = u32::try_from(bytes.len()).is_ok_and(|length| length <= most);
    match std::str::from_utf8(bytes) {
        Ok(line) if fits => Ok(line.to_owned()),
        _ => Err(bad_request("a line is UTF-8, and no longer than was asked for")),
    }
}

/// Text in pieces of whole characters.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = (0..=rest.len().min(PIECE)).rev().find(|at| rest.is_char_boundary(*at))?;
        let (piece, left) = rest.split_at(end);
        rest = left;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_go_in_pieces_of_whole_characters() {
        let text = "日".repeat(PIECE);
        let all: Vec<_> = pieces(&text).collect();
        assert!(all.len() == 4 && all.concat() == text && all.iter().all(|piece| piece.len() <= PIECE));
        assert_eq!(pieces("").count(), 0);
    }

    #[test]
    fn a_line_that_is_too_long_or_no_text_is_refused() {
        assert_eq!(line("日".as_bytes(), 3).unwrap(), "日");
        assert!(line(b"abcd", 3).is_err() && line(b"\xff", 3).is_err());
    }
}
