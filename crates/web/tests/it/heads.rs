//! Heads: each bound at it and one past it, and what is no head at all.

use capos_web::Limits;

use crate::ground::*;

fn limits() -> Limits {
    Limits { line_bytes: 100, header_bytes: 200, headers: 10, head_bytes: 1000, ..Limits::default() }
}

fn padded(line: &str, bytes: usize) -> String {
    format!("{line}{}\r\n", "x".repeat(bytes - line.len() - 2))
}

/// A head of so many header lines, the last two of which are host and connection.
fn head(first: &str, headers: &[String]) -> String {
    format!("{first}{}Host: localhost\r\nConnection: close\r\n\r\n", headers.concat())
}

#[tokio::test]
async fn the_request_line_is_bounded() {
    let door = Door::open(limits()).await;
    let line = |bytes: usize| {
        let path = "x".repeat(bytes - "GET / HTTP/1.1\r\n".len());
        head(&format!("GET /{path} HTTP/1.1\r\n"), &[])
    };
    assert_eq!(told(&door.exchange(line(100)).await), (404, "notFound".into()));
    assert_eq!(told(&door.exchange(line(101)).await), (414, "httpLineTooLong".into()));
}

#[tokio::test]
async fn a_header_is_bounded() {
    let door = Door::open(limits()).await;
    let with = |bytes| head("GET /healthz HTTP/1.1\r\n", &[padded("A: ", bytes)]);
    assert_eq!(told(&door.exchange(with(200)).await).0, 200);
    assert_eq!(told(&door.exchange(with(201)).await), (431, "httpLineTooLong".into()));
}

#[tokio::test]
async fn headers_are_bounded_in_number() {
    let door = Door::open(limits()).await;
    let with = |count: usize| head("GET /healthz HTTP/1.1\r\n", &vec!["A: b\r\n".to_owned(); count - 2]);
    assert_eq!(told(&door.exchange(with(10)).await).0, 200);
    assert_eq!(told(&door.exchange(with(11)).await), (431, "tooManyHeaders".into()));
}

#[tokio::test]
async fn headers_are_bounded_together() {
    let door = Door::open(limits()).await;
    let with = |bytes: usize| {
        let mut headers = vec![padded("A: ", 200); 4];
        let rest = bytes - head("GET /healthz HTTP/1.1\r\n", &headers).len();
        headers.push(padded("B: ", rest));
        head("GET /healthz HTTP/1.1\r\n", &headers)
    };
    assert_eq!(with(1000).len(), 1000);
    assert_eq!(told(&door.exchange(with(1000)).await).0, 200);
    assert_eq!(told(&door.exchange(with(1001)).await), (431, "headersTooLarge".into()));
}

#[tokio::test]
async fn the_defaults_are_those_of_the_security_page() {
    let door = Door::open(Limits::default()).await;
    let with = |count: usize| head("GET /healthz HTTP/1.1\r\n", &vec!["A: b\r\n".to_owned(); count - 2]);
    assert_eq!(told(&door.exchange(with(96)).await).0, 200, "hyper takes as many");
    assert_eq!(told(&door.exchange(with(97)).await), (431, "tooManyHeaders".into()));
    let line = format!("GET /{} HTTP/1.1\r\n", "x".repeat((8 << 10) - "GET / HTTP/1.1\r\n".len()));
    assert_eq!(told(&door.exchange(head(&line, &[])).await).0, 404, "hyper takes as long a line");
    let large = vec![padded("A: ", 8 << 10), padded("B: ", 8 << 10), padded("C: ", 8 << 10), padded("D: ", 7 << 10)];
    assert_eq!(told(&door.exchange(head("GET /healthz HTTP/1.1\r\n", &large)).await).0, 200, "and as much");
}

#[tokio::test]
async fn what_is_no_request_gets_an_end_and_nothing_else_happens() {
    let door = Door::open(limits()).await;
    let with = |header: &str| format!("GET /healthz HTTP/1.1\r\nHost: localhost\r\n{header}\r\n\r\n");
    let lengths = ["-1", "+1", "1, 1", "0x1", "", "18446744073709551616", "18446744073709551615"];
    let lengths = lengths.map(|length| with(&format!("Content-Length: {length}")));
    let codings = ["chunked, identity", "xchunked"].map(|coding| with(&format!("Transfer-Encoding: {coding}")));
    let headers = ["A : b", "A: b\r\n c", "A: b\rC: d", "A: b\0", "A", ": b"].map(with);
    let lines = ["\0\0\0\0\x01\0\0\0\n\n", "hello\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\u{fe}\n\n"];
    for garbage in lines.map(str::to_owned).into_iter().chain(lengths).chain(codings).chain(headers) {
        let heard = door.exchange(&garbage).await;
        assert_eq!(told(&heard), (400, "badRequest".into()), "{garbage:?}: {heard}");
        assert!(heard.contains("x-content-type-options: nosniff"), "{garbage:?}: {heard}");
        assert_eq!(heard.matches("HTTP/1.1").count(), 1, "{garbage:?}: {heard}");
    }
    assert_eq!(told(&door.exchange(get("/healthz")).await).0, 200);
}

#[tokio::test]
async fn requests_that_come_at_once_are_answered_one_by_one() {
    let door = Door::open(limits()).await;
    let one = "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\none";
    let heard = door.exchange(format!("{one}{}", post("/echo", "two"))).await;
    assert_eq!(heard.matches("HTTP/1.1 200").count(), 2, "{heard}");
    assert!(heard.contains("\r\n\r\none") && heard.ends_with("\r\n\r\ntwo"), "{heard}");
    let heard = door.exchange(format!("{one}GET /{} HTTP/1.1\r\n\r\n", "x".repeat(100))).await;
    assert!(heard.starts_with("HTTP/1.1 200") && heard.contains("\r\n\r\noneHTTP/1.1 414"), "{heard}");
}

#[tokio::test]
async fn a_bound_holds_for_a_later_request_of_the_same_connection() {
    let door = Door::open(limits()).await;
    let mut client = door.connect().await;
    client.say("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    client.hear("ok\n").await;
    client.say(head("GET /healthz HTTP/1.1\r\n", &[padded("A: ", 201)])).await;
    assert_eq!(told(&client.rest().await), (431, "httpLineTooLong".into()));
    assert_eq!(door.server.figures().refused.get(), 1);
}

#[tokio::test]
async fn people_get_a_line_and_programs_an_object() {
    let door = Door::open(limits()).await;
    let page =
        door.exchange("GET /x HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nConnection: close\r\n\r\n").await;
    assert!(page.contains("content-type: text/plain; charset=utf-8"), "{page}");
    assert!(page.ends_with("\r\n\r\nthere is nothing here\n"), "{page}");
    let object = door.exchange(get("/x?secret=1")).await;
    assert!(object.ends_with("{\"code\":\"notFound\",\"message\":\"there is nothing here\"}\n"), "{object}");
    for posture in ["x-content-type-options: nosniff", "cache-control: no-store", "default-src 'none'"] {
        assert!(object.contains(posture), "{posture}: {object}");
    }
    assert!(!object.contains("secret"));
}
