use capos_store::{Bucket, Change, Error, Limits, Record, Store, Watched};

use crate::ground::*;

fn conflict(error: Error) -> Option<u64> {
    match error {
        Error::Conflict(conflict) => conflict.current,
        other => panic!("{other}"),
    }
}

#[test]
fn a_record_is_changed_only_by_who_knows_its_revision() {
    block_on(async {
        let ground = Ground::new();
        let store = ground.open();
        let name = key("a");
        let first = store.create(THINGS, &name, *b"one").await.unwrap();
        assert_eq!(conflict(store.create(THINGS, &name, *b"x").await.unwrap_err()), Some(first));
        let second = store.update(THINGS, &name, first, *b"two").await.unwrap();
        assert!(second > first);
        assert_eq!(conflict(store.update(THINGS, &name, first, *b"x").await.unwrap_err()), Some(second));
        assert_eq!(conflict(store.delete(THINGS, &name, first).await.unwrap_err()), Some(second));
        store.delete(THINGS, &name, second).await.unwrap();
        assert_eq!(conflict(store.update(THINGS, &name, second, *b"x").await.unwrap_err()), None);
        assert_eq!(store.get(THINGS, &name).await.unwrap(), None);
        let again = store.create(THINGS, &name, *b"three").await.unwrap();
        assert!(again > second, "a revision is never given twice");
    });
}

#[test]
fn buckets_do_not_see_each_other() {
    block_on(async {
        let ground = Ground::new();
        let store = ground.open();
        store.create(THINGS, &key("a"), *b"1").await.unwrap();
        let other = Bucket::new("other");
        assert_eq!(store.get(other, &key("a")).await.unwrap(), None);
        assert!(store.list(other, "", None, 10).await.unwrap().records.is_empty());
    });
}

#[test]
fn a_commit_is_whole_or_absent() {
    block_on(async {
        let ground = Ground::new();
        let store = ground.open();
        let taken = store.create(THINGS, &key("taken"), *b"1").await.unwrap();
        let create = |name| Change::create(THINGS, key(name), *b"2");
        let refused = store.commit(vec![create("new"), create("taken")], vec![entry("both")]).await;
        assert_eq!(conflict(refused.unwrap_err()), Some(taken));
        assert_eq!(store.get(THINGS, &key("new")).await.unwrap(), None);
        assert_eq!(store.head().await.unwrap().sequence, 0);

        let done = store.commit(vec![create("new"), create("newer")], vec![entry("both")]).await.unwrap();
        assert_eq!(done.revisions.len(), 2);
        assert_eq!(done.head, store.head().await.unwrap());
        assert_eq!(store.get(THINGS, &key("newer")).await.unwrap().unwrap().revision, done.revisions[1]);
    });
}

#[test]
fn a_listing_comes_in_pages_and_keeps_to_its_prefix() {
    block_on(async {
        let ground = Ground::new();
        let store = ground.open();
        for name in ["a.1", "a.2", "a.3", "a", "b", "a-x"] {
            store.create(THINGS, &key(name), name.as_bytes()).await.unwrap();
        }
        let names = |records: &[Record]| records.iter().map(|record| record.key.to_string()).collect::<Vec<_>>();
        let first = store.list(THINGS, "a.", None, 2).await.unwrap();
        assert_eq!((names(&first.records), first.more), (vec!["a.1".into(), "a.2".into()], true));
        let last = store.list(THINGS, "a.", Some(&first.records[1].key), 2).await.unwrap();
        assert_eq!((names(&last.records), last.more), (vec!["a.3".into()], false));
        assert_eq!(store.list(THINGS, "", None, 100).await.unwrap().records.len(), 6);
    });
}

#[test]
fn records_are_there_after_the_store_was_opened_again() {
    block_on(async {
        let ground = Ground::new();
        let revision = ground.open().create(THINGS, &key("a"), *b"kept").await.unwrap();
        let store = ground.open();
        let record = store.get(THINGS, &key("a")).await.unwrap().unwrap();
        assert_eq!((&record.value[..], record.revision), (&b"kept"[..], revision));
        assert!(store.delete(THINGS, &key("a"), revision).await.unwrap() > revision);
    });
}

async fn put(store: &Store, name: &str, value: &[u8]) -> Watched {
    let revision = store.create(THINGS, &key(name), value).await.unwrap();
    Watched::Put(Record { key: key(name), value: value.into(), revision })
}

