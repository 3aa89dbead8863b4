use capos_store::{Head, Row};
use serde_json::Value as Json;

use crate::ground::*;

#[test]
fn entries_get_their_places_in_order() {
    block_on(async {
        let ground = Ground::new();
        let store = ground.open();
        let mut head = Head::START;
        for n in 0..5 {
            head = head.after(&entry(format!("{n}")));
            assert_eq!(store.append(entry(format!("{n}"))).await.unwrap(), head);
        }
        drop(store);
        let store = ground.open();
        assert_eq!(store.head().await.unwrap(), head, "the chain goes on where it ended");
        let rows = store.rows(4, 10).await.unwrap();
        assert_eq!(rows.iter().map(|row| row.sequence).collect::<Vec<_>>(), [4, 5]);
        assert_eq!(rows[1].entry, entry("4"));
        assert!(store.verify(&[]).await.unwrap().is_sound());
    });
}

#[test]
fn a_follower_reads_what_was_and_waits_for_what_comes() {
    block_on(async {
        let ground = Ground::new();
        let store = ground.open();
        store.append(entry("1")).await.unwrap();
        store.append(entry("2")).await.unwrap();
        let mut follow = store.follow(2);
        let told = |row: Option<Result<Row, _>>| row.unwrap().unwrap().entry;
        assert_eq!(told(follow.next().await), entry("2"));
        let (next, appended) = futures::join!(follow.next(), store.append(entry("3")));
        appended.unwrap();
        assert_eq!(told(next), entry("3"));
        drop(store);
        assert!(follow.next().await.is_none());
    });
}

#[test]
fn clocks_may_jump() {
    block_on(async {
        let ground = Ground::new();
        let store = ground.open();
        for at_ms in [u64::MAX, 0, 5, i64::MAX as u64 + 1] {
            store.append(capos_store::Entry { at_ms, ..entry("") }).await.unwrap();
        }
        let rows = store.rows(1, 10).await.unwrap();
        assert_eq!(rows[0].entry.at_ms, u64::MAX);
        assert!(store.verify(&[]).await.unwrap().is_sound());
    });
}

#[test]
fn an_export_is_a_line_of_json_for_each_row() {
    block_on(async {
        let ground = Ground::new();
        let store = ground.open();
        store.append(entry("{\"a\":\"new\nline\"}")).await.unwrap();
        store.append(entry([0xff, 0x00])).await.unwrap();
        let mut out = Vec::new();
        assert_eq!(store.export(1, &mut out).await.unwrap(), 2);
        let lines: Vec<Json> =
            String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["payload"], "{\"a\":\"new\nline\"}");
        assert_eq!(lines[0]["kind"], "test");
        assert_eq!(lines[1]["sequence"], 2);
        assert_eq!(lines[1]["payloadBase64"], "/wA=");
        assert_eq!(lines[1]["hash"], store.head().await.unwrap().hash.to_string());
    });
}

#[test]
fn many_rows_are_exported_page_by_page() {
    block_on(async {
        let ground = Ground::new();
        let store = ground.open_with(capos_store::Limits { page_items: 3, ..Default::default() });
        store.commit(vec![], (0..10).map(|n| entry(format!("{n}"))).collect()).await.unwrap();
        let mut out = Vec::new();
        assert_eq!(store.export(2, &mut out).await.unwrap(), 9);
        assert_eq!(store.verify(&[]).await.unwrap().rows, 10);
    });
}
