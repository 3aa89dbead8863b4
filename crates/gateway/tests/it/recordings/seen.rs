//! What is recorded, and who sees it.

use std::rc::Rc;
use std::time::Duration;

use capos_schema::Code;
use capos_schema::recordings_capnp::{RecordingState, recordings};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::{
    ALL_RECORDINGS, Artist, Info, RECORDINGS, events, info, list, open, page, read, remove, rows, studio, whole,
};
use crate::client::{Held, Line, code, denial, run};
use crate::hall::{Hall, bench, granted, names, order, probe};

async fn auditor(hall: &Hall) -> (Line, Held, recordings::Client) {
    let (line, held) = Line::signed_in(&hall.node, "eve").await;
    let all = held.get_as("all_recordings").await.expect("granted");
    (line, held, all)
}

#[test]
fn what_a_service_records_is_its_owners_to_list_and_read() {
    run(async {
        let hall = studio(|_| {}).await;
        let ada = Artist::enter(&hall, "ada").await;
        let number = ada.record("work\u{1b}]0;x").await.unwrap();
        ada.sink("0 write 0 output hello;0 size 100 40;0 marker here").await.unwrap();
        let running = list(&ada.own).await.remove(0);
        assert_eq!(
            (running.state, &*running.title, &*running.command),
            (RecordingState::Running, "work\u{fffd}]0;x", "bash -l")
        );
        hall.node.time.advance(Duration::from_secs(90));
        ada.sink(&format!("{number} finish 7")).await.unwrap();
        let finished = list(&ada.own).await.remove(0);
        assert_eq!((finished.state, finished.exit_code, finished.duration), (RecordingState::Finished, 7, 90_000));
        assert_eq!((&*finished.owner, &*finished.session), ("", &*ada.held.handle().await.to_string()));
        let cast = whole(&ada.own, &finished.id).await;
        assert_eq!(finished.bytes, cast.len() as u64);
        let header: Value = serde_json::from_str(cast.lines().next().unwrap()).unwrap();
        let expected = (&json!(2), &json!(80), &json!(24), &json!(finished.started / 1_000));
        assert_eq!((&header["version"], &header["width"], &header["height"], &header["timestamp"]), expected);
        let happened: Vec<_> = events(&cast).into_iter().map(|(_, kind, data)| format!("{kind} {data}")).collect();
        assert_eq!(happened, ["o hello", "r 100x40", "m here"]);
        for (kind, cause) in [("recording.started", Value::Null), ("recording.finished", Value::Null)] {
            let row = rows(&hall, kind, 1).await.remove(0);
            assert_eq!((&row["recording"], &row["account"]), (&json!(finished.id), &json!("ada")));
            assert_eq!(
                (&row["service"], &row["session"], &row["cause"]),
                (&json!("studio"), &json!(finished.session), &cause)
            );
        }
        let journal = hall.node.journal().await;
        assert!(!journal.iter().any(|(_, payload)| payload.contains("bash -l")), "what ran is nothing for the journal");
        hall.close().await;
    });
}

#[test]
fn nobody_is_told_of_what_is_anothers_more_than_of_what_there_is_not() {
    run(async {
        let hall = studio(|_| {}).await;
        let (ada, bob) = (Artist::enter(&hall, "ada").await, Artist::enter(&hall, "bob").await);
        let id = ada.recorded("hers").await;
        let own = bob.recorded("his").await;
        assert_eq!(list(&bob.own).await.iter().map(|info| &info.id).collect::<Vec<_>>(), [&own]);
        let unknown = "0123456789abcdef0123456789abcdef";
        for (one, other) in [
            (denial(open(&bob.own, &id).await), denial(open(&bob.own, unknown).await)),
            (denial(remove(&bob.own, &id).await), denial(remove(&bob.own, unknown).await)),
            (denial(open(&bob.own, &id).await), denial(open(&bob.own, "../recordings").await)),
        ] {
            assert_eq!((one.code, &one), (Code::BadRequest, &other));
        }
        let from_hers = page(&ada.own, "", 1).await.unwrap().0.remove(0);
        let cursor = format!("{}.{}", from_hers.started + 1, from_hers.id);
        let seen = page(&bob.own, &cursor, 0).await.unwrap().0;
        assert!(seen.iter().all(|info| info.id == own), "a place in a list shows nothing either");
        assert_eq!(code(page(&bob.own, "nowhere", 0).await), Code::BadRequest);
        assert_eq!(whole(&ada.own, &id).await.lines().count(), 2, "and it is still there");
        // Another session of hers sees it; the account's name, given to somebody else, does not.
        let again = Artist::enter(&hall, "ada").await;
        assert_eq!(list(&again.own).await[0].id, id);
        let (admin, actor) = (hall.node.authority.admin(), capos_authority::Actor::offline());
        let revision = admin.get("ada").await.unwrap().revision;
        admin.remove("ada", revision, &actor).await.unwrap();
        hall.node.account("ada", capos_authority::PrincipalKind::Human, &["tester"], "lab").await;
        assert_eq!(list(&Artist::enter(&hall, "ada").await.own).await, []);
        hall.close().await;
    });
}

