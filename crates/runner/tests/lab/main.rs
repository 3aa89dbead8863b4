//! A service for the tests: it behaves as its arguments say, well or badly. It is also the helper that starts it.
#![expect(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "a test's own program")]

mod bad;
mod good;

use std::os::unix::net::{UnixListener, UnixStream};
use std::rc::Rc;

use capnp_rpc::RpcSystem;
use capnp_rpc::rpc_twoparty_capnp::Side;
use capos_rpc::{Limits, Network, Peer};
use capos_schema::service_capnp::service;
use listenfd::ListenFd;

fn main() {
    capos_sandbox::run_if_helper();
    // The name under which the node's executable starts what is compiled in comes before the mode.
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == "bundled-service") {
        arguments.drain(..2);
    }
    let mode = arguments.first().map_or("good", String::as_str);
    bad::before(mode);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, serve(mode));
}

/// Serves whatever sockets there are, listening or connected.
async fn serve(mode: &str) {
    let (unix, stream) = (1, 1);
    let mut given = ListenFd::from_env();
    let service = Rc::new(good::Lab::new(mode));
    for index in 0..given.len() {
        let Ok(Some(socket)) = given.take_custom::<UnixStream>(index, unix, stream, "socket") else { continue };
        socket.set_nonblocking(true).unwrap();
        if rustix::net::sockopt::socket_acceptconn(&socket).unwrap() {
            let listener = UnixListener::from(std::os::fd::OwnedFd::from(socket));
            let listener = tokio::net::UnixListener::from_std(listener).unwrap();
            let (service, mode) = (service.clone(), mode.to_owned());
            tokio::task::spawn_local(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    one(stream, &service, &mode);
                }
            });
        } else {
            one(tokio::net::UnixStream::from_std(socket).unwrap(), &service, mode);
        }
    }
    std::future::pending::<()>().await;
}

fn one(stream: tokio::net::UnixStream, service: &Rc<good::Lab>, mode: &str) {
    if bad::connection(mode, service.connections.replace(service.connections.get() + 1)) {
        tokio::task::spawn_local(bad::speak(mode.to_owned(), stream));
        return;
    }
    let front: service::Client = capnp_rpc::new_client_from_rc(service.clone());
    let limits =
        Limits { open_answers: 1 << 20, retained_bytes: 1 << 30, inbound_window: 1 << 30, ..Limits::default() };
    let (network, _) = Network::new(stream, Side::Server, Peer::unix(), &limits);
    tokio::task::spawn_local(RpcSystem::new(Box::new(network), Some(front.client)));
}
