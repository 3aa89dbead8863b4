//! To a node's bootstrap object, with the node's identity settled on the way.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use capos_rpc::{ClientTls, Error as RpcError, Fingerprint, Peer, Trust, tune};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout};

use super::Connection;
use crate::ask::{Confirm, Stranger};
use crate::endpoint::Endpoint;
use crate::error::{Cause, Error, IdentityProblem};
use crate::known_nodes::KnownNodes;
use crate::options::{Identify, Options};
use crate::transcript::Operation;

/// Connects to a node and makes sure which one it is. Runs on a `LocalSet`.
///
/// Where the connection is lost before the bootstrap object has answered, it is tried once more; nothing was sent
/// by then but questions that anybody may ask.
///
/// # Errors
/// When the node cannot be reached, is not provably the one meant, or does not answer as a node.
pub async fn connect(endpoint: &Endpoint, options: &Options, confirm: &mut dyn Confirm) -> Result<Connection, Error> {
    let began = Instant::now();
    let outcome = identify_and_dial(endpoint, options, confirm).await;
    let code = outcome.as_ref().map_or_else(Error::code, |_| "ok");
    options.transcript.add(&connecting(), code, began.elapsed());
    outcome
}

/// The key that has to be shown, and where it is written down.
#[derive(Clone)]
struct Expected {
    fingerprint: Fingerprint,
    known: Option<(PathBuf, usize)>,
}

async fn identify_and_dial(
    endpoint: &Endpoint,
    options: &Options,
    confirm: &mut dyn Confirm,
) -> Result<Connection, Error> {
    let expected = match &options.identify {
        Identify::Plain => return twice(async || dial_plain(endpoint, options).await).await,
        Identify::Pinned(fingerprint) => Expected { fingerprint: *fingerprint, known: None },
        Identify::Known(file) => match file.find(endpoint, &options.bounds)? {
            Some((fingerprint, line)) => Expected { fingerprint, known: Some((file.path().to_owned(), line)) },
            None => Expected { fingerprint: meet(endpoint, options, file, confirm).await?, known: None },
        },
    };
    twice(async || dial_tls(endpoint, options, &expected).await).await
}

/// Once more, where it was bad luck.
async fn twice<T>(attempt: impl AsyncFn() -> Result<T, Error>) -> Result<T, Error> {
    match attempt().await {
        Err(Error::Disconnected { cause: Cause::Closed | Cause::Lost | Cause::Silent, .. }) => attempt().await,
        outcome => outcome,
    }
}

/// Has a person decide about a node that is not known. Its connection is not kept for that long: a node waits
/// seconds for a sign-in, and people take longer.
async fn meet(
    endpoint: &Endpoint,
    options: &Options,
    file: &KnownNodes,
    confirm: &mut dyn Confirm,
) -> Result<Fingerprint, Error> {
    let fingerprint = twice(async || {
        let (_stream, peer) = shake_hands(endpoint, options, &Trust::FirstUse, None).await?;
        let certificate = peer.tls.and_then(|tls| tls.certificate).ok_or(IdentityProblem::Unproven)?;
        Fingerprint::of_certificate(&certificate).map_err(|_| IdentityProblem::Unproven.into())
    });
    let stranger = Stranger { endpoint: endpoint.clone(), fingerprint: fingerprint.await? };
    let Stranger { fingerprint, .. } = stranger;
    if !confirm.confirm(&stranger).await {
        return Err(IdentityProblem::Unconfirmed { endpoint: endpoint.clone(), fingerprint }.into());
    }
    file.remember(endpoint, fingerprint, &options.bounds)?;
    Ok(fingerprint)
}

async fn dial_tls(endpoint: &Endpoint, options: &Options, expected: &Expected) -> Result<Connection, Error> {
    let trust = Trust::Pinned(expected.fingerprint);
    let (stream, peer) = shake_hands(endpoint, options, &trust, expected.known.clone()).await?;
    prove(stream, peer, options).await
}

async fn dial_plain(endpoint: &Endpoint, options: &Options) -> Result<Connection, Error> {
    let stream = reach(endpoint, options.timeouts.connect, true).await?;
    let peer = Peer::tcp(stream.peer_addr().map_err(|_| lost(Cause::Lost))?);
    prove(stream, peer, options).await
}

/// A connection counts once its bootstrap object has answered.
async fn prove<S>(stream: S, peer: Peer, options: &Options) -> Result<Connection, Error>
where
    S: AsyncRead + AsyncWrite + 'static,
{
    let connection = Connection::over(stream, peer, options);
    match timeout(options.timeouts.bootstrap, connection.prove()).await {
        Ok(answer) => answer.map(|()| connection),
        Err(_) => Err(lost(Cause::Silent)),
    }
}

async fn shake_hands(
    endpoint: &Endpoint,
    options: &Options,
    trust: &Trust,
    known: Option<(PathBuf, usize)>,
) -> Result<(impl AsyncRead + AsyncWrite + 'static, Peer), Error> {
    let tls = ClientTls::new(trust, None).map_err(|_| Error::System("TLS cannot be used on this machine"))?;
    let stream = reach(endpoint, options.timeouts.connect, false).await?;
    let shaken = timed(options.timeouts.handshake, tls.connect(stream, &endpoint.host)).await?;
    shaken.map_err(|error| match error {
        RpcError::IdentityChanged(keys) => IdentityProblem::Changed { endpoint: endpoint.clone(), keys, known }.into(),
        RpcError::Io(_) => lost(Cause::Lost),
        RpcError::ServerName => Error::Input("no node can have that name".to_owned()),
        _ => IdentityProblem::Unproven.into(),
    })
}

async fn timed<T>(patience: Duration, work: impl Future<Output = T>) -> Result<T, Error> {
    timeout(patience, work).await.map_err(|_| lost(Cause::Silent))
}

/// A TCP connection to the first address that takes one.
async fn reach(endpoint: &Endpoint, patience: Duration, loopback: bool) -> Result<TcpStream, Error> {
    let unreachable = |problem| Error::Unreachable { endpoint: endpoint.clone(), problem };
    let work = async {
        let addresses = resolve(endpoint).await.map_err(|_| unreachable("its name is not known"))?;
        if loopback && !addresses.iter().all(|address| address.ip().is_loopback()) {
            return Err(IdentityProblem::NotLoopback.into());
        }
        let mut problem = "its name has no address";
        for address in addresses {
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => problem = said(&error),
            }
        }
        Err(unreachable(problem))
    };
    let stream = timeout(patience, work).await.map_err(|_| unreachable("it did not answer in time"))??;
    // Latency and an early notice of a dead peer; without them the connection is as good.
    let _ = tune(&stream);
    Ok(stream)
}

async fn resolve(endpoint: &Endpoint) -> io::Result<Vec<SocketAddr>> {
    if let Some(address) = endpoint.address() {
        return Ok(vec![SocketAddr::new(address, endpoint.port)]);
    }
    Ok(lookup_host((endpoint.host.as_str(), endpoint.port)).await?.collect())
}

/// The system's error in words of this crate's, which may be shown anywhere.
fn said(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "nothing listens at that port",
        io::ErrorKind::TimedOut => "it did not answer in time",
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => "there is no way to it from here",
        _ => "the network refused",
    }
}

pub(super) fn connecting() -> Operation {
    Operation::new(0, "connect", "")
}

fn lost(cause: Cause) -> Error {
    Error::Disconnected { operation: connecting().to_string(), cause, guidance: super::wire::CONNECT_AGAIN }
}
