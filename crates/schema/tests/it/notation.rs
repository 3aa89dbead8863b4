//! Values in a notation other than JSON, and what schemas say of values beyond their types.

use std::borrow::Cow;

use capnp::any_pointer;
use capnp::message::Builder;
use capos_schema::model::Kind;
use capos_schema::reflect::{Capability, NoCapabilities, Notation, decode, decode_as, encode, encode_as};
use capos_schema::{Error, Limits, Registry, Result, Type};
use serde_json::{Value, json};

use crate::support::{RICH, id, rich};

/// A notation that says everything it is told.
struct Plain;

#[derive(Clone, Debug, PartialEq)]
enum Said {
    Nothing,
    Absent,
    Bool(bool),
    Whole(i128),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<Said>),
    Object(Vec<(String, Said)>),
}

impl Notation for Plain {
    type Value = Said;

    const PAIRS: bool = true;
    const OPTIONAL: bool = true;

    fn null(&mut self) -> Said {
        Said::Nothing
    }

    fn boolean(&mut self, value: bool) -> Said {
        Said::Bool(value)
    }

    fn integer(&mut self, number: i128, _: bool) -> Said {
        Said::Whole(number)
    }

    fn float(&mut self, number: f64) -> Said {
        Said::Float(number)
    }

    fn text(&mut self, text: &str) -> Said {
        Said::Text(text.to_owned())
    }

    fn bytes(&mut self, bytes: &[u8]) -> Said {
        Said::Bytes(bytes.to_vec())
    }

    fn list(&mut self, elements: Vec<Said>) -> Said {
        Said::List(elements)
    }

    fn object(&mut self, members: Vec<(String, Said)>) -> Said {
        Said::Object(members)
    }

    fn export(&mut self, _: Capability, _: &Type) -> Result<Said> {
        Err(Error::value("no capability"))
    }

    fn import(&mut self, _: &Said, _: &Type) -> Result<Capability> {
        Err(Error::value("no capability"))
    }

    fn is_null(&self, value: &Said) -> bool {
        matches!(value, Said::Nothing | Said::Absent)
    }

    fn is_left_out(&self, value: &Said) -> bool {
        *value == Said::Absent
    }

    fn as_boolean(&self, value: &Said) -> Option<bool> {
        if let Said::Bool(value) = value { Some(*value) } else { None }
    }

    fn as_integer(&self, value: &Said, _: bool) -> Option<i128> {
        if let Said::Whole(number) = value { Some(*number) } else { None }
    }

    fn as_float(&self, value: &Said) -> Result<f64> {
        if let Said::Float(number) = value { Ok(*number) } else { Err(Error::value("no number")) }
    }

    fn as_text<'v>(&self, value: &'v Said) -> Option<&'v str> {
        if let Said::Text(text) = value { Some(text) } else { None }
    }

    fn as_bytes<'v>(&self, value: &'v Said) -> Result<Cow<'v, [u8]>> {
        if let Said::Bytes(bytes) = value { Ok(Cow::Borrowed(bytes)) } else { Err(Error::value("no bytes")) }
    }

    fn as_list<'v>(&self, value: &'v Said) -> Option<&'v [Said]> {
        if let Said::List(elements) = value { Some(elements) } else { None }
    }

    fn as_object<'v>(&self, value: &'v Said) -> Option<impl Iterator<Item = (&'v str, &'v Said)> + use<'v>> {
        let Said::Object(members) = value else { return None };
        Some(members.iter().map(|(name, value)| (name.as_str(), value)))
    }
}

fn object<const COUNT: usize>(members: [(&str, Said); COUNT]) -> Said {
    Said::Object(members.map(|(name, value)| (name.to_owned(), value)).into())
}

fn text(text: &str) -> Said {
    Said::Text(text.to_owned())
}

fn told() -> Type {
    Type::structure(id("Told"))
}

/// From the notation to a message, and what that is in JSON and in the notation again.
fn pass(ty: &Type, value: &Said) -> Result<(Value, Said)> {
    let limits = Limits::default();
    let mut message = Builder::new_default();
    let root: any_pointer::Builder<'_> = message.init_root();
    encode_as(&mut Plain, rich(), ty, value, root, &limits)?;
    let root = || message.get_root_as_reader().unwrap();
    Ok((decode(rich(), ty, root(), &mut NoCapabilities, &limits)?, decode_as(&mut Plain, rich(), ty, root(), &limits)?))
}

fn from_json(ty: &Type, value: &Value) -> Said {
    let mut message = Builder::new_default();
    let root: any_pointer::Builder<'_> = message.init_root();
    encode(rich(), ty, value, root, &mut NoCapabilities, &Limits::default()).unwrap();
    let root: any_pointer::Reader<'_> = message.get_root_as_reader().unwrap();
    decode_as(&mut Plain, rich(), ty, root, &Limits::default()).unwrap()
}

#[test]
fn a_key_value_list_is_an_object_and_in_json_a_list() {
    let choices = object([
        ("first", object([("yes", Said::Nothing)])),
        ("second", object([("number", Said::Whole(-7))])),
        ("third", Said::Absent),
    ]);
    let (as_json, again) = pass(&told(), &object([("choices", choices)])).unwrap();
    assert_eq!(
        as_json["choices"],
        json!([{"question": {"yes": null}, "answer": "first"}, {"question": {"number": -7}, "answer": "second"}])
    );
    let choices =
        object([("first", object([("yes", Said::Nothing)])), ("second", object([("number", Said::Whole(-7))]))]);
    assert_eq!(again, object([("settings", object([])), ("choices", choices), ("number", Said::Whole(0))]));
}

