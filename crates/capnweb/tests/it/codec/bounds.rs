//! Each bound on what is read, at it and one past it, and what is deep.

use std::time::{Duration, Instant};

use capnweb::{Limits, Object, Value, deserialize, serialize};

use super::{read, refusal, roomy};

/// What grows in proportion takes a small part of it on a slow machine, what grows with the square much more on any.
const PATIENCE: Duration = Duration::from_secs(60);

fn arrays(levels: usize) -> String {
    format!("{}1{}", "[[".repeat(levels), "]]".repeat(levels))
}

fn objects(levels: usize) -> String {
    format!("{}1{}", r#"{"k":"#.repeat(levels), "}".repeat(levels))
}

#[test]
fn a_message_may_have_as_many_bytes_as_its_bound() {
    let limits = Limits { message_bytes: 10, ..Limits::default() };
    deserialize("\"12345678\"", &limits).unwrap();
    let error = deserialize("\"123456789\"", &limits).unwrap_err();
    assert_eq!(error.to_string(), "RangeError: A message exceeds 10 bytes.");
}

#[test]
fn a_message_may_nest_as_deeply_as_its_bound() {
    let limits = Limits { depth: 6, ..Limits::default() };
    for text in [arrays(3), objects(6)] {
        deserialize(&text, &limits).unwrap();
    }
    for text in [arrays(4), objects(7), format!("[[{}]]", objects(5))] {
        let error = deserialize(&text, &limits).unwrap_err();
        assert_eq!(error.to_string(), "RangeError: A message nests more than 6 levels.");
    }
}

#[test]
fn many_containers_beside_each_other_are_not_deep() {
    let limits = Limits { depth: 3, ..Limits::default() };
    deserialize(&format!("[[{}{{}}]]", "{},".repeat(1_000)), &limits).unwrap();
}

#[test]
fn a_bigint_may_have_as_many_digits_as_its_bound() {
    let limits = Limits { bigint_digits: 5, ..Limits::default() };
    for digits in ["12345", "-12345"] {
        deserialize(&format!(r#"["bigint","{digits}"]"#), &limits).unwrap();
    }
    for digits in ["123456", "-123456", "000001"] {
        deserialize(&format!(r#"["bigint","{digits}"]"#), &limits).unwrap_err();
    }
}

#[test]
fn a_message_may_be_as_much_work_as_its_bound() {
    let limits = Limits { message_work: 6, ..Limits::default() };
    deserialize("[[1,2,3,4]]", &limits).unwrap();
    deserialize("[[1,2,3,4,5]]", &limits).unwrap_err();
    let text = |bytes: usize| format!("\"{}\"", "x".repeat(bytes));
    deserialize(&text(6 * 64 - 1), &limits).unwrap();
    deserialize(&text(6 * 64), &limits).unwrap_err();
    let named = |bytes: usize| format!(r#"{{"{}":1}}"#, "x".repeat(bytes));
    deserialize(&named(5 * 64 - 1), &limits).unwrap();
    deserialize(&named(5 * 64), &limits).unwrap_err();
}

#[test]
fn half_a_million_levels_are_refused_at_once() {
    let begin = Instant::now();
    for text in ["[".repeat(500_000), arrays(500_000), objects(500_000), r#"{"a":"#.repeat(500_000)] {
        deserialize(&text, &roomy()).unwrap_err();
    }
    assert!(begin.elapsed() < PATIENCE);
}

#[test]
fn values_nest_as_deeply_as_the_official_package_reads() {
    let errors = |levels: usize| {
        let (open, close) = (r#"["error","Error","m",null,{"cause":"#, "}]");
        format!("{}1{}", open.repeat(levels), close.repeat(levels))
    };
    for nested in [arrays, objects, errors] {
        let value = read(&nested(255));
        let copy = value.clone();
        drop(value);
        assert_eq!(serialize(&copy).unwrap(), nested(255));
        assert_eq!(refusal(&nested(256)).to_string(), "RangeError: Values nest more than 256 levels.");
    }
}

#[test]
fn what_is_written_may_nest_as_deeply() {
    let arrays = |levels: usize| (0..levels).fold(Value::from(1), |inner, _| Value::from([inner]));
    let objects = |levels: usize| (0..levels).fold(Value::from(1), |inner, _| Object::from([("k", inner)]).into());
    serialize(&arrays(255)).unwrap();
    serialize(&objects(255)).unwrap();
    serialize(&arrays(256)).unwrap_err();
    serialize(&objects(256)).unwrap_err();
}

#[test]
fn what_is_deep_is_refused_on_a_small_stack() {
    for special in
        [r#"["pipeline",0,[],["#, r#"["import",0,["a"],[{"k":"#, r#"["response","#, r#"["blob","","#, r#"{"toJSON":"#]
    {
        deserialize(&special.repeat(260), &roomy()).unwrap_err();
        let closing: String = special.chars().rev().filter_map(closing).collect();
        deserialize(&format!("{}1{}", special.repeat(260), closing.repeat(260)), &roomy()).unwrap_err();
    }
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        let said = |levels: usize| {
            deserialize(
                &format!(r#"["response",null,{{"cf":{}1{}}}]"#, open.repeat(levels), close.repeat(levels)),
                &roomy(),
            )
        };
        said(250).unwrap();
        said(260).unwrap_err();
    }
}

fn closing(open: char) -> Option<char> {
    match open {
        '[' => Some(']'),
        '{' => Some('}'),
        _ => None,
    }
}

#[test]
fn an_object_of_many_names_is_read_and_searched_quickly() {
    let text: String = (0..200_000).map(|index| format!(r#""name{index}":0,"#)).collect();
    let begin = Instant::now();
    let value = read(&format!("{{{text}\"last\":1}}"));
    let object = value.as_object().unwrap();
    for index in 0..200_000 {
        assert!(object.contains(&format!("name{index}")));
    }
    assert!(begin.elapsed() < PATIENCE);
}
