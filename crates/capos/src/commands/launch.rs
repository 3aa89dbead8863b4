//! `capos probe`, `launch`, `attach` and `stop`.

use std::future::Future;
use std::time::Duration;

use capos_schema::Type;
use capos_schema::catalog_capnp::{
    remote_service_catalog_entry, remote_service_launch_request, remote_service_launch_status, remote_service_runner,
};
use serde::Serialize;
use tokio::time::{Instant, sleep};

use crate::args::services::{Attach, Launch, Probe, Request, Stop};
use crate::commands::admin::model::as_id;
use crate::commands::admin::ungranted;
use crate::commands::services;
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::remote::{Remote, text, within};

/// What starts within this is started without a word.
const AT_ONCE: Duration = Duration::from_millis(400);
/// Time between two words about what takes longer.
const WORD_EVERY: Duration = Duration::from_secs(5);

/// What came of a request.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    profile_id: String,
    status: String,
    launch_supported: bool,
    message: String,
    accepted_grants: Vec<String>,
    /// What a probe finds that may be lent with `--grant`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    may_be_lent: Vec<Lendable>,
    exports: Vec<Gained>,
}

/// A grant that the service takes from the session.
#[derive(Debug, Serialize)]
struct Lendable {
    name: String,
    interface: String,
}

/// A capability that the session has gained, or would gain.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Gained {
    name: String,
    interface: String,
    #[serde(serialize_with = "as_id")]
    interface_id: u64,
    label: String,
    summary: String,
    status: String,
    methods: Vec<String>,
    notes: Vec<String>,
    /// A command to try it with.
    example: String,
}

/// Tells what a start would do.
pub(crate) async fn probe(arguments: Probe, output: &Output) -> Result<Exit, Failure> {
    let Request { id, grant, target } = &arguments.request;
    let work = async |remote: &Remote| {
        let mut request = runner(remote).probe_request();
        fill(request.get().init_request(), id, grant);
        let mut status = told(remote, request.send().promise.await?.get()?.get_status()?).await?;
        status.may_be_lent = lendable(remote, id).await;
        Ok(status)
    };
    finish(within(target, output, work).await, "would gain", output)
}

/// Starts a service.
pub(crate) async fn launch(arguments: Launch, output: &Output) -> Result<Exit, Failure> {
    let Request { id, grant, target } = &arguments.request;
    let work = async |remote: &Remote| {
        let mut request = runner(remote).start_request();
        fill(request.get().init_request(), id, grant);
        let answer = with_words(id, output, request.send().promise).await?;
        told(remote, answer.get()?.get_status()?).await
    };
    finish(within(target, output, work).await, "gained", output)
}

/// Joins a service that runs.
pub(crate) async fn attach(arguments: Attach, output: &Output) -> Result<Exit, Failure> {
    let Attach { id, target } = &arguments;
    let work = async |remote: &Remote| {
        let mut request = runner(remote).attach_request();
        request.get().set_profile_id(id);
        told(remote, request.send().promise.await?.get()?.get_status()?).await
    };
    let status = within(target, output, work).await.map(|mut status| {
        if status.status == "notLaunched" && status.message.is_empty() {
            status.message = "it does not run".to_owned();
        }
        status
    });
    finish(status, "gained", output).map_err(|failure| match &*failure.code {
        "notLaunched" => failure.advise(format!("Start it: capos launch {id}")),
        _ => failure,
    })
}

/// Gives a service back.
pub(crate) async fn stop(arguments: Stop, output: &Output) -> Result<Exit, Failure> {
    let Stop { id, target } = &arguments;
    let work = async |remote: &Remote| {
        let mut request = runner(remote).stop_request();
        request.get().set_profile_id(id);
        told(remote, request.send().promise.await?.get()?.get_status()?).await
    };
    let status = within(target, output, work).await.map_err(|failure| ungranted(failure, "the runner of services"))?;
    if status.status == "denied" {
        return Err(refused(&status));
    }
    output.answer(&status, |status| match status.message.as_str() {
        "" => format!("{id}: given back"),
        message => format!("{id}: {message}"),
    })?;
    Ok(Exit::Done)
}

/// What a session may lend to a service; nothing where the catalog is not granted.
async fn lendable(remote: &Remote, id: &str) -> Vec<Lendable> {
    let profiles = services::list(remote).await.unwrap_or_default();
    let own = profiles.into_iter().filter(|profile| profile.id == id).flat_map(|profile| profile.requires);
    let lent = own.filter(|requirement| requirement.holder == "backendHeld");
    let named = |requirement: services::Requirement| Lendable {
        name: requirement.name,
        interface: requirement.interface.unwrap_or_default(),
    };
    lent.map(named).collect()
}

fn runner(remote: &Remote) -> remote_service_runner::Client {
    remote.grant("runner")
}

fn fill(mut request: remote_service_launch_request::Builder<'_>, id: &str, grants: &[String]) {
    request.set_profile_id(id);
    let mut names = request.init_grant_names(u32::try_from(grants.len()).unwrap_or(u32::MAX));
    for (index, name) in (0..names.len()).zip(grants) {
        names.set(index, name);
    }
}

/// Waits, and says so where it takes a while.
async fn with_words<T>(id: &str, output: &Output, work: impl Future<Output = T>) -> T {
    let began = Instant::now();
    let words = async {
        sleep(AT_ONCE).await;
        output.note(&format!("{id} is starting …"));
        loop {
            sleep(WORD_EVERY).await;
            output.note(&format!("{id} is still starting, for {} s", began.elapsed().as_secs()));
        }
    };
    tokio::select! {
        done = work => done,
        () = words => unreachable!("the words go on until the work is done"),
    }
}

