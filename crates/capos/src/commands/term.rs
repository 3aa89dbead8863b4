//! `capos term`: a terminal elsewhere in the one of this process.
//!
//! [`wanted`] opens or finds it, [`window`] shows it and passes keys on until it ends or is left, [`listing`] is about
//! all of them. [`console`] lends this terminal to a service instead.

mod console;
mod listing;
mod view;
mod wanted;
mod window;

use std::io::IsTerminal as _;

use capos_schema::terminals_capnp::terminals;

use crate::args::target::Target;
use crate::args::term::Term;
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::remote::{Remote, within};
use crate::terminal::signals::Endings;
use wanted::Wanted;
use window::{Left, Window};

/// Opens a terminal, or does what is to be done about those that are open.
pub(crate) async fn run(arguments: Term, output: &Output) -> Result<Exit, Failure> {
    let target = &arguments.target;
    if arguments.list {
        return listing::list(&arguments.cap, target, output).await;
    }
    if let Some(id) = arguments.close {
        return listing::close(&arguments.cap, id, target, output).await;
    }
    if let Some(cap) = &arguments.console {
        return console::run(cap, &arguments.command, target, output).await;
    }
    if !std::io::stdin().is_terminal() || !output.is_terminal() {
        return Err(Failure::usage("there is no terminal here to show one in")
            .advise("Run a command with its streams instead: capos shell CMD"));
    }
    let mut endings = Endings::new()?;
    let work = async |remote: &Remote| {
        tokio::select! {
            ending = endings.next() => Ok(Exit::Remote(ending.status())),
            wanted = Wanted::find(remote, &arguments) => show(wanted?, remote, &arguments, output).await,
        }
    };
    within(target, output, work).await
}

async fn show(wanted: Wanted, remote: &Remote, arguments: &Term, output: &Output) -> Result<Exit, Failure> {
    let mut window = Window::open(&wanted, arguments)?;
    let left = window.go_on().await;
    window.close(!matches!(left, Ok(Left::Ended(_)))).await;
    drop(window);
    match left? {
        Left::Ended(exit) => {
            wanted.forget().await;
            Ok(exit)
        }
        Left::Alone => {
            output.note(&come_back(&wanted, remote, arguments));
            Ok(Exit::Done)
        }
        Left::Told(ending) => Ok(Exit::Remote(ending.status())),
    }
}

/// What to say to whoever leaves a terminal that goes on.
fn come_back(wanted: &Wanted, remote: &Remote, arguments: &Term) -> String {
    let id = wanted.id;
    if remote.reached().is_none() {
        return format!("Terminal {id} ends with this command's session; `capos connect` holds one.");
    }
    let verb = if arguments.observe.is_some() { "--observe" } else { "--attach" };
    let cap = if arguments.cap == "terminal" { String::new() } else { format!(" --cap {}", arguments.cap) };
    let node = arguments.target.node.as_ref().map(|name| format!(" --node {name}")).unwrap_or_default();
    format!("Terminal {id} goes on. To come back: capos term {verb} {id}{cap}{node}")
}

fn terminals(remote: &Remote, cap: &str) -> terminals::Client {
    remote.grant(cap)
}

/// Does something with the terminals of a session.
async fn with_terminals<T>(
    cap: &str,
    target: &Target,
    output: &Output,
    work: impl AsyncFnOnce(terminals::Client) -> Result<T, Failure>,
) -> Result<T, Failure> {
    within(target, output, async |remote| work(terminals(remote, cap)).await).await
}
