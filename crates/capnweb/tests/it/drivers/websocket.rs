//! WebSockets between peers that mean well.

use std::cell::Cell;
use std::future::IntoFuture;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use capnweb::drivers::{Ended, Timing, client, websocket_server};
use capnweb::{Answer, Error, Limits, Stub, Value};
use futures::future::join_all;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf, duplex};
use tokio::task::spawn_local;

use super::raw::{CLOSE, PING, PONG, Raw, TEXT, frame};
use super::{Seen, Server, add, calling, local, number, serving, soon};

#[tokio::test]
async fn both_roles_talk_to_each_other() {
    local(async {
        let server = Server::start().await;
        let session = calling();
        let early = add(&session, 1.0, 2.0);
        let driver = client::websocket(&server.url("ws"), &session, Timing::default()).await.expect("a WebSocket");
        spawn_local(driver);
        assert_eq!(number(soon(early).await), 3.0, "calls made before there was a connection are sent with it");
        let twice = Stub::function(|arguments| {
            let argument = arguments.first().and_then(Value::as_f64).unwrap_or_default();
            Answer::Now(Ok(Value::Number(argument * 2.0)))
        });
        let back = session.remote().call(Some("callBack"), vec![twice.into(), Value::Number(21.0)]);
        assert_eq!(number(soon(back.into_future()).await), 42.0);
    })
    .await;
}

