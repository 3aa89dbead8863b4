//! The corpora of the fuzz targets, and a few thousand random inputs, in the ordinary test run.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use capos_hostile::fuzzing::{SignIn, framing, live_vat};

fn replay(target: &str, run: impl Fn(&[u8])) {
    let _alone = crate::alone();
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let mut files = 0;
    for file in fs::read_dir(corpora.join(target)).unwrap() {
        run(&fs::read(file.unwrap().path()).unwrap());
        files += 1;
    }
    assert!(files > 0, "the corpus of {target} is empty");
}

/// Reproducible bytes: a failure is found again by its seed.
fn random(seed: u64) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[7]
    };
    let length = usize::from(next()) * 3;
    (0..length).map(|_| next()).collect()
}

fn roll(run: impl Fn(&[u8]), seeds: u64) {
    let _alone = crate::alone();
    for seed in 1..=seeds {
        let outcome = catch_unwind(AssertUnwindSafe(|| run(&random(seed))));
        assert!(outcome.is_ok(), "with seed {seed}");
    }
}

#[test]
fn the_corpus_of_frames_does_no_harm() {
    replay("framing", framing);
}

#[test]
fn the_corpus_of_scripts_does_no_harm() {
    replay("live_vat", live_vat);
}

#[test]
fn random_bytes_do_no_harm() {
    roll(framing, 500);
}

#[test]
fn random_scripts_do_no_harm() {
    roll(live_vat, 1000);
}

#[test]
fn the_corpus_of_sign_ins_does_no_harm() {
    let world = SignIn::new();
    replay("sign_in", |data| world.run(data));
    assert!(world.granted() >= 4, "the scripts get through a sign-in of each kind");
}

#[test]
fn random_sign_ins_do_no_harm() {
    let world = SignIn::new();
    roll(|data| world.run(data), 500);
}
