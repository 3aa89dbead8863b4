//! The listener: TLS and plain on one port, floods, peers that say nothing.

use std::net::SocketAddr;
use std::sync::Arc;

use capnp_rpc::RpcSystem;
use capnp_rpc::rpc_twoparty_capnp::Side;
use capos_rpc::{ClientTls, Gate, GateLimits, Identity, Limits, Listener, Network, ServerTls, Trust, Vats};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, LocalSet};

use crate::harness::{connect, echo, new_lab};

struct Door {
    address: SocketAddr,
    gate: Gate,
    identity: Identity,
    vats: Arc<Vats>,
    accepting: JoinHandle<()>,
}

async fn door() -> Door {
    let identity = Identity::ephemeral().unwrap();
    let gate = Gate::new(GateLimits::default());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listener = Listener::new(listener, gate.clone(), Some(ServerTls::new(&identity).unwrap()));
    let address = listener.local_addr().unwrap();
    let vats = Arc::new(Vats::start(1).unwrap());
    let accepting = tokio::spawn(listener.run(vats.clone(), |arrival| async move {
        let (network, handle) = Network::new(arrival.stream, Side::Server, arrival.peer, &Limits::default());
        handle.set_deadline(Some(arrival.deadline));
        let _permit = arrival.permit;
        let _ = RpcSystem::new(Box::new(network), Some(new_lab().client)).await;
    }));
    Door { address, gate, identity, vats, accepting }
}

fn test(body: impl AsyncFnOnce(&Door)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let door = door().await;
        body(&door).await;
        door.accepting.abort();
        assert_eq!(door.vats.panics(), 0);
    });
}

#[test]
fn one_port_serves_tls_and_plain_loopback() {
    test(async |door| {
        let plain = connect(TcpStream::connect(door.address).await.unwrap(), &Limits::default());
        assert_eq!(echo(&plain, b"plain").await.unwrap(), b"plain");
        let tls = ClientTls::new(&Trust::Pinned(door.identity.fingerprint()), None).unwrap();
        let (stream, _) = tls.connect(TcpStream::connect(door.address).await.unwrap(), "localhost").await.unwrap();
        let secret = connect(stream, &Limits::default());
        let large = vec![5; 3 << 20];
        assert_eq!(echo(&secret, &large).await.unwrap(), large);
    });
}

#[test]
fn one_source_gets_sixteen_places_and_the_next_is_closed() {
    test(async |door| {
        let mut silent = Vec::new();
        for _ in 0..16 {
            silent.push(TcpStream::connect(door.address).await.unwrap());
        }
        let mut refused = TcpStream::connect(door.address).await.unwrap();
        let closed = refused.read(&mut [0]).await;
        assert!(matches!(closed, Ok(0) | Err(_)), "{closed:?}");
        assert_eq!(door.gate.waiting(), 16);
        // A place given back is free for the next.
        silent.pop();
        loop {
            let client = connect(TcpStream::connect(door.address).await.unwrap(), &Limits::default());
            if echo(&client, b"in").await.is_ok() {
                break;
            }
        }
    });
}

#[test]
fn peers_that_say_nothing_do_not_hold_up_the_door() {
    test(async |door| {
        let _silent = TcpStream::connect(door.address).await.unwrap();
        let half = TcpStream::connect(door.address).await.unwrap();
        half.try_write(&[0x16, 3, 1]).unwrap();
        let client = connect(TcpStream::connect(door.address).await.unwrap(), &Limits::default());
        assert_eq!(echo(&client, b"on").await.unwrap(), b"on");
        let garbage = TcpStream::connect(door.address).await.unwrap();
        garbage.try_write(&[0x16; 600]).unwrap();
        assert_eq!(echo(&client, b"still").await.unwrap(), b"still");
    });
}
