//! The plain peer: the RPC library with its own network and nothing of ours, as a foreign program would use it.
//!
//! All of this spawns local tasks, so it runs inside [`vat`] or another `LocalSet`.

use capnp::capability::{Client, FromClientHook};
use capnp::message::ReaderOptions;
use capnp_rpc::rpc_twoparty_capnp::Side;
use capnp_rpc::{RpcSystem, twoparty};
use futures::io::{BufReader, BufWriter};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::{JoinHandle, LocalSet, spawn_local};
use tokio_util::compat::{TokioAsyncReadCompatExt, TokioAsyncWriteCompatExt};

/// Runs `body` where capabilities may live.
pub async fn vat<T>(body: impl Future<Output = T>) -> T {
    LocalSet::new().run_until(body).await
}

/// How the connection ended.
pub type Ended = JoinHandle<capnp::Result<()>>;

/// Serves `bootstrap` on `stream` until the peer is gone.
pub fn serve<C: FromClientHook>(stream: impl AsyncRead + AsyncWrite + 'static, bootstrap: C) -> Ended {
    let bootstrap = Client::new(bootstrap.into_client_hook());
    let network = network(stream, Side::Server, None);
    spawn_local(RpcSystem::new(network, Some(bootstrap)))
}

/// The peer's bootstrap object.
pub fn connect<C: FromClientHook>(stream: impl AsyncRead + AsyncWrite + 'static) -> C {
    connect_with_window(stream, None)
}

/// The same, and how the connection ends.
pub fn connect_and_watch<C: FromClientHook>(stream: impl AsyncRead + AsyncWrite + 'static) -> (C, Ended) {
    let mut system = RpcSystem::new(network(stream, Side::Client, None), None);
    let bootstrap = system.bootstrap(Side::Server);
    (bootstrap, spawn_local(system))
}

/// The same, with so many bytes of a stream under way instead of the library's default.
pub fn connect_with_window<C: FromClientHook>(
    stream: impl AsyncRead + AsyncWrite + 'static,
    window: Option<usize>,
) -> C {
    line(stream, window).0
}

/// The same with what runs the connection: aborted, the peer sees it cut; awaited, it tells how it ended.
pub fn line<C: FromClientHook>(stream: impl AsyncRead + AsyncWrite + 'static, window: Option<usize>) -> (C, Ended) {
    let network = network(stream, Side::Client, window);
    let mut system = RpcSystem::new(network, None);
    let bootstrap = system.bootstrap(Side::Server);
    (bootstrap, spawn_local(system))
}

fn network(
    stream: impl AsyncRead + AsyncWrite + 'static,
    side: Side,
    window: Option<usize>,
) -> Box<twoparty::VatNetwork<impl futures::AsyncRead + Unpin>> {
    let (read, write) = tokio::io::split(stream);
    // Buffered, as the library's documentation advises: a fair peer is a fast one.
    let mut network = twoparty::VatNetwork::new(
        BufReader::new(read.compat()),
        BufWriter::new(write.compat_write()),
        side,
        ReaderOptions::new(),
    );
    if let Some(window) = window {
        network.set_window_size(window);
    }
    Box::new(network)
}
