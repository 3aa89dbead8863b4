//! How sessions between our client and the official package's server end.

use super::{connect, with_peer};

#[tokio::test]
async fn an_abort_of_the_servers_reaches_everything_that_waits() {
    with_peer(async |peer| {
        let (never, broken) = (peer.call("never", []), peer.main.broken());
        peer.call("abortSession", ["out of patience".into()]).await.unwrap();
        assert_eq!(never.await.unwrap_err().to_string(), "Error: out of patience");
        assert_eq!(broken.await.to_string(), "Error: out of patience");
        assert_eq!(peer.session.ended().unwrap().to_string(), "Error: out of patience");
        assert!(peer.call("ping", []).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_is_dropped_breaks_everything() {
    with_peer(async |peer| {
        let never = peer.call("never", []);
        peer.call("dropConnection", []).await.unwrap();
        assert!(never.await.is_err());
        assert!(peer.session.ended().is_some());
    })
    .await;
}

#[tokio::test]
async fn an_abort_of_ours_is_told_to_the_server() {
    with_peer(async |peer| {
        let other = connect(&peer.server).await;
        let stub = capnweb::Stub::function(|_| capnweb::Answer::Now(Ok(capnweb::Value::Null)));
        let watched = other.remote().call(Some("watchBroken"), vec!["w".into(), stub.into()]);
        watched.await.unwrap();
        let tracked = other.remote().call(Some("makeTracked"), vec!["t".into()]).await.unwrap();
        other.abort(capnweb::Error::new("Error", "the client gave up"));
        peer.ask_until("brokenStatus", "w", r#"{"message":"the client gave up"}"#).await;
        peer.ask_until("trackedStats", "t", r#"{"created":1,"disposed":1}"#).await;
        drop(tracked);
    })
    .await;
}
