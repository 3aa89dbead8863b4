//! Clients that are slow, silent, or gone.

use std::time::Duration;

use capos_web::Limits;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use crate::ground::*;

const LONG: Duration = Duration::from_secs(600);

#[tokio::test]
async fn a_head_that_does_not_come_whole_in_time_is_told_so() {
    let door = Door::open(Limits { head_time: SOON, ..Limits::default() }).await;
    assert_eq!(told(&door.exchange("GET /healthz HTTP/1.1\r\nHost:").await), (408, "requestTimeout".into()));
}

#[tokio::test]
async fn progress_does_not_stretch_a_head() {
    let door = Door::open(Limits { head_time: 2 * SOON, ..Limits::default() }).await;
    let mut client = door.connect().await;
    let dripping = async {
        client.say("GET /healthz HTTP/1.1\r\n").await;
        loop {
            client.say("A: b\r\n").await;
            sleep(SOON / 10).await;
            if door.server.figures().refused.get() == 1 {
                return client.rest().await;
            }
        }
    };
    let heard = timeout(PATIENCE, dripping).await.unwrap();
    assert!(heard.is_empty() || told(&heard).0 == 408, "{heard}");
}

#[tokio::test]
async fn who_says_nothing_is_let_go_without_a_word() {
    let door = Door::open(Limits { head_time: SOON, ..Limits::default() }).await;
    assert_eq!(door.exchange("").await, "");
}

#[tokio::test]
async fn a_connection_may_rest_between_requests_and_not_for_ever() {
    let door = Door::open(Limits { head_time: LONG, idle_time: SOON, ..Limits::default() }).await;
    let mut client = door.connect().await;
    for _ in 0..2 {
        client.say("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
        client.hear("ok\n").await;
    }
    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn a_later_head_has_its_own_time() {
    let door = Door::open(Limits { head_time: SOON, idle_time: LONG, ..Limits::default() }).await;
    let mut client = door.connect().await;
    client.say("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    client.hear("ok\n").await;
    sleep(2 * SOON).await;
    client.say("GET /healthz").await;
    assert_eq!(told(&client.rest().await), (408, "requestTimeout".into()));
}

#[tokio::test]
async fn a_head_that_has_begun_with_the_request_before_it_has_its_own_time_as_well() {
    let door = Door::open(Limits { head_time: SOON, idle_time: LONG, ..Limits::default() }).await;
    let mut client = door.connect().await;
    client.say("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz").await;
    client.hear("ok\n").await;
    assert_eq!(told(&client.rest().await), (408, "requestTimeout".into()));
}

#[tokio::test]
async fn progress_does_not_stretch_a_body() {
    let door = Door::open(Limits { body_time: 2 * SOON, ..Limits::default() }).await;
    for length in ["Content-Length: 9999", "Transfer-Encoding: chunked"] {
        let mut client = door.connect().await;
        client.say(format!("POST /echo HTTP/1.1\r\nHost: localhost\r\n{length}\r\n\r\n")).await;
        let dripping = async {
            let mut byte = [0];
            loop {
                client.say("1\r\nx\r\n").await;
                // The first byte of the answer.
                if timeout(SOON / 5, client.0.read(&mut byte)).await.is_ok() {
                    return client.rest().await;
                }
            }
        };
        let heard = timeout(PATIENCE, dripping).await.expect("it is refused");
        assert!(heard.is_empty() || heard.contains("requestTimeout"), "{length}: {heard}");
    }
}

#[tokio::test]
async fn a_body_that_does_not_come_in_time_is_told_so() {
    let door = Door::open(Limits { body_time: SOON, ..Limits::default() }).await;
    let heard = door.exchange("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nfive!").await;
    assert_eq!(told(&heard), (408, "requestTimeout".into()));
}

#[tokio::test]
async fn a_handshake_that_stops_is_given_up() {
    let door = Door::open(Limits { head_time: SOON, ..Limits::default() }).await;
    assert_eq!(door.exchange([0x16, 3, 1]).await, "");
}

#[tokio::test]
async fn an_answer_that_nobody_takes_is_given_up() {
    let door = Door::open(Limits { send_time: SOON, ..Limits::default() }).await;
    for path in ["/flood", "/stream"] {
        let mut client = door.connect().await;
        client.say(get(path)).await;
        let before = door.server.figures().stalled.get();
        while door.server.figures().stalled.get() == before {
            sleep(SOON / 10).await;
        }
        client.rest().await;
    }
}

#[tokio::test]
async fn an_answer_that_is_taken_too_slowly_is_given_up_unless_it_streams() {
    let send_time = 3 * SOON;
    let door = Door::open(Limits { send_time, ..Limits::default() }).await;
    let (flood, stream) = tokio::join!(is_cut(&door, "/flood", 2 * send_time), is_cut(&door, "/stream", 2 * send_time));
    assert_eq!((flood, stream), (true, false));
}

/// Whether an answer ends within that time, of which something is taken again and again.
async fn is_cut(door: &Door, path: &str, time: Duration) -> bool {
    let mut client = door.connect().await;
    client.say(get(path)).await;
    let mut space = vec![0; 4 << 20];
    let begun = Instant::now();
    while begun.elapsed() < time {
        if let Ok(Err(_)) = timeout(SOON / 5, client.0.read_exact(&mut space)).await {
            return true;
        }
        sleep(SOON / 20).await;
    }
    false
}

#[tokio::test]
async fn a_route_is_given_up_with_its_client() {
    let door = Door::open(Limits::default()).await;
    let mut client = door.connect().await;
    client.say(get("/stuck")).await;
    door.stuck.notified().await;
    // What comes meanwhile is no reason to look away.
    client.say("GET /healthz HTTP/1.1\r\n").await;
    drop(client);
    timeout(PATIENCE, door.given_up.notified()).await.expect("it is dropped");
}

#[tokio::test]
async fn what_comes_while_an_answer_is_under_way_is_not_taken_without_end() {
    let door = Door::open(Limits::default()).await;
    let mut client = door.connect().await;
    client.say(get("/stuck")).await;
    door.stuck.notified().await;
    assert!(timeout(2 * SOON, client.say(vec![b'x'; 64 << 20])).await.is_err(), "it stays with the client");
}

/// A client that was refused with most of its body still to come.
async fn refused(door: &Door) -> Client<TcpStream> {
    let mut client = door.connect().await;
    client.say("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n").await;
    client.hear("too large\"}\n").await;
    client
}

#[tokio::test]
async fn who_was_refused_may_go_on_sending_for_a_while() {
    let door = Door::open(Limits { linger_time: LONG, ..Limits::default() }).await;
    let mut client = refused(&door).await;
    for _ in 0..10 {
        client.0.write_all(&[b'x'; 4096]).await.expect("it is not cut");
        sleep(SOON / 50).await;
    }
}

#[tokio::test]
async fn and_not_for_ever() {
    let door = Door::open(Limits { linger_time: SOON, ..Limits::default() }).await;
    let mut client = refused(&door).await;
    let dripping = async {
        while client.0.write_all(b"x").await.is_ok() {
            sleep(SOON / 50).await;
        }
    };
    timeout(PATIENCE, dripping).await.expect("it is cut");
}
