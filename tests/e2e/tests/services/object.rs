//! The example through its compiled schema: no code of it is here.

use std::rc::Rc;
use std::sync::Arc;

use capnp::capability::Client;
use capos_schema::dynamic::Object;
use capos_schema::reflect::{CapabilityTable, NoCapabilities};
use capos_schema::{Limits, Registry};
use serde_json::{Value, json};

use crate::listener::Heard;

/// `Greeter` and `Listener` of greeter.capnp.
pub(crate) const GREETER: u64 = 0x9989_7029_e13a_f385;
const LISTENER: u64 = 0xaf18_c323_35be_d027;

pub(crate) struct Greeter {
    object: Object,
    registry: Arc<Registry>,
}

impl Greeter {
    pub(crate) fn new(facet: Client, registry: Arc<Registry>) -> Self {
        Self { object: Object::new(facet.hook, GREETER, registry.clone(), Limits::default()), registry }
    }

    async fn ask(&self, method: &str, params: Value) -> Value {
        let pending = self.object.call(method, &params, &mut NoCapabilities).expect("the call fits the schema");
        pending.results(&mut NoCapabilities).await.expect("the call succeeds")
    }

    pub(crate) async fn hello(&self) -> (String, String) {
        let told = self.ask("hello", json!({})).await;
        let text = |key: &str| told[key].as_str().expect("it is told").to_owned();
        (text("text"), text("visits"))
    }

    /// Everything that the example shows but `hello`.
    pub(crate) async fn does_all_the_rest(&self) {
        self.gives_a_counter().await;
        self.tells_a_listener().await;
        for _ in 0..200 {
            self.ask("note", json!({ "line": "seven b" })).await;
        }
        assert_eq!(self.ask("noted", json!({})).await, json!({ "lines": "200", "bytes": "1400" }));
    }

    async fn gives_a_counter(&self) {
        let mut table = CapabilityTable::default();
        let call = self.object.call("counter", &json!({ "start": 40 }), &mut NoCapabilities);
        let given = call.expect("the call fits").results(&mut table).await.expect("the call succeeds");
        let (hook, interface) = table.get(&given["counter"]).expect("it was kept");
        let counter = Object::new(hook, interface, self.registry.clone(), Limits::default());
        let call = counter.call("increment", &json!({ "by": 2 }), &mut NoCapabilities).expect("the call fits");
        assert_eq!(call.results(&mut NoCapabilities).await.expect("it counts"), json!({ "value": "42" }));
    }

    async fn tells_a_listener(&self) {
        let heard = Rc::new(Heard::default());
        let mut table = CapabilityTable::default();
        let listener = table.insert(heard.listener().hook, LISTENER);
        let params = json!({ "start": 2, "listener": listener });
        let call = self.object.call("countdown", &params, &mut table).expect("the call fits the schema");
        assert_eq!(call.results(&mut NoCapabilities).await.expect("it counts down"), json!({ "told": 3 }));
        assert_eq!(*heard.0.borrow(), [(LISTENER, 0, 2), (LISTENER, 0, 1), (LISTENER, 0, 0)]);
    }
}
