//! The person's place: what is typed here, and what is shown.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::rc::Rc;

use tokio::sync::{Mutex, MutexGuard, Notify};

use super::row::Row;
use crate::failure::Failure;
use crate::terminal::draft::{Draft, Typed};
use crate::terminal::screen::Screen;
use crate::terminal::stream::Stream;
use crate::terminal::{Mode, Size};

/// What is read at once.
const CHUNK: usize = 4096;
/// What may be typed, or come through a pipe, before it is asked for.
const AHEAD: usize = 64 << 10;

/// Where a person sits, or a pipe ends.
pub(super) struct Desk {
    input: Stream,
    /// Nothing where lines come through a pipe: then nothing is asked aloud.
    mode: Option<Mode>,
    pub(super) shown: Mutex<Shown>,
    ahead: RefCell<VecDeque<u8>>,
    /// Nothing more comes.
    is_over: Cell<bool>,
    asking: Cell<bool>,
    changed: Notify,
    room: Notify,
}

/// What is on the screen.
pub(super) struct Shown {
    pub(super) screen: Screen,
    pub(super) row: Row,
    /// What is being typed there.
    asked: Option<Asked>,
}

struct Asked {
    prompt: String,
    draft: Draft,
    hidden: bool,
}

/// How asking for a line ended.
pub(super) enum Answer {
    Line(Vec<u8>),
    Cancelled,
    Closed,
}

impl Desk {
    /// Sits down.
    pub(super) fn open() -> Result<Rc<Self>, Failure> {
        let unusable = |error: io::Error| Failure::failed(format!("the terminal cannot be used: {error}"));
        let (input, screen) = (Stream::input().map_err(unusable)?, Screen::output(false).map_err(unusable)?);
        if input.is_terminal() && !screen.is_terminal() {
            return Err(Failure::usage("what would be asked could not be seen: standard output is no terminal")
                .advise("Give the answers on standard input, from a file or a pipe."));
        }
        let terminal = rustix::stdio::stdin().try_clone_to_owned().map(File::from).map_err(unusable)?;
        Self::at(&terminal, input, screen).map_err(unusable)
    }

    pub(super) fn at(terminal: &File, input: Stream, screen: Screen) -> io::Result<Rc<Self>> {
        let mode = input.is_terminal().then(|| Mode::of_lines(terminal)).transpose()?;
        Ok(Rc::new(Self {
            input,
            mode,
            shown: Mutex::new(Shown { screen, row: Row::default(), asked: None }),
            ahead: RefCell::new(VecDeque::with_capacity(AHEAD)),
            is_over: Cell::new(false),
            asking: Cell::new(false),
            changed: Notify::new(),
            room: Notify::new(),
        }))
    }

    /// Reads what comes, for as long as it is waited for. It ends when a person at a terminal wants all of this to be
    /// over, and not only a line.
    pub(super) async fn listen(&self) {
        let mut chunk = zeroize::Zeroizing::new([0; CHUNK]);
        loop {
            while self.mode.is_none() && self.ahead.borrow().len() + CHUNK > AHEAD {
                self.room.notified().await;
            }
            let Ok(read @ 1..) = self.input.read(&mut *chunk).await else {
                self.is_over.set(true);
                self.changed.notify_one();
                return std::future::pending().await;
            };
            for &byte in chunk.get(..read).unwrap_or_default() {
                match (&self.mode, byte) {
                    (Some(_), 0x03) if !self.asking.get() => return,
                    (Some(mode), 0x1a) => self.suspend(mode).await,
                    _ => self.keep(byte),
                }
            }
            self.changed.notify_one();
        }
    }

    /// More than there is room for is not taken: a person sees nothing of it.
    fn keep(&self, byte: u8) {
        let mut ahead = self.ahead.borrow_mut();
        if ahead.len() < AHEAD {
            ahead.push_back(byte);
        }
    }

    async fn suspend(&self, mode: &Mode) {
        let mut shown = self.shown.lock().await;
        // A terminal that cannot be had back is told by its keys.
        let _ = shown.screen.say(b"\n").await;
        let _ = mode.suspend();
        let _ = shown.draw().await;
    }

    /// A byte may be of a secret, and leaves nothing behind.
    fn take(&self) -> Option<u8> {
        let mut ahead = self.ahead.borrow_mut();
        let byte = std::mem::take(ahead.front_mut()?);
        ahead.pop_front();
        Some(byte)
    }

    /// The next byte; nothing at the end.
    async fn next(&self) -> Option<u8> {
        loop {
            if let Some(byte) = self.take() {
                self.room.notify_one();
                return Some(byte);
            }
            if self.is_over.get() {
                return None;
            }
            self.changed.notified().await;
        }
    }

    /// Has a line to itself; nothing where another is being asked for.
    pub(super) fn ask(self: &Rc<Self>) -> Option<Asking> {
        (!self.asking.replace(true)).then(|| Asking(Rc::clone(self)))
    }

