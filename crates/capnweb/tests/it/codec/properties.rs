//! What holds for any value and any text.

use capnweb::{Bytes, Container, Error, Limits, Object, Value, deserialize, serialize};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{read, roomy, shown};

fn name() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[a-c]{0,2}", 1 => any::<String>()].prop_filter("dropped", |name| {
        let object = format!(r#"{{{}:1}}"#, serde_json::to_string(name).unwrap());
        read(&object).as_object().unwrap().len() == 1
    })
}

fn bytes() -> impl Strategy<Value = Value> {
    (prop::sample::select(Container::ALL.to_vec()), vec(any::<u8>(), 0..40)).prop_map(|(container, mut data)| {
        data.truncate(data.len() / container.element_size() * container.element_size());
        Bytes::within(container, data).unwrap().into()
    })
}

fn simple() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Undefined),
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(|number| Value::from(if number.is_nan() { f64::NAN } else { number })),
        prop::num::f64::ANY.prop_map(|number| Value::from(if number.is_nan() { f64::NAN } else { number })),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        any::<i128>().prop_map(Value::from),
        (-8_640_000_000_000_000_i64..8_640_000_000_000_000).prop_map(|time| Value::Date(time as f64)),
        bytes(),
        "[a-z]{1,5}://[a-z]{1,5}/[a-z/?]{0,9}".prop_map(Value::Url),
        vec(("[a-z-]{1,5}", "[!-~]{0,9}"), 0..3).prop_map(Value::Headers),
    ]
}

fn error(inner: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    let known = prop::sample::select(vec!["Error", "TypeError", "AggregateError", "URIError"]);
    let properties = vec(("[a-c]{1,2}", inner), 0..3);
    (known, any::<String>(), properties).prop_map(|(known, message, properties)| {
        Error { properties: properties.into_iter().collect(), ..Error::new(known, message) }.into()
    })
}

fn value() -> impl Strategy<Value = Value> {
    simple().prop_recursive(6, 64, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((name(), inner.clone()), 0..6).prop_map(|entries| entries.into_iter().collect::<Object>().into()),
            error(inner),
        ]
    })
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(6, 64, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Into::into),
            vec((name(), inner), 0..40).prop_map(|entries| serde_json::Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// The tree as an expression.
fn escaped(json: &serde_json::Value) -> serde_json::Value {
    use serde_json::Value as Json;
    match json {
        Json::Array(items) => Json::Array(vec![items.iter().map(escaped).collect()]),
        Json::Object(entries) => entries.iter().map(|(name, value)| (name.clone(), escaped(value))).collect(),
        other => other.clone(),
    }
}

/// What a program sees of the tree.
fn seen(json: &serde_json::Value) -> Value {
    use serde_json::Value as Json;
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::from(*value),
        Json::Number(number) => Value::from(number.as_f64().unwrap()),
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => items.iter().map(seen).collect(),
        Json::Object(entries) => {
            entries.iter().map(|(name, value)| (name.as_str(), seen(value))).collect::<Object>().into()
        }
    }
}

/// Pieces of which messages are made, in no sensible order.
fn almost() -> impl Strategy<Value = String> {
    let pieces = [
        "[",
        "]",
        "[[",
        "]]",
        "{",
        "}",
        ",",
        ":",
        "\"",
        "\\",
        "\\u",
        "d83d",
        "null",
        "true",
        "1",
        "-",
        ".5",
        "e9",
        " ",
        "\"a\":",
        "\"error\",",
        "\"bytes\",",
        "\"AQ\"",
        "\"date\",",
        "\"bigint\",",
        "\"12\"",
        "\"request\",",
        "\"https://a\",",
        "\"remap\",",
        "\"pipeline\",",
        "\"import\",",
        "\"headers\",",
        "\u{1f600}",
        "\0",
    ];
    vec(prop::sample::select(pieces.to_vec()), 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn a_value_that_was_written_is_read_as_the_same(value in value()) {
        let text = serialize(&value).unwrap();
        prop_assert_eq!(shown(&read(&text)), shown(&value));
        // What is written is JSON to others as well.
        serde_json::from_str::<serde_json::Value>(&text).unwrap();
    }

    #[test]
    fn json_is_read_as_others_read_it(json in json(), is_pretty in any::<bool>()) {
        let expression = escaped(&json);
        let text = if is_pretty { serde_json::to_string_pretty(&expression) } else { serde_json::to_string(&expression) };
        prop_assert_eq!(shown(&read(&text.unwrap())), shown(&seen(&json)));
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let _ = deserialize(&text, &Limits::default());
    }

    #[test]
    fn what_is_nearly_a_message_is_read_or_refused_as_json_is(text in almost()) {
        let is_json = serde_json::from_str::<serde_json::Value>(&text).is_ok();
        match deserialize(&text, &roomy()) {
            Ok(_) => prop_assert!(is_json || text.contains("d83d") || text.contains('e'), "{}", text),
            Err(error) if is_json => prop_assert_ne!(error.name, "SyntaxError", "{}", text),
            Err(_) => {}
        }
    }

    #[test]
    fn numbers_are_written_so_that_they_are_read_the_same(bits in any::<u64>()) {
        let number = f64::from_bits(bits);
        let read = read(&serialize(&number.into()).unwrap()).as_f64().unwrap();
        prop_assert!(read.to_bits() == bits || number.is_nan() && read.is_nan());
    }
}
