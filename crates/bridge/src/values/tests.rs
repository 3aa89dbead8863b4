//! Every value of every type, into a message and out of it again.

use std::rc::Rc;
use std::sync::{Arc, LazyLock};

use capnp::any_pointer;
use capnp::capability::FromClientHook;
use capnp::message::Builder;
use capnp::traits::{Imbue, ImbueMut};
use capnweb::{BigInt, Bytes, Object, Value};
use capos_client::Schemas;
use capos_schema::chat_capnp::chat;
use capos_schema::dynamic::Means;
use capos_schema::model::{Default as Otherwise, Field, Kind, Place};
use capos_schema::reflect::{decode_as, encode_as};
use capos_schema::{AnyKind, Brand, Limits, Registry, Result, Type};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::{Web, safe};
use crate::capability::Capability;
use crate::world::World;

static RICH: LazyLock<Arc<Registry>> = LazyLock::new(|| {
    let request = include_bytes!("../../../schema/tests/generated/request.bin");
    let loaded = Registry::load(request, &Limits::default()).and_then(Registry::with_builtin);
    Arc::new(loaded.expect("the test schema is sound"))
});

struct Nobody;
impl chat::Server for Nobody {}

fn web() -> Web {
    let schemas = Schemas::new(Arc::clone(&RICH), Limits::default(), &capos_client::Limits::default());
    Web { means: Means::new(Arc::clone(&RICH), Limits::default()), world: World::new(Rc::new(schemas)) }
}

/// What a value may be made of: as [`Value`], but it can be compared and is of no thread.
#[derive(Clone, Debug, PartialEq)]
enum Plan {
    Nothing,
    Bool(bool),
    Whole(i128),
    Float(f64),
    Text(String),
    Data(Vec<u8>),
    List(Vec<Plan>),
    Object(Vec<(String, Plan)>),
    Capability(Type),
}

impl Plan {
    fn make(&self, web: &Web) -> Value {
        match self {
            Self::Nothing => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Whole(number) => safe(*number).map_or_else(|| Value::BigInt(BigInt::from(*number)), Value::Number),
            Self::Float(number) => Value::Number(*number),
            Self::Text(text) => Value::String(text.clone()),
            Self::Data(bytes) => Value::Bytes(Bytes::new(bytes.clone())),
            Self::List(elements) => Value::Array(elements.iter().map(|element| element.make(web)).collect()),
            Self::Object(members) => {
                let members = members.iter().map(|(name, value)| (name.clone(), value.make(web)));
                Value::Object(members.collect())
            }
            Self::Capability(ty) => {
                let hook = capnp_rpc::new_client::<chat::Client, _>(Nobody).into_client_hook();
                Value::Stub(Capability::stub(web.means.object(hook, ty.clone()), &web.world))
            }
        }
    }
}

/// The same value, told in words; a stub by what it stands for.
fn show(value: &Value) -> String {
    match value {
        Value::Stub(stub) => stub.target::<Capability>().map_or("foreign".into(), |own| format!("{:?}", own.object())),
        Value::Array(elements) => elements.iter().map(show).collect::<Vec<_>>().join(", "),
        Value::Object(members) => {
            members.iter().map(|(name, value)| format!("{{{name:?}: {}}}", show(value))).collect()
        }
        other => format!("{other:?}"),
    }
}

fn pass(web: &mut Web, ty: &Type, value: &Value) -> Result<Value> {
    let (registry, limits) = (Arc::clone(web.means.registry()), Limits::default());
    let mut table = Vec::new();
    let mut message = Builder::new_default();
    let mut root: any_pointer::Builder<'_> = message.init_root();
    root.imbue_mut(&mut table);
    encode_as(web, &registry, ty, value, root, &limits)?;
    let mut root: any_pointer::Reader<'_> = message.get_root_as_reader().expect("a message has a root");
    root.imbue(&table);
    decode_as(web, &registry, ty, root, &limits)
}

fn check(ty: &Type, plan: &Plan) {
    let mut web = web();
    let value = plan.make(&web);
    let back = pass(&mut web, ty, &value).unwrap_or_else(|e| panic!("{e} in {plan:?}"));
    assert_eq!(show(&back), show(&value), "{}", RICH.type_name(ty));
}

