//! How long small messages take: `cargo test --release -p capnweb --no-default-features --lib speed -- --ignored
//! --nocapture`.

use std::hint::black_box;

use super::recorder::Recorder;
use crate::exchange::Importer;
use crate::expression::{self, Alone};
use crate::json::Document;
use crate::limits::Limits;
use crate::message::{self, Message, Sending};
use crate::target::Key;
use crate::value::{Object, Value};

const ROUNDS: u32 = 1_000_000;

/// Nanoseconds for which this thread ran, whatever else ran beside it.
fn spent() -> u64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    told.split(' ').next().unwrap().parse().unwrap()
}

fn measure(what: &str, mut work: impl FnMut()) {
    (0..ROUNDS / 10).for_each(|_| work());
    let begin = spent();
    (0..ROUNDS).for_each(|_| work());
    println!("{:>6} ns {what}", (spent() - begin) / u64::from(ROUNDS));
}

/// Reads a message and what is in it. References cost what the recorder makes of them.
fn receive(text: &str, importer: &mut dyn Importer, limits: &Limits) {
    let document = Document::parse(black_box(text), limits).unwrap();
    match Message::parse(&document).unwrap() {
        Message::Push(json) | Message::Resolve(_, json) => {
            let _ = black_box(expression::read(json, importer));
        }
        other => {
            black_box(other);
        }
    }
}

#[test]
#[ignore = "it measures"]
fn speed_of_small_messages() {
    let limits = Limits::default();
    for text in [
        r#"["push",["pipeline",0,["echo"],["x"]]]"#,
        r#"["pull",1]"#,
        r#"["resolve",1,"x"]"#,
        r#"["release",1,1]"#,
        r#"["resolve",1,{"name":"Ann","tags":[["a","b"]],"at":["date",1000000000000]}]"#,
    ] {
        measure(text, || receive(text, &mut Alone::default(), &limits));
    }
    let path = [Key::Name("echo".to_owned())];
    let (simple, list) = (Value::from("x"), Value::from([1, 2]));
    let rich = Value::from(Object::from([("name", Value::from("Ann")), ("tags", list), ("at", Value::Date(1e12))]));
    measure("call(x)", || {
        let arguments = black_box(std::slice::from_ref(&simple));
        black_box(message::call(Sending::Push, 0, &path, Some(arguments), &mut Recorder::default()).unwrap());
    });
    measure("pull", || drop(black_box(message::pull(black_box(1)))));
    measure("resolve(x)", || drop(black_box(message::resolve(1, &simple, &mut Alone::default()).unwrap())));
    measure("resolve(rich)", || drop(black_box(message::resolve(1, &rich, &mut Alone::default()).unwrap())));
    measure("release", || drop(black_box(message::release(black_box(1), 1))));
}

#[test]
#[ignore = "it measures"]
fn speed_of_large_messages() {
    let limits = Limits { message_bytes: 64 << 20, message_work: 16 << 20, ..Limits::default() };
    let text = |value: &Value| crate::serialize(value).unwrap();
    let once = |what: &str, value: Value| {
        let text = text(&value);
        let begin = spent();
        let read = crate::deserialize(&text, &limits).unwrap();
        let middle = spent();
        black_box(crate::serialize(&read).unwrap());
        let (reading, writing) = ((middle - begin) / 1_000_000, (spent() - middle) / 1_000_000);
        println!("{what}: {} bytes, read in {reading} ms, written in {writing} ms", text.len());
    };
    once("text", "x".repeat(20_000_000).into());
    once("bytes", bytes::Bytes::from(vec![7; 15_000_000]).into());
    once("numbers", (0..1_000_000).collect());
    once("objects", (0..100_000).map(|index| Object::from([("id", index), ("other", 1)])).collect());
}
