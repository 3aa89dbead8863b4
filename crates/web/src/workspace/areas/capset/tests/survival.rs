//! Every value of every type, from a page to a message and back.

use capos_schema::model::{Default as Otherwise, Field, Kind, Place};
use capos_schema::text::acts;
use capos_schema::{AnyKind, Brand};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::json;

use super::super::value::written;
use super::*;

/// The same value, told in words; capabilities are all alike, and a number that is none equals itself.
fn show(value: &Value) -> String {
    match value {
        Value::Chip(_) | Value::Grant(_) => "capability".to_owned(),
        Value::List(elements) => format!("[{}]", elements.iter().map(show).collect::<Vec<_>>().join(", ")),
        Value::Members(members) => {
            members.iter().map(|(name, value)| format!("{{{name:?}: {}}}", show(value))).collect()
        }
        other => format!("{other:?}"),
    }
}

fn check(ty: &Type, value: &Value) {
    let chips = Chips::new(10_000, board());
    let back = pass(&mut form(&chips), ty, value).unwrap_or_else(|error| panic!("{error} in {value:?}"));
    assert_eq!(show(&back), show(value), "{}", RICH.type_name(ty));
    // And as a page has it: what it was told it can give back.
    let again = parsed(value.to_json());
    let back = pass(&mut form(&chips), ty, &again).unwrap_or_else(|error| panic!("{error} in {again:?}"));
    assert_eq!(show(&back), show(value), "{}", RICH.type_name(ty));
}

/// Complete values of a type: every field but those that a union excludes.
fn values(ty: &Type, depth: u32) -> BoxedStrategy<Value> {
    let whole = |least: i128, most: i128| (least..=most).prop_map(Value::Whole).boxed();
    match ty {
        Type::Void => Just(Value::Nothing).boxed(),
        Type::Bool => any::<bool>().prop_map(Value::Truth).boxed(),
        Type::Int8 => whole(i8::MIN.into(), i8::MAX.into()),
        Type::Int16 => whole(i16::MIN.into(), i16::MAX.into()),
        Type::Int32 => whole(i32::MIN.into(), i32::MAX.into()),
        Type::Int64 => whole(i64::MIN.into(), i64::MAX.into()),
        Type::UInt8 => whole(0, u8::MAX.into()),
        Type::UInt16 => whole(0, u16::MAX.into()),
        Type::UInt32 => whole(0, u32::MAX.into()),
        Type::UInt64 => prop_oneof![whole(0, u64::MAX.into()), whole((1 << 53) - 2, (1 << 53) + 2)].boxed(),
        Type::Float32 => any::<f32>().prop_map(|number| Value::Float(number.into())).boxed(),
        Type::Float64 => {
            let strange = prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0]);
            prop_oneof![any::<f64>(), strange].prop_map(Value::Float).boxed()
        }
        Type::Text => any::<String>().prop_map(Value::Text).boxed(),
        Type::Data => prop::collection::vec(any::<u8>(), 0..20).prop_map(|bytes| Value::Bytes(bytes.into())).boxed(),
        Type::Enum(id) => {
            let named = RICH.enumerants(*id).unwrap().iter();
            let mut all: Vec<_> = named.map(|value| Value::Text(value.name.clone())).collect();
            all.push(Value::Whole(999));
            prop::sample::select(all).boxed()
        }
        Type::List(element) => {
            let most = if depth == 0 { 0 } else { 3 };
            let elements = prop::collection::vec(values(element.ty(), depth.saturating_sub(1)), 0..=most);
            elements.prop_map(Value::List).boxed()
        }
        Type::Struct(id, brand) => structs(*id, brand, depth),
        Type::Interface(..) | Type::AnyPointer(AnyKind::Capability) => {
            prop::sample::select(vec![Value::Nothing, Value::Grant("any".to_owned())]).boxed()
        }
        _ => raw(),
    }
}

fn raw() -> BoxedStrategy<Value> {
    let texts = any::<String>().prop_map(|text| {
        let mut message = Builder::new_default();
        message.set_root::<capnp::text::Owned>(text.as_str()).unwrap();
        let bytes = Bytes::copy_from_slice(message.get_segments_for_output()[0]);
        Value::Members(vec![("$raw".to_owned(), Value::Bytes(bytes))])
    });
    texts.boxed()
}

fn structs(id: u64, brand: &Brand, depth: u32) -> BoxedStrategy<Value> {
    let structure = RICH.structure(id).unwrap();
    let (members, plain): (Vec<_>, Vec<_>) = structure.fields.iter().partition(|field| field.member.is_some());
    let named = |field: &Field| {
        let name = field.name.clone();
        values_of(field, brand, depth).prop_map(move |value| (name.clone(), value)).boxed()
    };
    let plain: Vec<_> = plain.into_iter().map(named).collect();
    let members: Vec<_> = members.into_iter().map(named).collect();
    let all = if members.is_empty() {
        plain.boxed()
    } else {
        let chosen = (plain, prop::strategy::Union::new(members));
        chosen.prop_map(|(mut plain, member)| (plain.push(member), plain).1).boxed()
    };
    // In the order of the schema, as what comes out is.
    let order = move |name: &str| structure.fields.iter().position(|field| field.name == name);
    all.prop_map(move |mut members| {
        members.sort_by_key(|(name, _)| order(name));
        Value::Members(members)
    })
    .boxed()
}

