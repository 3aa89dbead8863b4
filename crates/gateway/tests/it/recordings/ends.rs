//! How recordings end that nobody finishes, and what of them is left.

use std::time::Duration;

use capos_gateway::RecordingLimits;
use capos_schema::Code;
use capos_schema::recordings_capnp::RecordingState;
use serde_json::json;

use super::{Artist, ended, events, list, refused, rows, studio, whole};
use crate::client::run;
use crate::hall::order;

fn unbounded() -> RecordingLimits {
    RecordingLimits { reserve_bytes: 0, ..RecordingLimits::default() }
}

#[test]
fn the_end_of_its_session_cuts_a_recording_and_what_was_shown_is_there() {
    run(async {
        let hall = studio(|_| {}).await;
        let (ada, bob) = (Artist::enter(&hall, "ada").await, Artist::enter(&hall, "bob").await);
        ada.record("hers").await.unwrap();
        ada.sink("0 write 0 output hello").await.unwrap();
        bob.record("his").await.unwrap();
        let id = list(&ada.own).await.remove(0).id;
        ada.held.logout().await.unwrap();
        let row = rows(&hall, "recording.cut", 1).await.remove(0);
        assert_eq!((&row["recording"], &row["cause"]), (&json!(id), &json!("sessionEnded")));
        bob.sink("0 write 0 output mine").await.expect("which is nobody else's end");
        let again = Artist::enter(&hall, "ada").await;
        let cut = list(&again.own).await.remove(0);
        assert_eq!((&cut.id, cut.state), (&id, RecordingState::Cut));
        assert_eq!(events(&whole(&again.own, &id).await)[0].2, "hello");
        hall.close().await;
    });
}

#[test]
fn a_session_whose_connection_is_cut_cuts_it_too_and_a_service_that_keeps_the_sink_keeps_nothing() {
    run(async {
        let hall = studio(|_| {}).await;
        let ada = Artist::enter(&hall, "ada").await;
        ada.record("hers").await.unwrap();
        ada.line.cut();
        let row = rows(&hall, "recording.cut", 1).await.remove(0);
        assert_eq!(row["cause"], json!("sessionEnded"));
        let again = Artist::enter(&hall, "ada").await;
        assert_eq!(list(&again.own).await.len(), 1);
        hall.close().await;
    });
}

#[test]
fn a_service_that_drops_it_or_goes_down_cuts_it() {
    run(async {
        let hall = studio(|_| {}).await;
        let ada = Artist::enter(&hall, "ada").await;
        ada.record("dropped").await.unwrap();
        ada.sink("0 drop").await.unwrap();
        let dropped = list(&ada.own).await.remove(0).id;
        assert_eq!(ended(&ada.own, &dropped).await.state, RecordingState::Cut);
        assert_eq!(rows(&hall, "recording.cut", 1).await[0]["cause"], json!("dropped"));
        ada.record("down").await.unwrap();
        let _ = order(&ada.bench, "exit").await;
        assert_eq!(rows(&hall, "recording.cut", 2).await[1]["cause"], json!("dropped"));
        assert!(list(&ada.own).await.iter().all(|info| info.state == RecordingState::Cut));
        hall.close().await;
    });
}

#[test]
fn what_has_ended_is_not_continued() {
    run(async {
        let hall = studio(|_| {}).await;
        let ada = Artist::enter(&hall, "ada").await;
        let id = ada.recorded("work").await;
        let before = whole(&ada.own, &id).await;
        assert!(ada.sink("0 write 0 output more").await.is_err());
        assert!(ada.sink("0 finish 3").await.is_err());
        assert_eq!(whole(&ada.own, &id).await, before);
        assert_eq!(list(&ada.own).await[0].exit_code, 0);
        hall.close().await;
    });
}

#[test]
fn a_start_of_the_node_finds_everything_and_cuts_what_was_being_made() {
    run(async {
        let hall = studio(|_| {}).await;
        let ada = Artist::enter(&hall, "ada").await;
        let whole_one = ada.recorded("whole").await;
        let before = list(&ada.own).await.remove(0);
        ada.record("cut").await.unwrap();
        hall.node.time.advance(Duration::from_secs(5));
        ada.sink("1 write 4500 output last words").await.unwrap();
        // As after a kill: the one before has ended nothing.
        hall.node.open_recordings(unbounded()).await;
        let again = Artist::enter(&hall, "ada").await;
        let found = list(&again.own).await;
        assert_eq!(found.iter().find(|info| info.id == whole_one), Some(&before));
        let cut = found.iter().find(|info| info.title == "cut").unwrap();
        assert_eq!((cut.state, cut.duration), (RecordingState::Cut, 4_500));
        assert_eq!(events(&whole(&again.own, &cut.id).await)[0].2, "last words");
        assert_eq!(rows(&hall, "recording.cut", 1).await[0]["cause"], json!("nodeEnded"));
        hall.close().await;
    });
}

