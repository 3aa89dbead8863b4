use capos_store::{Breach, Checkpoint, Verdict};

use crate::ground::*;

/// A closed store with five rows, and a checkpoint at the fourth.
fn written() -> (Ground, Checkpoint) {
    let ground = Ground::new();
    let store = ground.open();
    let checkpoint = block_on(async {
        for n in 1..=4 {
            store.append(entry(format!("{n}"))).await.unwrap();
        }
        let checkpoint = store.checkpoint(7, &|bytes: &[u8]| bytes.iter().rev().copied().collect()).await.unwrap();
        store.append(entry("5")).await.unwrap();
        checkpoint
    });
    (ground, checkpoint)
}

fn verify(ground: &Ground, checkpoints: &[Checkpoint]) -> Verdict {
    block_on(ground.open().verify(checkpoints)).unwrap()
}

fn breaches(tampering: &str) -> Vec<Breach> {
    let (ground, _) = written();
    ground.tamper(tampering);
    verify(&ground, &[]).breaches
}

#[test]
fn an_untouched_journal_is_sound() {
    let (ground, checkpoint) = written();
    let verdict = verify(&ground, std::slice::from_ref(&checkpoint));
    assert!(verdict.is_sound(), "{verdict:?}");
    assert_eq!(verdict.rows, 5);
}

#[test]
fn a_checkpoint_is_signed_by_the_caller() {
    let (_ground, checkpoint) = written();
    let mut bytes = Checkpoint::signed_bytes(&checkpoint.head, 7);
    bytes.reverse();
    assert_eq!((checkpoint.signature, checkpoint.at_ms), (bytes, 7));
}

#[test]
fn every_altered_part_of_a_row_is_found() {
    for part in ["payload = x'00'", "kind = 'x'", "at_ms = 1", "hash = zeroblob(32)", "hash = x'00'"] {
        let found = breaches(&format!("UPDATE journal SET {part} WHERE sequence = 3"));
        assert_eq!(found[0], Breach::Altered { sequence: 3 }, "{part}");
    }
    let found = breaches("UPDATE journal SET kind = CAST(x'ff' AS TEXT) WHERE sequence = 3");
    assert_eq!(found[0], Breach::Altered { sequence: 3 });
}

#[test]
fn removed_rows_are_found() {
    assert_eq!(breaches("DELETE FROM journal WHERE sequence IN (2, 3)"), [Breach::Missing { first: 2, last: 3 }]);
    assert_eq!(breaches("DELETE FROM journal WHERE sequence = 1"), [Breach::Missing { first: 1, last: 1 }]);
}

#[test]
fn a_removed_row_whose_place_was_closed_up_is_found() {
    let found = breaches(
        "DELETE FROM journal WHERE sequence = 2;
         UPDATE journal SET sequence = 2 WHERE sequence = 3;
         UPDATE journal SET sequence = 3 WHERE sequence = 4;
         UPDATE journal SET sequence = 4 WHERE sequence = 5;",
    );
    assert_eq!(found[0], Breach::Altered { sequence: 2 });
}

#[test]
fn rows_that_changed_places_are_found() {
    let found = breaches(
        "UPDATE journal SET sequence = 99 WHERE sequence = 2;
         UPDATE journal SET sequence = 2 WHERE sequence = 3;
         UPDATE journal SET sequence = 3 WHERE sequence = 99;",
    );
    assert_eq!(found[..2], [Breach::Altered { sequence: 2 }, Breach::Altered { sequence: 3 }]);
}

#[test]
fn an_added_row_is_found() {
    let found = breaches("INSERT INTO journal VALUES (6, 0, 'x', x'', zeroblob(32))");
    assert_eq!(found, [Breach::Altered { sequence: 6 }]);
}

#[test]
fn an_end_that_was_cut_off_needs_a_checkpoint() {
    let (ground, checkpoint) = written();
    ground.tamper("DELETE FROM journal WHERE sequence >= 3");
    assert!(verify(&ground, &[]).is_sound(), "the rest of the chain is a chain");
    assert_eq!(verify(&ground, &[checkpoint]).breaches, [Breach::Cut { last: 2, checkpoint: 4 }]);
}

#[test]
fn an_end_that_was_cut_off_and_grown_again_is_found() {
    let (ground, checkpoint) = written();
    ground.tamper("DELETE FROM journal WHERE sequence >= 3");
    let store = ground.open();
    block_on(async {
        for _ in 0..3 {
            store.append(entry("other")).await.unwrap();
        }
    });
    drop(store);
    assert_eq!(verify(&ground, &[checkpoint]).breaches, [Breach::Rewritten { sequence: 4 }]);
}

#[test]
fn a_whole_that_was_written_anew_is_found() {
    let (_, checkpoint) = written();
    let ground = Ground::new();
    let store = ground.open();
    block_on(store.commit(vec![], (0..5).map(|_| entry("forged")).collect())).unwrap();
    drop(store);
    assert_eq!(verify(&ground, &[checkpoint]).breaches, [Breach::Rewritten { sequence: 4 }]);
}

#[test]
fn a_list_of_breaches_has_an_end() {
    let ground = Ground::new();
    let store = ground.open();
    block_on(store.commit(vec![], (0..200).map(|_| entry("x")).collect())).unwrap();
    drop(store);
    ground.tamper("UPDATE journal SET payload = x'00'");
    assert_eq!(verify(&ground, &[]).breaches.len(), Verdict::MOST);
}
