//! `capos admin service`.

use std::rc::Rc;

use capos_schema::services_capnp::{
    service_admin, service_instance, service_log_line, service_log_listener, service_process, service_status,
};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::mpsc;

use super::ungranted;
use crate::args::admin::{Place, ServiceVerb};
use crate::args::target::Target;
use crate::failure::{Exit, Failure};
use crate::output::when::{away, utc};
use crate::output::{Output, Table};
use crate::remote::{Remote, text, within};

/// Batches of lines that may wait for a slow terminal; the node holds the next ones back then.
const WAITING: usize = 4;

/// How far rows after a line's first are set in on a terminal.
const HANG: usize = 6;

/// One profile and what runs of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Status {
    pub(super) id: String,
    label: String,
    state: String,
    reason: String,
    isolation: String,
    instances: Vec<Instance>,
    confinement: Vec<String>,
    missing: Vec<String>,
    pub(super) inside: Vec<String>,
}

/// One running process graph.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Instance {
    number: u64,
    session: Option<String>,
    started_at_ms: u64,
    restarts: u32,
    facets: u32,
    processes: Vec<Process>,
}

/// One process of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Process {
    name: String,
    running: bool,
    memory_bytes: u64,
    cpu_ms: u64,
}

/// One line of a log.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    sequence: u64,
    at_ms: u64,
    process: String,
    stream: String,
    text: String,
}

/// What a command about a node that does not run fails with.
pub(super) fn stopped() -> Failure {
    Failure::usage("a node that is stopped runs no services").advise("Leave --data away, and sign in to the node.")
}

pub(super) async fn run(place: Place, verb: ServiceVerb, output: &Output) -> Result<Exit, Failure> {
    if place.data.is_some() {
        return Err(stopped());
    }
    let work = async |remote: &Remote| {
        let id = verb.id().map(str::to_owned);
        let done = act(&remote.grant("service_admin"), verb, output).await;
        done.map_err(|failure| match id {
            Some(id) if failure.sentence.contains("no service of that id") => unknown(&id).coded(failure.code),
            _ => failure,
        })
    };
    let done = within(&Target::from(place.target), output, work).await;
    done.map_err(|failure| ungranted(failure, "the administration of services"))?;
    Ok(Exit::Done)
}

fn unknown(id: &str) -> Failure {
    Failure::failed(format!("there is no service `{id}`")).advise("See what there is with `capos admin service list`.")
}

async fn act(admin: &service_admin::Client, verb: ServiceVerb, output: &Output) -> Result<(), Failure> {
    match verb {
        ServiceVerb::List => tabled(&list(admin).await?, output),
        ServiceVerb::Show { id } => {
            let named = list(admin).await?.into_iter().find(|one| one.id == id);
            output.answer(&named.ok_or_else(|| unknown(&id))?, shown)
        }
        ServiceVerb::Log { id, follow: false, lines } => tail(admin, &id, lines, output).await,
        ServiceVerb::Log { id, follow: true, lines } => follow(admin, &id, lines, output).await,
        ServiceVerb::Start { id } => {
            let mut request = admin.start_request();
            request.get().set_id(&id);
            output.answer(&status(request.send().promise.await?.get()?.get_status()?)?, shown)
        }
        ServiceVerb::Stop { id } => {
            let mut request = admin.stop_request();
            request.get().set_id(&id);
            output.answer(&status(request.send().promise.await?.get()?.get_status()?)?, shown)
        }
        ServiceVerb::Restart { id } => {
            let mut request = admin.restart_request();
            request.get().set_id(&id);
            output.answer(&status(request.send().promise.await?.get()?.get_status()?)?, shown)
        }
    }
}

async fn tail(admin: &service_admin::Client, id: &str, most: u32, output: &Output) -> Result<(), Failure> {
    latest(admin, id, most).await?.iter().try_for_each(|line| show(line, output))
}

async fn latest(admin: &service_admin::Client, id: &str, most: u32) -> Result<Vec<Line>, Failure> {
    let mut request = admin.log_request();
    request.get().set_id(id);
    request.get().set_most(most);
    request.send().promise.await?.get()?.get_lines()?.iter().map(line).collect()
}

/// The following begins before the latest lines are read, so that none is missed between the two.
async fn follow(admin: &service_admin::Client, id: &str, most: u32, output: &Output) -> Result<(), Failure> {
    let (sender, mut batches) = mpsc::channel(WAITING);
    let mut request = admin.follow_request();
    request.get().set_id(id);
    request.get().set_listener(capnp_rpc::new_client(Listener(sender)));
    // It is followed for as long as the answer is held.
    let _following = request.send().promise.await?;
    let mut last = 0;
    for line in latest(admin, id, most).await? {
        show(&line, output)?;
        last = line.sequence;
    }
    while let Some(batch) = batches.recv().await {
        for line in batch {
            if line.sequence <= last {
                continue;
            }
            let missed = line.sequence - last - 1;
            if missed > 0 && last > 0 {
                output.note(&format!("{missed} lines are left out here"));
            }
            last = line.sequence;
            show(&line, output)?;
        }
    }
    Err(capnp::Error::disconnected(String::new()).into())
}

