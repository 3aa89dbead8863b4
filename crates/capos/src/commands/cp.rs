//! `capos cp`: files of the session's home, both ways.

mod download;
pub(crate) mod home;
mod local;
mod names;
pub(crate) mod progress;
mod upload;

use std::cell::{Cell, RefCell};
use std::ffi::OsString;
use std::path::PathBuf;
use std::rc::Rc;

use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};

use crate::args::cp::Cp;
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::remote::within;
use home::{Home, Remotely, SILENT};
use local::Worker;
use progress::{Progress, size};

/// What is not copied, with its reasons, until the copy is given up: a service could list ever more of it.
const FAULTS: usize = 10_000;
/// The word for a copy that is not the same as its source, and with which nobody can go on.
const DIFFERS: &str = "differs";
/// The word for a copy that was given up.
const TOO_MUCH: &str = "tooMuch";

/// What goes where.
#[derive(Debug, PartialEq, Eq)]
enum Route {
    Up { from: Vec<PathBuf>, to: String },
    Down { from: Vec<String>, to: PathBuf },
}

/// One run of the command.
struct Copy<'a> {
    home: Home,
    how: &'a Cp,
    output: &'a Output,
    progress: Rc<Progress>,
    worker: Rc<Worker>,
    tally: RefCell<Tally>,
    /// Whether something of a file lies beside where it is to be.
    resumable: Cell<bool>,
}

/// What was done.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Tally {
    files: usize,
    directories: usize,
    links: usize,
    /// Of those that were there already, and were left.
    unchanged: usize,
    /// Bytes that went over the wire.
    bytes: u64,
    /// Bytes that an interrupted copy had left.
    resumed_bytes: u64,
    milliseconds: u64,
    verified: bool,
    not_copied: Vec<NotCopied>,
}

/// One that was not copied, and why.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct NotCopied {
    path: String,
    reason: String,
}

pub(crate) async fn run(how: Cp, output: &Output) -> Result<Exit, Failure> {
    let route = Route::parse(&how.paths)?;
    within(&how.target, output, async |remote| {
        let copy = Copy {
            home: Home::of(remote, &how.cap, how.timeout.into()),
            how: &how,
            output,
            progress: Rc::new(Progress::new(output, !how.quiet)),
            worker: Rc::new(Worker::start()),
            tally: RefCell::default(),
            resumable: Cell::new(false),
        };
        let outcome = tokio::select! {
            outcome = copy.take(&route) => outcome,
            failure = interrupted() => Err(failure),
        };
        copy.progress.clear();
        match outcome {
            Ok(()) => copy.report(),
            Err(failure) => Err(copy.explained(failure)),
        }
    })
    .await
}

impl Route {
    fn parse(paths: &[OsString]) -> Result<Self, Failure> {
        let (to, from) = paths.split_last().ok_or_else(|| Failure::usage("nothing is to be copied"))?;
        let ours = |path: &OsString| home_path(path);
        let remote: Vec<Option<String>> = from.iter().map(ours).collect::<Result<_, _>>()?;
        match (ours(to)?, remote.iter().all(Option::is_none), remote.iter().all(Option::is_some)) {
            (Some(to), true, _) => Ok(Self::Up { from: from.iter().map(PathBuf::from).collect(), to }),
            (None, _, true) => Ok(Self::Down { from: remote.into_iter().flatten().collect(), to: to.into() }),
            _ => Err(Failure::usage("one side is to be of the home, and the other is not")
                .advise("A path of the home begins with `:`. Within the home, `capos shell -- cp` copies.")),
        }
    }
}

/// What follows the colon; nothing for a path of this machine.
fn home_path(path: &OsString) -> Result<Option<String>, Failure> {
    match path.as_encoded_bytes().strip_prefix(b":") {
        None => Ok(None),
        Some(rest) => match std::str::from_utf8(rest) {
            Ok(rest) => Ok(Some(rest.to_owned())),
            Err(_) => Err(Failure::usage("a path of the home is UTF-8")),
        },
    }
}

async fn interrupted() -> Failure {
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    let mut signals: Vec<_> = kinds.into_iter().filter_map(|kind| signal(kind).ok()).collect();
    let any = signals.iter_mut().map(|signal| Box::pin(signal.recv()));
    futures::future::select_all(any).await;
    Failure::failed("the copy was interrupted").coded("interrupted")
}

