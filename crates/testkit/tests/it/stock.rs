//! Two stock vats joined by a byte stream.

use capnp_rpc::rpc_twoparty_capnp::Side;
use capnp_rpc::{RpcSystem, twoparty};
use capos_testkit::lab_capnp::lab;
use futures::FutureExt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::{LocalSet, spawn_local};
use tokio_util::compat::{TokioAsyncReadCompatExt, TokioAsyncWriteCompatExt};

fn network(
    stream: impl AsyncRead + AsyncWrite + 'static,
    side: Side,
) -> Box<twoparty::VatNetwork<impl futures::AsyncRead + Unpin>> {
    let (read, write) = tokio::io::split(stream);
    Box::new(twoparty::VatNetwork::new(
        read.compat(),
        write.compat_write(),
        side,
        capnp::message::ReaderOptions::default(),
    ))
}

/// Serves `lab` on `stream` until the peer is gone.
pub(crate) fn serve(stream: impl AsyncRead + AsyncWrite + 'static, lab: lab::Client) {
    let system = RpcSystem::new(network(stream, Side::Server), Some(lab.client));
    spawn_local(system.map(drop));
}

/// The peer's bootstrap object.
pub(crate) fn connect(stream: impl AsyncRead + AsyncWrite + 'static) -> lab::Client {
    let mut system = RpcSystem::new(network(stream, Side::Client), None);
    let lab = system.bootstrap(Side::Server);
    spawn_local(system.map(drop));
    lab
}

/// Runs `body` where capabilities may live.
pub(crate) async fn vat(body: impl Future<Output = ()>) {
    LocalSet::new().run_until(body).await;
}
