//! Clients that are slow, silent, or gone.

use std::time::Duration;

use capos_web::Limits;
use tokio::io::AsyncReadExt as _;
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