impl Copy<'_> {
    async fn take(&self, route: &Route) -> Result<(), Failure> {
        match route {
            Route::Up { from, to } => self.upload(from, to).await,
            Route::Down { from, to } => self.download(from, to).await,
        }
    }

    /// One that was not copied keeps no other from being copied, unless nothing can be copied any more.
    fn go_on(&self, path: &str, outcome: Result<(), Failure>, only: bool) -> Result<(), Failure> {
        match outcome {
            Ok(()) => Ok(()),
            Err(failure) if only || failure.silent || failure.exit != Exit::Failed => Err(failure),
            Err(failure) if [TOO_MUCH, SILENT].contains(&&*failure.code) => Err(failure),
            Err(failure) => {
                self.progress.note(&format!("{path} was not copied: {}", failure.sentence));
                let reason = failure.sentence;
                let not_copied = &mut self.tally.borrow_mut().not_copied;
                not_copied.push(NotCopied { path: path.to_owned(), reason });
                match not_copied.len() {
                    ..=FAULTS => Ok(()),
                    _ => Err(Failure::failed("too much cannot be copied to go on").coded(TOO_MUCH)),
                }
            }
        }
    }

    fn is_there(&self) -> Result<(), Failure> {
        self.tally.borrow_mut().unchanged += 1;
        Ok(())
    }

    /// Asks whether the first bytes of a file of the home, 0: all, are the same as what was sent or received.
    async fn compare(&self, file: &Remotely, first: u64, (sum, length): (&[u8], u64)) -> Result<(), Failure> {
        if self.how.no_checksum {
            return Ok(());
        }
        self.progress.verifying();
        let (there, size) = file.checksum(first, length).await?;
        if there == sum && size == length {
            return Ok(());
        }
        Err(Failure::failed("the copy is not the same as its source, which may have been changed meanwhile")
            .coded(DIFFERS)
            .advise("Copy it again."))
    }

    fn explained(&self, failure: Failure) -> Failure {
        if !self.resumable.get() || failure.silent || failure.code == DIFFERS {
            return failure;
        }
        let advice = "What was copied so far is kept: the same command with --resume goes on.";
        match failure.exit {
            // How to sign in again is what is said then.
            Exit::Unreachable => {
                self.output.note(advice);
                failure
            }
            _ => failure.advise(advice),
        }
    }

    fn report(&self) -> Result<Exit, Failure> {
        let mut tally = self.tally.borrow_mut();
        tally.bytes = self.progress.bytes();
        tally.milliseconds = u64::try_from(self.progress.elapsed().as_millis()).unwrap_or(u64::MAX);
        tally.verified = !self.how.no_checksum;
        if self.output.is_json() && !self.writes_answer() {
            self.output.json_line(&*tally)?;
        } else if self.output.shows_progress() && !self.how.quiet {
            self.output.note(&tally.sentence());
        }
        Ok(if tally.not_copied.is_empty() { Exit::Done } else { Exit::Failed })
    }

    /// Whether standard output is where the file went.
    fn writes_answer(&self) -> bool {
        self.how.paths.last().is_some_and(|to| to == "-")
    }
}

impl Tally {
    fn sentence(&self) -> String {
        let files = if self.files == 1 { "1 file".to_owned() } else { format!("{} files", self.files) };
        let mut said = format!("{files} copied, {}", size(self.bytes));
        let more: [(u64, &str); 2] =
            [(self.unchanged as u64, " left as they were"), (self.not_copied.len() as u64, " not copied")];
        for (count, words) in more.into_iter().filter(|(count, _)| *count > 0) {
            said += &format!(", {count}{words}");
        }
        if self.resumed_bytes > 0 {
            said += &format!("; {} were there already", size(self.resumed_bytes));
        }
        said + if self.verified { "; checksums agree." } else { "." }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(paths: &[&str]) -> Result<Route, Failure> {
        Route::parse(&paths.iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn one_side_is_of_the_home() {
        let up = Route::Up { from: vec!["a".into(), "./:b".into()], to: "dir/".into() };
        assert_eq!(parse(&["a", "./:b", ":dir/"]).unwrap(), up);
        let down = Route::Down { from: vec!["a".into(), String::new()], to: ".".into() };
        assert_eq!(parse(&[":a", ":", "."]).unwrap(), down);
        for wrong in [&["a", "b"][..], &[":a", ":b"], &["a", ":b", "c"], &[":a", "b", ":c"]] {
            assert_eq!(parse(wrong).unwrap_err().exit, Exit::Usage, "{wrong:?}");
        }
    }
}
