//! The bounds and who may see what, without files.

use proptest::prelude::*;

use super::*;
use crate::recordings::facts::sample;

fn limits() -> RecordingLimits {
    RecordingLimits {
        recording_bytes: 100,
        principal_recordings: 3,
        principal_bytes: 150,
        node_recordings: 5,
        node_bytes: 220,
        session_running: 2,
        ..RecordingLimits::default()
    }
}

fn id(number: u8) -> Id {
    Id::new([number; 16])
}

fn owner(number: u8) -> Option<Owner> {
    Some([number; 32])
}

fn begin(index: &mut Index, number: u8, of: Option<Owner>, session: &str) -> Result<(), Full> {
    index.begin(id(number), sample(number.into(), of, session))
}

fn finish(index: &mut Index, number: u8) {
    index.end(&id(number), |facts| facts.state = State::Finished);
}

#[test]
fn a_recording_holds_its_bytes_and_not_one_more() {
    let mut index = Index::new(limits());
    begin(&mut index, 1, owner(1), "s").unwrap();
    assert_eq!(index.take(&id(1), [60, 40]), (100, None));
    assert_eq!(index.take(&id(1), [0]), (0, None));
    assert_eq!(index.take(&id(1), [1]), (0, Some(Full::Recording)));
    index.give_back(&id(1), 40);
    assert_eq!(index.take(&id(1), [30, 11, 5]), (30, Some(Full::Recording)), "what comes behind does not overtake");
}

#[test]
fn an_owner_has_so_many_recordings_and_bytes_and_not_one_more() {
    let mut index = Index::new(limits());
    for number in 1..=3 {
        begin(&mut index, number, owner(1), &format!("{number}")).unwrap();
    }
    assert_eq!(begin(&mut index, 4, owner(1), "4"), Err(Full::Principal));
    begin(&mut index, 4, owner(2), "4").unwrap();
    assert_eq!(index.take(&id(1), [100]), (100, None));
    assert_eq!(index.take(&id(2), [50]), (50, None));
    assert_eq!(index.take(&id(3), [1]), (0, Some(Full::Principal)));
    index.remove(&id(3)).unwrap();
    assert_eq!(begin(&mut index, 5, owner(1), "5"), Err(Full::Principal), "no room for a byte of it");
    index.remove(&id(1)).unwrap();
    begin(&mut index, 5, owner(1), "5").unwrap();
}

#[test]
fn a_node_has_so_many_recordings_and_bytes_and_not_one_more() {
    let mut index = Index::new(limits());
    for number in 1..=5 {
        begin(&mut index, number, owner(number), &format!("{number}")).unwrap();
    }
    assert_eq!(begin(&mut index, 6, owner(6), "6"), Err(Full::Node));
    assert_eq!(index.take(&id(1), [100]), (100, None));
    assert_eq!(index.take(&id(2), [100]), (100, None));
    assert_eq!(index.take(&id(3), [20, 1]), (20, Some(Full::Node)));
}

#[test]
fn a_session_records_so_much_at_once_and_ended_ones_do_not_count() {
    let mut index = Index::new(limits());
    begin(&mut index, 1, owner(1), "s").unwrap();
    begin(&mut index, 2, owner(1), "s").unwrap();
    assert_eq!(begin(&mut index, 3, owner(1), "s"), Err(Full::Session));
    finish(&mut index, 1);
    begin(&mut index, 3, owner(1), "s").unwrap();
}

#[test]
fn guests_share_what_one_principal_may_have_and_see_only_their_own_session() {
    let mut index = Index::new(limits());
    for number in 1..=3 {
        begin(&mut index, number, None, &format!("{number}")).unwrap();
    }
    assert_eq!(begin(&mut index, 4, None, "4"), Err(Full::Principal));
    let visit = Viewer::Visit("2".into());
    assert_eq!(index.page(&visit, None, 9).0.len(), 1);
    assert!(index.find(&visit, &id(2)).is_some() && index.find(&visit, &id(1)).is_none());
    begin(&mut index, 5, owner(1), "2").unwrap();
    assert!(index.find(&visit, &id(5)).is_none(), "a handle alone shows nothing of somebody with an account");
}

#[test]
fn only_what_is_not_being_made_is_removed_or_too_old_and_what_is_kept_stays() {
    let mut index = Index::new(limits());
    let own = Viewer::Principal([1; 32]);
    begin(&mut index, 1, owner(1), "s").unwrap();
    assert_eq!(index.removable(&own, &id(1)).err(), Some(Unremovable::Running));
    assert!(index.older_than(u64::MAX).is_empty());
    finish(&mut index, 1);
    assert_eq!(index.removable(&Viewer::Principal([2; 32]), &id(1)).err(), Some(Unremovable::Unknown));
    assert!(index.removable(&own, &id(1)).is_ok());
    index.end(&id(1), |facts| facts.kept = true);
    assert_eq!(index.removable(&own, &id(1)).err(), Some(Unremovable::Kept));
    assert_eq!((index.older_than(1).len(), index.older_than(2).len()), (0, 1), "at its age, and one past it");
}

#[test]
fn pages_go_from_the_newest_to_the_oldest_and_miss_none() {
    let mut index = Index::new(RecordingLimits::default());
    for number in 1..=7 {
        begin(&mut index, number, owner(number % 2), "s").unwrap();
    }
    let (mut seen, mut below) = (Vec::new(), None);
    loop {
        let (page, more) = index.page(&Viewer::Principal([1; 32]), below.as_ref(), 3);
        seen.extend(page.iter().map(|entry| entry.facts.started_at_ms));
        below = page.last().map(|entry| (entry.facts.started_at_ms, entry.id.clone()));
        if !more {
            break;
        }
    }
    assert_eq!(seen, [7, 5, 3, 1]);
}

proptest! {
    #[test]
    fn whatever_happens_the_sums_are_right_and_nobody_sees_what_is_anothers(
        acts in prop::collection::vec((0_u8..5, 0_u8..8, 0_u8..4, 0_u64..70), 1..200)
    ) {
        let mut index = Index::new(limits());
        for (act, number, who, bytes) in acts {
            let of = (who > 0).then_some([who; 32]);
            match act {
                0 if index.places.contains_key(&id(number)) => {}
                0 => drop(begin(&mut index, number, of, &who.to_string())),
                1 => drop(index.take(&id(number), [bytes, 1])),
                2 => index.give_back(&id(number), bytes),
                3 => finish(&mut index, number),
                _ => drop(index.remove(&id(number))),
            }
            let sum: u64 = index.all.values().map(|entry| entry.bytes).sum();
            prop_assert_eq!((index.node.count, index.node.bytes), (index.all.len(), sum));
            prop_assert_eq!(index.owners.values().map(|own| own.bytes).sum::<u64>(), sum);
            let running = index.all.values().filter(|entry| entry.facts.state == State::Running).count();
            prop_assert_eq!(index.running.values().sum::<usize>(), running);
            prop_assert!(sum <= 220 && index.all.values().all(|entry| entry.bytes <= 100));
            for who in 1..4 {
                let seen = index.page(&Viewer::Principal([who; 32]), None, 99).0;
                prop_assert!(seen.iter().all(|entry| entry.facts.owner == owner(who)));
            }
        }
    }
}
