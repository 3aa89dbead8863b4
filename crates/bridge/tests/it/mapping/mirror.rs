//! A server that gives back what it is given, whatever it is.

use std::future::ready;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};

use capnp::capability::Client;
use capos_schema::dynamic::{Handler, Means};
use capos_schema::reflect::{CapabilityTable, Json};
use capos_schema::{Limits, MethodRef, Registry, Type};
use serde_json::Value;

static RICH: LazyLock<Arc<Registry>> = LazyLock::new(|| {
    let request = include_bytes!("../../../../schema/tests/generated/request.bin");
    Arc::new(Registry::load(request, &Limits::default()).and_then(Registry::with_builtin).unwrap())
});

/// The schema of every shape that there is, with the contract beneath.
pub(crate) fn rich() -> &'static Arc<Registry> {
    &RICH
}

/// The mirror.
pub(crate) fn mirror() -> Client {
    let interface = Type::interface(rich().interface_id("Mirror").unwrap());
    let mirror = Means::new(Arc::clone(rich()), Limits::default()).serve(interface, Mirror);
    Client::new(mirror.hook().add_ref())
}

struct Mirror;

impl Handler for Mirror {
    type Notation = Json<CapabilityTable>;

    fn notation(&self) -> Self::Notation {
        Json::default()
    }

    fn handle(
        self: Rc<Self>,
        _: &MethodRef<'_>,
        parameters: Value,
    ) -> impl Future<Output = capnp::Result<Value>> + 'static {
        ready(Ok(parameters))
    }
}
