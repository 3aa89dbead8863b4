//! Values that programs give, right and wrong.

use std::sync::Arc;

use capnweb::{Blob, Bytes, Container, Error, Value};
use capos_schema::{Limits, Registry};

use super::ground::{bytes, function, object, program, program_within, run, show, texts};
use super::mirror::{mirror, rich};

/// What the mirror gives back of a member of `Told`.
async fn told(member: &str, value: Value) -> String {
    let program = program(mirror(), "Mirror", rich());
    match program.call("told", [object([(member, value)])]).await {
        Ok(Value::Object(told)) => told.get(member).map_or("absent".to_owned(), show),
        Ok(other) => show(&other),
        Err(thrown) => thrown.to_string(),
    }
}

#[test]
fn bytes_are_taken_in_any_container_and_come_as_one() {
    run(async {
        for container in [Container::ArrayBuffer, Container::DataView, Container::Int8Array, Container::Float64Array] {
            let value = Value::Bytes(Bytes::within(container, vec![1; 8]).unwrap());
            assert_eq!(told("data", value).await, "Uint8Array[1, 1, 1, 1, 1, 1, 1, 1]");
        }
        let refused = "TypeError: told: value.data: expected bytes, as a Uint8Array";
        for value in ["AQ==".into(), Value::Array(vec![1.into()]), Blob::new("", vec![1]).into(), 1.into()] {
            assert_eq!(told("data", value).await, refused);
        }
    });
}

#[test]
fn texts_are_texts_and_nothing_else() {
    run(async {
        assert_eq!(told("note", "a\u{0}b".into()).await, "\"a\\0b\"");
        let error = Value::Error(Box::new(Error::new("Error", "x")));
        for value in [1.into(), Value::Bool(true), bytes(b"a"), Value::Date(0.0), Value::Url("x:".into()), error] {
            assert_eq!(told("note", value).await, "TypeError: told: value.note: expected a text");
        }
        assert_eq!(told("note", Value::Null).await, "absent");
        assert_eq!(told("note", Value::Undefined).await, "absent");
    });
}

#[test]
fn a_key_value_list_is_an_object_of_whatever_names() {
    run(async {
        let table = object([
            ("__proto__", object([("yes", Value::Null)])),
            ("", object([("number", 3.into())])),
            ("gone", Value::Undefined),
        ]);
        // A name that JavaScript keeps for itself does not get as far as a service.
        assert_eq!(told("choices", table).await, "{: {number: 3}}");
        let list = Value::Array(vec![object([("answer", "a".into()), ("question", object([("number", 4.into())]))])]);
        assert_eq!(told("choices", list).await, "{a: {number: 4}}");
        let wrong = object([("a", object([("number", "4".into())]))]);
        let refused = "TypeError: told: value.choices.a.number: expected a whole number from -2147483648 to 2147483647";
        assert_eq!(told("choices", wrong).await, refused);
        assert_eq!(told("choices", texts(["a"])).await, "TypeError: told: value.choices[0]: expected an object");
        assert_eq!(told("choices", "a".into()).await, "TypeError: told: value.choices: expected a list");
    });
}

#[test]
fn functions_and_objects_are_no_data() {
    run(async {
        let program = program(mirror(), "Mirror", rich());
        let function = || function(|_| Ok(Value::Undefined));
        for (member, value) in [("note", function()), ("data", function()), ("settings", function())] {
            let shown = program.shown("told", [object([(member, value)])]).await;
            assert!(shown.starts_with(&format!("TypeError: told: value.{member}: expected ")), "{shown}");
        }
        let shown = program.shown("everything", [function()]).await;
        assert_eq!(shown, "TypeError: everything: value: expected an object");
    });
}

#[test]
fn untyped_values_keep_their_bytes() {
    run(async {
        let program = program(mirror(), "Mirror", rich());
        let raw = || object([("$raw", bytes(&[0, 0, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0]))]);
        assert_eq!(program.shown("any", [raw()]).await, show(&raw()));
        let damaged = object([("$raw", bytes(&[255; 16]))]);
        assert_eq!(program.shown("any", [damaged]).await, "TypeError: any: any: the untyped value is damaged");
        let text = object([("$raw", "AAAA".into())]);
        assert_eq!(program.shown("any", [text]).await, "TypeError: any: any: expected bytes, as a Uint8Array");
    });
}

/// As deep as that.
fn deep(levels: usize) -> Value {
    (0..levels).fold(object([]), |inner, _| object([("next", inner)]))
}

#[test]
fn a_value_may_nest_as_deep_as_the_limit_and_no_deeper() {
    run(async {
        let limits = Limits { depth: 5, ..Limits::default() };
        let program = program_within(mirror(), "Mirror", rich(), limits);
        // The parameters are one level, the value another.
        assert!(!program.shown("everything", [deep(3)]).await.starts_with("RangeError"));
        let refused = "RangeError: everything: value.next.next.next.next: the value nests too deeply";
        assert_eq!(program.shown("everything", [deep(4)]).await, refused);
    });
}

#[test]
fn a_value_may_be_as_large_as_the_limit_and_no_larger() {
    run(async {
        let registry: &Arc<Registry> = rich();
        let program = program_within(mirror(), "Mirror", registry, Limits { message_words: 64, ..Limits::default() });
        // One word for the parameters, six for the struct.
        let own = 1 + 5;
        let data = |words: usize| object([("data", bytes(&vec![1; (64 - own + words) * 8 - 1]))]);
        assert!(!program.shown("told", [data(0)]).await.starts_with("RangeError"));
        let refused = "RangeError: told: value.data: the value is too large";
        assert_eq!(program.shown("told", [data(1)]).await, refused);
        let many = Value::Array(vec![Value::Null; 100_000]);
        assert_eq!(program.shown("settings", [many]).await, "RangeError: settings: settings: the value is too large");
    });
}

#[test]
fn an_answer_counts_as_what_it_takes_in_a_message() {
    run(async {
        let limits = Limits { value_bytes: 4_000, ..Limits::default() };
        let program = program_within(mirror(), "Mirror", rich(), limits);
        let note = async |text: String| program.shown("told", [object([("note", text.into())])]).await;
        let refused = "RangeError: told: results.value.note: the value is too large";
        assert_eq!(note("a".repeat(4_000)).await, refused);
        assert!(note("a".repeat(3_000)).await.starts_with('{'));
        assert_eq!(note("\u{1}".repeat(3_000)).await, refused);
        assert!(note("\u{1}".repeat(500)).await.starts_with('{'));
        let data = async |length: usize| program.shown("told", [object([("data", bytes(&vec![1; length]))])]).await;
        assert_eq!(data(3_000).await, refused.replace("note", "data"));
        assert!(data(2_500).await.starts_with('{'));
    });
}
