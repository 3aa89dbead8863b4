//! The benchmark runs; how fast is nobody's business here.

use std::process::{Command, Output};

use serde_json::Value;

fn bench(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_capos-bench"))
        .args(arguments)
        .output()
        .expect("the benchmark was built for this test")
}

#[test]
fn every_row_is_measured_against_every_contender() {
    let output = bench(&["measure", "--quick", "--json"]);
    assert!(output.status.success(), "{output:?}");
    let all: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = all["rows"].as_array().unwrap();
    assert!(rows.len() >= 6);
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
