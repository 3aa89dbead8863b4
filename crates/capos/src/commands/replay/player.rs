//! A recording on a person's terminal.

use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal as _};
use std::os::fd::AsFd as _;
use std::time::Instant;

use capos_screen::Size;
use capos_screen::cast::{Event, Item, Reader, ReaderLimits, What};
use capos_screen::safe::{Filter, Policy};

use super::pace::Pace;
use super::source::Source;
use crate::failure::Failure;
use crate::output::Output;
use crate::terminal::screen::Screen;
use crate::terminal::signals::Endings;
use crate::terminal::stream::Stream;
use crate::terminal::{self, Mode};

/// Ctrl-C and ctrl-D, where they are keys like any other.
const INTERRUPT: [u8; 2] = [3, 4];

/// A recording, event by event.
struct Tape {
    source: Source,
    reader: Reader,
}

impl Tape {
    fn new(source: Source) -> Self {
        Self { source, reader: Reader::new(ReaderLimits::default()) }
    }

    /// The next thing in it; nothing at the end.
    async fn next(&mut self) -> Result<Option<Item>, Failure> {
        loop {
            match self.reader.next_item() {
                Ok(Some(item)) => return Ok(Some(item)),
                Ok(None) => match self.source.next().await? {
                    Some(piece) => self.reader.feed(&piece),
                    None => return Ok(None),
                },
                Err(error) => return Err(Failure::failed(error.to_string())),
            }
        }
    }
}

/// Shows all of it at once. What goes to a file or a pipe passes the filter, too: it is shown on a terminal some day.
pub(super) async fn show(source: Source) -> Result<(), Failure> {
    let (mut tape, mut screen) = (Tape::new(source), Screen::output(false).map_err(unshown)?);
    let (mut filter, mut passed) = (Filter::new(Policy::default()), Vec::new());
    let mut shown = Ok(());
    while let Some(item) = tape.next().await? {
        if let Item::Event(Event { what: What::Output(text), .. }) = item {
            passed.clear();
            filter.pass(text.as_bytes(), &mut passed);
            shown = screen.show(&passed).await;
            if shown.is_err() {
                break;
            }
        }
    }
    screen.leave(false).await.and(shown).map_err(unshown)
}

/// Plays it, at its pace and a person's.
pub(super) async fn play(source: Source, pace: Pace, output: &Output) -> Result<(), Failure> {
    let mut tape = Tape::new(source);
    let Some(Item::Header(header)) = tape.next().await? else {
        return Err(Failure::failed("there is nothing in the recording"));
    };
    let here = terminal::Size::of_person();
    hint(header.size, here, output);
    let mut screen = Screen::output(false).map_err(unshown)?;
    let keys = Keys::new().map_err(unshown)?;
    let mut player = Player { pace, keys, endings: Endings::new()?, largest: header.size };
    screen.clear(here, true).await.map_err(unshown)?;
    let played = player.go_on(&mut tape, &mut screen).await;
    // However it ended, the terminal is as it was.
    let left = screen.leave(true).await;
    let largest = player.largest;
    drop(player);
    if largest != header.size {
        hint(largest, here, output);
    }
    played?;
    left.map_err(unshown)
}

/// A smaller terminal shows something else than was seen.
fn hint(recorded: Size, here: terminal::Size, output: &Output) {
    if recorded.columns() > here.columns || recorded.rows() > here.rows {
        let (columns, rows) = (here.columns, here.rows);
        output.note(&format!("It was recorded at {recorded}, and this terminal has {columns}x{rows}: make it larger."));
    }
}

struct Player {
    pace: Pace,
    keys: Keys,
    endings: Endings,
    largest: Size,
}

/// Whether to go on.
#[derive(PartialEq, Eq)]
enum Next {
    GoOn,
    End,
}

impl Player {
    async fn go_on(&mut self, tape: &mut Tape, screen: &mut Screen) -> Result<(), Failure> {
        loop {
            let item = tokio::select! {
                item = tape.next() => item?,
                next = awaited(&mut self.keys, &mut self.endings) => {
                    if self.obey(&next) == Next::End { return Ok(()) }
                    continue;
                }
            };
            let Some(item) = item else { return Ok(()) };
            let Item::Event(event) = item else { continue };
            self.pace.next(event.after);
            if self.wait().await == Next::End {
                return Ok(());
            }
            match event.what {
                What::Output(text) => screen.show(text.as_bytes()).await.map_err(unshown)?,
                What::Resized(size) if size.columns() > self.largest.columns() || size.rows() > self.largest.rows() => {
                    self.largest = size;
                }
                What::Resized(_) | What::Marker(_) => {}
            }
        }
    }

    /// Until it is time for what comes next.
    async fn wait(&mut self) -> Next {
        loop {
            let left = self.pace.left();
            if left.is_some_and(|left| left.is_zero()) {
                return Next::GoOn;
            }
            let (since, sleep) = (Instant::now(), async {
                match left {
                    Some(left) => tokio::time::sleep(left).await,
                    None => std::future::pending().await,
                }
            });
            let told = tokio::select! {
                () = sleep => None,
                told = awaited(&mut self.keys, &mut self.endings) => Some(told),
            };
            self.pace.passed(since.elapsed());
            match told {
                Some(told) if self.obey(&told) == Next::End => return Next::End,
                Some(Told::Keys(keys)) if keys.contains(&b'.') && self.pace.step() => return Next::GoOn,
                _ => {}
            }
        }
    }

    fn obey(&mut self, told: &Told) -> Next {
        let Told::Keys(keys) = told else { return Next::End };
        for key in keys {
            match key {
                b' ' => self.pace.toggle(),
                b'q' | b'Q' => return Next::End,
                key if INTERRUPT.contains(key) => return Next::End,
                _ => {}
            }
        }
        Next::GoOn
    }
}

/// What somebody wants.
enum Told {
    Keys(Vec<u8>),
    End,
}

async fn awaited(keys: &mut Keys, endings: &mut Endings) -> Told {
    tokio::select! {
        keys = keys.next() => Told::Keys(keys),
        _ = endings.next() => Told::End,
    }
}

/// The keyboard, where there is one.
struct Keys {
    input: Stream,
    /// The terminal as it gives keys, and as it was before once this is gone.
    mode: Option<Mode>,
}

impl Keys {
    fn new() -> io::Result<Self> {
        let mode = match io::stdin().is_terminal() {
            true => Some(Mode::raw(&File::from(io::stdin().as_fd().try_clone_to_owned()?))?),
            false => None,
        };
        Ok(Self { input: Stream::input()?, mode })
    }

    /// The next ones; never where there is no keyboard.
    async fn next(&mut self) -> Vec<u8> {
        let mut keys = [0; 64];
        let read = match self.mode {
            Some(_) => self.input.read(&mut keys).await.unwrap_or(0),
            None => 0,
        };
        match keys.get(..read) {
            Some(keys) if !keys.is_empty() => keys.to_vec(),
            _ => std::future::pending().await,
        }
    }
}

fn unshown(error: io::Error) -> Failure {
    match error.kind() {
        ErrorKind::BrokenPipe => Failure::nobody_listens(),
        _ => Failure::failed(format!("the recording cannot be shown: {error}")),
    }
}
