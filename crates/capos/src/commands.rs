//! One file a verb.

pub(crate) mod admin;
pub(crate) mod audit;
pub(crate) mod call;
mod chat;
mod connect;
mod cp;
mod describe;
mod launch;
mod ls;
mod man;
mod menu;
mod recordings;
mod replay;
mod run;
mod services;
mod sessions;
mod shell;
mod stdio;
mod term;
mod web;

use std::future::Future;

use clap::CommandFactory;
use serde_json::json;

use crate::args::{Cli, Command, Completions};
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::{config, held, up};

/// Does what was asked.
pub(crate) fn run(cli: Cli, output: &Output) -> Result<Exit, Failure> {
    match cli.command {
        Command::Up(arguments) => up::run(arguments, output),
        Command::Web(arguments) => web::run(arguments, output),
        Command::Config(arguments) => config::run(arguments, output),
        Command::Admin(arguments) => on_this_thread(admin::run(arguments, output)),
        Command::Audit(arguments) => on_this_thread(audit::run(arguments, output)),
        Command::Completions(arguments) => completions(&arguments, output),
        Command::Version(_) => version(output),
        Command::Connect(arguments) => on_this_thread(connect::run(arguments, output)),
        Command::Whoami(arguments) => on_this_thread(sessions::whoami(arguments, output)),
        Command::Renew(arguments) => on_this_thread(sessions::renew(arguments, output)),
        Command::Logout(arguments) => on_this_thread(sessions::logout(arguments, output)),
        Command::Nodes(arguments) => on_this_thread(sessions::nodes(arguments, output)),
        Command::Caps(arguments) => on_this_thread(call::caps(arguments, output)),
        Command::Call(arguments) => on_this_thread(call::call(arguments, output)),
        Command::Handles(arguments) => on_this_thread(call::handles(arguments, output)),
        Command::Services(arguments) => on_this_thread(services::run(arguments, output)),
        Command::Probe(arguments) => on_this_thread(launch::probe(arguments, output)),
        Command::Launch(arguments) => on_this_thread(launch::launch(arguments, output)),
        Command::Attach(arguments) => on_this_thread(launch::attach(arguments, output)),
        Command::Stop(arguments) => on_this_thread(launch::stop(arguments, output)),
        Command::Shell(arguments) => on_this_thread(shell::run(arguments, output)),
        Command::Run(arguments) => on_this_thread(run::run(arguments, output)),
        Command::Term(arguments) => on_this_thread(term::run(arguments, output)),
        Command::Commands(arguments) => on_this_thread(menu::commands(arguments, output)),
        Command::Do(arguments) => on_this_thread(menu::carry_out(arguments, output)),
        Command::Chat(arguments) => on_this_thread(chat::run(arguments, output)),
        Command::Cp(arguments) => on_this_thread(cp::run(arguments, output)),
        Command::Ls(arguments) => on_this_thread(ls::run(arguments, output)),
        Command::Recordings(arguments) => on_this_thread(recordings::run(arguments, output)),
        Command::Replay(arguments) => on_this_thread(replay::run(arguments, output)),
        Command::Stdio(arguments) => on_this_thread(stdio::run(arguments, output)),
        Command::Describe(arguments) => on_this_thread(describe::run(arguments, output)),
        Command::Man(arguments) => on_this_thread(man::run(arguments, output)),
        Command::Held => on_this_thread(held::run()),
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
