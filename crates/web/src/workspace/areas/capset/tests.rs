//! What a page gives and is shown, without a node.

mod keeping;
mod showing;
mod survival;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use capnp::any_pointer;
use capnp::capability::FromClientHook;
use capnp::message::Builder;
use capnp::traits::{Imbue, ImbueMut};
use capos_schema::chat_capnp::chat;
use capos_schema::dynamic::{Means, Object};
use capos_schema::reflect::{decode_as, encode_as};
use capos_schema::{Limits, Registry, Result, Type};

use super::chips::{Chips, Origin};
use super::form::Form;
use super::value::Value;
use crate::workspace::board::Board;
use crate::workspace::limits::WorkspaceLimits;
use crate::workspace::problem::Problem;

/// Every shape of value that reflection has to carry, and the contract.
static RICH: LazyLock<Arc<Registry>> = LazyLock::new(|| {
    let request = include_bytes!("../../../../../schema/tests/generated/request.bin");
    let loaded = Registry::load(request, &Limits::default()).and_then(Registry::with_builtin);
    Arc::new(loaded.expect("the test schema is sound"))
});

struct Nobody;
impl chat::Server for Nobody {}

fn means() -> Arc<Means> {
    Means::new(Arc::clone(&RICH), Limits::default())
}

fn board() -> Board {
    Board::new(&WorkspaceLimits::default())
}

fn origin() -> Origin {
    Origin { grant: "chat".to_owned(), path: "chat.join".to_owned() }
}

/// A capability of which nobody knows what it is.
fn anything() -> Object {
    let hook = capnp_rpc::new_client::<chat::Client, _>(Nobody).into_client_hook();
    means().object(hook, Type::ANY)
}

fn form(chips: &Rc<Chips>) -> Form {
    Form::new(means(), chips.clone(), origin()).taking(BTreeMap::from([("any".to_owned(), anything())]))
}

/// Into a message and out of it again.
fn pass(form: &mut Form, ty: &Type, value: &Value) -> Result<Value> {
    let limits = Limits::default();
    let mut table = Vec::new();
    let mut message = Builder::new_default();
    let mut root: any_pointer::Builder<'_> = message.init_root();
    root.imbue_mut(&mut table);
    encode_as(form, &RICH, ty, value, root, &limits)?;
    let mut root: any_pointer::Reader<'_> = message.get_root_as_reader().expect("a message has a root");
    root.imbue(&table);
    decode_as(form, &RICH, ty, root, &limits)
}

/// What a page would make of JSON.
fn parsed(json: serde_json::Value) -> Value {
    let none = |_| Err::<Bytes, _>(Problem::not_found("There are no uploads here."));
    Value::parse(json, &none).expect("it is a value")
}