#[tokio::test]
async fn a_thousand_calls_may_be_under_way() {
    local(async {
        let server = Server::start().await;
        let session = calling();
        spawn_local(client::websocket(&server.url("ws"), &session, Timing::default()).await.expect("a WebSocket"));
        let calls = (0..1_000).map(|call| add(&session, f64::from(call), 1.0));
        let sums: Vec<f64> = soon(join_all(calls)).await.into_iter().map(number).collect();
        assert_eq!(sums, (1..=1_000).map(f64::from).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn long_messages_pass_both_ways_at_once() {
    const LONG: usize = 3_000_000;
    local(async {
        let server = Server::start().await;
        let session = calling();
        spawn_local(client::websocket(&server.url("ws"), &session, Timing::default()).await.expect("a WebSocket"));
        let main = session.remote();
        let there = (0..3).map(|_| main.call(Some("length"), vec!["y".repeat(LONG).into()]).into_future());
        let back = (0..3).map(|_| main.call(Some("text"), vec![LONG.into()]).into_future());
        let (there, back) = soon(futures::future::join(join_all(there), join_all(back))).await;
        assert!(there.into_iter().all(|length| number(length) == LONG as f64));
        assert!(
            back.iter()
                .all(|text| text.as_ref().is_ok_and(|text| text.as_str().is_some_and(|text| text.len() == LONG)))
        );
    })
    .await;
}

#[tokio::test]
async fn a_message_may_come_in_pieces_with_a_ping_between_them() {
    local(async {
        let server = Server::start().await;
        let mut raw = Raw::greet(&server).await;
        raw.send(false, TEXT, br#"["push",["pipeline",0,["#).await;
        raw.send(true, PING, b"there?").await;
        raw.send(false, 0, br#""add"],[1"#).await;
        raw.send(true, 0, b",2]]]").await;
        raw.say(r#"["pull",1]"#).await;
        assert_eq!(soon(raw.hear()).await, Some((PONG, b"there?".to_vec())));
        assert_eq!(soon(raw.message()).await, r#"["resolve",1,3]"#);
    })
    .await;
}

#[tokio::test]
async fn all_that_is_ready_goes_out_in_one_write() {
    local(async {
        let (near, far) = duplex(1 << 20);
        let writes = Rc::<Cell<usize>>::default();
        let session = serving(&Rc::default(), Limits::default());
        let mut raw = Raw(far);
        let calls: Vec<u8> = (1..=64)
            .flat_map(|call| {
                let push = frame(true, TEXT, format!(r#"["push",["pipeline",0,["add"],[{call},1]]]"#).as_bytes());
                [push, frame(true, TEXT, format!(r#"["pull",{call}]"#).as_bytes())].concat()
            })
            .collect();
        raw.0.write_all(&calls).await.expect("room");
        spawn_local(websocket_server(Counted { stream: near, writes: Rc::clone(&writes) }, session, Timing::default()));
        for call in 1..=64 {
            assert_eq!(soon(raw.message()).await, format!(r#"["resolve",{call},{}]"#, call + 1));
        }
        assert_eq!(writes.get(), 1);
    })
    .await;
}

#[tokio::test]
async fn the_close_of_the_peer_breaks_what_is_held_of_it_and_is_answered() {
    local(async {
        let server = Server::start().await;
        let mut raw = Raw::greet(&server).await;
        raw.say(r#"["push",["pipeline",0,["hold"],[["export",-1]]]]"#).await;
        raw.say(r#"["pull",1]"#).await;
        soon(raw.message()).await;
        let held = server.seen.held.take().expect("it is held");
        raw.send(true, CLOSE, &[0x03, 0xe8, b'b', b'y', b'e']).await;
        let reason = soon(held.broken()).await;
        assert_eq!(reason.to_string(), "Error: Peer closed WebSocket: 1000 bye");
        while let Some((kind, payload)) = soon(raw.hear()).await {
            assert!(kind != CLOSE || payload == [0x03, 0xe8], "{payload:?}");
        }
        soon(server.seen.disposed(1)).await;
    })
    .await;
}

#[tokio::test]
async fn a_lost_connection_disposes_what_the_peer_held() {
    local(async {
        let server = Server::start().await;
        let mut raw = Raw::greet(&server).await;
        raw.say(r#"["push",["pipeline",0,["never"],[]]]"#).await;
        raw.send(true, PING, b"").await;
        assert_eq!(soon(raw.hear()).await, Some((PONG, Vec::new())));
        drop(raw);
        soon(server.seen.disposed(1)).await;
    })
    .await;
}

#[tokio::test]
async fn a_server_that_goes_breaks_what_its_client_holds() {
    local(async {
        let (near, far) = duplex(65_536);
        let seen = Rc::<Seen>::default();
        let session = calling();
        let server = spawn_local(websocket_server(near, serving(&seen, Limits::default()), Timing::default()));
        let socket = tokio_websockets::ClientBuilder::new().take_over(far);
        drop(socket);
        assert!(matches!(soon(server).await.expect("no panic"), Ended::Lost(_) | Ended::Closed(_)));
        soon(seen.disposed(1)).await;
        drop(session);
    })
    .await;
}

#[tokio::test]
async fn a_driver_that_is_dropped_disconnects_its_session() {
    local(async {
        let server = Server::start().await;
        let session = calling();
        let driver = client::websocket(&server.url("ws"), &session, Timing::default()).await.expect("a WebSocket");
        let call = session.remote().call(Some("never"), Vec::new());
        drop(driver);
        let error = soon(call.into_future()).await.expect_err("it broke");
        assert_eq!(error.to_string(), "Error: The connection was given up.");
        assert!(session.ended().is_some());
    })
    .await;
}

#[tokio::test]
async fn a_session_that_is_aborted_says_so_and_then_closes() {
    local(async {
        let server = Server::start().await;
        let session = calling();
        let driver = client::websocket(&server.url("ws"), &session, Timing::default()).await.expect("a WebSocket");
        let driver = spawn_local(driver);
        assert_eq!(number(soon(add(&session, 1.0, 1.0)).await), 2.0);
        session.abort(Error::new("Error", "enough"));
        let ended = soon(driver).await.expect("no panic");
        assert_eq!(ended.to_string(), "Error: enough");
        soon(server.seen.disposed(1)).await;
        assert_eq!(soon(server.end()).await, "Error: enough");
    })
    .await;
}

#[tokio::test]
async fn a_session_that_its_program_leaves_closes_its_websocket() {
    local(async {
        let server = Server::start().await;
        let session = calling();
        let driver = client::websocket(&server.url("ws"), &session, Timing::default()).await.expect("a WebSocket");
        let driver = spawn_local(driver);
        assert_eq!(number(soon(add(&session, 1.0, 1.0)).await), 2.0);
        session.disconnected(Error::new("Error", "good bye"));
        assert_eq!(soon(driver).await.expect("no panic").to_string(), "Error: good bye");
        soon(server.seen.disposed(1)).await;
        let ended = soon(server.end()).await;
        assert_eq!(ended, "Error: Peer closed WebSocket: 3000 good bye");
    })
    .await;
}

/// A stream that counts writes.
struct Counted<S> {
    stream: S,
    writes: Rc<Cell<usize>>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.writes.set(self.writes.get() + 1);
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
