//! Hostile clients of the port for HTTP, and a neighbour that is signed in on the other one.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

use super::process::WholeNode;
use crate::neighbour::Neighbour;
use crate::node::Over;
use crate::storms::{assert_prompt, on_local};

/// KiB that a node may have more after the last round than after the first.
const GROWTH: u64 = 8 << 10;
/// Times that each of these is done at once, each by a source of its own.
const AT_ONCE: u8 = 12;

const HOST: &str = "Host: localhost\r\n";
const GREETING: &str = "GET /rpc HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// What a client says before it is served or cut, and whether it then waits for the end.
fn attacks() -> Vec<(&'static str, Vec<u8>)> {
    let batch = |body: &str| {
        format!("POST /rpc HTTP/1.1\r\n{HOST}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
    };
    let nested = "[".repeat(1 << 20);
    let socket = |frames: &[u8]| [GREETING.as_bytes(), frames].concat();
    let text = |text: &str| masked(0x81, text.as_bytes());
    vec![
        ("no request at all", vec![0xff; 64 << 10]),
        ("a head without end", format!("GET / HTTP/1.1\r\n{HOST}{}", "A: b\r\n".repeat(50_000)).into_bytes()),
        ("a line without end", vec![b'G'; 1 << 20]),
        ("two lengths", format!("POST /rpc HTTP/1.1\r\n{HOST}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab").into()),
        (
            "a length and pieces",
            format!("POST /rpc HTTP/1.1\r\n{HOST}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n").into(),
        ),
        ("a batch too large", format!("POST /rpc HTTP/1.1\r\n{HOST}Content-Length: 99999999\r\n\r\n").into()),
        ("a batch of brackets", batch(&nested).into_bytes()),
        ("a batch of nonsense", batch("[\"push\",[\"pipeline\",0,[\"__proto__\"]]]\n[\"pull\",1]\n{}").into_bytes()),
        ("a batch of releases", batch(&"[\"release\",0,999999]\n".repeat(10_000)).into_bytes()),
        ("a batch of calls", batch(&"[\"push\",[\"pipeline\",0,[\"authMethods\"],[]]]\n".repeat(20_000)).into_bytes()),
        ("an unmasked frame", socket(&[0x81, 2, b'[', b']'])),
        ("a frame too large", socket(&[0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0])),
        ("reserved bits", socket(&[0xf1, 0x80, 0, 0, 0, 0])),
        ("a binary frame", socket(&masked(0x82, b"[]"))),
        ("half a character", socket(&masked(0x81, &[0xc3]))),
        ("a continued nothing", socket(&masked(0x80, b"x"))),
        ("pings", socket(&masked(0x89, b"x").repeat(10_000))),
        ("brackets", socket(&text(&nested))),
        ("an abort and more", socket(&[text("[\"abort\",1]"), text("[\"pull\",1]")].concat())),
        ("a socket and a stranger's words", socket(b"GET / HTTP/1.1\r\n\r\n")),
    ]
}

/// A frame of a client's; none is longer than what three bytes of length say, or eight.
fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match u16::try_from(payload.len()) {
        Ok(short) if short < 126 => frame.push(0x80 | u8::try_from(short).unwrap()),
        Ok(length) => frame.extend([&[0xfe][..], &length.to_be_bytes()].concat()),
        Err(_) => frame.extend([&[0xff][..], &u64::try_from(payload.len()).unwrap().to_be_bytes()].concat()),
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

async fn connect(address: SocketAddr, source: u8) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from(([127, 0, 1, source], 0))).unwrap();
    socket.connect(address).await.unwrap()
}

/// Says it, and waits until the node has had enough.
async fn attack(address: SocketAddr, source: u8, what: &str, said: &[u8]) {
    let mut stream = connect(address, source).await;
    let (mut reader, mut writer) = stream.split();
    let saying = async {
        // It may be cut while it speaks.
        let _ = writer.write_all(said).await;
        let _ = writer.shutdown().await;
    };
    let hearing = async {
        let mut heard = Vec::new();
        let _ = reader.read_to_end(&mut heard).await;
    };
    let both = async { tokio::join!(saying, hearing) };
    tokio::time::timeout(Duration::from_secs(40), both).await.unwrap_or_else(|_| panic!("{what}: it is never cut"));
}

async fn until_nobody_is_left(node: &WholeNode) {
    let patience = Instant::now() + Duration::from_secs(20);
    while node.figure("capos_web_connections") > 0 {
        assert!(Instant::now() < patience, "connections for HTTP are left");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[test]
fn a_whole_node_withstands_clients_of_http() {
    let _alone = crate::alone();
    let node = WholeNode::start();
    let neighbour = Neighbour::signed_in(node.door(Over::Plain), node.schedules());
    let address = node.web();
    let memory = on_local(async {
        let mut memory: Vec<u64> = Vec::new();
        for _ in 0..3 {
            for (what, said) in attacks() {
                let mut clients = JoinSet::new();
                for source in 1..=AT_ONCE {
                    let said = said.clone();
                    clients.spawn_local(async move { attack(address, source, what, &said).await });
                }
                clients.join_all().await;
            }
            until_nobody_is_left(&node).await;
            // The neighbour.
            node.until_left(1).await;
            memory.push(node.settled_memory(memory.first().map_or(u64::MAX, |first| first + GROWTH)).await);
        }
        memory
    });
    let samples = neighbour.end();
    node.end();
    let [first, .., last] = memory[..] else { panic!("three rounds") };
    assert!(last <= first + GROWTH, "memory grew: {memory:?}");
    assert_prompt(&samples);
}

#[test]
fn clients_of_http_that_take_their_time_keep_nobody_else_out() {
    let _alone = crate::alone();
    let node = WholeNode::configured("limits.web.source = 40\n");
    let address = node.web();
    on_local(async {
        let begun = Instant::now();
        let mut slow = JoinSet::new();
        for place in 0..40 {
            slow.spawn_local(async move {
                let mut stream = connect(address, 1).await;
                // A byte at a time, which is no excuse.
                for byte in format!("GET /{place} HTTP/1.1\r\n{}", "A: b\r\n".repeat(1000)).bytes() {
                    if stream.write_all(&[byte]).await.is_err() {
                        return;
                    }
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                panic!("it was never cut");
            });
        }
        while node.figure("capos_web_connections") < 40 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let mut other = connect(address, 2).await;
        other.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
        let mut heard = String::new();
        other.read_to_string(&mut heard).await.unwrap();
        assert!(heard.starts_with("HTTP/1.1 200"), "{heard}");
        slow.join_all().await;
        assert!(begun.elapsed() < Duration::from_secs(30));
        until_nobody_is_left(&node).await;
    });
    node.end();
}
