//! A process that is killed at any moment leaves a store that opens and has lost nothing it acknowledged.
//!
//! The test program starts itself as the victim. It prints each change before it asks for it and again when it was
//! acknowledged; the pipe keeps the lines when the victim is gone.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Mutex;

use capos_store::{Change, Error, Limits, Record, Store};
use proptest::prelude::Rng as _;
use proptest::test_runner::{RngAlgorithm, TestRng};

use crate::ground::*;

const DIRECTORY: &str = "CAPOS_STORE_CRASH_DIRECTORY";
const ROUND: &str = "CAPOS_STORE_CRASH_ROUND";
const KILLS: u64 = 40;
const THREADS: u64 = 3;
const KEYS: u64 = 4;

/// What was promised about one pair of records: the last acknowledged change, and all that were asked for.
#[derive(Default)]
struct Promise {
    acknowledged: Option<Acknowledged>,
    asked: Vec<String>,
}

/// A change as its line tells it: what the pair holds (or `gone`), and the journal's row.
struct Acknowledged {
    text: String,
    sequence: u64,
}

#[test]
fn a_killed_process_loses_nothing_that_it_acknowledged() {
    let ground = Ground::new();
    let mut random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut promises = HashMap::<String, Promise>::new();
    let mut acknowledged = HashMap::<u64, String>::new();
    for round in 0..KILLS {
        let mut victim = start(&ground.path(), round);
        let lines = BufReader::new(victim.stdout.take().unwrap());
        kill_after(&mut victim, lines, random.next_u64() % 100, &mut promises, &mut acknowledged);
        check(&ground, &mut promises, &acknowledged);
    }
    assert!(acknowledged.len() as u64 > KILLS, "the victims did something");
}

fn start(directory: &Path, round: u64) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["crash::victim", "--exact", "--nocapture", "--test-threads=1"]);
    command.env(DIRECTORY, directory).env(ROUND, round.to_string());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap()
}

/// Lets the victim acknowledge some changes, kills it, and takes what it had said till then.
fn kill_after(
    victim: &mut Child,
    mut lines: BufReader<ChildStdout>,
    changes: u64,
    promises: &mut HashMap<String, Promise>,
    acknowledged: &mut HashMap<u64, String>,
) {
    let (mut line, mut done) = (String::new(), 0);
    loop {
        if done == changes {
            victim.kill().unwrap();
        }
        line.clear();
        // The last line may be half a line: then it was not said.
        if lines.read_line(&mut line).unwrap() == 0 || !line.ends_with('\n') {
            break;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["ask", key, text] => promises.entry(key.into()).or_default().asked.push(text.into()),
            ["done", key, text, sequence] => {
                let sequence = sequence.parse().unwrap();
                let change = Acknowledged { text: text.into(), sequence };
                promises.entry(key.into()).or_default().acknowledged = Some(change);
                acknowledged.insert(sequence, format!("{key} {text}"));
                done += 1;
            }
            _ => {}
        }
    }
    let _ = victim.kill();
    victim.wait().unwrap();
}

fn check(ground: &Ground, promises: &mut HashMap<String, Promise>, acknowledged: &HashMap<u64, String>) {
    let store = ground.open();
    block_on(async {
        let verdict = store.verify(&[]).await.unwrap();
        assert!(verdict.is_sound(), "{verdict:?}");
        let mut told = HashMap::<String, (String, u64)>::new();
        let mut rows = store.follow(1).take(usize::try_from(verdict.rows).unwrap());
        while let Some(row) = rows.next().await {
            let row = row.unwrap();
            let text = String::from_utf8(row.entry.payload).unwrap();
            if let Some(promised) = acknowledged.get(&row.sequence) {
                assert_eq!(&text, promised);
            }
            if let Some((key, value)) = text.split_once(' ') {
                told.insert(key.into(), (value.into(), row.sequence));
            }
        }
        let last = acknowledged.keys().max().copied().unwrap_or(0);
        assert!(verdict.head.sequence >= last, "acknowledged rows are missing");
        for (name, promise) in promises {
            let left = pair(&store, name).await;
            let (text, sequence) = told.get(name).map_or(("gone", 0), |(text, sequence)| (text.as_str(), *sequence));
            assert_eq!(left, text, "{name}: a change and its row are one");
            if let Some(change) = &promise.acknowledged {
                let is_promised = sequence == change.sequence && text == change.text;
                let is_later = sequence > change.sequence && promise.asked.iter().any(|asked| asked == text);
                assert!(is_promised || is_later, "{name}: {text} at {sequence}, {} was promised", change.text);
            }
            promise.asked.clear();
            promise.acknowledged = (sequence > 0).then(|| Acknowledged { text: text.into(), sequence });
        }
    });
}

/// What both records of a pair hold.
async fn pair(store: &Store, name: &str) -> String {
    let [one, other] = [half(name, "one"), half(name, "other")].map(|key| store_get(store, key));
    let (one, other) = futures::join!(one, other);
    let text = |record: &Option<Record>| match record {
        Some(record) => String::from_utf8(record.value.to_vec()).unwrap(),
        None => "gone".into(),
    };
    assert_eq!(text(&one), text(&other), "{name}: half a commit");
    text(&one)
}

async fn store_get(store: &Store, key: capos_store::Key) -> Option<Record> {
    store.get(THINGS, &key).await.unwrap()
}

fn half(name: &str, which: &str) -> capos_store::Key {
    key(&format!("{name}.{which}"))
}

/// Not a test by itself: does nothing unless it was started by the one above.
#[test]
fn victim() {
    let Some(directory) = std::env::var_os(DIRECTORY) else { return };
    let round: u64 = std::env::var(ROUND).unwrap().parse().unwrap();
    let store = Store::open(Path::new(&directory), Limits::default()).unwrap();
    let out = Mutex::new(std::io::stdout());
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (store, out) = (&store, &out);
            scope.spawn(move || block_on(work(store, out, round, thread)));
        }
    });
}

async fn work(store: &Store, out: &Mutex<std::io::Stdout>, round: u64, thread: u64) {
    let say = |line: String| {
        let mut out = out.lock().unwrap();
        writeln!(out, "{line}").and_then(|()| out.flush()).unwrap();
    };
    let mut random = TestRng::from_seed(RngAlgorithm::XorShift, &[round as u8 + 1, thread as u8 + 1].repeat(8));
    for number in 0_u64.. {
        let name = format!("{thread}-{}", random.next_u64() % KEYS);
        let is_deletion = random.next_u64().is_multiple_of(4);
        let text = if is_deletion { "gone".into() } else { format!("{round}.{number}.{}", "x".repeat(200)) };
        let changes = [half(&name, "one"), half(&name, "other")].map(async |key| {
            match (store_get(store, key.clone()).await, is_deletion) {
                (Some(record), true) => Some(Change::delete(THINGS, key, record.revision)),
                (Some(record), false) => Some(Change::update(THINGS, key, record.revision, text.as_bytes())),
                (None, true) => None,
                (None, false) => Some(Change::create(THINGS, key, text.as_bytes())),
            }
        });
        let changes: Vec<_> = futures::future::join_all(changes).await.into_iter().flatten().collect();
        if let Ok(slot) = store.reserve() {
            slot.fill(entry("call")).unwrap();
        }
        say(format!("ask {name} {text}"));
        match store.commit(changes, vec![entry(format!("{name} {text}"))]).await {
            Ok(committed) => say(format!("done {name} {text} {}", committed.head.sequence)),
            Err(Error::Overloaded) => {}
            Err(other) => panic!("{other}"),
        }
    }
}
