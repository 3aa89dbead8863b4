//! Where Node is there: what it makes of what is written here.

use std::io::Write as _;
use std::process::{Command, Stdio};

use capnweb::{Object, Value};

use super::written;

/// Reads expressions of plain JSON, one a line, and writes them as JavaScript writes them.
const ECHO: &str = "process.stdin.setEncoding('utf8'); let all = ''; process.stdin.on('data', part => all += part);
process.stdin.on('end', () => { for (const line of all.split('\\n')) console.log(JSON.stringify(JSON.parse(line))); });";

fn echoed(lines: &[String]) -> Option<Vec<String>> {
    let node = Command::new("node").args(["-e", ECHO]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut node = node.ok()?;
    node.stdin.take().unwrap().write_all(lines.join("\n").as_bytes()).unwrap();
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success());
    Some(String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect())
}

#[test]
fn javascript_reads_the_numbers_and_texts_that_are_written() {
    let numbers =
        [0.1, 1e21, 1e-7, 5e-324, f64::MAX, 123_456_789_012_345_680_000.0, 4.35, 1e15, 1e16, -1.5e-9, 1e14 + 0.5];
    let texts = ["\u{0}\u{1f}\u{7f}\u{2028}\u{2029}\u{ffff}\u{1f600}", "\"\\/\u{8}\u{c}\n\r\t", ""];
    let values: Vec<Value> = numbers.into_iter().map(Value::from).chain(texts.map(Value::from)).collect();
    let object = Object::from([("b", 1), ("a\n", 2), ("__x", 3)]);
    let values = [values, vec![object.into()]].concat();
    let lines: Vec<String> = values.into_iter().map(written).collect();
    let Some(echoed) = echoed(&lines) else {
        println!("skipped: there is no Node here");
        return;
    };
    assert_eq!(echoed.len(), lines.len());
    for (ours, theirs) in lines.iter().zip(&echoed) {
        assert_eq!(super::again(theirs), *ours);
    }
}
