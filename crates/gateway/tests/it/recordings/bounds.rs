//! Every bound of recordings, at it and one past it; and what a hostile service gets for its trouble.

use std::rc::Rc;
use std::time::Duration;

use capos_schema::Code;
use capos_schema::recordings_capnp::{RecordingState, recordings};
use serde_json::json;
use tokio::sync::Semaphore;

use super::{Artist, ended, list, open, read, refused, rows, studio, whole};
use crate::client::{Line, code, run};

#[test]
fn a_recording_that_is_full_is_cut_at_its_last_whole_event() {
    run(async {
        let hall = studio(|setup| setup.recordings.recording_bytes = 2_000).await;
        let ada = Artist::enter(&hall, "ada").await;
        ada.record("work").await.unwrap();
        let before = list(&ada.own).await.remove(0).bytes;
        // Beside what is shown, an event has a time, a kind and what is around them.
        let around = "[0.000000, \"o\", \"\"]\n".len() as u64;
        ada.sink(&format!("0 write 0 bytes {}", 2_000 - before - around)).await.unwrap();
        assert_eq!(list(&ada.own).await[0].bytes, 2_000, "at the bound");
        assert_eq!(refused(ada.sink("0 write 0 output a;0 output b").await), Code::QuotaExceeded);
        assert_eq!(refused(ada.sink("0 finish 0").await), Code::QuotaExceeded);
        let cut = list(&ada.own).await.remove(0);
        assert_eq!((cut.state, cut.bytes), (RecordingState::Cut, 2_000));
        assert_eq!(whole(&ada.own, &cut.id).await.len(), 2_000);
        assert_eq!(rows(&hall, "recording.cut", 1).await[0]["cause"], json!("full"));
        ada.recorded("another is fine").await;
        hall.close().await;
    });
}

#[test]
fn one_principal_has_so_many_and_so_much_and_others_notice_nothing() {
    run(async {
        let limits = |setup: &mut crate::node::Setup| {
            (setup.recordings.principal_recordings, setup.recordings.principal_bytes) = (3, 4_000);
        };
        let hall = studio(limits).await;
        let (ada, bob) = (Artist::enter(&hall, "ada").await, Artist::enter(&hall, "bob").await);
        let first = ada.recorded("one").await;
        ada.recorded("two").await;
        ada.recorded("three").await;
        assert_eq!(refused(ada.record("four").await), Code::QuotaExceeded, "one past the bound");
        let met = rows(&hall, "limit.reached", 1).await.remove(0);
        assert_eq!(
            (&met["cause"], &met["session"]),
            (&json!("recordings"), &json!(ada.held.handle().await.to_string()))
        );
        bob.recorded("his").await;
        super::remove(&ada.own, &first).await.unwrap();
        let number = ada.record("four").await.unwrap();
        assert_eq!(refused(ada.sink(&format!("{number} write 0 bytes 4000")).await), Code::QuotaExceeded);
        assert_eq!(rows(&hall, "recording.cut", 1).await[0]["cause"], json!("principalFull"));
        bob.record("more").await.unwrap();
        bob.sink("1 write 0 bytes 1500").await.unwrap();
        hall.close().await;
    });
}

#[test]
fn a_node_has_so_many_and_so_much() {
    run(async {
        let limits = |setup: &mut crate::node::Setup| {
            (setup.recordings.node_recordings, setup.recordings.node_bytes) = (2, 2_000);
        };
        let hall = studio(limits).await;
        let (ada, bob) = (Artist::enter(&hall, "ada").await, Artist::enter(&hall, "bob").await);
        ada.recorded("one").await;
        bob.record("two").await.unwrap();
        assert_eq!(refused(bob.record("three").await), Code::QuotaExceeded);
        assert_eq!(refused(bob.sink("0 write 0 bytes 2000").await), Code::QuotaExceeded);
        assert_eq!(rows(&hall, "recording.cut", 1).await[0]["cause"], json!("nodeFull"));
        hall.close().await;
    });
}

#[test]
fn one_session_records_so_much_at_once_and_begins_so_often() {
    run(async {
        let limits = |setup: &mut crate::node::Setup| {
            (setup.recordings.session_running, setup.recordings.session_rows) = (2, 4);
        };
        let hall = studio(limits).await;
        let ada = Artist::enter(&hall, "ada").await;
        ada.record("one").await.unwrap();
        ada.record("two").await.unwrap();
        assert_eq!(refused(ada.record("three").await), Code::QuotaExceeded);
        ada.sink("0 finish 0").await.unwrap();
        ada.record("three").await.unwrap();
        ada.sink("1 finish 0").await.unwrap();
        assert_eq!(refused(ada.record("four").await), Code::TooManyCalls, "the fifth in a minute");
        hall.node.time.advance(Duration::from_secs(15));
        ada.record("four").await.unwrap();
        hall.close().await;
    });
}