#[test]
fn a_key_value_list_may_also_be_given_as_a_list() {
    let setting = object([("name", text("a"))]);
    let (as_json, _) = pass(&told(), &object([("settings", Said::List(vec![setting]))])).unwrap();
    assert_eq!(as_json["settings"], json!([{"name": "a", "numbers": null}]));
}

#[test]
fn of_a_key_that_comes_twice_both_values_reach_the_notation_in_order() {
    let value = json!({"settings": [{"name": "a"}, {"name": "b"}, {"name": "a", "numbers": {"tiny": 3}}]});
    let Said::Object(members) = from_json(&told(), &value) else { panic!("a struct is an object") };
    let Some((_, Said::Object(settings))) = members.first() else { panic!("a table is an object") };
    let names: Vec<_> = settings.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["a", "b", "a"]);
}

#[test]
fn what_is_wrong_within_a_table_is_told_by_its_key() {
    let wrong = object([("settings", object([("a\u{7}b", object([("tiny", text("1"))]))]))]);
    let error = pass(&told(), &wrong).unwrap_err().to_string();
    assert_eq!(error, "settings.ab.tiny: expected a whole number from -128 to 127");
    let wrong = object([("settings", object([("a", text("1"))]))]);
    assert_eq!(pass(&told(), &wrong).unwrap_err().to_string(), "settings.a: expected an object");
}

#[test]
fn an_optional_member_is_left_out_where_it_is_empty() {
    let empty = json!({"choices": [], "note": "", "data": ""});
    // A list that was sent is there, whatever is in it; a number always is.
    let shown = from_json(&told(), &empty);
    let choices = ("choices", object([]));
    assert_eq!(shown, object([("settings", object([])), choices, ("number", Said::Whole(0))]));
    let shown = from_json(&told(), &json!({"note": "x", "data": "AQ=="}));
    let (note, data) = (("note", text("x")), ("data", Said::Bytes(vec![1])));
    assert_eq!(shown, object([("settings", object([])), note, data, ("number", Said::Whole(0))]));
}

#[test]
fn a_member_that_stands_for_none_is_as_left_out_even_of_a_union() {
    let shape = Type::structure(id("Shape"));
    let value = object([("point", Said::Absent), ("circle", Said::Float(2.0)), ("name", Said::Absent)]);
    let (as_json, _) = pass(&shape, &value).unwrap();
    assert_eq!(as_json["circle"], 2.0);
    assert_eq!(as_json["name"], "");
}

#[test]
fn bytes_stay_bytes_and_untyped_values_too() {
    let everything = Type::structure(id("Everything"));
    let raw = from_json(&everything, &json!({"any": {"$raw": "AAAAAAEAAAAAAAAAAAAAAA=="}, "words": null}));
    let Said::Object(members) = &raw else { panic!("a struct is an object") };
    let any = members.iter().find(|(name, _)| name == "any").map(|(_, value)| value.clone()).unwrap();
    assert!(
        matches!(&any, Said::Object(raw) if matches!(&raw[..], [(name, Said::Bytes(_))] if name == "$raw")),
        "{any:?}"
    );
    assert_eq!(pass(&everything, &object([("any", any)])).unwrap().1, raw);
}

#[test]
fn a_value_of_the_right_kind_beyond_its_range_is_told_apart() {
    use capos_schema::Fault;
    let numbers = Type::structure(id("Numbers"));
    let error = pass(&numbers, &object([("tiny", Said::Whole(128))])).unwrap_err();
    assert!(matches!(error.fault(), Fault::Range(_)), "{error}");
    let error = pass(&numbers, &object([("tiny", text("128"))])).unwrap_err();
    assert!(matches!(error.fault(), Fault::Value(_)), "{error}");
}

#[test]
fn what_a_schema_says_of_its_values_is_known_of_the_contract_too() {
    let registry = Registry::builtin();
    let named = |name: &str| registry.nodes().find(|node| node.name == name).unwrap();
    let Kind::Struct(variable) = &named("EnvironmentVariable").kind else { panic!("it is a struct") };
    let (key, value) = variable.pair().unwrap();
    assert_eq!((&*key.name, &*value.name), ("name", "value"));
    let method = |interface: &str, name: &str| {
        let interface = Type::interface(registry.interface_id(interface).unwrap());
        registry.method(&interface, name).unwrap().declared
    };
    assert_eq!(method("ShellStream", "write").closed_by.as_deref(), Some("closeStdin"));
    assert_eq!(method("ShellStream", "kill").closed_by, None);
    let exit = registry.structure(match method("ExitCallback", "exit").params {
        Type::Struct(id, _) => id,
        _ => panic!("parameters are a struct"),
    });
    assert!(exit.unwrap().field("signal").unwrap().optional);
}

/// The compiled test schema with some bytes changed.
fn changed(from: &[u8], to: &[u8]) -> Result<Registry> {
    assert_eq!(from.len(), to.len());
    let mut bytes = RICH.to_vec();
    let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
    bytes[at..at + to.len()].copy_from_slice(to);
    Registry::load(&bytes, &Limits::default())
}

#[test]
fn a_table_whose_members_are_not_there_is_refused() {
    let message = "Choice: the struct is no key and its value";
    // The annotation's names are the only texts that stand directly behind each other.
    assert_eq!(changed(b"answer\0\0question", b"answre\0\0question").unwrap_err().to_string(), message);
    assert_eq!(changed(b"answer\0\0question", b"answer\0\0answer\0\0").unwrap_err().to_string(), message);
    assert!(changed(b"answer\0\0question", b"answer\0\0question").is_ok());
}
