//! A full disk: the file's bound stands for it, and where the system lets us make one, a real small one.

use std::path::Path;
use std::process::Command;
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

/// A rule that is looked at when all is written and about to be made durable, and cannot be kept.
const BREAK_COMMITS: &str = "
    CREATE TABLE parent (x INTEGER PRIMARY KEY);
    CREATE TABLE child (x REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
    CREATE TRIGGER break AFTER INSERT ON journal BEGIN INSERT INTO child VALUES (1); END;";

#[test]
fn a_commit_that_fails_in_its_last_step_is_in_doubt_and_closes_admission() {
    block_on(async {
        let ground = Ground::new();
        drop(ground.open());
        ground.tamper(BREAK_COMMITS);
        let store = ground.open_with(patient());
        let held = store.reserve().unwrap();
        let commits = [store.append(entry("a")), store.append(entry("b"))];
        for answer in futures::future::join_all(commits).await {
            assert!(matches!(answer, Err(Error::InDoubt(_) | Error::Unwritable(_))), "{answer:?}");
        }
        assert!(!store.trouble().unwrap().full);
        assert_eq!(store.reserve().unwrap_err(), NoSlot::Unwritable);
        held.fill(entry("held")).unwrap();

        ground.tamper("DROP TRIGGER break");
        store.prove().await.unwrap();
        assert_eq!(store.append(entry("c")).await.unwrap().sequence, 2);
        assert_eq!(store.rows(1, 1).await.unwrap()[0].entry, entry("held"));
        assert!(store.verify(&[]).await.unwrap().is_sound());
    });
}

const DISK: &str = "CAPOS_STORE_SMALL_DISK";

/// Makes a file system of 2 MiB in namespaces of its own, and starts the test below in it.
#[test]
fn a_real_disk_that_is_full_loses_nothing() {
    let disk = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=2m,mode=0700 none \"$0\" || exit 42; exec \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script]).arg(disk.path());
    command.arg(std::env::current_exe().unwrap()).args(["unwritable::on_a_small_disk", "--exact", "--nocapture"]);
    match command.env(DISK, disk.path()).status() {
        Ok(status) if status.success() => {}
        Ok(status) if status.code() == Some(101) => panic!("it failed on the small disk"),
        refused => println!("no namespaces here ({refused:?}): not tried"),
    }
}

/// Not a test by itself: does nothing unless it was started by the one above.
#[test]
fn on_a_small_disk() {
    let Some(disk) = std::env::var_os(DISK) else { return };
    let disk = Path::new(&disk);
    let ballast = disk.join("ballast");
    std::fs::write(&ballast, vec![1; 512 << 10]).unwrap();
    block_on(async {
        let limits = Limits { retry: Duration::from_secs(3600), ..Limits::default() };
        let store = Store::open(&disk.join("data"), limits.clone()).unwrap();
        let held = store.reserve().unwrap();
        let written = fill_up(&store).await;
        assert!(written > 0);
        assert_eq!(store.reserve().unwrap_err(), NoSlot::Unwritable);
        assert!(matches!(store.prove().await, Err(Error::Unwritable(_))));
        held.fill(entry("held")).unwrap();

        std::fs::remove_file(ballast).unwrap();
        store.prove().await.unwrap();
        assert_eq!(store.append(entry("")).await.unwrap().sequence, written + 2);
        drop(store);
        let store = Store::open(&disk.join("data"), limits).unwrap();
        let verdict = store.verify(&[]).await.unwrap();
        assert!(verdict.is_sound());
        assert_eq!(verdict.rows, written + 2);
        assert_eq!(store.rows(written + 1, 1).await.unwrap()[0].entry, entry("held"));
    });
}
