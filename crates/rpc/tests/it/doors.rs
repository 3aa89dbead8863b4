//! The listener: TLS and plain on one port, floods, peers that say nothing.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use capnp_rpc::RpcSystem;
use capnp_rpc::rpc_capnp::message;
use capnp_rpc::rpc_twoparty_capnp::Side;
use capos_rpc::{ClientTls, Gate, GateLimits, Identity, Limits, Listener, Network, ServerTls, Trust, Vats};
use capos_schema::{Code, Denial};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, LocalSet};

use crate::harness::{connect, echo, new_lab};
use crate::raw::framed;

struct Door {
    address: SocketAddr,
    gate: Gate,
    identity: Identity,
    vats: Arc<Vats>,
    accepting: JoinHandle<()>,
}

async fn door(limits: GateLimits, tls: bool) -> Door {
    let identity = Identity::ephemeral().unwrap();
    let gate = Gate::new(limits);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listener = Listener::new(listener, gate.clone(), tls.then(|| ServerTls::new(&identity).unwrap()));
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
    test_with(GateLimits::default(), true, body);
}

fn test_with(limits: GateLimits, tls: bool, body: impl AsyncFnOnce(&Door)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let door = door(limits, tls).await;
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

/// The reason that a door or a connection gives for closing, where it gives one.
async fn last_word(mut stream: impl AsyncRead + Unpin) -> Option<Denial> {
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said).await;
    if said.is_empty() {
        return None;
    }
    let message = capnp::serialize::read_message(&said[..], capnp::message::ReaderOptions::new()).unwrap();
    let message::Abort(Ok(abort)) = message.get_root::<message::Reader<'_>>().unwrap().which().unwrap() else {
        panic!("no abort");
    };
    Denial::from_error(&capnp::Error::failed(abort.get_reason().unwrap().to_string().unwrap()))
}

const ENTRY_TIME: Duration = Duration::from_millis(300);

/// Runs a client that never enters, and sees that it is shut out when its time is over and not before.
fn shut_out(enter: impl AsyncFnOnce(&Door) -> Option<Denial>) -> Option<Denial> {
    let (send, receive) = std::sync::mpsc::channel();
    test_with(GateLimits { entry_time: ENTRY_TIME, ..GateLimits::default() }, true, async |door| {
        let start = Instant::now();
        send.send(enter(door).await).unwrap();
        assert!(start.elapsed() >= ENTRY_TIME, "{:?}", start.elapsed());
        // The place is free again as soon as the connection's task is gone.
        while door.gate.waiting() > 0 {
            tokio::task::yield_now().await;
        }
    });
    receive.recv().unwrap()
}

#[test]
fn a_client_that_says_nothing_is_shut_out() {
    let word = shut_out(async |door| last_word(TcpStream::connect(door.address).await.unwrap()).await);
    assert_eq!(word, None);
}

#[test]
fn a_client_that_sends_half_a_hello_is_shut_out() {
    let word = shut_out(async |door| {
        let mut stream = TcpStream::connect(door.address).await.unwrap();
        stream.write_all(&[0x16, 3, 1, 2, 0, 1]).await.unwrap();
        last_word(stream).await
    });
    assert_eq!(word, None);
}

#[test]
fn a_client_that_never_bootstraps_is_shut_out_and_told_why() {
    let plain = shut_out(async |door| {
        let mut stream = TcpStream::connect(door.address).await.unwrap();
        stream.write_all(&framed(|message| message.init_finish().set_question_id(1))).await.unwrap();
        last_word(stream).await
    });
    let secret = shut_out(async |door| {
        let tls = ClientTls::new(&Trust::Pinned(door.identity.fingerprint()), None).unwrap();
        let (stream, _) = tls.connect(TcpStream::connect(door.address).await.unwrap(), "localhost").await.unwrap();
        last_word(stream).await
    });
    for word in [plain, secret] {
        assert_eq!(word.map(|denial| denial.code), Some(Code::Unauthenticated));
    }
}

#[test]
fn a_place_that_is_refused_is_refused_with_a_reason_where_the_peer_speaks_plain() {
    let limits = GateLimits { source: 1, ..GateLimits::default() };
    test_with(limits, false, async |door| {
        let _silent = TcpStream::connect(door.address).await.unwrap();
        let word = last_word(TcpStream::connect(door.address).await.unwrap()).await;
        assert_eq!(word.map(|denial| denial.code), Some(Code::Overloaded));
    });
    // Where there is TLS, one that has said nothing yet may be about to speak it.
    test_with(limits, true, async |door| {
        let _silent = TcpStream::connect(door.address).await.unwrap();
        assert_eq!(last_word(TcpStream::connect(door.address).await.unwrap()).await, None);
    });
}

/// Set in the process that has few descriptors.
const FEW_FILES: &str = "CAPOS_RPC_TEST_FEW_FILES";

/// The bound is the process's own, so that the test runs in a process of its own.
#[test]
fn a_door_out_of_descriptors_opens_again_when_there_are_some() {
    if std::env::var_os(FEW_FILES).is_some() {
        return out_of_descriptors();
    }
    let child = std::process::Command::new("sh")
        .args(["-c", "ulimit -n 64 && exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "doors::a_door_out_of_descriptors_opens_again_when_there_are_some"])
        .env(FEW_FILES, "1")
        .output()
        .unwrap();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
}

fn out_of_descriptors() {
    test_with(GateLimits { source: 100, ..GateLimits::default() }, false, async |door| {
        // Nothing else runs meanwhile, so that none of these is accepted before all descriptors are gone.
        let mut clients = Vec::new();
        let error = loop {
            match std::net::TcpStream::connect(door.address) {
                Ok(client) => clients.push(client),
                Err(error) => break error,
            }
        };
        // EMFILE
        assert_eq!(error.raw_os_error(), Some(24));
        assert!(clients.len() > 10, "{}", clients.len());
        let first = clients.remove(0);
        first.set_nonblocking(true).unwrap();
        let client = connect(TcpStream::from_std(first).unwrap(), &Limits::default());
        let mut answer = std::pin::pin!(echo(&client, b"late"));
        // Several of the door's pauses long.
        assert!(tokio::time::timeout(Duration::from_millis(350), &mut answer).await.is_err());
        assert_eq!(door.gate.waiting(), 0);
        drop(clients);
        assert_eq!(answer.await.unwrap(), b"late");
    });
}