#[test]
fn an_auditor_sees_all_and_is_written_down_before_a_byte_flows() {
    run(async {
        let hall = studio(|_| {}).await;
        let (ada, bob) = (Artist::enter(&hall, "ada").await, Artist::enter(&hall, "bob").await);
        let (hers, _his) = (ada.recorded("hers").await, bob.recorded("his").await);
        let (_line, held, all) = auditor(&hall).await;
        let mut owners: Vec<_> = list(&all).await.into_iter().map(|info| (info.owner, info.title)).collect();
        owners.sort();
        let expected = [("ada", "hers"), ("bob", "his")].map(|(one, two)| (one.to_owned(), two.to_owned()));
        assert_eq!(owners, expected);
        assert_eq!(code(remove(&all, &hers).await), Code::MethodDenied);
        let own: recordings::Client = held.get_as("recordings").await.unwrap();
        assert_eq!(list(&own).await, [], "which is not hers because she may see it");

        let opened = open(&all, &hers).await.unwrap();
        assert!(!hall.node.journal().await.iter().any(|(kind, _)| kind == "recording.opened"));
        let turns = Rc::new(Semaphore::new(0));
        let reading = tokio::task::spawn_local({
            let (opened, turns) = (opened.clone(), Rc::clone(&turns));
            async move { read(&opened, 3, &turns).await.unwrap() }
        });
        let row = rows(&hall, "recording.opened", 1).await.remove(0);
        assert!(!reading.is_finished());
        assert_eq!((&row["recording"], &row["account"], &row["by"]), (&json!(hers), &json!("ada"), &json!("eve")));
        assert_eq!((&row["bySession"], &row["offset"]), (&json!(held.handle().await.to_string()), &json!(3)));
        turns.add_permits(9);
        let (text, count) = reading.await.unwrap();
        assert_eq!((text.len() as u64, &*text), (count, &whole(&ada.own, &hers).await[3..]));
        assert_eq!(rows(&hall, "recording.opened", 1).await.len(), 1, "one's own has no row");
        hall.close().await;
    });
}

#[test]
fn a_guest_sees_what_was_recorded_in_this_very_session_and_nothing_later() {
    run(async {
        let hall = studio(|_| {}).await;
        hall.node.profile("guest", &["guest"], &[&granted("studio", "studio/studio"), RECORDINGS]).await;
        let line = Line::plain(&hall.node).await;
        let held = line.guest().await.unwrap();
        let bench = bench(&held, "studio").await;
        let own: recordings::Client = held.get_as("recordings").await.unwrap();
        assert_eq!(order(&bench, "record:visit").await.unwrap(), "0");
        assert_eq!(list(&own).await.len(), 1);
        let later = line.guest().await.unwrap();
        let later: recordings::Client = later.get_as("recordings").await.unwrap();
        assert_eq!(list(&later).await, []);
        let (_line, _held, all) = auditor(&hall).await;
        assert_eq!(list(&all).await[0].owner, "guest");
        hall.close().await;
    });
}

#[test]
fn times_are_the_nodes_and_a_service_can_only_order_its_events_within_a_call() {
    run(async {
        let hall = studio(|_| {}).await;
        let ada = Artist::enter(&hall, "ada").await;
        ada.record("times").await.unwrap();
        hall.node.time.advance(Duration::from_secs(10));
        ada.sink("0 write 2000 output a;1000 output b;99999999 output c").await.unwrap();
        hall.node.time.advance(Duration::from_secs(10));
        ada.sink("0 write 0 output d;15000 output e;18446744073709551615 output f").await.unwrap();
        ada.sink("0 finish 0").await.unwrap();
        let id = &list(&ada.own).await[0].id;
        let happened: Vec<_> = events(&whole(&ada.own, id).await).into_iter().map(|(at, _, data)| (at, data)).collect();
        let expected = [(2.0, "a"), (2.0, "b"), (10.0, "c"), (10.0, "d"), (15.0, "e"), (20.0, "f")];
        assert_eq!(happened, expected.map(|(at, data)| (at, data.to_owned())));
        hall.close().await;
    });
}