fn values_of(field: &Field, brand: &Brand, depth: u32) -> BoxedStrategy<Value> {
    match &field.place {
        Place::Group(id) => structs(*id, brand, depth),
        Place::Slot { ty, default, .. } => match &*ty.resolve(brand) {
            // Nothing stands for the default, where that is something.
            Type::Struct(..) if depth == 0 && !matches!(default, Otherwise::Pointer(_)) => Just(Value::Nothing).boxed(),
            ty => values(ty, depth.saturating_sub(u32::from(matches!(ty, Type::Struct(..))))),
        },
    }
}

#[test]
fn every_value_of_every_declared_type_survives_a_page_and_a_message() {
    let structs = RICH.nodes().filter(|node| matches!(&node.kind, Kind::Struct(structure) if !structure.is_group));
    let mut ids: Vec<_> = structs.map(|node| node.id).collect();
    ids.sort_unstable();
    for id in ids {
        let ty = Type::structure(id);
        // A runner counts what it has done, and does no more than it was asked for.
        let mut runner = TestRunner::new(ProptestConfig { cases: 16, failure_persistence: None, ..Default::default() });
        let passed = runner.run(&values(&ty, 2), |value| {
            check(&ty, &value);
            Ok(())
        });
        passed.unwrap();
    }
}

#[test]
fn what_does_not_fit_is_told_with_its_place() {
    let chips = Chips::new(8, board());
    let everything = Type::structure(0xa1f3_6cb6_1d2a_700a);
    let told = |json: serde_json::Value| match pass(&mut form(&chips), &everything, &parsed(json)) {
        Ok(_) => "taken".to_owned(),
        Err(error) => error.to_string(),
    };
    for (given, expected) in [
        (json!({"numbers": {"ularge": "18446744073709551615", "tiny": "-128", "double": "1e308"}}), "taken"),
        (
            json!({"numbers": {"ularge": "18446744073709551616"}}),
            "numbers.ularge: expected a whole number from 0 to 18446744073709551615",
        ),
        (json!({"numbers": {"tiny": "1.5"}}), "numbers.tiny: expected a whole number from -128 to 127"),
        (
            json!({"lists": {"shapes": [{}, {"fill": {"colour": "blue"}}]}}),
            "lists.shapes[1].fill.colour: Colour has no enumerant of that name",
        ),
        (json!({"shape": {"circle": "1", "label": "two"}}), "shape.label and circle exclude each other"),
        (json!({"numbers": {"nobody": 1}}), "numbers.nobody: no such field"),
        (json!({"cap": "chat"}), "cap: expected a Chat"),
        (json!({"cap": {"$grant": "nothing"}}), "cap: nothing of that name is granted"),
        (json!({"cap": {"$chip": "0000000000000000"}}), "cap: this capability was let go of"),
        (json!({"some": {"$listener": "0000000000000001"}}), "some: a listener needs an interface here"),
        (json!({"defaults": {"data": "not base64!"}}), "defaults.data: expected bytes as base64"),
    ] {
        let came = told(given);
        let same = came == expected || (expected.contains("exclude") && came.contains("exclude each other"));
        assert!(same, "{came} instead of {expected}");
    }
}

#[test]
fn a_capability_is_taken_for_no_other_interface_than_it_has() {
    let chips = Chips::new(8, board());
    let id = |name: &str| RICH.interface_id(name).unwrap();
    let hook = || capnp_rpc::new_client::<chat::Client, _>(Nobody).into_client_hook();
    let add = |name: &str| {
        let object = means().object(hook(), Type::interface(id(name)));
        chips.add(super::super::chips::Chip::new(object, origin())).unwrap()
    };
    let (chat, manual) = (add("Chat"), add("Manual"));
    let everything = Type::structure(0xa1f3_6cb6_1d2a_700a);
    let give = |key| pass(&mut form(&chips), &everything, &Value::Members(vec![("cap".to_owned(), Value::Chip(key))]));
    assert!(give(chat).is_ok());
    assert_eq!(give(manual).unwrap_err().to_string(), "cap: expected a Chat");
}

#[test]
fn a_file_is_taken_for_bytes_and_for_a_text_that_it_is() {
    let chips = Chips::new(8, board());
    let defaults = Type::structure(0xa1f3_6cb6_1d2a_7003);
    let upload = |bytes: &'static [u8]| {
        let json = json!({"text": {"$upload": "00000000000000aa"}, "data": {"$upload": "00000000000000aa"}});
        Value::parse(json, &|_| Ok(Bytes::from_static(bytes))).unwrap()
    };
    let back = show(&pass(&mut form(&chips), &defaults, &upload(b"hello")).unwrap());
    assert!(back.contains(r#"{"text": Text("hello")}"#) && back.contains(r#"{"data": Bytes(b"hello")}"#), "{back}");
    let refused = pass(&mut form(&chips), &defaults, &upload(b"\xff\xfe")).unwrap_err();
    assert_eq!(refused.to_string(), "text: expected a text");
    let gone = Value::parse(json!({"$upload": "00000000000000aa"}), &|_| Err(Problem::not_found("It is gone.")));
    assert!(gone.is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn json_that_is_shown_acts_on_nothing_and_loses_nothing(text in any::<String>()) {
        let json = json!({ "text": text, "more": ["\u{1b}[2J", "\u{202e}", "\u{e0041}"] });
        let shown = written(&json);
        prop_assert!(!shown.chars().any(|c| c != '\n' && acts(c)), "{shown:?}");
        prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), json);
    }
}
