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

#[tokio::test]
async fn what_follows_a_body_in_pieces_is_a_request_again() {
    let door = Door::open(limits()).await;
    let first = chunked(&[3]).replace("Connection: close\r\n", "");
    let heard = door.exchange(format!("{first}{}", post("/echo", "two"))).await;
    assert!(heard.contains("\r\n\r\nxxxHTTP/1.1 200") && heard.ends_with("two"), "{heard}");
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