    /// Leaves the terminal as it was found, at the beginning of a line.
    pub(super) async fn close(&self) {
        let mut shown = self.shown.lock().await;
        let is_amid = shown.asked.take().is_some() || !shown.row.lead().is_empty();
        // A terminal that does not take it has nobody before it.
        let _ = shown.screen.leave(is_amid).await;
    }
}

/// The right to ask for a line, for as long as it is held.
pub(super) struct Asking(Rc<Desk>);

impl Drop for Asking {
    fn drop(&mut self) {
        self.0.asking.set(false);
    }
}

impl Asking {
    /// Asks, and waits for the answer.
    pub(super) async fn line(&self, prompt: &str, most: usize, hidden: bool, empty: bool) -> io::Result<Answer> {
        let desk = &self.0;
        loop {
            let answer = match &desk.mode {
                Some(_) => self.typed(prompt, most, hidden).await?,
                None => self.piped(most).await,
            };
            match answer {
                Answer::Line(line) if line.is_empty() && !empty => {}
                answer => return Ok(answer),
            }
        }
    }

    async fn typed(&self, prompt: &str, most: usize, hidden: bool) -> io::Result<Answer> {
        let desk = &self.0;
        self.shown().await.begin(prompt, most, hidden).await?;
        loop {
            let Some(byte) = desk.next().await else { return Ok(Answer::Closed) };
            let mut shown = self.shown().await;
            if matches!(byte, b'\r' | b'\n') {
                // What was typed in one go has not been shown yet.
                shown.draw().await?;
            }
            let Some(typed) = shown.key(byte) else {
                // What came at once is shown at once.
                if desk.ahead.borrow().is_empty() {
                    shown.draw().await?;
                }
                continue;
            };
            shown.finish().await?;
            return Ok(match typed {
                Typed::Line(line) => Answer::Line(line.into_bytes()),
                Typed::Cancel => Answer::Cancelled,
                Typed::End => {
                    desk.is_over.set(true);
                    Answer::Closed
                }
            });
        }
    }

    async fn shown(&self) -> MutexGuard<'_, Shown> {
        self.0.shown.lock().await
    }

    async fn piped(&self, most: usize) -> Answer {
        let mut line = Vec::new();
        loop {
            match self.0.next().await {
                None if line.is_empty() => return Answer::Closed,
                None | Some(b'\n') => break,
                // A line too long is cut, and read to its end.
                Some(byte) if line.len() <= most => line.push(byte),
                Some(_) => {}
            }
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Answer::Line(cut(line, most))
    }
}

/// No longer than that, and no character cut in two.
fn cut(mut line: Vec<u8>, most: usize) -> Vec<u8> {
    if line.len() > most {
        let is_within = |at: &usize| line.get(*at).is_some_and(|byte| byte & 0b1100_0000 == 0b1000_0000);
        let end = (0..=most).rev().find(|at| !is_within(at)).unwrap_or(0);
        line.truncate(end);
    }
    line
}

impl Shown {
    /// Shows text of the service's. What is being typed stays whole below it.
    pub(super) async fn write(&mut self, text: &str) -> io::Result<()> {
        if self.asked.is_some() {
            let row = format!("{}{}", super::row::CLEAR, self.row.lead());
            self.screen.say(row.as_bytes()).await?;
        }
        self.screen.show(text.as_bytes()).await?;
        self.row.written(text);
        self.draw().await
    }

    async fn begin(&mut self, prompt: &str, most: usize, hidden: bool) -> io::Result<()> {
        // What has lines' ends in it is text before the row that is asked on.
        let (text, prompt) = prompt.rsplit_once('\n').map_or(("", prompt), |(text, prompt)| (text, prompt));
        self.asked = None;
        if !text.is_empty() {
            self.write(&format!("{text}\n")).await?;
        }
        if self.row.is_full(prompt, columns()) {
            self.write("\n").await?;
        }
        self.asked = Some(Asked { prompt: prompt.to_owned(), draft: Draft::within(most), hidden });
        self.draw().await
    }

    fn key(&mut self, byte: u8) -> Option<Typed> {
        self.asked.as_mut().and_then(|asked| asked.draft.key(byte))
    }

    async fn draw(&mut self) -> io::Result<()> {
        let Some(Asked { prompt, draft, hidden }) = &self.asked else { return Ok(()) };
        let row = self.row.drawn(prompt, (!hidden).then_some(draft), columns());
        self.screen.say(row.as_bytes()).await
    }

    async fn finish(&mut self) -> io::Result<()> {
        self.asked = None;
        self.row.written("\n");
        self.screen.say(b"\n").await
    }
}

fn columns() -> usize {
    usize::from(Size::of_person().columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_pipe_is_cut_between_characters() {
        for (line, most, expected) in [("abc", 3, "abc"), ("abcd", 3, "abc"), ("a日本", 4, "a日"), ("a日本", 5, "a日")]
        {
            assert_eq!(cut(line.as_bytes().to_vec(), most), expected.as_bytes(), "{line} {most}");
        }
    }
}
