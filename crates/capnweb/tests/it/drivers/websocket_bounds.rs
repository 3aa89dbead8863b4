//! WebSockets with a peer that does not mean well, or is not there any more.

use std::rc::Rc;
use std::time::Duration;

use capnweb::Limits;
use capnweb::drivers::{Ended, Timing, websocket_server};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::net::TcpStream;
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::{Instant, timeout};

use super::raw::{BINARY, PING, Raw, TEXT, frame};
use super::{Seen, Server, local, serving, soon};

const BOUND: usize = 1_000;

fn narrow() -> Limits {
    Limits { message_bytes: BOUND, ..Limits::default() }
}

/// A message of that many bytes that is fine but for its length: the white space of JSON is free.
fn long(bytes: usize) -> String {
    format!("{:<bytes$}", r#"["push",["pipeline",0,["add"],[1,2]]]"#)
}

/// The session is aborted because of a message's length.
async fn refused(raw: &mut Raw<TcpStream>) {
    assert_eq!(soon(raw.message()).await, r#"["abort",["error","RangeError","A message is too long."]]"#);
    assert_eq!(soon(raw.closed()).await, (3000, "A message is too long.".to_owned()));
}

#[tokio::test]
async fn nonsense_is_aborted_with_a_reason_before_the_close() {
    local(async {
        let server = Server::start().await;
        for nonsense in ["", "}", "[]", r#"["what"]"#, r#"["resolve"]"#, "null", r#"["pull",77]"#] {
            let mut raw = Raw::greet(&server).await;
            raw.say(nonsense).await;
            let message = soon(raw.message()).await;
            assert!(message.starts_with(r#"["abort",["error","#), "{nonsense}: {message}");
            let (code, reason) = soon(raw.closed()).await;
            assert_eq!(code, 3000);
            assert!(reason.len() <= 123 && !reason.is_empty(), "{nonsense}: {reason}");
        }
        soon(server.seen.disposed(7)).await;
    })
    .await;
}

#[tokio::test]
async fn a_binary_frame_is_no_message() {
    local(async {
        let server = Server::start().await;
        let mut raw = Raw::greet(&server).await;
        raw.send(true, BINARY, b"[]").await;
        let message = soon(raw.message()).await;
        assert!(message.starts_with(r#"["abort",["error","TypeError","#), "{message}");
        assert_eq!(soon(raw.closed()).await.0, 3000);
    })
    .await;
}

#[tokio::test]
async fn what_is_no_websocket_ends_the_session_with_the_code_of_the_standard() {
    let half_a_character = frame(true, TEXT, b"[\"\xe2\x9c\"]");
    let reserved_bit = vec![0xc1, 0x80, 0, 0, 0, 0];
    let unmasked = vec![0x81, 0x02, b'[', b']'];
    let long_ping = frame(true, PING, &[0; 126]);
    let continued_nothing = frame(true, 0, b"[]");
    local(async {
        let server = Server::start().await;
        let cases = [(half_a_character, 1007), (reserved_bit, 1002), (unmasked, 1002), (long_ping, 1002)];
        for (bytes, expected) in cases.into_iter().chain([(continued_nothing, 1002)]) {
            let mut raw = Raw::greet(&server).await;
            raw.0.write_all(&bytes).await.expect("it takes them");
            assert_eq!(soon(raw.closed()).await.0, expected, "{bytes:?}");
        }
        soon(server.seen.disposed(5)).await;
    })
    .await;
}

#[tokio::test]
async fn a_message_may_be_as_long_as_the_bound_and_not_longer() {
    local(async {
        let server = Server::with(narrow(), Timing::default()).await;
        let mut raw = Raw::greet(&server).await;
        raw.say(&long(BOUND)).await;
        raw.send(true, PING, b"").await;
        assert!(soon(raw.hear()).await.is_some(), "the session lives");
        raw.say(&long(BOUND + 1)).await;
        refused(&mut raw).await;
    })
    .await;
}

#[tokio::test]
async fn a_message_in_pieces_may_not_be_longer_either() {
    local(async {
        let server = Server::with(narrow(), Timing::default()).await;
        let mut raw = Raw::greet(&server).await;
        raw.send(false, TEXT, &[b' '; BOUND]).await;
        raw.send(false, 0, b" ").await;
        refused(&mut raw).await;
        soon(server.seen.disposed(1)).await;
    })
    .await;
}

#[tokio::test]
async fn a_length_that_is_only_announced_is_refused_at_once() {
    local(async {
        let server = Server::with(narrow(), Timing::default()).await;
        let mut raw = Raw::greet(&server).await;
        let head = [&[0x81, 0xff][..], &u64::MAX.to_be_bytes(), &[0; 4]].concat();
        raw.0.write_all(&head).await.expect("it takes them");
        refused(&mut raw).await;
    })
    .await;
}

/// A server's end of a pipe that holds `room` bytes, and the client's.
fn piped(room: usize, limits: Limits) -> (Raw<DuplexStream>, JoinHandle<Ended>, Rc<Seen>) {
    let (near, far) = duplex(room);
    let seen = Rc::<Seen>::default();
    let server = spawn_local(websocket_server(near, serving(&seen, limits), Timing::default()));
    (Raw(far), server, seen)
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_read_is_given_up() {
    local(async {
        let (mut raw, server, seen) = piped(4_096, Limits::default());
        let since = Instant::now();
        raw.say(r#"["push",["pipeline",0,["text"],[100000]]]"#).await;
        raw.say(r#"["pull",1]"#).await;
        let ended = server.await.expect("no panic");
        assert_eq!(ended.to_string(), "Error: The peer does not read.");
        assert!((29..32).contains(&since.elapsed().as_secs()), "{:?}", since.elapsed());
        assert_eq!(seen.disposed.get(), 1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_reads_slowly_is_not_given_up() {
    local(async {
        let (mut raw, server, _seen) = piped(4_096, Limits::default());
        raw.say(r#"["push",["pipeline",0,["text"],[100000]]]"#).await;
        raw.say(r#"["pull",1]"#).await;
        let mut read = 0;
        while read < 100_000 {
            tokio::time::sleep(Duration::from_secs(20)).await;
            read += raw.0.read(&mut [0; 4_096]).await.expect("more");
        }
        assert!(!server.is_finished());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_asks_and_does_not_read_is_not_read_either() {
    local(async {
        let limits = Limits { held_bytes: 100_000, ..Limits::default() };
        let (mut raw, server, seen) = piped(4_096, limits);
        let asked = async {
            for call in 1.. {
                raw.say(r#"["push",["pipeline",0,["text"],[20000]]]"#).await;
                raw.say(&format!(r#"["pull",{call}]"#)).await;
            }
        };
        assert!(timeout(Duration::from_secs(10), asked).await.is_err(), "the server stops reading");
        assert!(!server.is_finished());
        server.await.expect("no panic");
        assert_eq!(seen.disposed.get(), 1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_pings_is_not_answered_beyond_what_is_read() {
    local(async {
        let (mut raw, server, _seen) = piped(4_096, Limits::default());
        let flood = async {
            let ping = frame(true, PING, &[7; 125]);
            for _ in 0..100_000 {
                raw.0.write_all(&ping).await.expect("it takes it, or waits");
            }
        };
        assert!(timeout(Duration::from_secs(10), flood).await.is_err(), "the server stops reading");
        let ended = server.await.expect("no panic");
        assert_eq!(ended.to_string(), "Error: The peer does not read.");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_without_a_sign_of_life_is_given_up() {
    local(async {
        let (mut raw, server, seen) = piped(4_096, Limits::default());
        let since = Instant::now();
        let ended = server.await.expect("no panic");
        assert_eq!(ended.to_string(), "Error: The peer gives no sign of life.");
        assert_eq!(since.elapsed().as_secs(), 60);
        assert_eq!(raw.hear().await, Some((PING, Vec::new())));
        assert_eq!(seen.disposed.get(), 1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_answers_pings_is_kept() {
    local(async {
        let (mut raw, server, _seen) = piped(4_096, Limits::default());
        for _ in 0..10 {
            assert_eq!(raw.hear().await, Some((PING, Vec::new())));
            raw.send(true, super::raw::PONG, b"").await;
        }
        assert!(!server.is_finished());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_never_closes_is_left_after_a_while() {
    local(async {
        let (mut raw, server, _seen) = piped(4_096, Limits::default());
        let since = Instant::now();
        raw.say("nonsense").await;
        let ended = server.await.expect("no panic");
        assert!(matches!(ended, Ended::Session(_)), "{ended:?}");
        assert_eq!(since.elapsed().as_secs(), 5);
    })
    .await;
}
