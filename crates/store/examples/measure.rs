//! What the journal costs on this machine: `cargo run --release -p capos-store --example measure`.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "it prints what it measured")]

use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use capos_store::{Bucket, Entry, Key, Limits, Store};
use futures::StreamExt as _;
use futures::executor::block_on;
use futures::future::{join_all, try_join_all};

const THINGS: Bucket = Bucket::new("things");
/// Filled at a time: as many as a store has by default, less some that are being written.
const SLOTS: usize = 10_000;

fn entry() -> Entry {
    Entry { at_ms: 1_700_000_000_000, kind: "call".into(), payload: vec![7; 120] }
}

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::temp_dir().join(format!("capos-store-measure-{}", std::process::id()));
    let measured = measure(&directory);
    std::fs::remove_dir_all(&directory)?;
    measured
}

fn measure(directory: &Path) -> Result<(), Box<dyn Error>> {
    let store = Store::open(directory, Limits::default())?;
    for flying in [1, 16, 256] {
        let (rounds, start) = (2000 / flying, Instant::now());
        for _ in 0..rounds {
            block_on(try_join_all((0..flying).map(|_| store.append(entry()))))?;
        }
        report(&format!("durable append, {flying} in flight"), start.elapsed(), rounds * flying);
    }

    let (rounds, start) = (1_000_000, Instant::now());
    for _ in 0..rounds {
        drop(black_box(store.reserve()?));
    }
    report("reserve a slot and drop it", start.elapsed(), rounds);

    let mut expected = block_on(store.head())?.sequence;
    let (mut spent, start, rounds) = (Duration::ZERO, Instant::now(), 20);
    for _ in 0..rounds {
        let entries: Vec<_> = (0..SLOTS).map(|_| entry()).collect();
        let before = Instant::now();
        for entry in entries {
            store.reserve()?.fill(entry)?;
        }
        spent += before.elapsed();
        expected += SLOTS as u64;
        let mut follow = store.follow(expected);
        block_on(follow.next()).transpose()?;
    }
    report("reserve and fill, the writer beside it", spent, rounds * SLOTS);
    report("a slot's record, until durable", start.elapsed(), rounds * SLOTS);

    let (rounds, start) = (20_000, Instant::now());
    for _ in 0..rounds {
        black_box(block_on(store.head())?);
    }
    report("read, one at a time", start.elapsed(), rounds);
    let key = Key::parse("a")?;
    block_on(store.create(THINGS, &key, vec![0; 200]))?;
    let start = Instant::now();
    for _ in 0..200 {
        for read in block_on(join_all((0..100).map(|_| store.get(THINGS, &key)))) {
            black_box(read?);
        }
    }
    report("read, 100 in flight", start.elapsed(), 20_000);

    let start = Instant::now();
    let verdict = block_on(store.verify(&[]))?;
    report("verify, a row", start.elapsed(), usize::try_from(verdict.rows)?);
    assert!(verdict.is_sound() && verdict.rows == expected, "{verdict:?}");
    let start = Instant::now();
    block_on(store.close())?;
    println!("close: {:?}", start.elapsed());
    let start = Instant::now();
    drop(store);
    let store = Store::open(directory, Limits::default())?;
    println!("open, with {} rows: {:?}", verdict.rows, start.elapsed());
    drop(store);
    Ok(())
}

fn report(what: &str, time: Duration, count: usize) {
    let each = time.as_secs_f64() / count.max(1) as f64;
    println!("{what}: {:.2} µs each, {:.0} a second", each * 1e6, 1.0 / each);
}