fn show(line: &Line, output: &Output) -> Result<(), Failure> {
    if output.is_json() {
        return output.json_record(&serde_json::to_value(line).unwrap_or(Value::Null));
    }
    let Line { at_ms, process, stream, text, .. } = line;
    output.hanging(&format!("{}  {process} {stream}: {text}", utc(*at_ms)).replace('\n', " "), HANG)
}

/// All services.
pub(super) async fn list(admin: &service_admin::Client) -> Result<Vec<Status>, Failure> {
    let answer = admin.list_request().send().promise.await?;
    answer.get()?.get_services()?.iter().map(status).collect()
}

fn tabled(all: &[Status], output: &Output) -> Result<(), Failure> {
    output.list(&all, |all| {
        let rows = all.iter().map(|one| {
            let processes = one.instances.iter().flat_map(|instance| &instance.processes);
            let running = processes.filter(|process| process.running).count();
            let sum = |count: fn(&Instance) -> u32| one.instances.iter().map(count).fold(0, u32::saturating_add);
            [
                one.id.clone(),
                one.state.clone(),
                one.isolation.clone(),
                running.to_string(),
                sum(|instance| instance.facets).to_string(),
                sum(|instance| instance.restarts).to_string(),
                one.reason.clone(),
            ]
        });
        let headings = ["SERVICE", "STATE", "ISOLATION", "PROCESSES", "FACETS", "RESTARTS", "REASON"];
        Table::new(&headings, "There is no service.").rows(rows)
    })
}

fn shown(status: &Status) -> String {
    let mut lines = String::new();
    let mut line = |label: &str, value: &str| {
        if !value.is_empty() {
            lines.push_str(&format!("{label:11} {value}\n"));
        }
    };
    line("service", &status.id);
    line("name", &status.label);
    line("state", &status.state);
    line("reason", &status.reason);
    line("isolation", &status.isolation);
    line("confined", &status.confinement.join(", "));
    line("missing", &status.missing.join(", "));
    for (sentence, at) in status.inside.iter().zip(0..) {
        line(if at == 0 { "inside" } else { "" }, sentence);
    }
    for instance in &status.instances {
        let whose = instance.session.as_ref().map(|session| format!(" for session {session}")).unwrap_or_default();
        let Instance { number, started_at_ms, restarts, facets, .. } = instance;
        let since = away(*started_at_ms);
        line("instance", &format!("{number}{whose}, started {since}, restarts: {restarts}, facets: {facets}"));
        for process in &instance.processes {
            line("  process", &told(process));
        }
    }
    lines
}

fn told(process: &Process) -> String {
    let Process { name, running, memory_bytes, cpu_ms } = process;
    match (*running, memory_bytes / (1 << 10)) {
        (false, _) => format!("{name}, not running"),
        (true, 0) => name.clone(),
        (true, kib) => format!("{name}, {kib} KiB, {cpu_ms} ms of processor time"),
    }
}

fn status(from: service_status::Reader<'_>) -> Result<Status, Failure> {
    Ok(Status {
        id: text(from.get_id())?,
        label: text(from.get_label())?,
        state: text(from.get_state())?,
        reason: text(from.get_reason())?,
        isolation: text(from.get_isolation())?,
        instances: from.get_instances()?.iter().map(instance).collect::<Result<_, _>>()?,
        confinement: from.get_confinement()?.iter().map(text).collect::<Result<_, _>>()?,
        missing: from.get_missing()?.iter().map(text).collect::<Result<_, _>>()?,
        inside: from.get_inside()?.iter().map(text).collect::<Result<_, _>>()?,
    })
}

fn instance(from: service_instance::Reader<'_>) -> Result<Instance, Failure> {
    let session = from.get_session()?;
    Ok(Instance {
        number: from.get_number(),
        session: (!session.is_empty()).then(|| hex::encode(session)),
        started_at_ms: from.get_started_at_ms(),
        restarts: from.get_restarts(),
        facets: from.get_facets(),
        processes: from.get_processes()?.iter().map(process).collect::<Result<_, _>>()?,
    })
}

fn process(from: service_process::Reader<'_>) -> Result<Process, Failure> {
    Ok(Process {
        name: text(from.get_name())?,
        running: from.get_running(),
        memory_bytes: from.get_memory_bytes(),
        cpu_ms: from.get_cpu_ms(),
    })
}

fn line(from: service_log_line::Reader<'_>) -> Result<Line, Failure> {
    Ok(Line {
        sequence: from.get_sequence(),
        at_ms: from.get_at_ms(),
        process: text(from.get_process())?,
        stream: text(from.get_stream())?,
        text: text(from.get_text())?,
    })
}

/// Takes the lines of a following.
struct Listener(mpsc::Sender<Vec<Line>>);

impl service_log_listener::Server for Listener {
    async fn lines(
        self: Rc<Self>,
        params: service_log_listener::LinesParams,
        _: service_log_listener::LinesResults,
    ) -> Result<(), capnp::Error> {
        let lines = params.get()?.get_lines()?.iter().map(line).collect::<Result<_, _>>();
        let lines = lines.map_err(|failure: Failure| capnp::Error::failed(failure.sentence))?;
        self.0.send(lines).await.map_err(|_| capnp::Error::disconnected("nobody follows any more".into()))
    }
}
