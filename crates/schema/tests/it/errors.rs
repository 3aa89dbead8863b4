//! What whoever sends a wrong value is told.

use capnp::any_pointer;
use capnp::message::Builder;
use capos_schema::reflect::{NoCapabilities, encode};
use capos_schema::{Limits, Type};
use serde_json::{Value, json};

use crate::support::{id, rich};

fn refusal(ty: &str, value: &Value, limits: &Limits) -> String {
    let mut message = Builder::new_default();
    let root: any_pointer::Builder<'_> = message.init_root();
    let ty = Type::structure(id(ty));
    match encode(rich(), &ty, value, root, &mut NoCapabilities, limits) {
        Ok(()) => "taken".into(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn wrong_values_are_told_by_place_and_reason() {
    for (ty, value, message) in [
        ("Numbers", json!(7), "expected an object"),
        ("Numbers", json!({"tiny": 128}), "tiny: expected a whole number from -128 to 127"),
        ("Numbers", json!({"tiny": 1.5}), "tiny: expected a whole number from -128 to 127"),
        ("Numbers", json!({"tiny": "1"}), "tiny: expected a whole number from -128 to 127"),
        ("Numbers", json!({"umedium": -1}), "umedium: expected a whole number from 0 to 4294967295"),
        (
            "Numbers",
            json!({"ularge": "18446744073709551616"}),
            "ularge: expected a whole number from 0 to 18446744073709551615",
        ),
        ("Numbers", json!({"ularge": "18446744073709551615"}), "taken"),
        ("Numbers", json!({"large": -5}), "taken"),
        ("Numbers", json!({"single": 1e300}), "single: the number is beyond the range of Float32"),
        ("Numbers", json!({"double": "much"}), "double: expected a number, \"NaN\", \"Infinity\" or \"-Infinity\""),
        ("Numbers", json!({"yes": 1}), "yes: expected true or false"),
        ("Numbers", json!({"nothing": 0}), "nothing: expected null"),
        ("Numbers", json!({"colour": "blue"}), "colour: Colour has no enumerant of that name"),
        ("Numbers", json!({"colour": 700}), "taken"),
        ("Numbers", json!({"colour": true}), "colour: expected the name of an enumerant or its number"),
        ("Numbers", json!({"size": 1}), "size: no such field"),
        ("Shape", json!({"point": null, "circle": 1.0}), "point and circle exclude each other"),
        ("Shape", json!({"fill": {"none": null, "colour": 1}}), "fill: none and colour exclude each other"),
        ("Shape", json!({"fill": null}), "fill: expected an object"),
        ("Shape", json!({"$unknownMember": 9}), "$unknownMember: no such field"),
        ("Shape", json!({"name": "a\u{0}b"}), "taken"),
        ("Shape", json!({"name": 1}), "name: expected a text"),
        ("Shape", json!({"fill": {"pattern": "*"}}), "fill.pattern: expected bytes as base64"),
        ("Shape", json!({"polygon": {}}), "polygon: expected a list"),
        (
            "Everything",
            json!({"lists": {"deep": [[], [[{}, {"name": 5}]]]}}),
            "lists.deep[1][0][1].name: expected a text",
        ),
        ("Everything", json!({"words": {"value": 5}}), "words.value: expected a text"),
        ("Everything", json!({"nested": {"swapped": {"right": [1]}}}), "nested.swapped.right[0]: expected a text"),
        ("Everything", json!({"any": {"$raw": "AAA="}}), "any: the untyped value is not whole words"),
        ("Everything", json!({"any": {"$raw": "/////////38="}}), "any: the untyped value is damaged"),
        ("Everything", json!({"cap": 1}), "cap: badRequest: no capability can be passed here"),
    ] {
        assert_eq!(refusal(ty, &value, &Limits::default()), message, "{ty} {value}");
    }
}

#[test]
fn a_value_may_nest_as_deep_as_the_limit_and_no_deeper() {
    let limits = Limits { depth: 3, ..Limits::default() };
    let deep = json!({"next": {"next": {}}});
    let deeper = json!({"next": {"next": {"next": {}}}});
    assert_eq!(refusal("Everything", &deep, &limits), "taken");
    assert_eq!(refusal("Everything", &deeper, &limits), "next.next.next: the value nests too deeply");
}

#[test]
fn a_message_may_grow_as_far_as_the_limit_and_no_further() {
    let limits = Limits { message_words: 12, ..Limits::default() };
    // Four words are the struct's own.
    let structure = rich().structure(id("Shape")).unwrap();
    let own = usize::from(structure.data_words) + usize::from(structure.pointers);
    let fits = "x".repeat((12 - own) * 8 - 1);
    assert_eq!(refusal("Shape", &json!({ "name": fits }), &limits), "taken");
    let name = fits + "x";
    assert_eq!(refusal("Shape", &json!({ "name": name }), &limits), "name: the value is too large");
}
