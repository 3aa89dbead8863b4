//! Sessions that a background process holds, as an ssh master does.
//!
//! `capos connect` starts its own program again, joined to it by a socket pair ([`mod@start`]). That
//! process leaves the terminal's session, connects and signs in, and asks the command for what a person must answer
//! ([`starter`]). Then it serves every later command on a socket of the user's own ([`server`], [`mod@reach`]), until the
//! session ends: a note tells the next command why ([`directory`]).
//!
//! **Invariants:** the socket lies in a directory that is the user's alone, and every peer's user is checked besides;
//! what a command gets is the node's own objects, so that the node's rules are the only ones.

pub(crate) mod directory;
mod handles;
mod reach;
mod server;
mod start;
mod starter;
mod wire;

use std::os::fd::AsFd;
use std::os::unix::net::UnixStream as StdUnixStream;
use std::time::Duration;

use capnp::capability::{Client, FromClientHook};
use capnp_rpc::RpcSystem;
use capnp_rpc::rpc_twoparty_capnp::Side;
use capos_rpc::{ConnectionHandle, Limits, Network, Peer};
use rustix::fs::{FileType, Mode, fstat};
use tokio::net::UnixStream;

use crate::failure::{Exit, Failure};
pub(crate) use reach::{Reached, all, reach};
pub(crate) use start::{already, renew, start};
pub(crate) use wire::{Handle, Status};

/// Longer than anybody leaves a command suspended.
const SUSPENDED: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The life of the background process.
pub(crate) async fn run() -> Result<Exit, Failure> {
    let stream = joined()?;
    // It has no terminal of its own and outlives the one it was started at. Only a leader of a group cannot leave.
    let _ = rustix::process::setsid();
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    starter::serve(stream).await;
    Ok(Exit::Done)
}

/// The socket that the command which started this process is at the other end of.
fn joined() -> Result<UnixStream, Failure> {
    let stray = || Failure::usage("this is started by `capos connect`, and by nobody else");
    let stdin = std::io::stdin();
    let status = fstat(&stdin).map_err(|_| stray())?;
    if FileType::from_raw_mode(status.st_mode) != FileType::Socket {
        return Err(stray());
    }
    let stream = StdUnixStream::from(stdin.as_fd().try_clone_to_owned().map_err(|_| stray())?);
    stream.set_nonblocking(true).map_err(|_| stray())?;
    UnixStream::from_std(stream).map_err(|_| stray())
}

/// What one end bears of the other: both are the same person's. One may be suspended with a key, and come back with all
/// that it has been sent meanwhile.
fn limits() -> Limits {
    Limits {
        send_stall: SUSPENDED,
        window_stall: SUSPENDED,
        header_time: SUSPENDED,
        body_grace: SUSPENDED,
        ..Limits::default()
    }
}

/// Offers an object to the other end of a stream.
fn offer(stream: UnixStream, object: Client) -> ConnectionHandle {
    let (network, handle) = Network::new(stream, Side::Server, Peer::unix(), &limits());
    tokio::task::spawn_local(RpcSystem::new(Box::new(network), Some(object)));
    handle
}

/// Takes the object that the other end of a stream offers, and what tells when that has gone.
fn take<C: FromClientHook>(stream: UnixStream) -> (C, ConnectionHandle) {
    let (network, line) = Network::new(stream, Side::Client, Peer::unix(), &limits());
    let mut system = RpcSystem::new(Box::new(network), None);
    let object = system.bootstrap(Side::Server);
    tokio::task::spawn_local(system);
    (object, line)
}
