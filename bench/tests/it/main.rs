//! The benchmark runs; how fast is nobody's business here.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::LazyLock;

use serde_json::Value;

fn bench(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_capos-bench"))
        .args(arguments)
        .output()
        .expect("the benchmark was built for this test")
}

/// All that a quick look says.
static ALL: LazyLock<Value> = LazyLock::new(|| {
    let output = bench(&["measure", "--quick", "--json"]);
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).expect("what it says is JSON")
});

#[test]
fn every_row_is_measured_against_every_contender() {
    let all = &*ALL;
    let rows = all["rows"].as_array().unwrap();
    assert!(rows.len() >= 6);
    assert!(
        all["admissions"].as_array().unwrap().iter().all(|cost| cost["nanoseconds"]["median"].as_f64() > Some(0.0))
    );
    for row in rows {
        let contenders = row["contenders"].as_array().unwrap();
        assert!(contenders.len() >= 2);
        for contender in contenders {
            assert!(contender["rate"]["median"].as_f64().unwrap() > 0.0);
            assert!(contender["serverMicroseconds"]["median"].as_f64().unwrap() > 0.0);
        }
    }
}

#[test]
fn every_row_of_sessions_is_measured_or_says_why_it_is_not() {
    let rows = ALL["sessions"].as_array().unwrap();
    assert_eq!(rows.len(), 13);
    for row in rows {
        let lines = row["lines"].as_array().unwrap();
        let figures = lines.iter().map(|line| line["ours"]["median"].as_f64());
        assert!(figures.clone().all(|median| median.is_some_and(f64::is_finite)), "{row}");
        let is_skipped = row["notes"][0].as_str().is_some_and(|note| note.starts_with("skipped: "));
        assert_eq!(lines.is_empty(), is_skipped, "{row}");
        // Where it was built, nothing is skipped for want of it.
        let could_be_measured = if row["row"] == "capnweb" {
            std::env::var_os("CAPOS_NODE_MODULES").is_some() && is_target_built()
        } else {
            std::env::var_os("CAPOS_BIN").is_some()
        };
        assert!(!is_skipped || !could_be_measured, "{row}");
    }
}

/// The server of the Cap'n Web row is an example of a package that may not have been chosen for this run.
fn is_target_built() -> bool {
    let folder = Path::new(env!("CARGO_BIN_EXE_capos-bench")).parent();
    folder.is_some_and(|folder| folder.join("examples/target").exists())
}

#[test]
fn one_row_is_shown_as_a_table() {
    let output = bench(&["measure", "--quick", "--row", "chain"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("chain-of-three"), "{text}");
    assert!(!text.contains("echo-64"), "{text}");
}

#[test]
fn nonsense_is_refused() {
    assert!(!bench(&["measure", "--row", "no such row"]).status.success());
    assert!(!bench(&["dance"]).status.success());
    assert!(!bench(&[]).status.success());
}