async fn told(remote: &Remote, from: remote_service_launch_status::Reader<'_>) -> Result<Status, Failure> {
    let mut status = Status {
        profile_id: text(from.get_profile_id())?,
        status: text(from.get_status())?,
        launch_supported: from.get_launch_supported(),
        message: text(from.get_message())?,
        accepted_grants: from.get_accepted_grant_names()?.iter().map(text).collect::<Result<_, _>>()?,
        may_be_lent: Vec::new(),
        exports: from.get_exported_services()?.iter().map(gained).collect::<Result<_, _>>()?,
    };
    remote.learn(status.exports.iter().map(|export| export.interface_id)).await;
    for export in &mut status.exports {
        export.interface =
            remote.interface_name(export.interface_id).unwrap_or_else(|| format!("{:#018x}", export.interface_id));
        export.example = example(remote, export);
    }
    Ok(status)
}

fn gained(from: remote_service_catalog_entry::Reader<'_>) -> Result<Gained, Failure> {
    Ok(Gained {
        name: text(from.get_cap_name())?,
        interface: text(from.get_schema_interface())?,
        interface_id: from.get_transport_interface_id(),
        label: text(from.get_label())?,
        summary: text(from.get_summary())?,
        status: text(from.get_proxy_status())?,
        methods: from.get_methods()?.iter().map(text).collect::<Result<_, _>>()?,
        notes: from.get_notes()?.iter().map(text).collect::<Result<_, _>>()?,
        example: String::new(),
    })
}

/// A command to begin with: one that asks for nothing, where there is such a method.
fn example(remote: &Remote, export: &Gained) -> String {
    let name = &export.name;
    match &*export.interface {
        "CommandSurface" => return format!("capos commands {name}"),
        "Chat" if name == "chat" => return "capos chat".to_owned(),
        "Chat" => return format!("capos chat --cap {name}"),
        "Console" => return format!("capos term --console {name}"),
        "Shell" if name == "shell" => return "capos shell uname -a".to_owned(),
        "Shell" => return format!("capos shell --cap {name} uname -a"),
        "Terminals" if name == "terminal" => return "capos term".to_owned(),
        "Terminals" => return format!("capos term --cap {name}"),
        _ => {}
    }
    let registry = remote.schemas().registry_of(export.interface_id);
    let interface = Type::interface(export.interface_id);
    let asks_nothing = |method: &&String| {
        let found = registry.method(&interface, method);
        found.is_ok_and(|found| match found.params {
            Type::Struct(id, _) => registry.structure(id).is_ok_and(|params| params.fields.is_empty()),
            _ => false,
        })
    };
    match export.methods.iter().find(asks_nothing) {
        Some(method) => format!("capos call {name} {method}"),
        None => format!("capos describe {name}"),
    }
}

fn finish(status: Result<Status, Failure>, gains: &str, output: &Output) -> Result<Exit, Failure> {
    let status = status.map_err(|failure| ungranted(failure, "the runner of services"))?;
    let is_there = matches!(&*status.status, "ready" | "running");
    // A probe that nothing stands against is told that nothing was started.
    let is_possible = gains == "would gain" && status.launch_supported && status.status != "denied";
    let is_refused = !is_there && !is_possible;
    if is_refused {
        return Err(refused(&status));
    }
    output.answer(&status, |status| shown(status, gains))?;
    Ok(Exit::Done)
}

fn refused(status: &Status) -> Failure {
    let exit = if status.status == "denied" { Exit::Denied } else { Exit::Failed };
    let why = if status.message.is_empty() { &status.status } else { &status.message };
    let id = &status.profile_id;
    let failure = Failure::new(exit, format!("{id}: {why}")).coded(status.status.clone());
    match &*status.status {
        "denied" if why.contains("grant") => failure.advise(format!("See what may be lent to it: capos probe {id}")),
        "denied" => failure.advise("See what there is: capos services"),
        "missingBinary" | "unsupported" => {
            failure.advise(format!("Whoever administers the node sees why: capos admin service show {id}"))
        }
        "notLaunched" => failure.advise(format!("Whoever administers the node sees why: capos admin service log {id}")),
        _ => failure,
    }
}

fn shown(status: &Status, gains: &str) -> String {
    let mut text = format!("{}: {}", status.profile_id, status.status);
    // What says the word once more is left out.
    if !status.message.is_empty() && (&*status.status, &*status.message) != ("running", "the service runs") {
        text.push_str(&format!(", {}", status.message));
    }
    text.push('\n');
    if !status.accepted_grants.is_empty() {
        text.push_str(&format!("  lends it  {}\n", status.accepted_grants.join(", ")));
    }
    for lendable in &status.may_be_lent {
        let Lendable { name, interface } = lendable;
        text.push_str(&format!("  {:10} {name}  {interface}, with --grant {name}\n", "may lend"));
    }
    let width = status.exports.iter().map(|export| export.name.len()).max().unwrap_or(0);
    for (index, export) in status.exports.iter().enumerate() {
        let label = if index == 0 { gains } else { "" };
        text.push_str(&format!("  {label:10} {:width$}  {}\n", export.name, export.interface));
    }
    for (index, export) in status.exports.iter().filter(|_| gains == "gained").enumerate() {
        let label = if index == 0 { "try" } else { "" };
        text.push_str(&format!("  {label:10} {}\n", export.example));
    }
    text
}