/// Complete values of a type: every field but those that a union excludes and those that would say nothing.
fn values(ty: &Type, depth: u32) -> BoxedStrategy<Plan> {
    match ty {
        Type::Void => Just(Plan::Nothing).boxed(),
        Type::Bool => any::<bool>().prop_map(Plan::Bool).boxed(),
        Type::Int8 => any::<i8>().prop_map(|n| Plan::Whole(n.into())).boxed(),
        Type::Int16 => any::<i16>().prop_map(|n| Plan::Whole(n.into())).boxed(),
        Type::Int32 => any::<i32>().prop_map(|n| Plan::Whole(n.into())).boxed(),
        Type::Int64 => any::<i64>().prop_map(|n| Plan::Whole(n.into())).boxed(),
        Type::UInt8 => any::<u8>().prop_map(|n| Plan::Whole(n.into())).boxed(),
        Type::UInt16 => any::<u16>().prop_map(|n| Plan::Whole(n.into())).boxed(),
        Type::UInt32 => any::<u32>().prop_map(|n| Plan::Whole(n.into())).boxed(),
        Type::UInt64 => {
            let edge = (1_u64 << 53) - 2..(1 << 53) + 2;
            prop_oneof![any::<u64>(), edge].prop_map(|n| Plan::Whole(n.into())).boxed()
        }
        Type::Float32 => any::<f32>().prop_map(|n| Plan::Float(n.into())).boxed(),
        Type::Float64 => {
            let strange = prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0]);
            prop_oneof![any::<f64>(), strange].prop_map(Plan::Float).boxed()
        }
        Type::Text => any::<String>().prop_map(Plan::Text).boxed(),
        Type::Data => prop::collection::vec(any::<u8>(), 0..20).prop_map(Plan::Data).boxed(),
        Type::Enum(id) => {
            let named = RICH.enumerants(*id).unwrap().iter();
            let mut all: Vec<_> = named.map(|value| Plan::Text(value.name.clone())).collect();
            all.push(Plan::Whole(999));
            prop::sample::select(all).boxed()
        }
        Type::List(element) => list(element.ty(), depth),
        Type::Struct(id, brand) => structs(*id, brand, depth),
        Type::Interface(..) | Type::AnyPointer(AnyKind::Capability) => {
            prop::sample::select(vec![Plan::Nothing, Plan::Capability(ty.clone())]).boxed()
        }
        _ => raw(),
    }
}

fn list(element: &Type, depth: u32) -> BoxedStrategy<Plan> {
    let most = if depth == 0 { 0 } else { 3 };
    let depth = depth.saturating_sub(1);
    if let Type::Struct(id, brand) = element
        && let Some((_, value)) = RICH.structure(*id).unwrap().pair()
    {
        let members = prop::collection::btree_map(any::<String>(), field(value, brand, depth), 0..=most);
        return members.prop_map(|members| Plan::Object(members.into_iter().collect())).boxed();
    }
    prop::collection::vec(values(element, depth), 0..=most).prop_map(Plan::List).boxed()
}

fn raw() -> BoxedStrategy<Plan> {
    let texts = any::<String>().prop_map(|text| {
        let mut message = Builder::new_default();
        message.set_root::<capnp::text::Owned>(text.as_str()).unwrap();
        let bytes = message.get_segments_for_output()[0].to_vec();
        Plan::Object(vec![("$raw".to_owned(), Plan::Data(bytes))])
    });
    texts.boxed()
}

fn structs(id: u64, brand: &Brand, depth: u32) -> BoxedStrategy<Plan> {
    let structure = RICH.structure(id).unwrap();
    let (members, plain): (Vec<_>, Vec<_>) = structure.fields.iter().partition(|field| field.member.is_some());
    let members: Vec<_> = members.into_iter().map(|field| named(field, brand, depth)).collect();
    let plain: Vec<_> = plain.into_iter().map(|field| named(field, brand, depth)).collect();
    let all = if members.is_empty() {
        plain.boxed()
    } else {
        let chosen = prop::strategy::Union::new(members);
        (plain, chosen)
            .prop_map(|(mut plain, member)| {
                plain.push(member);
                plain
            })
            .boxed()
    };
    // In the order of the schema, as what comes out is.
    let order = move |name: &str| structure.fields.iter().position(|field| field.name == name);
    all.prop_map(move |mut members| {
        members.sort_by_key(|(name, _)| order(name));
        members.retain(|(name, value)| !says_nothing(structure.field(name).unwrap(), value));
        Plan::Object(members)
    })
    .boxed()
}

fn says_nothing(field: &Field, value: &Plan) -> bool {
    let empty = match value {
        Plan::Text(text) => text.is_empty(),
        Plan::Data(bytes) => bytes.is_empty(),
        value => *value == Plan::Nothing,
    };
    field.optional && empty
}

fn named(of: &Field, brand: &Brand, depth: u32) -> BoxedStrategy<(String, Plan)> {
    let name = of.name.clone();
    field(of, brand, depth).prop_map(move |value| (name.clone(), value)).boxed()
}

