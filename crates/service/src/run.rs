//! A service's process from its start to its end.

use std::error::Error;
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::pin::pin;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use futures::future::FusedFuture as _;
use futures::stream::SelectAll;
use futures::{FutureExt as _, StreamExt as _};
use tokio::net::UnixStream;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::{JoinError, JoinSet, LocalSet};

use crate::Service;
use crate::door::Sockets;
use crate::host::Host;
use crate::limits::Limits;
use crate::log;

/// How long to leave a door alone that gives no connection: the process may be out of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Threads that write files. They count among the processes that the runner allows.
const WRITERS: usize = 2;

type Outcome = Result<(), Box<dyn Error>>;

const NO_SOCKETS: &str = "there is no socket to serve: the node's runner starts this program with one. \
To try it by hand: systemd-socket-activate -l /tmp/service.sock PROGRAM";

/// Where a service lives.
#[derive(Clone, Debug)]
pub struct Place {
    /// A directory of its own, which outlasts the process; the only one that does.
    pub home: PathBuf,
}

impl Place {
    fn find() -> Self {
        // The runner starts a service in its home, and says so in HOME too.
        Self {
            home: std::env::var_os("HOME").filter(|home| !home.is_empty()).map_or_else(|| ".".into(), PathBuf::from),
        }
    }
}

/// The whole `main` of a service: serves what `make` makes on the sockets that the process was started with.
///
/// It logs to stderr with `tracing`, runs everything on this thread, and on SIGTERM drains and ends well. A panic ends
/// the connection that it happened on.
pub fn run<S, M>(make: M) -> ExitCode
where
    S: Service,
    M: FnOnce(Place) -> Result<S, Box<dyn Error>>,
{
    run_within(Limits::default(), make)
}

/// [`run()`] with bounds of the service's own.
pub fn run_within<S, M>(limits: Limits, make: M) -> ExitCode
where
    S: Service,
    M: FnOnce(Place) -> Result<S, Box<dyn Error>>,
{
    log::start();
    match in_runtime(limits.drain, lead(limits, make)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn in_runtime(drain: Duration, life: impl Future<Output = Outcome>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(WRITERS).enable_all().build()?;
    let outcome = LocalSet::new().block_on(&runtime, life);
    // What was saved reaches the disk; a disk that hangs does not keep the process from ending.
    runtime.shutdown_timeout(drain);
    outcome
}

async fn lead<S, M>(limits: Limits, make: M) -> Outcome
where
    S: Service,
    M: FnOnce(Place) -> Result<S, Box<dyn Error>>,
{
    let sockets = Sockets::inherit()?;
    if sockets.is_empty() {
        return Err(NO_SOCKETS.into());
    }
    // Before anything is served: a signal that comes from here on drains.
    let told = told_to_end()?;
    let host = Host::new(Rc::new(make(Place::find())?), limits);
    let mut serving = pin!(serve_all(&host, sockets).fuse());
    tokio::select! {
        () = told => {}
        () = &mut serving => {}
    }
    // Calls that came before the end may still be answered.
    let mut drained = pin!(tokio::time::timeout(host.limits().drain, host.drain()));
    loop {
        tokio::select! {
            outcome = &mut drained => return outcome.map_err(|_| "draining took too long".into()),
            () = &mut serving, if !serving.is_terminated() => {}
        }
    }
}

fn told_to_end() -> io::Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Serves until nobody can come any more: with a listening socket, for ever.
async fn serve_all<S: Service>(host: &Rc<Host<S>>, sockets: Sockets) {
    let mut doors: SelectAll<_> = sockets.listening.into_iter().map(arrivals).collect();
    let mut connections = JoinSet::new();
    for stream in sockets.connected {
        admit(host, &mut connections, stream);
    }
    loop {
        tokio::select! {
            Some(stream) = doors.next(), if !doors.is_empty() => admit(host, &mut connections, stream),
            Some(ended) = connections.join_next(), if !connections.is_empty() => report(ended),
            else => return,
        }
    }
}

fn arrivals(listener: tokio::net::UnixListener) -> impl futures::Stream<Item = UnixStream> + Unpin {
    let accept = async |listener: tokio::net::UnixListener| loop {
        match listener.accept().await {
            Ok((stream, _)) => return Some((stream, listener)),
            Err(error) => {
                tracing::warn!("no connection could be accepted: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    };
    Box::pin(futures::stream::unfold(listener, accept))
}

type Served = Result<(), capnp::Error>;

fn admit<S: Service>(host: &Rc<Host<S>>, connections: &mut JoinSet<Served>, stream: UnixStream) {
    if connections.len() >= host.limits().connections {
        tracing::warn!("a connection was refused: there are too many");
        return;
    }
    let host = host.clone();
    connections.spawn_local(async move { host.serve(stream).await });
}

fn report(ended: Result<Served, JoinError>) {
    match ended {
        Ok(Ok(())) => tracing::debug!("a connection ended"),
        Ok(Err(error)) => tracing::debug!("a connection ended: {error}"),
        Err(error) => tracing::error!("a connection's task failed: {error}"),
    }
}
