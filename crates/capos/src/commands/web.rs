//! `capos web`: the workspace for a browser on this machine, in front of a node elsewhere.

mod bridge;
mod neighbours;
mod way;

use std::fs::File;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use capos_client::{Endpoint, Error, IdentityProblem, KnownNodes};
use capos_web::{Names, Server, Site, Workspace};
use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::on_this_thread;
use crate::args::web::{Loopback, Web};
use crate::failure::{Exit, Failure, reason};
use crate::held;
use crate::output::Output;
use crate::prompt::Person;
use crate::sign_in::{Introduction, known_nodes, parse_fingerprint};
use crate::up::ports::{Port, Wish};
use bridge::Bridge;
use neighbours::Own;
use way::Way;

/// For the last answers to go out, and for the node to hear that the session is over.
const PARTING: Duration = Duration::from_millis(500);

/// Serves until it is told to stop.
pub(crate) fn run(arguments: Web, output: &Output) -> Result<Exit, Failure> {
    let fingerprint = arguments.fingerprint.as_deref().map(parse_fingerprint).transpose()?;
    let endpoint = on_this_thread(find(arguments.node.as_deref()))?;
    let known = KnownNodes::at(known_nodes()?);
    if fingerprint.is_none() {
        on_this_thread(introduce(&endpoint, &known, output))?;
    }
    let wish = if arguments.listen.is_some() { Wish::Bridge } else { Wish::BridgeDefault };
    let Loopback(address) = arguments.listen.unwrap_or(Loopback::DEFAULT);
    let port = Port::open(address, wish).map_err(|error| error.downcast().unwrap_or_else(Failure::from))?;
    let bridge = Bridge::start(endpoint.clone(), fingerprint, known, Way::new(output.clone()))
        .map_err(|error| Failure::failed(format!("the bridge could not be started: {}", reason(&error))))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::failed(format!("the program could not be started: {error}")))?;
    let told = Told { url: format!("http://{}/", port.address), node: endpoint.to_string() };
    runtime.block_on(serve(port, Arc::new(bridge), told, arguments.open, output))
}

/// What whoever started it is told.
#[derive(Serialize)]
struct Told {
    /// What to open.
    url: String,
    /// Where it leads to at first.
    node: String,
}

/// The node that is meant: a held session's by its name, else what an address says.
async fn find(node: Option<&str>) -> Result<Endpoint, Failure> {
    let held = held::all().await?;
    let Some(node) = node else {
        return match held.is_empty() {
            true => Ok("127.0.0.1".parse()?),
            false => Ok(held::reach(None).await?.status.endpoint.parse()?),
        };
    };
    if let Some(held) = held.iter().find(|held| held.status.name == node) {
        return Ok(held.status.endpoint.parse()?);
    }
    match node.contains('@') {
        true => Err(Failure::usage("the account is given in the page").advise("Say only where the node is.")),
        false => Ok(node.parse()?),
    }
}

/// Has the person at the terminal decide about a node that is not known. Without one the page asks, and so it does
/// where the node cannot be reached yet.
async fn introduce(endpoint: &Endpoint, known: &KnownNodes, output: &Output) -> Result<(), Failure> {
    if known.find(endpoint, &capos_client::Limits::default())?.is_some() || File::open("/dev/tty").is_err() {
        return Ok(());
    }
    let person = Person::new(output, false);
    match Introduction::new(&*person).of(endpoint, known).await {
        Ok(()) => Ok(()),
        Err(error) if is_for_the_page(&error) => {
            output.note(&format!("{error} The page goes on trying."));
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

fn is_for_the_page(error: &Error) -> bool {
    match error {
        Error::Unreachable { .. } | Error::Disconnected { .. } => true,
        Error::Identity(problem) => matches!(**problem, IdentityProblem::Unproven),
        _ => false,
    }
}

async fn serve(port: Port, bridge: Arc<Bridge>, told: Told, open: bool, output: &Output) -> Result<Exit, Failure> {
    // From here on no signal is lost.
    let mut end = End::new().map_err(|error| Failure::failed(format!("signals cannot be awaited: {error}")))?;
    let instead_of = port.instead_of;
    let listener = port.into_listener().map_err(Failure::from)?;
    let workspace = Workspace::new(bridge.clone(), capos_web::WorkspaceLimits::default());
    let site = Site::new(Names::default()).otherwise(Arc::new(Own::only(Arc::new(workspace))));
    let server = Server::new(site, capos_web::Limits::default());
    let (stop, stopped) = watch::channel(false);
    let mut serving = tokio::spawn(server.run(listener, None, stopped));
    output.answer(&told, |told| told.url.clone())?;
    tell(&told, instead_of, output);
    if open {
        open_page(&told.url, output);
    }
    end.next().await;
    // Where nobody hears it nobody is served.
    let _ = stop.send(true);
    if tokio::time::timeout(PARTING, &mut serving).await.is_err() {
        serving.abort();
        let _ = serving.await;
    }
    // With the workspace went the browsers' sessions; the node hears of it.
    bridge.drain(PARTING).await;
    Ok(Exit::Done)
}

fn tell(told: &Told, instead_of: Option<SocketAddr>, output: &Output) {
    if output.is_json() {
        return;
    }
    if let Some(taken) = instead_of {
        output.note(&format!("{taken} is taken by another program. Choose another port with --listen."));
    }
    output.note(&format!("Open it in your browser. It leads to {}; stop it here with ^C.", told.node));
}

/// Leaves it to the desktop which browser that is.
fn open_page(url: &str, output: &Output) {
    let mut command = Command::new("xdg-open");
    command.arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match command.spawn() {
        Ok(mut child) => drop(std::thread::spawn(move || child.wait())),
        Err(_) => output.note("No browser could be opened from here (xdg-open is missing)."),
    }
}

/// What ends a bridge.
struct End([tokio::signal::unix::Signal; 3]);

impl End {
    fn new() -> std::io::Result<Self> {
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let [interrupt, terminate, hangup] = kinds.map(signal);
        Ok(Self([interrupt?, terminate?, hangup?]))
    }

    async fn next(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}
