//! What the fuzz targets do with their bytes; the ordinary test run does the same with the corpora.

use std::sync::{Arc, LazyLock};

use capnp::any_pointer;
use capnp::message::{Builder, ReaderOptions};
use capos_schema::model::{Kind, Node};
use capos_schema::reflect::{NoCapabilities, decode, encode};
use capos_schema::{Limits, Registry, Result, Shapes, Type};
use serde_json::{Value, json};

const RICH: &[u8] = include_bytes!("../generated/request.bin");

static REGISTRY: LazyLock<Arc<Registry>> = LazyLock::new(|| {
    let loaded = Registry::load(RICH, &Limits::default()).and_then(Registry::with_builtin);
    Arc::new(loaded.expect("the test schema is sound"))
});

/// Small enough that nothing takes long.
fn limits() -> Limits {
    Limits { value_bytes: 1 << 20, message_words: 1 << 16, nodes: 256, ..Limits::default() }
}

/// The first byte chooses a declared struct and a direction, the rest is JSON or a message.
pub(crate) fn fuzz_json(data: &[u8]) {
    let Some((&choice, rest)) = data.split_first() else {
        return;
    };
    let named = |node: &&Node| matches!(node.kind, Kind::Struct(_)) && !node.name.contains('$');
    let mut structs: Vec<_> = REGISTRY.nodes().filter(named).collect();
    structs.sort_by_key(|node| &node.name);
    let node = structs.get(usize::from(choice >> 1) % structs.len()).expect("the index is within");
    let ty = Type::structure(node.id);
    if choice & 1 == 0 {
        if let Ok(value) = serde_json::from_slice(rest) {
            check_stable(&REGISTRY, &ty, &value);
        }
    } else {
        let mut rest = rest;
        if let Ok(message) = capnp::serialize::read_message(&mut rest, ReaderOptions::new())
            && let Ok(root) = message.get_root::<any_pointer::Reader<'_>>()
            && let Ok(value) = decode(&REGISTRY, &ty, root, &mut NoCapabilities, &limits())
        {
            check_stable(&REGISTRY, &ty, &value);
        }
    }
}

/// The bytes are a compiled schema; whatever loads is used.
pub(crate) fn fuzz_request(data: &[u8]) {
    let Ok(registry) = Registry::load(data, &limits()) else {
        return;
    };
    exercise(&registry);
    if let Ok(registry) = registry.with_builtin() {
        exercise(&registry);
    }
}

fn exercise(registry: &Registry) {
    for node in registry.nodes().take(512) {
        match &node.kind {
            Kind::Struct(_) => check_stable(registry, &Type::structure(node.id), &json!({})),
            Kind::Interface(_) => name_everything(registry, node.id),
            Kind::Enum(_) | Kind::Other => {}
        }
    }
}

fn name_everything(registry: &Registry, interface: u64) {
    for method in registry.methods(&Type::interface(interface)).unwrap_or_default() {
        let _ = (registry.type_name(&method.params), registry.type_name(&method.results));
        let _ = registry.shape(method.interface, method.ordinal);
        check_stable(registry, &method.params, &json!({}));
    }
}

/// What a value is decoded to is encoded to the same again.
fn check_stable(registry: &Registry, ty: &Type, value: &Value) {
    if let Ok(first) = pass(registry, ty, value) {
        if first.to_string().contains("$unknownMember") {
            return;
        }
        match pass(registry, ty, &first) {
            Ok(second) => assert_eq!(first, second),
            // Filled-in defaults may make it larger than the value that it came from.
            Err(error) => assert!(matches!(error.fault(), capos_schema::Fault::Limit(_)), "{error} in {first}"),
        }
    }
}

fn pass(registry: &Registry, ty: &Type, value: &Value) -> Result<Value> {
    let mut message = Builder::new_default();
    let root: any_pointer::Builder<'_> = message.init_root();
    encode(registry, ty, value, root, &mut NoCapabilities, &limits())?;
    let root = message.get_root_as_reader().expect("a message has a root");
    decode(registry, ty, root, &mut NoCapabilities, &limits())
}
