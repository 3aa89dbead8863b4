//! Connections that are asked for.

use std::cell::Cell;
use std::future::IntoFuture;
use std::time::Duration;

use capnweb::Error;
use capnweb::drivers::{Timing, client};
use tokio::io::{AsyncWriteExt, duplex};
use tokio::task::spawn_local;
use tokio::time::{Instant, advance};

use super::raw::read_head;
use super::{Server, add, calling, local, number, soon};

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_greet_is_given_up_in_time() {
    let (near, _far) = duplex(4_096);
    let session = calling();
    let call = session.remote().call(Some("add"), Vec::new());
    let since = Instant::now();
    let error = client::over(near, "ws://example.com/", &session, Timing::default()).await.expect_err("no greeting");
    assert_eq!(since.elapsed(), Duration::from_secs(30));
    assert_eq!(error.to_string(), "Error: There was no connection in time.");
    assert_eq!(call.await.expect_err("no way").to_string(), "Error: There was no connection in time.");
}

#[tokio::test]
async fn a_greeting_without_an_end_is_not_kept() {
    let (near, mut far) = duplex(4_096);
    let endless = async {
        read_head(&mut far).await;
        far.write_all(b"HTTP/1.1 101 Switching Protocols\r\nx-more: ").await.ok();
        while far.write_all(b"and more ").await.is_ok() {}
    };
    let session = calling();
    let (outcome, ()) = soon(futures::future::join(
        async { client::over(near, "ws://example.com/", &session, Timing::default()).await.map(drop) },
        endless,
    ))
    .await;
    assert!(outcome.is_err());
}

#[tokio::test]
async fn a_server_that_wants_no_websocket_is_told_of() {
    local(async {
        let server = Server::start().await;
        let session = calling();
        let url = format!("ws://{}/elsewhere", server.address);
        let error = soon(client::websocket(&url, &session, Timing::default())).await.expect_err("404");
        assert!(error.message.contains("404"), "{error}");
        assert!(session.ended().is_some());
    })
    .await;
}

#[tokio::test]
async fn an_encrypted_address_wants_a_stream_handed_in() {
    let session = calling();
    let error = client::websocket("wss://example.com/", &session, Timing::default()).await.expect_err("no TLS here");
    assert_eq!(error.to_string(), "TypeError: The address does not begin with ws://.");
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_tried_again_with_growing_waits() {
    let tries = Cell::new(0);
    let mut waits = Vec::new();
    let mut last = Instant::now();
    let backoff = client::Backoff { attempts: Some(5), ..client::Backoff::default() };
    let mut reconnect = client::Reconnect::new(backoff, || {
        waits.push(last.elapsed().as_millis());
        last = Instant::now();
        tries.set(tries.get() + 1);
        async { Err::<(), _>(Error::new("Error", "nobody there")) }
    });
    assert_eq!(reconnect.next().await.expect_err("given up").message, "nobody there");

    assert_eq!(tries.get(), 5);
    assert_eq!(waits[0], 0);
    for (wait, full) in waits[1..].iter().zip([500, 1_000, 2_000, 4_000]) {
        assert!((full / 2..=full + 1).contains(wait), "{waits:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_held_is_replaced_at_once_and_one_that_did_not_is_not() {
    let mut reconnect = client::Reconnect::new(client::Backoff::default(), || async { Ok::<_, Error>(()) });
    let mut wait = async || {
        let since = Instant::now();
        reconnect.next().await.expect("a connection");
        since.elapsed()
    };
    assert_eq!(wait().await, Duration::ZERO);
    advance(Duration::from_secs(11)).await;
    assert_eq!(wait().await, Duration::ZERO);
    assert!(wait().await >= Duration::from_millis(250));
}

#[tokio::test]
async fn a_new_connection_is_a_fresh_session() {
    local(async {
        let server = Server::start().await;
        let url = server.url("ws");
        let backoff = client::Backoff { steady: Duration::ZERO, ..client::Backoff::default() };
        let mut reconnect = client::Reconnect::new(backoff, || async {
            let session = calling();
            let driver = client::websocket(&url, &session, Timing::default()).await?;
            Ok::<_, Error>((session, driver))
        });
        let (first, driver) = soon(reconnect.next()).await.expect("a connection");
        let driver = spawn_local(driver);
        assert_eq!(number(soon(add(&first, 1.0, 2.0)).await), 3.0);
        driver.abort();
        soon(server.seen.disposed(1)).await;
        let (second, driver) = soon(reconnect.next()).await.expect("a connection");
        spawn_local(driver);
        assert_eq!(number(soon(add(&second, 3.0, 4.0)).await), 7.0);
        let old = first.remote().call(Some("add"), vec![1.into(), 2.into()]);
        assert!(soon(old.into_future()).await.is_err(), "what was held stays broken");
    })
    .await;
}
