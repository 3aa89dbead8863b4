//! A client without generated code: the schema that a service brings, and JSON.

use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use capnp::traits::HasTypeId;
use capos_schema::dynamic::Object;
use capos_schema::reflect::{CapabilityTable, NoCapabilities};
use capos_schema::{Limits, Registry};
use capos_testkit::LAB_REQUEST;
use capos_testkit::lab::{Answer, CallbackState};
use capos_testkit::lab_capnp::{callback, lab};
use capos_testkit::stock;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

use crate::server::{Node, Place};

async fn connect(address: SocketAddr) -> Object {
    let stream = TcpStream::connect(address).await.expect("the node listens");
    let lab: lab::Client = stock::connect(stream);
    let registry = Registry::load(LAB_REQUEST, &Limits::default()).expect("a sound schema");
    Object::new(lab.client.hook, lab::Client::TYPE_ID, Arc::new(registry), Limits::default())
}

async fn ask(object: &Object, method: &str, params: Value) -> Value {
    let pending = object.call(method, &params, &mut NoCapabilities).expect("the call fits the schema");
    pending.results(&mut NoCapabilities).await.expect("the call succeeds")
}

#[tokio::test]
async fn every_shape_of_call_is_made_by_name() {
    stock::vat(async {
        for place in [Place::Here, Place::Behind] {
            let node = Node::start(place, None).await;
            let lab = connect(node.address).await;
            assert_eq!(ask(&lab, "echo", json!({ "payload": "aGVsbG8=" })).await, json!({ "payload": "aGVsbG8=" }));

            // Pipelined, two structs deep.
            let nested = lab.call("nested", &json!({}), &mut NoCapabilities).unwrap();
            let inner = nested.pipeline("inner.next.deeper.lab").unwrap();
            assert_eq!(ask(&inner, "echo", json!({ "payload": "eA==" })).await["payload"], "eA==");

            for _ in 0..100 {
                ask(&lab, "sink", json!({ "chunk": "AAAA" })).await;
            }
            assert_eq!(ask(&lab, "total", json!({})).await, json!({ "chunks": "100", "bytes": "300" }));

            let heard = CallbackState::new(Answer::Echo);
            let mut table = CapabilityTable::default();
            let to = table.insert(heard.client().client.hook, callback::Client::TYPE_ID);
            let call = lab.call("callBack", &json!({ "to": to, "payload": "cmluZw==" }), &mut table).unwrap();
            assert_eq!(call.results(&mut table).await.unwrap()["payload"], "cmluZw==", "{place:?}");
            assert_eq!(heard.payloads(), [b"ring".to_vec()]);

            // Returned capabilities are objects in turn.
            let many = lab.call("many", &json!({ "count": 2 }), &mut NoCapabilities).unwrap();
            let many = many.results(&mut table).await.unwrap();
            let (hook, interface) = table.get(&many["labs"][1]).expect("it was kept");
            let registry = Registry::load(LAB_REQUEST, &Limits::default()).unwrap();
            let child = Object::new(hook, interface, Arc::new(registry), Limits::default());
            assert_eq!(ask(&child, "total", json!({})).await["chunks"], "100");
        }
    })
    .await;
}

#[tokio::test]
async fn a_server_that_leaves_a_capability_out_breaks_a_late_pipeline_and_nothing_else() {
    /// Answers with nothing where a capability is declared.
    struct Empty;
    impl lab::Server for Empty {
        async fn next(self: Rc<Self>, _: lab::NextParams, _: lab::NextResults) -> capnp::Result<()> {
            Ok(())
        }
    }
    stock::vat(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
        let address = listener.local_addr().expect("it is bound");
        tokio::task::spawn_local(async move {
            let (stream, _) = listener.accept().await.expect("the listener is open");
            stock::serve(stream, capnp_rpc::new_client::<lab::Client, _>(Empty));
        });
        let lab = connect(address).await;
        let next = lab.call("next", &json!({}), &mut NoCapabilities).unwrap();
        // Behind the answer of a later call, that of the first has arrived.
        let later = lab.call("next", &json!({}), &mut NoCapabilities).unwrap();
        later.results(&mut NoCapabilities).await.unwrap();
        assert!(next.pipeline("lab").is_err());
        assert_eq!(next.results(&mut NoCapabilities).await.unwrap(), json!({ "lab": null }));
    })
    .await;
}
