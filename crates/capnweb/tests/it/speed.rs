//! How fast calls are. `cargo test --release -p capnweb --test it speed -- --ignored --nocapture`

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Instant;

use capnweb::{Answer, Promise, Stub, Target, Value};

use crate::pair::Pair;

struct Adder;

impl Target for Adder {
    fn call(self: Rc<Self>, name: Option<&str>, arguments: Vec<Value>) -> Answer {
        match (name, arguments.as_slice()) {
            (Some("add"), [Value::Number(a), Value::Number(b)]) => Answer::Now(Ok(Value::Number(a + b))),
            _ => Answer::no_method(name),
        }
    }
}

/// Both sides of the session are of one thread here: what one of them costs is about half.
#[test]
#[ignore = "measures, and says nothing about what is right"]
fn small_calls() {
    const CALLS: usize = 300_000;
    const IN_FLIGHT: usize = 64;
    let pair = Pair::new(Stub::new(Adder));
    let main = pair.main();
    let call = |number: usize| main.call(Some("add"), vec![Value::Number(number as f64), Value::Number(1.0)]);
    let started = Instant::now();
    let mut open: VecDeque<Promise> = VecDeque::new();
    for number in 0..CALLS {
        open.push_back(call(number));
        if open.len() == IN_FLIGHT {
            for promise in open.drain(..) {
                pair.wait(promise).unwrap();
            }
            pair.sent();
        }
    }
    let each = started.elapsed() / CALLS as u32;
    println!("{each:?} a call, both sides");
}

/// The server alone: what a peer sends is written beforehand.
#[test]
#[ignore = "measures, and says nothing about what is right"]
fn small_calls_served() {
    const CALLS: usize = 300_000;
    let server = capnweb::Session::new(capnweb::Options::default(), |_| Some(Stub::new(Adder)));
    let messages: Vec<String> = (1..=CALLS)
        .flat_map(|id| {
            [
                format!("[\"push\",[\"pipeline\",0,[\"add\"],[{id},1]]]"),
                format!("[\"pull\",{id}]"),
                format!("[\"release\",{id},1]"),
            ]
        })
        .collect();
    let started = Instant::now();
    let mut answers = 0;
    for message in &messages {
        server.receive(message).unwrap();
        while let Some(message) = server.next_message() {
            answers += usize::from(!message.is_empty());
        }
    }
    assert_eq!(CALLS, answers);
    println!("{:?} a call, served", started.elapsed() / CALLS as u32);
}