#[test]
fn one_call_has_so_many_events_and_bytes() {
    run(async {
        let limits = |setup: &mut crate::node::Setup| {
            (setup.recordings.call_events, setup.recordings.call_bytes) = (3, 100);
        };
        let hall = studio(limits).await;
        let ada = Artist::enter(&hall, "ada").await;
        ada.record("events").await.unwrap();
        ada.sink("0 write 0 output a;0 marker b;0 size 10 10").await.unwrap();
        assert_eq!(refused(ada.sink("0 write 0 output a;0 output a;0 output a;0 output a").await), Code::BadRequest);
        ada.record("bytes").await.unwrap();
        ada.sink("1 write 0 bytes 60;0 bytes 40").await.unwrap();
        assert_eq!(refused(ada.sink("1 write 0 bytes 60;0 bytes 41").await), Code::BadRequest);
        ada.record("nonsense").await.unwrap();
        assert_eq!(refused(ada.sink("2 write 0 size 0 10").await), Code::BadRequest);
        hall.close().await;
    });
}

#[test]
fn events_that_come_too_fast_wait() {
    run(async {
        let hall = studio(|setup| setup.recordings.events_per_second = 10).await;
        let ada = Artist::enter(&hall, "ada").await;
        ada.record("fast").await.unwrap();
        ada.sink("0 many 10").await.unwrap();
        ada.sink("0 many 1").await.expect("at the bound: what came before was a second's worth");
        let (bench, order) = (ada.bench.clone(), "sink:0 many 1");
        let waiting = tokio::task::spawn_local(async move { crate::hall::order(&bench, order).await });
        ada.recorded("another is not slowed").await;
        assert!(!waiting.is_finished(), "one past it");
        hall.node.time.advance(Duration::from_secs(1));
        waiting.await.unwrap().unwrap();
        hall.close().await;
    });
}

#[test]
fn one_session_reads_so_many_at_once() {
    run(async {
        let hall = studio(|setup| setup.recordings.readings = 1).await;
        let ada = Artist::enter(&hall, "ada").await;
        let id = ada.recorded("work").await;
        let opened = open(&ada.own, &id).await.unwrap();
        let turns = Rc::new(Semaphore::new(0));
        let reading = {
            let (opened, turns) = (opened.clone(), Rc::clone(&turns));
            tokio::task::spawn_local(async move { read(&opened, 0, &turns).await })
        };
        while read(&opened, 1 << 20, &turns).await.is_ok() {}
        assert_eq!(code(read(&opened, 0, &turns).await), Code::QuotaExceeded);
        turns.add_permits(9);
        reading.await.unwrap().unwrap();
        read(&opened, 0, &turns).await.unwrap();
        hall.close().await;
    });
}

#[test]
fn an_auditors_readings_are_as_many_as_their_rows() {
    run(async {
        let hall = studio(|setup| setup.recordings.session_rows = 2).await;
        let ada = Artist::enter(&hall, "ada").await;
        let id = ada.recorded("work").await;
        let (_line, held) = Line::signed_in(&hall.node, "eve").await;
        let all: recordings::Client = held.get_as("all_recordings").await.unwrap();
        for _ in 0..2 {
            whole(&all, &id).await;
        }
        let opened = open(&all, &id).await.unwrap();
        assert_eq!(code(read(&opened, 0, &Rc::new(Semaphore::new(9))).await), Code::TooManyCalls);
        assert_eq!(rows(&hall, "recording.opened", 2).await.len(), 2);
        hall.close().await;
    });
}

#[test]
fn whatever_a_service_writes_becomes_a_sound_recording() {
    run(async {
        let hall = studio(|_| {}).await;
        let ada = Artist::enter(&hall, "ada").await;
        ada.record("hostile").await.unwrap();
        ada.sink("0 write 0 controls 300000;0 marker \u{1b}[2J\n\"]").await.unwrap();
        ada.sink("0 finish -2147483648").await.unwrap();
        let id = list(&ada.own).await.remove(0).id;
        let cast = whole(&ada.own, &ended(&ada.own, &id).await.id).await;
        let mut reader = capos_screen::cast::Reader::new(capos_screen::cast::ReaderLimits::default());
        reader.feed(cast.as_bytes());
        let mut items = 0;
        while reader.next_item().expect("every line is sound").is_some() {
            items += 1;
        }
        assert_eq!(items, 1 + 5 + 1, "the header, pieces of the flood, the marker");
        hall.close().await;
    });
}