#[test]
fn a_reading_goes_at_its_readers_pace_and_from_where_it_was_left() {
    run(async {
        let hall = studio(|setup| setup.recordings.chunk_bytes = 64 << 10).await;
        let ada = Artist::enter(&hall, "ada").await;
        ada.record("long").await.unwrap();
        for _ in 0..16 {
            ada.sink("0 write 0 bytes 900000").await.unwrap();
        }
        ada.sink("0 finish 0").await.unwrap();
        let Info { id, bytes, .. } = list(&ada.own).await.remove(0);
        let opened = open(&ada.own, &id).await.unwrap();
        assert_eq!(
            opened
                .info_request()
                .send()
                .promise
                .await
                .unwrap()
                .get()
                .unwrap()
                .get_info()
                .map(info)
                .unwrap()
                .unwrap()
                .bytes,
            bytes
        );
        let turns = Rc::new(Semaphore::new(1));
        let reading = {
            let (opened, turns) = (opened.clone(), Rc::clone(&turns));
            tokio::task::spawn_local(async move { read(&opened, 0, &turns).await })
        };
        // Other calls on the same connection are answered meanwhile.
        for _ in 0..20 {
            assert_eq!(list(&ada.own).await.len(), 1);
        }
        assert!(!reading.is_finished(), "the node waits");
        turns.add_permits(1 << 20);
        let (text, count) = reading.await.unwrap().unwrap();
        assert_eq!((text.len() as u64, count), (bytes, bytes));
        let (rest, count) = read(&opened, bytes - 5, &turns).await.unwrap();
        assert_eq!((&*rest, count), (&text[text.len() - 5..], 5));
        assert_eq!(read(&opened, bytes, &turns).await.unwrap(), (String::new(), 0));
        assert_eq!(read(&opened, u64::MAX - 1, &turns).await.map_err(drop), Ok((String::new(), 0)));
        hall.close().await;
    });
}

#[test]
fn one_removes_ones_own_once_they_have_ended_and_not_where_they_had_to_be() {
    run(async {
        let hall = studio(|_| {}).await;
        let ada = Artist::enter(&hall, "ada").await;
        let id = ada.recorded("gone").await;
        ada.record("running").await.unwrap();
        let running = list(&ada.own).await.into_iter().find(|info| info.title == "running").unwrap().id;
        assert_eq!(code(remove(&ada.own, &running).await), Code::BadRequest);
        let opened = open(&ada.own, &id).await.unwrap();
        remove(&ada.own, &id).await.unwrap();
        assert_eq!(code(opened.info_request().send().promise.await), Code::BadRequest);
        assert_eq!(code(remove(&ada.own, &id).await), Code::BadRequest);
        let row = rows(&hall, "recording.removed", 1).await.remove(0);
        assert_eq!((&row["recording"], &row["by"]), (&json!(id), &json!("ada")));
        let left = std::fs::read_dir(hall.node.recordings_directory()).unwrap().count();
        assert_eq!(left, 2, "the other one's two files");
        hall.close().await;

        let required = format!("{}\n[settings]\nrecording = \"required\"\n", super::STUDIO);
        let hall = super::studio_with(&required, |_| {}).await;
        let ada = Artist::enter(&hall, "ada").await;
        let id = ada.recorded("kept").await;
        assert_eq!(code(remove(&ada.own, &id).await), Code::MethodDenied);
        assert_eq!(whole(&ada.own, &id).await.lines().count(), 2);
        hall.close().await;
    });
}

#[test]
fn pages_miss_none_and_repeat_none() {
    run(async {
        let hall = studio(|_| {}).await;
        let ada = Artist::enter(&hall, "ada").await;
        for number in 0..5 {
            ada.recorded(&format!("number {number}")).await;
            hall.node.time.advance(Duration::from_secs(1));
        }
        let (mut titles, mut cursor) = (Vec::new(), String::new());
        loop {
            let (infos, next) = page(&ada.own, &cursor, 2).await.unwrap();
            titles.extend(infos.into_iter().map(|info| info.title));
            if next.is_empty() {
                break;
            }
            cursor = next;
        }
        assert_eq!(titles, ["number 4", "number 3", "number 2", "number 1", "number 0"]);
        hall.close().await;
    });
}

#[test]
fn a_probe_says_that_it_may_record_and_records_nothing() {
    run(async {
        let hall = studio(|_| {}).await;
        let (_line, held) = hall.ada().await;
        let rows = hall.node.journal().await.len();
        let asked = probe(&held, "studio", &[]).await.unwrap();
        assert_eq!((&*asked.status, asked.accepted.len()), ("ready", 0), "the session lends nothing");
        assert_eq!(hall.node.journal().await.len(), rows);
        assert_eq!(std::fs::read_dir(hall.node.recordings_directory()).unwrap().count(), 0);
        assert!(!names(&held).await.contains(&"recorder".to_owned()), "it is the service's alone");
        assert_eq!(code(held.get("recorder", 0xffd5_a1c8_595f_c6eb).await), Code::UnknownCap);
        hall.close().await;
    });
}

#[test]
fn what_is_granted_is_gone_with_its_session() {
    run(async {
        let hall = studio(|_| {}).await;
        hall.node.profile("lab", &["human"], &[&granted("studio", "studio/studio"), RECORDINGS, ALL_RECORDINGS]).await;
        let ada = Artist::enter(&hall, "ada").await;
        let id = ada.recorded("work").await;
        let opened = open(&ada.own, &id).await.unwrap();
        ada.held.logout().await.unwrap();
        assert_eq!(code(page(&ada.own, "", 0).await), Code::StaleSession);
        assert_eq!(code(read(&opened, 0, &Rc::new(Semaphore::new(9))).await), Code::StaleSession);
        ada.line.cut();
        hall.close().await;
    });
}