fn field(field: &Field, brand: &Brand, depth: u32) -> BoxedStrategy<Plan> {
    match &field.place {
        Place::Group(id) => structs(*id, brand, depth),
        Place::Slot { ty, default, .. } => match &*ty.resolve(brand) {
            // Nothing stands for the default, where that is something.
            Type::Struct(..) if depth == 0 && !matches!(default, Otherwise::Pointer(_)) => Just(Plan::Nothing).boxed(),
            ty => values(ty, depth.saturating_sub(u32::from(matches!(ty, Type::Struct(..))))),
        },
    }
}

/// Every struct that is declared, with its parameters as they are: what nobody bound is untyped.
fn declared() -> Vec<u64> {
    let structs = RICH.nodes().filter(|node| matches!(&node.kind, Kind::Struct(structure) if !structure.is_group));
    let mut ids: Vec<_> = structs.map(|node| node.id).collect();
    ids.sort_unstable();
    ids
}

#[test]
fn every_value_of_every_declared_type_survives_a_message() {
    for id in declared() {
        let ty = Type::structure(id);
        // A runner counts what it has done, and does no more than it was asked for.
        let mut runner = TestRunner::new(ProptestConfig { cases: 16, failure_persistence: None, ..Default::default() });
        let passed = runner.run(&values(&ty, 2), |plan| {
            check(&ty, &plan);
            Ok(())
        });
        passed.unwrap();
    }
}

#[test]
fn whole_numbers_are_numbers_as_far_as_those_count_and_bigints_beyond() {
    let mut web = web();
    let (numbers, last) = (Type::structure(0xa1f3_6cb6_1d2a_7002), 9_007_199_254_740_991_i64);
    let mut told = |field: &str, value: Value| {
        let value = Value::Object([(field, value)].into_iter().collect());
        match pass(&mut web, &numbers, &value) {
            Ok(Value::Object(object)) => format!("{:?}", object.get(field).unwrap()),
            Ok(other) => format!("{other:?}"),
            Err(error) => error.to_string(),
        }
    };
    let bigint = |number: i128| Value::BigInt(BigInt::from(number));
    #[expect(clippy::cast_precision_loss, reason = "it is the last that loses none")]
    let number = last as f64;
    for (field, given, shown) in [
        ("ularge", Value::Number(number), format!("{:?}", Value::Number(number))),
        ("ularge", bigint(5), format!("{:?}", Value::Number(5.0))),
        ("ularge", bigint(i128::from(last) + 1), format!("{:?}", bigint(i128::from(last) + 1))),
        ("large", bigint(-i128::from(last) - 1), format!("{:?}", bigint(-i128::from(last) - 1))),
        ("tiny", bigint(-128), format!("{:?}", Value::Number(-128.0))),
        ("tiny", Value::Number(-0.0), format!("{:?}", Value::Number(0.0))),
        // It may have been another number before it was rounded.
        (
            "ularge",
            Value::Number(number + 1.0),
            "ularge: expected a whole number from 0 to 18446744073709551615".into(),
        ),
        ("ularge", bigint(1 << 64), "ularge: expected a whole number from 0 to 18446744073709551615".into()),
        ("tiny", bigint(128), "tiny: expected a whole number from -128 to 127".into()),
        ("tiny", Value::Number(f64::NAN), "tiny: expected a whole number from -128 to 127".into()),
        ("tiny", "1".into(), "tiny: expected a whole number from -128 to 127".into()),
        ("single", bigint(1), "single: expected a number".into()),
        ("single", Value::Number(1e300), "single: the number is beyond the range of Float32".into()),
        ("yes", Value::Number(1.0), "yes: expected true or false".into()),
        ("colour", "blue".into(), "colour: Colour has no enumerant of that name".into()),
        ("colour", Value::Number(700.0), format!("{:?}", Value::Number(700.0))),
    ] {
        assert_eq!(told(field, given), shown, "{field}");
    }
}

#[test]
fn members_that_are_undefined_are_as_those_that_are_not_there() {
    let mut web = web();
    let shape = Type::structure(0xa1f3_6cb6_1d2a_7004);
    let mut object = Object::new();
    object.insert("point", Value::Undefined);
    object.insert("circle", 2.5);
    object.insert("name", Value::Undefined);
    let back = pass(&mut web, &shape, &Value::Object(object)).unwrap();
    let back = back.as_object().unwrap();
    assert_eq!(back.get("circle").and_then(Value::as_f64), Some(2.5));
    assert_eq!(back.get("name").and_then(Value::as_str), Some(""));
}
