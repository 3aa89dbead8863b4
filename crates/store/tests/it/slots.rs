use std::sync::Arc;
use std::time::Duration;

use capos_store::{Limits, NoSlot};

use crate::ground::*;

#[test]
fn a_filled_slot_becomes_a_row_without_anybody_waiting() {
    block_on(async {
        let ground = Ground::new();
        let store = ground.open();
        let mut follow = store.follow(1);
        store.reserve().unwrap().fill(entry("call")).unwrap();
        assert_eq!(follow.next().await.unwrap().unwrap().entry, entry("call"));
    });
}

#[test]
fn a_slot_is_free_again_when_its_record_is_durable() {
    block_on(async {
        let ground = Ground::new();
        let store = ground.open_with(Limits { slots: 1, ..Limits::default() });
        let mut follow = store.follow(1);
        for n in 0..3 {
            let slot = store.reserve().unwrap();
            assert_eq!(store.reserve().unwrap_err(), NoSlot::Full);
            slot.fill(entry(format!("{n}"))).unwrap();
            follow.next().await.unwrap().unwrap();
        }
    });
}

#[test]
fn a_commit_takes_filled_slots_along() {
    block_on(async {
        let ground = Ground::new();
        let store = ground.open_with(Limits { slot_linger: Duration::from_secs(3600), ..Limits::default() });
        for n in 0..3 {
            store.reserve().unwrap().fill(entry(format!("{n}"))).unwrap();
        }
        assert_eq!(store.append(entry("commit")).await.unwrap().sequence, 4);
        assert_eq!(store.rows(1, 1).await.unwrap()[0].entry, entry("0"));
    });
}

#[test]
fn filled_slots_are_written_when_the_store_closes() {
    let ground = Ground::new();
    let limits = Limits { slot_linger: Duration::from_secs(3600), group_slots: 2, ..Limits::default() };
    let store = ground.open_with(limits);
    for n in 0..5 {
        store.reserve().unwrap().fill(entry(format!("{n}"))).unwrap();
    }
    drop(store);
    assert_eq!(block_on(ground.open().head()).unwrap().sequence, 5);
}

#[test]
fn a_slot_that_outlives_the_store_says_so() {
    let ground = Ground::new();
    let store = ground.open();
    let slot = store.reserve().unwrap();
    block_on(store.close()).unwrap();
    assert!(slot.fill(entry("")).is_err());
    assert_eq!(store.reserve().unwrap_err(), NoSlot::Unwritable);
}

#[test]
fn many_threads_fill_slots_and_none_is_lost() {
    let ground = Ground::new();
    let store = ground.open_with(Limits { group_slots: 64, ..Limits::default() });
    let acknowledged = Arc::new(std::sync::atomic::AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for n in 0..2000 {
                    if let Ok(slot) = store.reserve() {
                        slot.fill(entry(format!("{n}"))).unwrap();
                        acknowledged.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                    }
                }
            });
        }
    });
    drop(store);
    let store = ground.open();
    let verdict = block_on(store.verify(&[])).unwrap();
    assert!(verdict.is_sound());
    assert_eq!(verdict.rows, acknowledged.load(std::sync::atomic::Ordering::SeqCst));
}
