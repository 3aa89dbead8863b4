//! Random changes against a map that says what should come of them.

use std::collections::BTreeMap;

use capos_store::{Change, Error, Limits, Record, Watched};
use futures::FutureExt as _;
use proptest::prelude::*;

use crate::ground::*;

#[derive(Clone, Debug)]
enum Step {
    /// Changes of some records, each with its present revision, an old one, or none.
    Commit(Vec<(u8, Knowledge, Option<u8>)>),
    /// Lets the watcher read this much.
    Read(u8),
    Reopen,
}

#[derive(Clone, Copy, Debug)]
enum Knowledge {
    Right,
    Old,
    Nothing,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let knowledge = prop_oneof![6 => Just(Knowledge::Right), 1 => Just(Knowledge::Old), 1 => Just(Knowledge::Nothing)];
    let change = (0..5_u8, knowledge, any::<Option<u8>>());
    let step = prop_oneof![
        10 => prop::collection::vec(change, 1..4).prop_map(Step::Commit),
        5 => (0..6_u8).prop_map(Step::Read),
        1 => Just(Step::Reopen),
    ];
    prop::collection::vec(step, 1..40)
}

type Model = BTreeMap<String, (u8, u64)>;

fn change(model: &Model, (number, knowledge, value): (u8, Knowledge, Option<u8>)) -> Option<Change> {
    let name = format!("k{number}");
    let current = model.get(&name).map(|(_, revision)| *revision);
    let known = match knowledge {
        Knowledge::Right => current,
        Knowledge::Old => current.map(|revision| revision - 1),
        Knowledge::Nothing => None,
    };
    match (known, value) {
        (Some(revision), Some(value)) => Some(Change::update(THINGS, key(&name), revision, [value])),
        (Some(revision), None) => Some(Change::delete(THINGS, key(&name), revision)),
        (None, Some(value)) => Some(Change::create(THINGS, key(&name), [value])),
        (None, None) => None,
    }
}

/// What a watcher knows, from what it was told alone.
#[derive(Default)]
struct View {
    records: BTreeMap<String, (u8, u64)>,
    newest: BTreeMap<String, u64>,
    current: Option<u64>,
    lagged: bool,
}

impl View {
    fn hear(&mut self, told: Watched) {
        let (key, revision, value) = match told {
            Watched::Put(Record { key, value, revision }) => (key, revision, Some(value[0])),
            Watched::Gone { key, revision } => (key, revision, None),
            Watched::Current { revision } => {
                assert_eq!(self.current.replace(revision), None, "said once");
                return;
            }
            Watched::Lagged => {
                self.lagged = true;
                return;
            }
        };
        let name = key.to_string();
        let before = self.newest.insert(name.clone(), revision);
        assert!(before.is_none_or(|before| before < revision), "{name} went back");
        if let Some(after) = self.current {
            assert!(revision > after, "a change that was told already");
            self.current = Some(revision);
        }
        match value {
            Some(value) => self.records.insert(name, (value, revision)),
            None => self.records.remove(&name),
        };
    }
}

fn run(steps: Vec<Step>, limits: &Limits) {
    let ground = Ground::new();
    let mut store = ground.open_with(limits.clone());
    let mut model = Model::new();
    let mut newest = 0;
    let (mut watch, mut view) = (store.watch(THINGS, ""), View::default());
    for step in steps {
        match step {
            Step::Commit(parts) => {
                let mut wanted: Vec<(String, u8, Option<u8>)> = Vec::new();
                let mut changes = Vec::new();
                let mut is_right = true;
                for part in parts {
                    let name = format!("k{}", part.0);
                    if wanted.iter().any(|(other, ..)| *other == name) {
                        continue;
                    }
                    let Some(change) = change(&model, part) else { continue };
                    let current = model.contains_key(&name);
                    is_right &= match part.1 {
                        Knowledge::Right => true,
                        Knowledge::Old | Knowledge::Nothing => !current,
                    };
                    wanted.push((name, part.0, part.2));
                    changes.push(change);
                }
                match block_on(store.commit(changes, vec![])) {
                    Ok(committed) => {
                        assert!(is_right, "a change was made for a wrong revision");
                        for ((name, _, value), revision) in wanted.into_iter().zip(committed.revisions) {
                            assert!(revision > newest);
                            newest = revision;
                            match value {
                                Some(value) => model.insert(name, (value, revision)),
                                None => model.remove(&name),
                            };
                        }
                    }
                    Err(Error::Conflict(conflict)) => {
                        assert!(!is_right);
                        let current = model.get(conflict.key.as_str()).map(|(_, revision)| *revision);
                        assert_eq!(conflict.current, current);
                    }
                    Err(other) => panic!("{other}"),
                }
            }
            Step::Read(times) => {
                for _ in 0..times {
                    // Past the present there is nothing to wait for.
                    let Some(Some(told)) = watch.next().now_or_never() else { break };
                    view.hear(told.unwrap());
                }
            }
            Step::Reopen => {
                drop(store);
                store = ground.open_with(limits.clone());
                (watch, view) = (store.watch(THINGS, ""), View::default());
            }
        }
    }
    let page = block_on(store.list(THINGS, "", None, 100)).unwrap();
    if limits.page_items > 4 {
        let kept: Model =
            page.records.iter().map(|record| (record.key.to_string(), (record.value[0], record.revision))).collect();
        assert_eq!(kept, model);
    }
    while !view.lagged && view.current.is_none_or(|current| current < newest) {
        view.hear(block_on(watch.next()).unwrap().unwrap());
    }
    if view.lagged {
        assert!(limits.backlog_items < 10, "only a short backlog is outrun");
    } else {
        assert_eq!(view.records, model);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn records_and_watchers_agree_with_the_model(steps in steps(), page_items in 1..7_usize, short in any::<bool>()) {
        let backlog_items = if short { 3 } else { 1024 };
        run(steps, &Limits { page_items, backlog_items, ..Limits::default() });
    }
}
