//! One command from its start until nothing of it is left.

use std::cell::Cell;
use std::io;
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::time::{Duration, Instant};

use capos_sandbox::tree::{Command, Ends, Fault, Signal, Tree};
use rustix::pipe::{PipeFlags, pipe_with};
use tokio::sync::watch;

use super::State;
use super::input::{Bytes, Input};
use super::kept::{Kept, Source};
use super::options::{Options, Words};
use super::outcome::{Outcome, Unfit};
use super::output::{Bounds, Output, Stage};
use super::pump::Pump;
use super::reader::Owner;
use super::slots::Slot;
use crate::Error;

/// A command that was started. Dropping it ends the command and everything that it started.
pub(crate) struct Running {
    tree: Rc<Tree>,
    pub(crate) output: Rc<Output>,
    pub(super) input: Input,
    pub(crate) about: Rc<About>,
    /// Its end is what tells that nobody holds the command any more.
    _held: watch::Sender<()>,
}

/// What can be said of a command.
pub(crate) struct About {
    pub(crate) line: String,
    pub(crate) pid: u32,
    pub(crate) started_at_ms: u64,
    started: Instant,
    lasted: Cell<Option<Duration>>,
    timed_out: Cell<bool>,
}

/// Why nothing was started.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The program is not there, or cannot be run.
    Unfit(Unfit),
    Denied(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Denied(error)
    }
}

impl From<Refusal> for capnp::Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unfit(Unfit::NotFound) => Error::BadRequest("there is no such program").into(),
            Refusal::Unfit(Unfit::NotExecutable) => Error::BadRequest("that program cannot be executed").into(),
            Refusal::Denied(error) => error.into(),
        }
    }
}

/// What a command reads that is given nothing beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Otherwise {
    /// What comes.
    Open,
    /// Nothing.
    Closed,
}

/// The service's ends of a command's pipes.
struct Pipes {
    input: Option<OwnedFd>,
    output: OwnedFd,
    errors: OwnedFd,
}

impl Running {
    /// Starts a command.
    pub(crate) async fn start(
        state: &State,
        words: &Words,
        options: &mut Options,
        otherwise: Otherwise,
    ) -> Result<Self, Refusal> {
        let slot = state.slots.take()?;
        let is_open = otherwise == Otherwise::Open || options.input.is_some();
        let (pipes, ends) = Pipes::open(is_open).map_err(|error| host(&error))?;
        let planted = state.ground.trees.plant(command(words, options), ends).await;
        let tree = Rc::new(planted.map_err(refusal)?);
        let about = Rc::new(About::new(words, tree.pid(), state.clock.now_ms()));
        let limits = &state.ground.settings.limits;
        let bounds = Bounds { window: limits.window_bytes, callbacks: limits.callbacks };
        let output = Output::new(Kept::new(options.output_bytes, state.budget.clone()), bounds);
        let (_held, holding) = watch::channel(());
        let watching = Watching { tree: tree.clone(), output: output.clone(), about: about.clone(), holding };
        tokio::task::spawn_local(watching.run(options.timeout, limits.grace, slot));
        let input = pipes.connect(&output).map_err(|error| host(&error))?;
        let running = Self { tree, output, input, about, _held };
        running.give(options.input.take());
        Ok(running)
    }

    /// What it is given beforehand is all that it reads.
    fn give(&self, input: Option<Vec<u8>>) {
        if let Some(input) = input {
            drop(self.input.write(Bytes::Own(input)));
            drop(self.input.close());
        }
    }

    /// Sends a signal to its process group, as long as it runs.
    pub(crate) fn signal(&self, signal: Signal) {
        if self.output.exit().is_none() {
            self.tree.signal(signal);
        }
    }

    /// Waits until it has ended and what it wrote was read.
    pub(crate) async fn wait(&self) {
        self.output.reached(Stage::Read).await;
    }

    /// Waits until it has ended, and ends what it left running.
    pub(crate) async fn finish(self) -> Outcome {
        self.wait().await;
        let (output, about) = (self.output.clone(), self.about.clone());
        drop(self);
        output.reached(Stage::Gone).await;
        about.outcome(&output)
    }

    /// What came of it so far.
    pub(crate) fn outcome(&self) -> Outcome {
        self.about.outcome(&self.output)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.output.forget(Owner::Holder);
    }
}

