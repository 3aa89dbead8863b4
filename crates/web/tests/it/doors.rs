//! Who is let in, how, and how many; and the end.

use std::net::UdpSocket;

use capos_web::Limits;

use crate::ground::*;

#[tokio::test]
async fn one_port_serves_tls_and_on_the_machine_itself_plain() {
    let door = Door::open(Limits::default()).await;
    assert!(door.exchange(post("/echo", "a")).await.contains("x-peer: plain"));
    let mut client = door.connect_tls().await;
    client.say(post("/echo", "a")).await;
    assert!(client.rest().await.contains("x-peer: tls"));
}

/// An address of this machine that is not loopback, if it has one.
fn outward() -> Option<String> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    // Nothing is sent.
    socket.connect("192.0.2.1:9").ok()?;
    Some(socket.local_addr().ok()?.ip().to_string())
}

#[tokio::test]
async fn from_elsewhere_plain_http_is_told_to_use_tls() {
    let Some(address) = outward() else { return };
    let door = Door::open_at(&format!("{address}:0"), Limits::default()).await;
    assert_eq!(told(&door.exchange(post("/echo", "a")).await), (400, "tlsRequired".into()));
    let mut client = door.connect_tls().await;
    client.say(post("/echo", "a").replace("localhost", &address)).await;
    assert!(client.rest().await.contains("x-peer: tls"));
}

#[tokio::test]
async fn so_many_connections_have_a_place_and_one_more_is_told() {
    let door = Door::open(Limits { connections: 3, ..Limits::default() }).await;
    let mut clients = Vec::new();
    for _ in 0..3 {
        let mut client = door.connect().await;
        client.say("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
        client.hear("ok\n").await;
        clients.push(client);
    }
    assert_eq!(door.server.open(), 3);
    assert_eq!(turned_away(&door, "127.0.0.2:0").await, (503, "handlerLimitExceeded".into()));
    let mut gone = clients.pop().unwrap();
    gone.say(get("/healthz")).await;
    gone.rest().await;
    while door.server.open() == 3 {
        tokio::task::yield_now().await;
    }
    assert_eq!(told(&door.exchange(get("/healthz")).await).0, 200, "the place is the next one's");
}

#[tokio::test]
async fn so_many_connections_of_one_source_have_a_place_and_the_others_theirs() {
    let door = Door::open(Limits { source_connections: 2, ..Limits::default() }).await;
    let mut clients = Vec::new();
    for _ in 0..2 {
        let mut client = door.connect().await;
        client.say("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
        client.hear("ok\n").await;
        clients.push(client);
    }
    assert_eq!(turned_away(&door, "127.0.0.1:0").await, (429, "handlerLimitExceeded".into()));
    let mut other = door.connect_from("127.0.0.2:0").await;
    other.say(get("/healthz")).await;
    assert_eq!(told(&other.rest().await).0, 200);
    assert!(door.server.figures().turned_away.get() > 0);
}

/// Whoever is turned away hears why where it had spoken by then; else it finds the connection closed and tries again.
async fn turned_away(door: &Door, source: &str) -> (u16, String) {
    loop {
        let mut client = door.connect_from(source).await;
        client.say(get("/healthz")).await;
        match told(&client.rest().await) {
            (0, _) => {}
            told => return told,
        }
    }
}

#[tokio::test]
async fn told_to_stop_it_answers_what_was_asked_and_lets_nobody_in() {
    let door = Door::open(Limits::default()).await;
    let mut resting = door.connect().await;
    resting.say("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    resting.hear("ok\n").await;
    let mut asking = door.connect().await;
    asking.say("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\nExpect: 100-continue\r\n\r\n").await;
    asking.hear("100 Continue").await;
    door.stop.send(true).unwrap();
    assert_eq!(resting.rest().await, "");
    asking.say("answer").await;
    assert!(asking.rest().await.ends_with("answer"));
    door.running.await.unwrap();
    assert!(tokio::net::TcpStream::connect(door.address).await.is_err());
}
