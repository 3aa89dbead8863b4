//! What a person is asked.
//!
//! **Invariant:** an answer that must not be shown is never echoed, and however the asking ends, by an answer, by
//! ctrl-C or by an error, the terminal is left as it was.

use std::cell::RefCell;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::rc::Rc;

use capos_client::Secret;
use futures::future::LocalBoxFuture;
use zeroize::{Zeroize, Zeroizing};

use crate::failure::Failure;
use crate::output::{Output, plain};
use crate::terminal::Mode;

/// The longest line that is read as an answer.
const LONGEST: usize = 4096;

/// A question.
#[derive(Clone, Debug, Default)]
pub(crate) struct Question {
    /// What to ask.
    pub(crate) text: String,
    /// Whether the answer must not be shown.
    pub(crate) secret: bool,
    /// A page to open.
    pub(crate) url: String,
    /// A code to enter or compare there.
    pub(crate) user_code: String,
}

/// Whoever answers questions.
pub(crate) trait Ask {
    /// The answer; nothing where nobody gives one.
    fn ask(&self, question: Question) -> LocalBoxFuture<'_, Option<Secret>>;
    /// Whether the node seen for the first time is the one that is meant.
    fn confirm(&self, endpoint: String, fingerprint: String) -> LocalBoxFuture<'_, bool>;
    /// Tells something.
    fn note(&self, text: String) -> LocalBoxFuture<'_, ()>;
}

/// The person at this terminal; with `--password-stdin` whoever writes to standard input.
pub(crate) struct Person {
    output: Output,
    lines: Option<RefCell<Lines>>,
}

impl Person {
    /// Whoever is there.
    pub(crate) fn new(output: &Output, password_stdin: bool) -> Rc<Self> {
        let lines = password_stdin.then(|| RefCell::new(Lines));
        Rc::new(Self { output: output.clone(), lines })
    }
}

impl Ask for Person {
    fn ask(&self, question: Question) -> LocalBoxFuture<'_, Option<Secret>> {
        if let Some(lines) = &self.lines
            && question.secret
        {
            let line = lines.borrow_mut().next();
            return Box::pin(async { line });
        }
        if !question.url.is_empty() {
            self.output.note(&format!("Open {} {}", question.url, question.user_code));
        }
        Box::pin(async move { ask(question.text, question.secret).await.ok().flatten() })
    }

    fn confirm(&self, endpoint: String, fingerprint: String) -> LocalBoxFuture<'_, bool> {
        let text = format!(
            "{endpoint} is not known here yet. It shows the key\n  {fingerprint}\nCompare that with what the node's operator has. \
             Is it the same? [yes/no] "
        );
        Box::pin(async move { is_yes(ask(text, false).await.ok().flatten()) })
    }

    fn note(&self, text: String) -> LocalBoxFuture<'_, ()> {
        self.output.note(&text);
        Box::pin(async {})
    }
}

/// Whether a person says yes; an error where there is none to ask.
pub(crate) async fn sure(question: &str) -> Result<(), Failure> {
    match ask(format!("{question} [yes/no] "), false).await {
        Ok(answer) if is_yes(answer.clone()) => Ok(()),
        Ok(_) => Err(Failure::failed("nothing was done")),
        Err(_) => Err(Failure::usage("there is no terminal to ask at").advise("Say --yes if you are sure.")),
    }
}

/// A new password: the first line of standard input, or typed twice.
pub(crate) async fn new_password(whose: &str, from_stdin: bool) -> Result<Secret, Failure> {
    if from_stdin {
        let line = Lines.next().ok_or_else(|| Failure::usage("there is no password on standard input"))?;
        return not_empty(line);
    }
    let nobody = || Failure::usage("there is no terminal to ask for a password at").advise("Use --password-stdin.");
    let cancelled = || Failure::failed("no password was given, so nothing was done");
    let first = ask(format!("New password for {whose}: "), true).await.map_err(|_| nobody())?.ok_or_else(cancelled)?;
    let again = ask("Once more: ".to_owned(), true).await.map_err(|_| nobody())?.ok_or_else(cancelled)?;
    if first != again {
        return Err(Failure::failed("the two passwords are not the same"));
    }
    not_empty(first)
}

fn not_empty(password: Secret) -> Result<Secret, Failure> {
    if password.as_bytes().is_empty() {
        return Err(Failure::usage("an empty password is none"));
    }
    Ok(password)
}

fn is_yes(answer: Option<Secret>) -> bool {
    answer.is_some_and(|answer| answer.as_bytes().trim_ascii().eq_ignore_ascii_case(b"yes"))
}

/// Lines of standard input, read no further than each one's end: what follows may be somebody else's.
struct Lines;

impl Lines {
    fn next(&mut self) -> Option<Secret> {
        let mut line = Zeroizing::new(Vec::with_capacity(LONGEST));
        let mut stdin = rustix::stdio::stdin().try_clone_to_owned().map(File::from).ok()?;
        let mut byte = [0];
        loop {
            match stdin.read(&mut byte) {
                Ok(0) if line.is_empty() => return None,
                Ok(0) => break,
                Ok(_) if byte == *b"\n" => break,
                Ok(_) if line.len() == LONGEST => return None,
                Ok(_) => line.extend_from_slice(&byte),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return None,
            }
        }
        byte.zeroize();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Some(line.to_vec().into())
    }
}

/// Asks at the terminal of this process, wherever its streams go. Connections live on meanwhile.
async fn ask(text: String, secret: bool) -> io::Result<Option<Secret>> {
    let asked = tokio::task::spawn_blocking(move || ask_now(&text, secret)).await;
    asked.unwrap_or_else(|_| Err(io::Error::other("the asking broke off")))
}

fn ask_now(text: &str, secret: bool) -> io::Result<Option<Secret>> {
    let mut terminal = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
    let mode = Mode::of_answer(&terminal)?;
    terminal.write_all(plain(text).replace('\n', "\r\n").as_bytes())?;
    let line = read_line(&mut terminal, !secret);
    drop(mode);
    terminal.write_all(b"\n")?;
    line
}

fn read_line(terminal: &mut File, echo: bool) -> io::Result<Option<Secret>> {
    let mut line = Zeroizing::new(Vec::with_capacity(LONGEST));
    let mut byte = [0];
    loop {
        if terminal.read(&mut byte)? == 0 {
            return Ok(None);
        }
        match byte {
            [b'\r' | b'\n'] => return Ok(Some(line.to_vec().into())),
            [0x03] => return Ok(None),
            [0x04] if line.is_empty() => return Ok(None),
            [0x08 | 0x7f] => rub_out(terminal, &mut line, echo)?,
            [0x15] => {
                while !line.is_empty() {
                    rub_out(terminal, &mut line, echo)?
                }
            }
            [0x20..=0xff] if line.len() < LONGEST => {
                line.extend_from_slice(&byte);
                if echo {
                    terminal.write_all(&byte)?;
                }
            }
            _ => {}
        }
    }
}

/// Takes the last character away, however many bytes it has.
fn rub_out(terminal: &mut File, line: &mut Vec<u8>, echo: bool) -> io::Result<()> {
    let mut gone = false;
    while let Some(byte) = line.pop() {
        gone = true;
        if byte & 0b1100_0000 != 0b1000_0000 {
            break;
        }
    }
    if gone && echo { terminal.write_all(b"\x08 \x08") } else { Ok(()) }
}
