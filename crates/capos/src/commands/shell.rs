//! `capos shell`: a command that runs in the session's shell with the streams of this one.
//!
//! [`Job`] is what is to be run, [`mod@outlet`] takes what it writes, [`mod@feed`] gives it what it reads, and [`mod@watch`] waits
//! for its end and passes signals on. Nothing is kept here but what is under way: a slow reader of this command's output
//! slows the command, and a command that does not read slows whoever writes to this one.

mod ended;
mod feed;
mod outlet;
mod watch;

use std::io::IsTerminal as _;

use capos_schema::Code;
use capos_schema::denial::strip_remote;
use capos_schema::shell_capnp::{shell, shell_options, shell_stream};

use crate::args::shell::{Manner, Shell};
use crate::args::target::Target;
use crate::args::term::Term;
use crate::commands::term;
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::remote::{Remote, within};
use crate::terminal::signals::Endings;
use crate::terminal::stream::Stream;
use feed::feed;
use outlet::{Outlet, Told};
use watch::Watch;

/// What reads a script where nobody says what does.
pub(crate) const SHELL: &str = "bash";
/// What a shell ends with where there is no such command, and where it cannot be run.
const NOT_THERE: u8 = 127;
const NOT_EXECUTABLE: u8 = 126;

/// What is to be run.
pub(crate) struct Job {
    pub(crate) command: String,
    pub(crate) arguments: Vec<String>,
    pub(crate) how: Manner,
    /// What it reads before standard input.
    pub(crate) first: Vec<u8>,
    /// Whether it reads standard input.
    pub(crate) reads: bool,
}

/// Runs a command; without one opens a terminal, or takes a script from standard input.
pub(crate) async fn run(arguments: Shell, output: &Output) -> Result<Exit, Failure> {
    let Shell { mut command, how, no_stdin, target } = arguments;
    if command.is_empty() {
        if std::io::stdin().is_terminal() && !output.is_json() {
            return term::run(Term::of_shell(how, target), output).await;
        }
        command.push(SHELL.to_owned());
    }
    let name = command.remove(0);
    let job = Job { command: name, arguments: command, how, first: Vec::new(), reads: !no_stdin };
    carry_out(&job, &target, output).await
}

/// Runs it, and gives what it ended with.
pub(crate) async fn carry_out(job: &Job, target: &Target, output: &Output) -> Result<Exit, Failure> {
    let mut endings = Endings::new()?;
    within(target, output, async |remote| {
        tokio::select! {
            ending = endings.next() => Ok(Exit::Remote(ending.status())),
            begun = begin(job, remote, output) => {
                let (stream, outlet, told) = begun?;
                let input = Stream::input().map_err(|error| unreadable(&error))?;
                let feeding = feed(&stream, &job.first, job.reads.then_some(&input));
                Watch::new(&stream, outlet, output).until_end(told, feeding, &mut endings).await
            }
        }
    })
    .await
}

/// Starts it. Whoever takes what it writes is told to it in the same breath, so that nothing is written before; whether
/// that was heard shows while it runs.
async fn begin(job: &Job, remote: &Remote, output: &Output) -> Result<(shell_stream::Client, Outlet, Told), Failure> {
    let shell: shell::Client = remote.grant(&job.how.cap);
    let mut request = shell.spawn_request();
    let mut params = request.get();
    params.set_command(&job.command);
    let mut list = params.reborrow().init_args(u32::try_from(job.arguments.len()).unwrap_or(u32::MAX));
    for (index, argument) in (0..list.len()).zip(&job.arguments) {
        list.set(index, argument);
    }
    options(&job.how, params.init_options())?;
    let started = request.send();
    let stream = started.pipeline.get_stream();
    let (outlet, told) = Outlet::connect(&stream, output)?;
    started.promise.await.map_err(|error| not_started(&job.command, job.how.cwd.as_deref(), error))?;
    Ok((stream, outlet, told))
}

fn options(how: &Manner, mut options: shell_options::Builder<'_>) -> Result<(), Failure> {
    options.set_cwd(how.cwd.as_deref().unwrap_or_default());
    let mut env = options.reborrow().init_env(u32::try_from(how.env.len()).unwrap_or(u32::MAX));
    for (index, variable) in (0..env.len()).zip(&how.env) {
        let mut to = env.reborrow().get(index);
        to.set_name(&variable.name);
        to.set_value(&variable.value);
    }
    if let Some(timeout) = how.timeout {
        let milliseconds = u32::try_from(timeout.as_millis()).ok().filter(|time| *time > 0);
        let milliseconds = milliseconds.ok_or_else(|| Failure::usage("the time has to be from 1ms to 49 days"))?;
        options.set_timeout(milliseconds);
    }
    Ok(())
}

/// Why it was not started. What is wrong with the command itself ends as in a shell.
pub(crate) fn not_started(command: &str, cwd: Option<&str>, error: capnp::Error) -> Failure {
    let words = strip_remote(&error.extra);
    let own = words.strip_prefix("service: ").unwrap_or(words);
    let refused = own.strip_prefix(Code::BadRequest.as_str()).and_then(|rest| rest.strip_prefix(": "));
    match refused {
        Some(sentence) => {
            let status = if sentence.contains("executed") { NOT_EXECUTABLE } else { NOT_THERE };
            let of = if sentence.contains("directory") { cwd.unwrap_or(command) } else { command };
            Failure::new(Exit::Remote(status), format!("{of}: {sentence}")).coded("notStarted")
        }
        None => Failure::from(error),
    }
}

fn unreadable(error: &std::io::Error) -> Failure {
    Failure::failed(format!("standard input cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use capos_schema::Denial;

    use super::*;

    #[test]
    fn a_command_that_is_not_there_ends_as_in_a_shell() {
        let told = |text: &str| not_started("nope", Some("work"), capnp::Error::failed(text.to_owned()));
        let failure = told("service: badRequest: there is no such program");
        assert_eq!((failure.exit, &*failure.sentence), (Exit::Remote(127), "nope: there is no such program"));
        assert_eq!(
            &*told("service: badRequest: there is no such directory").sentence,
            "work: there is no such directory"
        );
        assert_eq!(told("service: tooManyCalls: enough").exit, Exit::Failed);
        let denied: capnp::Error = Denial::from(Code::UnknownCap).into();
        assert_eq!(not_started("ls", None, denied).exit, Exit::Denied);
    }
}
