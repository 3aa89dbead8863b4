//! Value to message to value.

use std::sync::LazyLock;

use base64::Engine;
use capnp::any_pointer;
use capnp::capability::FromClientHook;
use capnp::message::Builder;
use capnp::private::capability::ClientHook;
use capnp::traits::{Imbue, ImbueMut};
use capos_schema::model::{Default, Field, Kind, Place};
use capos_schema::reflect::{CapabilityResolver, decode, encode};
use capos_schema::{AnyKind, Brand, Limits, Type, chat_capnp::chat};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::support::{id, rich};

struct Nobody;
impl chat::Server for Nobody {}

/// Two capabilities, each always written the same.
struct Two([Box<dyn ClientHook>; 2]);

impl Two {
    fn new() -> Self {
        let one = || capnp_rpc::new_client::<chat::Client, _>(Nobody).into_client_hook();
        Self([one(), one()])
    }
}

impl CapabilityResolver for Two {
    fn export(&mut self, capability: Box<dyn ClientHook>, _: u64) -> capnp::Result<Value> {
        let at = self.0.iter().position(|kept| kept.get_ptr() == capability.get_ptr());
        Ok(json!({ "$cap": at }))
    }

    fn import(&mut self, value: &Value, _: u64) -> capnp::Result<Box<dyn ClientHook>> {
        let at = usize::try_from(value["$cap"].as_u64().unwrap()).unwrap();
        Ok(self.0[at].add_ref())
    }
}

fn pass(ty: &Type, value: &Value) -> Value {
    let (registry, limits, mut caps) = (rich(), Limits::default(), Two::new());
    let mut table = Vec::new();
    let mut message = Builder::new_default();
    let mut root: any_pointer::Builder<'_> = message.init_root();
    root.imbue_mut(&mut table);
    encode(registry, ty, value, root, &mut caps, &limits).unwrap_or_else(|e| panic!("{e} in {value}"));
    let mut root: any_pointer::Reader<'_> = message.get_root_as_reader().unwrap();
    root.imbue(&table);
    decode(registry, ty, root, &mut caps, &limits).unwrap_or_else(|e| panic!("{e} in {value}"))
}

/// Complete values of a type: every field that is not left out by a union.
fn values(ty: &Type, depth: u32) -> BoxedStrategy<Value> {
    match ty {
        Type::Void => Just(Value::Null).boxed(),
        Type::Bool => any::<bool>().prop_map(Value::from).boxed(),
        Type::Int8 => any::<i8>().prop_map(Value::from).boxed(),
        Type::Int16 => any::<i16>().prop_map(Value::from).boxed(),
        Type::Int32 => any::<i32>().prop_map(Value::from).boxed(),
        Type::Int64 => any::<i64>().prop_map(|n| n.to_string().into()).boxed(),
        Type::UInt8 => any::<u8>().prop_map(Value::from).boxed(),
        Type::UInt16 => any::<u16>().prop_map(Value::from).boxed(),
        Type::UInt32 => any::<u32>().prop_map(Value::from).boxed(),
        Type::UInt64 => any::<u64>().prop_map(|n| n.to_string().into()).boxed(),
        Type::Float32 => any::<f32>().prop_map(|n| json!(f64::from(n))).boxed(),
        Type::Float64 => prop_oneof![
            4 => any::<f64>().prop_map(|n| json!(n)),
            1 => prop::sample::select(vec!["NaN", "Infinity", "-Infinity"]).prop_map(Value::from),
        ]
        .boxed(),
        Type::Text => any::<String>().prop_map(Value::from).boxed(),
        Type::Data => prop::collection::vec(any::<u8>(), 0..20).prop_map(|b| base64(&b).into()).boxed(),
        Type::Enum(enumeration) => {
            let named = rich().enumerants(*enumeration).unwrap().iter();
            let mut all: Vec<Value> = named.map(|value| value.name.as_str().into()).collect();
            all.push(999.into());
            prop::sample::select(all).boxed()
        }
        Type::List(element) => {
            let most = if depth == 0 { 0 } else { 3 };
            let elements = values(element.ty(), depth.saturating_sub(1));
            prop::collection::vec(elements, 0..=most).prop_map(Value::from).boxed()
        }
        Type::Struct(structure, brand) => structs(*structure, brand, depth),
        Type::Interface(..) | Type::AnyPointer(AnyKind::Capability) => capabilities(),
        _ => prop_oneof![capabilities(), raw()].boxed(),
    }
}

fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn capabilities() -> BoxedStrategy<Value> {
    let all = [Value::Null, json!({"$cap": 0}), json!({"$cap": 1})];
    prop::sample::select(all.to_vec()).boxed()
}

fn raw() -> BoxedStrategy<Value> {
    let texts = any::<String>().prop_map(|text| {
        let mut message = Builder::new_default();
        message.set_root::<capnp::text::Owned>(text.as_str()).unwrap();
        json!({ "$raw": base64(message.get_segments_for_output()[0]) })
    });
    texts.boxed()
}

fn structs(id: u64, brand: &Brand, depth: u32) -> BoxedStrategy<Value> {
    let structure = rich().structure(id).unwrap();
    let (members, plain): (Vec<_>, Vec<_>) = structure.fields.iter().partition(|field| field.member.is_some());
    let plain: Vec<_> = plain.into_iter().map(|field| named(field, brand, depth)).collect();
    let mut objects = plain.prop_map(Map::from_iter).boxed();
    if !members.is_empty() {
        let members: Vec<_> = members.into_iter().map(|field| named(field, brand, depth)).collect();
        let member = prop::strategy::Union::new(members);
        objects = (objects, member)
            .prop_map(|(mut object, (name, value))| {
                object.insert(name, value);
                object
            })
            .boxed();
    }
    objects.prop_map(Value::Object).boxed()
}

fn named(field: &'static Field, brand: &Brand, depth: u32) -> BoxedStrategy<(String, Value)> {
    let value = match &field.place {
        Place::Group(id) => structs(*id, brand, depth),
        Place::Slot { ty, default, .. } => match ty.resolve(brand).into_owned() {
            Type::Struct(..) if depth == 0 && matches!(default, Default::Bits(_)) => Just(Value::Null).boxed(),
            ty => values(&ty, depth.saturating_sub(1)),
        },
    };
    value.prop_map(|value| (field.name.clone(), value)).boxed()
}

static EVERYTHING: LazyLock<u64> = LazyLock::new(|| id("Everything"));

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_value_of_the_rich_schema_comes_back_the_same(
        value in values(&Type::structure(*EVERYTHING), 4)
    ) {
        prop_assert_eq!(pass(&Type::structure(*EVERYTHING), &value), value);
    }
}

#[test]
fn every_struct_of_the_contract_comes_back_the_same() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for node in rich().nodes() {
        if !matches!(node.kind, Kind::Struct(_)) || !node.parameters.is_empty() {
            continue;
        }
        let ty = Type::structure(node.id);
        for _ in 0..4 {
            let value = values(&ty, 3).new_tree(&mut runner).unwrap().current();
            assert_eq!(pass(&ty, &value), value, "{}", node.name);
        }
    }
}

#[test]
fn what_is_left_out_is_its_default() {
    let ty = Type::structure(id("Defaults"));
    let defaults = json!({
        "yes": true, "tiny": -5, "large": "-9000000000", "ularge": "18000000000000000000",
        "double": 2.5, "colour": "deepBlue", "text": "by default", "data": "AP8=",
        "list": [1, -2, 3],
        "numbers": {
            "nothing": null, "yes": true, "tiny": 0, "small": 0, "medium": 0, "large": "0",
            "utiny": 0, "usmall": 0, "umedium": 7, "ularge": "0", "single": 0.0, "double": 0.0,
            "colour": "red",
        },
        "words": ["one", "two"],
    });
    assert_eq!(pass(&ty, &json!({})), defaults);
    assert_eq!(pass(&ty, &Value::Null), defaults);
    assert_eq!(pass(&ty, &json!({"text": null, "list": null})), defaults);
    let emptied = pass(&ty, &json!({"text": "", "list": [], "yes": false, "words": []}));
    assert_eq!(emptied["text"], "");
    assert_eq!(emptied["list"], json!([]));
    assert_eq!(emptied["words"], json!([]));
    assert_eq!(emptied["yes"], false);
}
