//! Sessions of one request.

use std::cell::Cell;
use std::future::{Future, IntoFuture};
use std::rc::Rc;
use std::time::Duration;

use capnweb::drivers::{BatchReply, Timing, batch, client, websocket_server};
use capnweb::{Key, Limits, Value};
use futures::future::join;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::spawn_local;
use tokio::time::Instant;

use super::raw::{TEXT, frame};
use super::{Seen, Server, calling, local, number, serving, soon};

/// What a server answers: its status and its body.
async fn ask(server: &Server, request: String) -> (u16, String) {
    let mut stream = TcpStream::connect(server.address).await.expect("a connection");
    stream.write_all(request.as_bytes()).await.expect("it takes the request");
    let mut answer = String::new();
    soon(stream.read_to_string(&mut answer)).await.expect("text");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    (head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status"), body.to_owned())
}

fn post(body: &str) -> String {
    format!("POST /rpc HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

fn head(line: &str) -> String {
    format!("{line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
}

#[tokio::test]
async fn a_batch_is_answered_line_by_line() {
    local(async {
        let server = Server::start().await;
        let calls =
            [r#"["push",["pipeline",0,["add"],[1,2]]]"#, r#"["push",["pipeline",0,["add"],[["pipeline",1],4]]]"#];
        let body = [calls.join("\n"), r#"["pull",1]"#.to_owned(), r#"["pull",2]"#.to_owned()].join("\n");
        let (status, answer) = ask(&server, post(&body)).await;
        let mut lines: Vec<&str> = answer.split('\n').collect();
        lines.sort_unstable();
        assert_eq!((status, lines), (200, vec![r#"["resolve",1,3]"#, r#"["resolve",2,7]"#]));
        soon(server.seen.disposed(1)).await;
    })
    .await;
}

#[tokio::test]
async fn an_empty_batch_has_an_empty_answer() {
    local(async {
        let server = Server::start().await;
        assert_eq!(ask(&server, post("")).await, (200, String::new()));
        assert_eq!(ask(&server, post("\n\n")).await, (200, String::new()));
    })
    .await;
}

#[tokio::test]
async fn a_batch_of_nonsense_has_an_error_and_its_reason() {
    local(async {
        let server = Server::start().await;
        let body = format!("{}\n{}\nnonsense\n{}", r#"["push",["pipeline",0,["add"],[1,2]]]"#, r#"["pull",1]"#, "[]");
        let (status, answer) = ask(&server, post(&body)).await;
        assert_eq!(status, 400);
        let last = answer.split('\n').next_back().unwrap_or_default();
        assert!(last.starts_with(r#"["abort",["error","#), "{answer}");
    })
    .await;
}

#[tokio::test]
async fn only_posts_and_websockets_are_answered_and_only_at_the_path() {
    local(async {
        let server = Server::start().await;
        assert_eq!(ask(&server, head("GET /rpc")).await.0, 405);
        assert_eq!(ask(&server, head("PUT /rpc")).await.0, 405);
        assert_eq!(ask(&server, head("GET /")).await.0, 404);
        let upgrade = head("GET /rpc").replace("connection: close", "upgrade: websocket\r\nconnection: upgrade, close");
        assert_eq!(ask(&server, upgrade.clone()).await.0, 426, "a version must be named");
        let version = upgrade.replace("upgrade: websocket", "upgrade: websocket\r\nsec-websocket-version: 13");
        assert_eq!(ask(&server, version.clone()).await.0, 400, "a key must be there");
        let key = version.replace("upgrade: websocket", "upgrade: websocket\r\nsec-websocket-key: YQ==");
        assert_eq!(ask(&server, key).await.0, 400, "a key has 16 bytes");
        assert_eq!(server.seen.disposed.get(), 0, "no session was made for any of it");
    })
    .await;
}

#[tokio::test]
async fn a_batch_may_be_as_long_as_a_message_and_not_longer() {
    local(async {
        let limits = Limits { message_bytes: 1_000, ..Limits::default() };
        let server = Server::with(limits, Timing::default()).await;
        assert_eq!(ask(&server, post(&"\n".repeat(1_000))).await.0, 200);
        assert_eq!(ask(&server, post(&"\n".repeat(1_001))).await.0, 413);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_never_answered_does_not_hold_a_batch() {
    let seen = Rc::<Seen>::default();
    let body = [
        r#"["push",["pipeline",0,["never"],[]]]"#,
        r#"["push",["pipeline",0,["add"],[1,2]]]"#,
        r#"["pull",1]"#,
        r#"["pull",2]"#,
    ];
    let since = Instant::now();
    let reply = batch(body.join("\n").as_bytes(), serving(&seen, Limits::default()), Timing::default()).await;
    assert_eq!(since.elapsed(), Duration::from_secs(30));
    let expected = "[\"resolve\",2,3]\n[\"abort\",[\"error\",\"Error\",\"The batch took too long.\"]]";
    assert_eq!(reply, BatchReply { status: 200, body: expected.to_owned() });
    assert_eq!(seen.disposed.get(), 1);
}

#[tokio::test]
async fn a_batch_of_broken_text_is_refused() {
    let reply = batch(b"[\"\xff\"]", serving(&Rc::default(), Limits::default()), Timing::default()).await;
    assert_eq!(reply.status, 400);
    assert!(reply.body.starts_with("[\"abort\""), "{}", reply.body);
}

#[tokio::test]
async fn a_client_makes_its_calls_in_one_request() {
    local(async {
        let server = Server::start().await;
        let session = calling();
        let url = server.url("http");
        let work = client::batch(&url, &session, Timing::default(), |main| async move {
            let sum = main.call(Some("add"), vec![1.into(), 2.into()]);
            let further = main.call(Some("add"), vec![Value::Promise(sum.clone()), 4.into()]);
            let missing = main.get(&[Key::Name("nothing".to_owned())]);
            let failed = main.call(Some("fail"), Vec::new());
            let (sums, others) =
                join(join(sum.into_future(), further.into_future()), join(missing.into_future(), failed.into_future()))
                    .await;
            (number(sums.0), number(sums.1), others.0, others.1)
        });
        let (sum, further, missing, failed) = soon(work).await;
        assert_eq!((sum, further), (3.0, 7.0));
        assert!(matches!(missing, Ok(Value::Undefined)), "{missing:?}");
        assert_eq!(failed.expect_err("it fails").to_string(), "RangeError: no");
        assert_eq!(server.seen.calls.get(), 2);
        soon(server.seen.disposed(1)).await;
    })
    .await;
}

#[tokio::test]
async fn a_call_after_the_request_fails() {
    local(async {
        let server = Server::start().await;
        let session = calling();
        let url = server.url("http");
        let work = client::batch(&url, &session, Timing::default(), |main| async move {
            let sum = number(main.call(Some("add"), vec![1.into(), 2.into()]).await);
            (sum, main.call(Some("add"), vec![3.into(), 4.into()]).await)
        });
        let (sum, late) = soon(work).await;
        assert_eq!(sum, 3.0);
        assert_eq!(late.expect_err("too late").to_string(), "Error: Batch RPC request ended.");
    })
    .await;
}

#[tokio::test]
async fn a_request_that_fails_fails_its_calls() {
    local(async {
        let server = Server::start().await;
        let url = format!("http://{}/elsewhere", server.address);
        let session = calling();
        let work =
            client::batch(&url, &session, Timing::default(), |main| main.call(Some("add"), Vec::new()).into_future());
        let error = soon(work).await.expect_err("it fails");
        assert_eq!(error.to_string(), "Error: RPC request failed: 404 Not Found");
    })
    .await;
}

/// Messages that are short, and of which each expands to a good part of what it may.
fn bombs(count: usize) -> Vec<String> {
    let list = format!("[\"push\",[[{}1]]]", "1,".repeat(199));
    let bombs = (0..count).flat_map(|place| {
        let bomb = r#"["push",["remap",1,[],[["import",1]],[["remap",-1,[],[],[1]],1]]]"#;
        [bomb.to_owned(), format!("[\"release\",{},1]", place + 2)]
    });
    [list].into_iter().chain(bombs).collect()
}

/// How often another task of the thread hears from the system meanwhile.
async fn turns_during(work: impl Future) -> usize {
    let turns = Rc::new(Cell::new(0));
    let counted = turns.clone();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let mut here = TcpStream::connect(listener.local_addr().expect("an address")).await.expect("a connection");
    let (mut there, _) = listener.accept().await.expect("a connection");
    let other = spawn_local(async move {
        loop {
            here.write_u8(1).await.expect("it takes a byte");
            there.read_u8().await.expect("a byte");
            counted.set(counted.get() + 1);
        }
    });
    work.await;
    other.abort();
    turns.get()
}

#[tokio::test]
async fn others_have_their_turn_while_a_batch_is_worked_on() {
    local(async {
        let session = serving(&Rc::default(), Limits::default());
        let body = bombs(20).join("\n");
        let answered = async { assert_eq!(200, batch(body.as_bytes(), session, Timing::default()).await.status) };
        assert!(turns_during(answered).await >= 10);
    })
    .await;
}

#[tokio::test]
async fn a_batch_whose_messages_take_too_long_is_given_up_among_them() {
    local(async {
        let session = serving(&Rc::default(), Limits::default());
        let body = [bombs(100).join("\n"), r#"["push",1]"#.to_owned(), r#"["pull",102]"#.to_owned()].join("\n");
        let timing = Timing { batch: Duration::from_millis(20), ..Timing::default() };
        let reply = batch(body.as_bytes(), session, timing).await;
        assert_eq!(reply.body, r#"["abort",["error","Error","The batch took too long."]]"#);
    })
    .await;
}

#[tokio::test]
async fn others_have_their_turn_while_a_socket_is_worked_on() {
    local(async {
        let (mut here, there) = duplex(1 << 20);
        let session = serving(&Rc::default(), Limits::default());
        let frames = bombs(20).into_iter().flat_map(|bomb| frame(true, TEXT, bomb.as_bytes()));
        here.write_all(&frames.collect::<Vec<u8>>()).await.expect("there is room");
        drop(here);
        assert!(turns_during(websocket_server(there, session, Timing::default())).await >= 10);
    })
    .await;
}
