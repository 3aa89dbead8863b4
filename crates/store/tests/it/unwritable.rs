//! A full disk: the file's bound stands for it.

use std::time::Duration;

use capos_store::{Error, Limits, NoSlot, Store};

use crate::ground::*;

/// No retry but the one that is asked for.
fn patient() -> Limits {
    Limits { retry: Duration::from_secs(3600), database_bytes: Some(256 << 10), ..Limits::default() }
}

/// Writes until it no longer goes, and tells how many rows were acknowledged.
async fn fill_up(store: &Store) -> u64 {
    for written in 0..1000 {
        match store.append(entry([0; 8 << 10])).await {
            Ok(head) => assert_eq!(head.sequence, written + 1),
            Err(Error::Unwritable(why)) => {
                assert!(why.full, "{why}");
                return written;
            }
            Err(other) => panic!("{other}"),
        }
    }
    panic!("it never became full");
}

#[test]
fn a_full_disk_closes_admission_at_once_and_loses_nothing() {
    block_on(async {
        let ground = Ground::new();
        let store = ground.open_with(patient());
        let held = store.reserve().unwrap();
        let written = fill_up(&store).await;
        assert!(written > 0);

        assert!(store.trouble().unwrap().full);
        assert_eq!(store.reserve().unwrap_err(), NoSlot::Unwritable);
        assert!(matches!(store.append(entry("")).await, Err(Error::Unwritable(_))));
        assert!(matches!(store.prove().await, Err(Error::Unwritable(_))));
        held.fill(entry("held")).unwrap();
        assert_eq!(store.rows(1, 1).await.unwrap().len(), 1, "reading goes on");

        store.grow(None).await.unwrap();
        store.prove().await.unwrap();
        assert_eq!(store.trouble(), None);
        store.reserve().unwrap().fill(entry("after")).unwrap();
        assert_eq!(store.append(entry("")).await.unwrap().sequence, written + 3);
        let rows = store.rows(written + 1, 2).await.unwrap();
        assert_eq!((&rows[0].entry, &rows[1].entry), (&entry("held"), &entry("after")));
        assert!(store.verify(&[]).await.unwrap().is_sound());
    });
}

#[test]
fn a_store_finds_out_by_itself_that_there_is_room_again() {
    block_on(async {
        let ground = Ground::new();
        let store = ground.open_with(Limits { retry: Duration::from_millis(1), ..patient() });
        let held = store.reserve().unwrap();
        let written = fill_up(&store).await;
        held.fill(entry("held")).unwrap();
        let mut follow = store.follow(written + 1);
        store.grow(None).await.unwrap();
        assert_eq!(follow.next().await.unwrap().unwrap().entry, entry("held"));
    });
}

#[test]
fn what_was_acknowledged_before_the_disk_was_full_is_there_afterwards() {
    let ground = Ground::new();
    let store = ground.open_with(patient());
    let written = block_on(fill_up(&store));
    drop(store);
    let store = ground.open();
    let verdict = block_on(store.verify(&[])).unwrap();
    assert!(verdict.is_sound());
    assert_eq!(verdict.rows, written);
}

#[test]
fn a_commit_for_which_there_is_no_room_leaves_no_trace() {
    block_on(async {
        let ground = Ground::new();
        let store = ground.open_with(patient());
        let large = capos_store::Change::create(THINGS, key("large"), vec![0; 512 << 10]);
        let small = capos_store::Change::create(THINGS, key("small"), vec![0; 1]);
        assert!(matches!(store.commit(vec![small, large], vec![entry("x")]).await, Err(Error::Unwritable(_))));
        assert_eq!(store.get(THINGS, &key("small")).await.unwrap(), None);
        assert_eq!(store.head().await.unwrap().sequence, 0);
        store.prove().await.unwrap();
        store.create(THINGS, &key("small"), *b"1").await.unwrap();
    });
}
