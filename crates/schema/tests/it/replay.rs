//! The corpora of the fuzz targets, in the ordinary test run.

use std::fs;
use std::path::Path;

use crate::fuzzing::{fuzz_json, fuzz_request};

fn replay(target: &str, run: fn(&[u8])) {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let mut files = 0;
    for file in fs::read_dir(corpora.join(target)).unwrap() {
        run(&fs::read(file.unwrap().path()).unwrap());
        files += 1;
    }
    assert!(files > 0, "the corpus of {target} is empty");
}

#[test]
fn the_corpus_of_values_does_no_harm() {
    replay("reflection_json", fuzz_json);
}

#[test]
fn the_corpus_of_schemas_does_no_harm() {
    replay("runtime_schema", fuzz_request);
}