impl About {
    fn new(words: &Words, pid: u32, started_at_ms: u64) -> Self {
        let (lasted, timed_out) = (Cell::new(None), Cell::new(false));
        Self { line: words.line(), pid, started_at_ms, started: Instant::now(), lasted, timed_out }
    }

    fn outcome(&self, from: &Output) -> Outcome {
        let (output, errors, truncated) = from.kept();
        Outcome {
            exit: from.exit().unwrap_or(capos_sandbox::tree::Exit::Code(0)),
            output,
            errors,
            duration: self.lasted.get().unwrap_or_else(|| self.started.elapsed()),
            truncated,
            timed_out: self.timed_out.get(),
        }
    }
}

/// What sees to it that a command ends.
struct Watching {
    tree: Rc<Tree>,
    output: Rc<Output>,
    about: Rc<About>,
    holding: watch::Receiver<()>,
}

impl Watching {
    /// The place among the session's commands is free when nothing is left of this one.
    async fn run(mut self, timeout: Option<Duration>, grace: Duration, slot: Slot) {
        tokio::select! {
            _ = self.tree.ended() => {}
            () = released(&mut self.holding) => self.tree.end(grace),
            () = after(timeout) => {
                self.about.timed_out.set(true);
                self.tree.end(grace);
            }
        }
        let exit = self.tree.ended().await;
        self.about.lasted.set(Some(self.about.started.elapsed()));
        self.output.ended(exit);
        tokio::select! {
            () = self.tree.gone() => {}
            () = released(&mut self.holding) => {
                self.tree.end(grace);
                self.tree.gone().await;
            }
        }
        self.output.gone();
        drop(slot);
    }
}

/// Waits until nobody holds the command any more.
async fn released(holding: &mut watch::Receiver<()>) {
    while holding.changed().await.is_ok() {}
}

async fn after(time: Option<Duration>) {
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => std::future::pending().await,
    }
}

impl Pipes {
    /// The two sides of a command's pipes. Where it is to read nothing, it finds the end at once.
    fn open(is_open: bool) -> io::Result<(Self, Ends)> {
        let (input, theirs) = if is_open {
            let (read, write) = pipe_with(PipeFlags::CLOEXEC)?;
            (Some(write), read)
        } else {
            (None, std::fs::File::open("/dev/null")?.into())
        };
        let (output, their_output) = pipe_with(PipeFlags::CLOEXEC)?;
        let (errors, their_errors) = pipe_with(PipeFlags::CLOEXEC)?;
        let ends = Ends::Pipes { input: theirs, output: their_output, errors: their_errors };
        Ok((Self { input, output, errors }, ends))
    }

    /// Begins to read and to write.
    fn connect(self, output: &Rc<Output>) -> io::Result<Input> {
        for (pipe, source) in [(self.output, Source::Output), (self.errors, Source::Errors)] {
            tokio::task::spawn_local(Pump::new(pipe, source, output.clone())?.run());
        }
        self.input.map_or_else(|| Ok(Input::closed()), |pipe| Input::new(pipe, output.clone()))
    }
}

fn command(words: &Words, options: &Options) -> Command {
    let mut variables = options.variables.clone();
    variables.insert("PWD".to_owned(), options.directory.to_string_lossy().into_owned());
    Command {
        program: words.program.clone().into(),
        arguments: words.arguments(),
        environment: variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
        directory: options.directory.clone(),
    }
}

fn refusal(fault: Fault) -> Refusal {
    match fault {
        Fault::NotFound => Refusal::Unfit(Unfit::NotFound),
        Fault::NotExecutable(_) => Refusal::Unfit(Unfit::NotExecutable),
        Fault::Directory(_) => Error::BadRequest("there is no such directory").into(),
        Fault::TooMany => Error::Quota("there are as many processes as may be").into(),
        Fault::Host(error) if error.kind() == io::ErrorKind::ArgumentListTooLong => {
            Error::BadRequest("the arguments and the environment are too long together").into()
        }
        Fault::Host(error) => host(&error).into(),
        fault => {
            tracing::error!("a command could not be started: {fault}");
            UNSTARTED.into()
        }
    }
}

const UNSTARTED: Error = Error::Unavailable("the command could not be started");

fn host(error: &io::Error) -> Error {
    tracing::error!("a command could not be started: {error}");
    UNSTARTED
}
