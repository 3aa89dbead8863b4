//! Methods that throw.

use capnweb::{Error, Methods, Thrown, Value};

use crate::main_object::Main;
use crate::samples::rich;

pub(crate) fn methods() -> Methods<Main> {
    Methods::<Main>::new()
        .on("throwError", |_, (name, message): (String, String)| Err::<(), _>(Error::new(&name, message)))
        .on("throwRich", |_, ()| Err::<(), _>(rich()))
        .on("throwValue", |_, (value,): (Value,)| Err::<(), _>(Thrown(value)))
}
