//! One file a verb.

pub(crate) mod admin;
pub(crate) mod audit;

use std::future::Future;

use clap::CommandFactory;
use serde_json::json;

use crate::args::{Cli, Command, Completions};
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::{config, up};

/// Does what was asked.
pub(crate) fn run(cli: Cli, output: &Output) -> Result<Exit, Failure> {
    match cli.command {
        Command::Up(arguments) => up::run(arguments, output),
        Command::Config(arguments) => config::run(arguments, output),
        Command::Admin(arguments) => on_this_thread(admin::run(arguments, output)),
        Command::Audit(arguments) => on_this_thread(audit::run(arguments, output)),
        Command::Completions(arguments) => completions(&arguments, output),
        Command::Version(_) => version(output),
        _ => Err(Failure::failed("not yet")),
    }
}

/// Runs a command that talks to a node: capability objects live on one thread.
fn on_this_thread<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::failed(format!("the program could not be started: {error}")))?;
    tokio::task::LocalSet::new().block_on(&runtime, work)
}

fn completions(arguments: &Completions, output: &Output) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "capos", &mut script);
    output.bytes(&script)?;
    Ok(Exit::Done)
}

fn version(output: &Output) -> Result<Exit, Failure> {
    let version = env!("CARGO_PKG_VERSION");
    output.answer(&json!({ "name": "capos", "version": version }), |_| format!("capos {version}"))?;
    Ok(Exit::Done)
}
