//! Each bound, and one past it.

use capos_store::{Change, Entry, Error, Limits};

use crate::ground::*;

fn is_misuse<T>(answer: Result<T, Error>) -> bool {
    matches!(answer, Err(Error::Misused(_)))
}

#[test]
fn values_and_payloads_have_a_size() {
    block_on(async {
        let ground = Ground::new();
        let store = ground.open_with(Limits { value_bytes: 8, ..Limits::default() });
        store.create(THINGS, &key("a"), [0; 8]).await.unwrap();
        assert!(is_misuse(store.create(THINGS, &key("b"), [0; 9]).await));
        store.append(entry([0; 8])).await.unwrap();
        assert!(is_misuse(store.append(entry([0; 9])).await));
        let kind = |length| Entry { kind: "k".repeat(length).into(), ..entry("") };
        store.append(kind(Entry::LONGEST_KIND)).await.unwrap();
        assert!(is_misuse(store.append(kind(Entry::LONGEST_KIND + 1)).await));
    });
}

#[test]
fn a_commit_has_a_number_of_parts_and_each_record_once() {
    block_on(async {
        let ground = Ground::new();
        let store = ground.open_with(Limits { commit_items: 3, ..Limits::default() });
        let create = |name| Change::create(THINGS, key(name), *b"");
        store.commit(vec![create("a"), create("b")], vec![entry("")]).await.unwrap();
        assert!(is_misuse(store.commit(vec![create("c"), create("d")], vec![entry(""), entry("")]).await));
        assert!(is_misuse(store.commit(vec![create("e"), create("e")], vec![]).await));
    });
}

#[test]
fn commits_that_wait_are_bounded_in_bytes() {
    block_on(async {
        let ground = Ground::new();
        let store = ground.open_with(Limits { queued_bytes: 100, ..Limits::default() });
        store.create(THINGS, &key("a"), [0; 99]).await.unwrap();
        assert!(matches!(store.create(THINGS, &key("b"), [0; 100]).await, Err(Error::Overloaded)));
        store.create(THINGS, &key("b"), [0; 99]).await.unwrap();
    });
}

#[test]
fn commits_that_wait_are_bounded_in_number() {
    block_on(async {
        let ground = Ground::new();
        let store = ground.open_with(Limits { queued_commits: 4, ..Limits::default() });
        let asked: Vec<_> = (0..400).map(|_| store.commit(vec![], vec![entry([0; 4096])])).collect();
        let answers = futures::future::join_all(asked).await;
        let done = answers.iter().filter(|answer| answer.is_ok()).count() as u64;
        assert!(answers.iter().all(|answer| matches!(answer, Ok(_) | Err(Error::Overloaded))));
        assert!((4..400).contains(&done), "{done}");
        assert_eq!(store.head().await.unwrap().sequence, done);
    });
}

#[test]
fn pages_end_early_where_records_are_large() {
    block_on(async {
        let ground = Ground::new();
        let store = ground.open_with(Limits { page_bytes: 100, ..Limits::default() });
        for name in ["a", "b", "c"] {
            store.create(THINGS, &key(name), [0; 60]).await.unwrap();
            store.append(entry([0; 60])).await.unwrap();
        }
        let page = store.list(THINGS, "", None, 100).await.unwrap();
        assert_eq!((page.records.len(), page.more), (1, true));
        assert_eq!(store.rows(1, 100).await.unwrap().len(), 1);
        assert_eq!(store.verify(&[]).await.unwrap().rows, 3);
    });
}

#[test]
fn watchers_are_counted_and_one_that_left_makes_room() {
    block_on(async {
        let ground = Ground::new();
        let store = ground.open_with(Limits { watchers: 1, ..Limits::default() });
        let first = store.watch(THINGS, "");
        let refused = store.watch(THINGS, "").next().await;
        assert!(matches!(refused, Some(Err(Error::Overloaded))));
        drop(first);
        assert!(matches!(store.watch(THINGS, "").next().await, Some(Ok(_))));
    });
}

#[test]
fn messages_have_a_size() {
    block_on(async {
        let ground = Ground::new();
        let store = ground.open_with(Limits { message_bytes: 4, ..Limits::default() });
        store.publish(&key("a"), [0; 4]).await.unwrap();
        assert!(is_misuse(store.publish(&key("a"), [0; 5]).await));
    });
}

#[test]
fn reads_that_wait_are_bounded() {
    block_on(async {
        let ground = Ground::new();
        let store = ground.open_with(Limits { readers: 1, queued_reads: 2, ..Limits::default() });
        let name = key("a");
        let asked = (0..200).map(|_| store.get(THINGS, &name));
        let answers = futures::future::join_all(asked).await;
        assert!(answers.iter().all(|answer| matches!(answer, Ok(None) | Err(Error::Overloaded))));
        assert!(answers.iter().filter(|answer| answer.is_ok()).count() >= 2);
    });
}
