//! What pages are shown: a piece at a time, with nothing that acts, and not everything.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use capos_schema::text::acts;
use proptest::prelude::*;
use serde_json::Value as Json;

use super::super::schema::describe;
use super::super::tree::{Portion, show};
use super::super::withheld::withhold;
use super::*;
use crate::workspace::view::json;

fn shown(value: &Value, from: usize, portion: Portion) -> Json {
    serde_json::from_str(&json(&show(value, from, portion, &Chips::none()))).unwrap()
}

/// All pieces of a value, one after the other.
fn pieces(value: &Value, portion: Portion) -> Vec<Json> {
    let mut pieces = vec![shown(value, 0, portion)];
    while let Some(next) = pieces.last().and_then(|piece| piece["next"].as_u64()) {
        assert!(pieces.len() < 10_000, "it gets on");
        pieces.push(shown(value, usize::try_from(next).unwrap(), portion));
    }
    pieces
}

const SMALL: Portion = Portion { whole: 400, text: 11, bytes: 7, items: 3 };

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn the_pieces_of_a_text_are_the_text(text in prop_oneof![any::<String>(), "[a\u{1}\u{202e}\n]{0,40}"]) {
        let pieces = pieces(&Value::Text(text.clone()), SMALL);
        let all: String = pieces.iter().map(|piece| piece["text"].as_str().unwrap()).collect();
        let masked: String = text.chars().map(|c| if acts(c) && c != '\n' && c != '\t' { '\u{fffd}' } else { c }).collect();
        prop_assert_eq!(&all, &masked);
        prop_assert_eq!(pieces.iter().any(|piece| piece["masked"] == true), all != text);
    }

    #[test]
    fn the_pieces_of_bytes_are_the_bytes(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let pieces = pieces(&Value::Bytes(bytes.clone().into()), SMALL);
        let all: Vec<u8> = pieces.iter().flat_map(|piece| STANDARD.decode(piece["base64"].as_str().unwrap()).unwrap()).collect();
        prop_assert_eq!(all, bytes);
    }

    #[test]
    fn the_pieces_of_a_list_are_its_entries(count in 0_usize..40) {
        let list = Value::List((0..count).map(|number| Value::Text(format!("{number:>40}"))).collect());
        let pieces = pieces(&list, SMALL);
        let all: usize = pieces.iter().map(|piece| piece["items"].as_array().unwrap().len()).sum();
        prop_assert_eq!(all, count);
    }
}

#[test]
fn a_megabyte_in_one_line_and_a_million_entries_are_shown_in_part() {
    let text = Value::Text("x".repeat(1 << 20));
    let list = Value::List(vec![Value::Truth(true); 1_000_000]);
    let deep = (0..60).fold(Value::Nothing, |inner, _| {
        Value::List(vec![inner.clone(), inner]).part(&[]).unwrap().clone().into_list()
    });
    for value in [text, list, deep] {
        let first = json(&show(&value, 0, Portion::FIRST, &Chips::none()));
        assert!(first.len() < 2 * Portion::FIRST.whole, "{}", first.len());
    }
}

impl Value {
    /// Nests without growing.
    fn into_list(self) -> Self {
        match self {
            Self::List(mut elements) => Self::List(vec![elements.remove(0)]),
            other => other,
        }
    }
}

#[test]
fn handles_of_sessions_and_process_numbers_are_taken_out_wherever_they_are() {
    let live = Type::structure(RICH.nodes().find(|node| node.name == "LiveSession").unwrap().id);
    let mut form = form(&Chips::none());
    let handle = || Value::Bytes(Bytes::from_static(b"a handle"));
    let named = |members: Vec<(&str, Value)>| {
        Value::Members(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    };
    let principal = named(vec![("id", handle()), ("displayName", Value::Text("Alice".to_owned()))]);
    let info =
        named(vec![("sessionId", handle()), ("principal", principal), ("profile", Value::Text("user".to_owned()))]);
    let given = named(vec![
        ("info", info),
        ("account", Value::Text("alice".to_owned())),
        ("source", Value::Text("10.0.0.1".to_owned())),
    ]);
    let mut list = Value::List(vec![pass(&mut form, &live, &given).unwrap(); 2]);
    assert_eq!(withhold(&RICH, &Type::list_of(live), &mut list), 6);
    let left = list.to_json().to_string();
    assert!(left.contains("Alice") && left.contains("\"account\""), "{left}");
    for gone in ["sessionId", "\"id\"", "source", "10.0.0.1", &STANDARD.encode("a handle")] {
        assert!(!left.contains(gone), "{gone} in {left}");
    }
}

#[test]
fn every_interface_is_told_whole_and_without_what_is_withheld() {
    // The front door is granted to nobody.
    let interfaces = RICH.nodes().filter(|node| RICH.interface(node.id).is_ok() && node.name != "RemoteSessionGateway");
    for node in interfaces {
        let text = json(&describe(&means(), &Type::interface(node.id)));
        for gone in ["\"sessionId\"", "\"principalId\"", "\"pid\"", "untold"] {
            assert!(!text.contains(gone), "{gone} in {}", node.name);
        }
        assert!(text.len() < 256 << 10, "{} takes {}", node.name, text.len());
        let view: Json = serde_json::from_str(&text).unwrap();
        let places = view["types"].as_array().unwrap().len();
        for method in view["methods"].as_array().unwrap() {
            assert!(usize::try_from(method["params"].as_u64().unwrap()).unwrap() < places, "{}", node.name);
        }
    }
}

#[test]
fn a_form_is_told_bounds_defaults_choices_and_documentation() {
    let mirror = Type::interface(RICH.interface_id("Mirror").unwrap());
    let view: Json = serde_json::from_str(&json(&describe(&means(), &mirror))).unwrap();
    let typed = |name: &str| {
        view["types"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["name"] == name)
            .unwrap_or_else(|| panic!("{name}"))
            .clone()
    };
    let field = |of: &Json, name: &str| {
        of["fields"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["name"] == name)
            .unwrap_or_else(|| panic!("{name}"))
            .clone()
    };
    let numbers = typed("Numbers");
    assert_eq!(field(&numbers, "tiny")["ty"], serde_json::json!({"kind": "whole", "least": "-128", "most": "127"}));
    assert_eq!(field(&numbers, "ularge")["ty"]["most"], "18446744073709551615");
    assert_eq!(field(&numbers, "tiny")["otherwise"], Json::Null);
    let defaults = typed("Defaults");
    assert_eq!(field(&defaults, "ularge")["otherwise"]["text"], "18000000000000000000");
    assert_eq!(field(&defaults, "text")["otherwise"]["text"], "by default");
    assert_eq!(field(&defaults, "words")["otherwise"]["items"].as_array().unwrap().len(), 2);
    let shape = typed("Shape");
    assert_eq!(field(&shape, "circle")["choice"], true);
    assert_eq!(field(&shape, "name")["choice"], false);
    assert_eq!(field(&shape, "fill")["group"], true);
    let base = Type::interface(RICH.interface_id("TextWorker").unwrap());
    let view: Json = serde_json::from_str(&json(&describe(&means(), &base))).unwrap();
    let ping = view["methods"].as_array().unwrap().iter().find(|one| one["name"] == "ping").unwrap().clone();
    assert_eq!((ping["doc"].as_str(), ping["from"].as_str()), (Some("Gives the text back."), Some("Base")));
}
