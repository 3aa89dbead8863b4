//! Bodies: their bound, in both ways that a request can have one.

use capos_web::Limits;

use crate::ground::*;

fn limits() -> Limits {
    Limits { body_bytes: 1000, ..Limits::default() }
}

fn chunked(chunks: &[usize]) -> String {
    let head = "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
    let chunks: String = chunks.iter().map(|&bytes| format!("{bytes:x}\r\n{}\r\n", "x".repeat(bytes))).collect();
    format!("{head}{chunks}0\r\n\r\n")
}

#[tokio::test]
async fn a_body_of_a_known_length_is_bounded_before_it_comes() {
    let door = Door::open(limits()).await;
    let heard = door.exchange(post("/echo", &"x".repeat(1000))).await;
    assert_eq!(told(&heard).0, 200);
    assert!(heard.ends_with(&"x".repeat(1000)));
    assert_eq!(told(&door.exchange(post("/echo", &"x".repeat(1001))).await), (413, "requestBodyTooLarge".into()));
    let declared = "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n";
    assert_eq!(told(&door.exchange(declared).await), (413, "requestBodyTooLarge".into()));
}

#[tokio::test]
async fn who_goes_on_sending_gets_to_read_why_not() {
    let door = Door::open(limits()).await;
    let heard = door.exchange(post("/echo", &"x".repeat(8 << 20))).await;
    assert_eq!(told(&heard), (413, "requestBodyTooLarge".into()));
    let mut client = door.connect_tls().await;
    client.say(post("/echo", &"x".repeat(8 << 20))).await;
    assert_eq!(told(&client.rest().await), (413, "requestBodyTooLarge".into()));
}

#[tokio::test]
async fn a_body_in_pieces_is_bounded_as_it_comes() {
    let door = Door::open(limits()).await;
    assert_eq!(told(&door.exchange(chunked(&[999, 1])).await).0, 200);
    assert_eq!(told(&door.exchange(chunked(&[999, 2])).await), (413, "requestBodyTooLarge".into()));
}

/// Nothing in it is held to the bounds of heads.
const UNBOUNDED: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: y\r\n\r\n";

#[tokio::test]
async fn a_body_in_pieces_is_the_last_thing_on_its_connection() {
    let door = Door::open(limits()).await;
    let first = chunked(&[3]).replace("Connection: close\r\n", "");
    let heard = door.exchange(format!("{first}{UNBOUNDED}")).await;
    assert!(heard.contains("connection: close") && heard.ends_with("\r\n\r\nxxx"), "{heard}");
}

#[tokio::test]
async fn so_is_a_request_to_upgrade_that_was_not_granted() {
    let door = Door::open(limits()).await;
    let asks = UNBOUNDED.replace("X: y", "Upgrade: h2c");
    let heard = door.exchange(format!("{asks}{UNBOUNDED}")).await;
    assert!(heard.contains("connection: close") && heard.matches("HTTP/1.1").count() == 1, "{heard}");
}

#[tokio::test]
async fn a_body_of_two_lengths_is_no_request_and_hides_none() {
    let door = Door::open(limits()).await;
    let pieces = format!("0\r\n\r\n{UNBOUNDED}");
    let (length, chunked) = (format!("Content-Length: {}\r\n", pieces.len()), "Transfer-Encoding: chunked\r\n".into());
    for [one, other] in [[&length, &chunked], [&chunked, &length], [&length, &length], [&chunked, &chunked]] {
        let heard = door.exchange(format!("POST /echo HTTP/1.1\r\nHost: localhost\r\n{one}{other}\r\n{pieces}")).await;
        assert_eq!(told(&heard), (400, "badRequest".into()), "{one}{other}");
        assert_eq!(heard.matches("HTTP/1.1").count(), 1, "{heard}");
    }
}

#[tokio::test]
async fn a_body_that_ends_early_is_no_request() {
    let door = Door::open(limits()).await;
    let mut client = door.connect().await;
    client.say("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nfive!").await;
    tokio::io::AsyncWriteExt::shutdown(&mut client.0).await.unwrap();
    let heard = client.rest().await;
    assert!(heard.is_empty() || told(&heard).0 == 400, "{heard}");
}

#[tokio::test]
async fn a_large_body_comes_back_whole() {
    let door = Door::open(Limits { body_bytes: 4 << 20, ..Limits::default() }).await;
    let body = "0123456789abcdef".repeat(4 << 16);
    let mut client = door.connect_tls().await;
    client.say(post("/echo", &body)).await;
    assert!(client.rest().await.ends_with(&format!("\r\n\r\n{body}")));
}
