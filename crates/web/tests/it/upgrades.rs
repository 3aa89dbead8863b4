//! Connections that stop being HTTP, and move to another runtime.

use capos_web::Limits;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::ground::*;

const REQUEST: &str = "GET /upgrade HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n";

async fn echoes<S: AsyncRead + AsyncWrite + Unpin>(mut client: Client<S>) {
    // The first word comes with the request, before anything was answered.
    client.say(format!("{REQUEST}early")).await;
    let heard = client.hear("early").await;
    assert!(heard.starts_with("HTTP/1.1 101"), "{heard}");
    let long = "0123456789".repeat(20_000);
    client.say(format!("{long}!")).await;
    assert_eq!(client.hear("!").await, format!("{long}!"));
}

#[tokio::test]
async fn every_byte_arrives_plain() {
    let door = Door::open(Limits::default()).await;
    echoes(door.connect().await).await;
}

#[tokio::test]
async fn every_byte_arrives_over_tls() {
    let door = Door::open(Limits::default()).await;
    echoes(door.connect_tls().await).await;
}

#[tokio::test]
async fn no_deadline_of_http_holds_any_more_and_its_place_is_the_next_ones() {
    let limits = Limits { connections: 1, head_time: SOON, idle_time: SOON, send_time: SOON, ..Limits::default() };
    let door = Door::open(limits).await;
    let mut client = door.connect().await;
    client.say(REQUEST).await;
    client.hear("\r\n\r\n").await;
    while door.server.open() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(told(&door.exchange(get("/healthz")).await).0, 200);
    tokio::time::sleep(3 * SOON).await;
    client.say("still there?").await;
    client.hear("still there?").await;
}