#[test]
fn a_node_that_stops_awaits_what_is_being_made_and_begins_no_more() {
    run(async {
        let hall = studio(|_| {}).await;
        let recordings = hall.node.open_recordings(unbounded()).await;
        let ada = Artist::enter(&hall, "ada").await;
        ada.record("work").await.unwrap();
        let closing = tokio::spawn(async move { recordings.close().await });
        while refused(ada.record("late").await) != Code::ServiceUnavailable {}
        assert!(!closing.is_finished());
        ada.held.logout().await.unwrap();
        closing.await.unwrap();
        assert_eq!(hall.node.journaled("recording.cut", 1).await.len(), 1);
        hall.close().await;
    });
}

#[test]
fn what_cannot_be_kept_is_refused_at_once() {
    run(async {
        let hall = studio(|_| {}).await;
        let ada = Artist::enter(&hall, "ada").await;
        hall.node.open_recordings(RecordingLimits { reserve_bytes: u64::MAX, ..RecordingLimits::default() }).await;
        assert_eq!(refused(ada.record("no room").await), Code::ServiceUnavailable);
        assert_eq!(rows(&hall, "recording.failed", 1).await[0]["account"], json!("ada"));
        assert_eq!(list(&Artist::enter(&hall, "ada").await.own).await, [], "nothing of it is left");
        assert_eq!(std::fs::read_dir(hall.node.recordings_directory()).unwrap().count(), 0);
        hall.node.open_recordings(unbounded()).await;
        std::fs::remove_dir_all(hall.node.recordings_directory()).unwrap();
        assert_eq!(refused(ada.record("no directory").await), Code::ServiceUnavailable);
        hall.close().await;
    });
}

#[test]
fn a_disk_that_fills_up_ends_a_recording_where_it_was() {
    run(async {
        let limits = |setup: &mut crate::node::Setup| setup.recordings.sync_bytes = 1 << 10;
        let hall = studio(limits).await;
        let ada = Artist::enter(&hall, "ada").await;
        ada.record("work").await.unwrap();
        ada.sink("0 write 0 output hello").await.unwrap();
        // The directory is where the room is looked at.
        let directory = hall.node.recordings_directory();
        let aside = directory.with_extension("aside");
        std::fs::rename(&directory, &aside).unwrap();
        assert_eq!(refused(ada.sink("0 write 0 bytes 2000").await), Code::ServiceUnavailable);
        assert_eq!(refused(ada.sink("0 write 0 output more").await), Code::ServiceUnavailable);
        assert_eq!(list(&ada.own).await[0].state, RecordingState::Cut);
        assert_eq!(rows(&hall, "recording.failed", 1).await[0]["cause"], json!("failed"));
        std::fs::rename(&aside, &directory).unwrap();
        hall.node.open_recordings(unbounded()).await;
        let again = Artist::enter(&hall, "ada").await;
        let found = list(&again.own).await.remove(0);
        assert_eq!(found.state, RecordingState::Cut);
        assert_eq!(events(&whole(&again.own, &found.id).await)[0].2, "hello");
        hall.close().await;
    });
}

#[test]
fn a_recording_is_removed_when_it_is_too_old_and_not_before() {
    run(async {
        let hall = studio(|setup| setup.recordings.keep_time = Duration::from_secs(3_600)).await;
        let ada = Artist::enter(&hall, "ada").await;
        let id = ada.recorded("old").await;
        let limits = RecordingLimits { keep_time: Duration::from_secs(3_600), ..unbounded() };
        let recordings = hall.node.open_recordings(limits).await;
        let ada = Artist::enter(&hall, "ada").await;
        let tending = tokio::spawn(async move { recordings.tend().await });
        hall.node.time.advance(Duration::from_secs(3_600));
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(list(&ada.own).await.len(), 1, "at its age");
        hall.node.time.advance(Duration::from_secs(3_600));
        let row = rows(&hall, "recording.removed", 1).await.remove(0);
        assert_eq!((&row["recording"], &row["by"]), (&json!(id), &json!("retention")));
        while !list(&ada.own).await.is_empty() {}
        tending.abort();
        hall.close().await;
    });
}
