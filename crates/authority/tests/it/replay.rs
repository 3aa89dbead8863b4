//! The corpus of the fuzz target, in the ordinary test run.

use std::fs;
use std::path::Path;

use crate::fuzzing::fuzz_sshsig;

#[test]
fn the_corpus_of_signatures_does_no_harm() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/sshsig");
    let mut files = 0;
    for file in fs::read_dir(corpus).unwrap() {
        fuzz_sshsig(&fs::read(file.unwrap().path()).unwrap());
        files += 1;
    }
    assert!(files > 0, "the corpus is empty");
}
