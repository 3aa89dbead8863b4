//! What the owner of a connection can do and see.

use std::time::Duration;

use capos_rpc::{ConnectionHandle, Ending, Limits};
use capos_schema::{Code, Denial};
use tokio::time::Instant;

use crate::harness::{connect, echo, pair, scene, serve, until};
use crate::raw::{ECHO, HANG};

fn is_send_and_sync<T: Send + Sync>(_: &T) {}

#[test]
fn a_deadline_ends_the_connection_unless_it_is_lifted() {
    scene(Limits::default(), |scene| async move {
        let mut raw = scene.silent();
        let mut signed_in = scene.raw().await;
        let start = Instant::now();
        for handle in [&raw.handle, &signed_in.handle] {
            handle.set_deadline(Some((start + Duration::from_secs(10)).into_std()));
        }
        signed_in.handle.set_deadline(None);
        assert_eq!(raw.denied().await, Code::Unauthenticated);
        assert_eq!(start.elapsed().as_secs(), 10);
        assert!(signed_in.still_answers(1).await);
        scene.bystander_is_served().await;
    });
}

#[test]
fn the_owner_is_told_when_the_peer_bootstraps() {
    scene(Limits::default(), |scene| async move {
        let silent = scene.silent();
        let waiting = tokio::time::timeout(Duration::from_secs(60), silent.handle.bootstrapped());
        assert!(waiting.await.is_err(), "nothing was asked for");
        let raw = scene.raw().await;
        raw.handle.bootstrapped().await;
        raw.handle.bootstrapped().await;
    });
}

#[test]
fn the_owner_can_turn_a_peer_away_from_any_thread() {
    scene(Limits::default(), |scene| async move {
        let mut raw = scene.raw().await;
        is_send_and_sync(&raw.handle);
        let handle: ConnectionHandle = raw.handle.clone();
        let reason = Denial::new(Code::Revoked, "you are no longer welcome");
        let sent = reason.clone();
        std::thread::spawn(move || handle.abort(sent)).join().unwrap();
        assert_eq!(raw.denial().await, reason);
        scene.bystander_is_served().await;
    });
}

#[test]
fn an_abort_cuts_what_is_queued_and_not_a_message_in_two() {
    scene(Limits::default(), |scene| async move {
        let mut raw = scene.raw().await;
        for question in 1..=10 {
            raw.call(question, ECHO, |payload| {
                payload
                    .get_content()
                    .init_as::<capos_testkit::lab_capnp::lab::echo_params::Builder<'_>>()
                    .init_payload(100_000);
            })
            .await;
        }
        until("output waits", || raw.handle.account().queued_bytes > 500_000).await;
        raw.handle.abort(Code::Overloaded.into());
        until("it is cut", || raw.handle.account().queued_bytes < 200_000).await;
        assert_eq!(raw.denied().await, Code::Overloaded);
    });
}

#[test]
fn a_close_sends_what_is_queued_first() {
    scene(Limits::default(), |scene| async move {
        let mut raw = scene.raw().await;
        for question in 1..=10 {
            raw.call(question, ECHO, |payload| {
                payload
                    .get_content()
                    .init_as::<capos_testkit::lab_capnp::lab::echo_params::Builder<'_>>()
                    .init_payload(100_000);
            })
            .await;
        }
        until("all are answered", || raw.handle.account().messages_out == 11).await;
        raw.handle.close();
        for question in 1..=10 {
            raw.returned(question).await;
        }
        assert_eq!(raw.handle.closed().await, Ending::Closed);
        scene.bystander_is_served().await;
    });
}

#[test]
fn the_account_follows_calls_and_references() {
    scene(Limits::default(), |scene| async move {
        let mut raw = scene.raw().await;
        raw.call(1, HANG, |_| {}).await;
        until("the call is open", || raw.handle.account().messages_in == 3).await;
        let figures = raw.handle.account();
        assert_eq!((figures.exports, figures.imports, figures.messages_in), (1, 0, 3));
        assert!(figures.inbound_bytes > 0 && figures.bytes_in > figures.inbound_bytes);
        raw.finish(1, true).await;
        until("the call is cancelled", || raw.handle.account().open_answers == 0).await;
        assert!(raw.still_answers(2).await);
    });
}

#[test]
fn calls_in_flight_fail_when_the_peer_is_refused() {
    scene(Limits::default(), |scene| async move {
        let (client, handle) = pair(&Limits::default());
        echo(&client, b"once").await.unwrap();
        let hanging = client.hang_request().send().promise;
        until("it hangs", || handle.account().open_answers > 0).await;
        handle.abort(Code::Revoked.into());
        let error = hanging.await.err().unwrap();
        assert_eq!(Denial::from_error(&error).unwrap().code, Code::Revoked);
        assert!(echo(&client, b"again").await.is_err());
        scene.bystander_is_served().await;
    });
}

#[test]
fn a_client_dropped_closes_its_connection() {
    scene(Limits::default(), |scene| async move {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let handle = serve(ours, &Limits::default());
        let local = tokio::task::LocalSet::new();
        local
            .run_until(async {
                let client = connect(theirs, &Limits::default());
                echo(&client, b"x").await.unwrap();
            })
            .await;
        drop(local);
        assert_ne!(handle.closed().await, Ending::Closed);
        scene.bystander_is_served().await;
    });
}