#[test]
fn a_watcher_is_told_what_is_there_and_then_what_changes() {
    block_on(async {
        let ground = Ground::new();
        let store = ground.open();
        let there = put(&store, "a.1", b"1").await;
        put(&store, "b", b"not asked for").await;
        let mut watch = store.watch(THINGS, "a.");
        assert_eq!(watch.next().await.unwrap().unwrap(), there);
        assert!(matches!(watch.next().await.unwrap().unwrap(), Watched::Current { .. }));
        let new = put(&store, "a.2", b"2").await;
        put(&store, "c", b"not asked for").await;
        let Watched::Put(record) = &there else { panic!() };
        let gone = store.delete(THINGS, &record.key, record.revision).await.unwrap();
        assert_eq!(watch.next().await.unwrap().unwrap(), new);
        assert_eq!(watch.next().await.unwrap().unwrap(), Watched::Gone { key: key("a.1"), revision: gone });
    });
}

#[test]
fn a_slow_watcher_is_told_so_and_may_begin_again() {
    block_on(async {
        let ground = Ground::new();
        let store = ground.open_with(Limits { backlog_items: 2, ..Limits::default() });
        let mut watch = store.watch(THINGS, "");
        assert!(matches!(watch.next().await.unwrap().unwrap(), Watched::Current { .. }));
        for name in ["a", "b", "c"] {
            put(&store, name, b"").await;
        }
        assert_eq!(watch.next().await.unwrap().unwrap(), Watched::Lagged);
        assert!(watch.next().await.is_none());
        let told = store.watch(THINGS, "").take(4).collect::<Vec<_>>().await;
        assert!(matches!(told[3], Ok(Watched::Current { .. })), "{told:?}");
    });
}

#[test]
fn a_watcher_that_lags_before_it_is_current_is_not_called_current() {
    block_on(async {
        let ground = Ground::new();
        let store = ground.open_with(Limits { backlog_items: 1, ..Limits::default() });
        put(&store, "a", b"").await;
        let mut watch = store.watch(THINGS, "");
        assert!(matches!(watch.next().await.unwrap().unwrap(), Watched::Put(_)));
        put(&store, "b", b"").await;
        put(&store, "c", b"").await;
        assert_eq!(watch.next().await.unwrap().unwrap(), Watched::Lagged);
    });
}

#[test]
fn what_changes_between_two_pages_is_told_once() {
    block_on(async {
        let ground = Ground::new();
        let store = ground.open_with(Limits { page_items: 1, ..Limits::default() });
        let a = put(&store, "a", b"1").await;
        let b = put(&store, "b", b"1").await;
        let mut watch = store.watch(THINGS, "");
        assert_eq!(watch.next().await.unwrap().unwrap(), a);
        // The page with `a` was read before this, and those with `b` and `c` will be read after.
        let c = put(&store, "c", b"1").await;
        let Watched::Put(record) = a else { panic!() };
        let gone = store.delete(THINGS, &record.key, record.revision).await.unwrap();
        let told: Vec<_> = watch.by_ref().take(4).map(Result::unwrap).collect().await;
        assert_eq!(told[..3], [b, c, Watched::Gone { key: key("a"), revision: gone }]);
        assert_eq!(told[3], Watched::Current { revision: gone });
    });
}

#[test]
fn watches_end_with_the_store() {
    block_on(async {
        let ground = Ground::new();
        let store = ground.open();
        let mut watch = store.watch(THINGS, "");
        watch.next().await.unwrap().unwrap();
        store.close().await.unwrap();
        assert!(watch.next().await.is_none());
        assert!(matches!(store.create(THINGS, &key("a"), *b"").await, Err(Error::Closed)));
        assert!(matches!(store.get(THINGS, &key("a")).await, Err(Error::Closed)));
    });
}

#[test]
fn a_store_is_for_all_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    fn sent<T: Send>(_: T) {}
    let ground = Ground::new();
    let store = ground.open();
    shared(&store);
    sent(store.watch(THINGS, ""));
    sent(store.follow(1));
    sent(store.verify(&[]));
    sent(store.export(1, Vec::new()));
    sent(store.create(THINGS, &key("a"), *b""));
    sent(store.publish(&key("a"), *b""));
    sent(store.reserve());
}
