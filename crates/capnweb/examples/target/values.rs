//! Methods that take and give plain values; and short ways to make them.

use capnweb::{Error, Methods, Rest, Value};

use crate::inspect::inspect;
use crate::main_object::Main;
use crate::samples::sample;

pub(crate) fn methods() -> Methods<Main> {
    Methods::<Main>::new()
        .on("ping", |_, ()| "pong")
        .on("echo", |_, (value,): (Value,)| value)
        .on("add", |_, (a, b): (f64, f64)| a + b)
        .on("argCount", |_, Rest(arguments)| arguments.len())
        .later("inspect", |_, (value,): (Value,)| inspect(value))
        .on("make", |_, (kind,): (String,)| sample(&kind))
        .on("makeString", |_, (length,): (usize,)| "x".repeat(length))
        .on("makeBigint", |_, (digits,): (usize,)| bigint(&"9".repeat(digits)))
        .on("makeNested", |_, (levels,): (usize,)| {
            (0..levels).fold(Value::Number(1.0), |inner, _| Value::Array(vec![inner]))
        })
        .on("fib", |_, (length,): (usize,)| fibonacci(length))
        .on("users", |_, ()| users())
        .on("profile", |_, (id,): (Value,)| {
            let bio = text(format!("bio of {}", shown(&id)));
            object([("id", id), ("bio", bio)])
        })
        .on("failIf", |_, (value, bad): (Value, Value)| {
            if value.type_name() == bad.type_name() && shown(&value) == shown(&bad) {
                return Err(Error::range_error(format!("bad value {}", shown(&bad))));
            }
            Ok(value)
        })
        .property("config", |_| config())
}

pub(crate) fn text(text: impl Into<String>) -> Value {
    Value::String(text.into())
}

pub(crate) fn list<const N: usize>(items: [Value; N]) -> Value {
    Value::Array(items.into())
}

pub(crate) fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Object(members.into())
}

pub(crate) fn numbers<const N: usize>(numbers: [f64; N]) -> Value {
    list(numbers.map(Value::Number))
}

pub(crate) fn bigint(digits: &str) -> Result<Value, Error> {
    digits.parse().map(Value::BigInt).map_err(|_| Error::range_error("no digits"))
}

/// A value as JavaScript puts it into a text.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(bool) => bool.to_string(),
        Value::Null => "null".to_owned(),
        Value::Undefined => "undefined".to_owned(),
        other => format!("{other:?}"),
    }
}

fn fibonacci(length: usize) -> Vec<Value> {
    let pairs = std::iter::successors(Some((0.0, 1.0)), |(a, b)| Some((*b, a + b)));
    pairs.take(length).map(|(number, _)| Value::Number(number)).collect()
}

fn users() -> Value {
    let user = |id, name: &str, tag: &str| {
        object([("id", Value::Number(id)), ("name", text(name)), ("tags", list([text(tag), text("all")]))])
    };
    list([user(1.0, "Ann", "t1"), user(2.0, "Bob", "t2"), user(3.0, "Cy", "t3")])
}

fn config() -> Value {
    let limits = object([("max", Value::Number(10.0)), ("min", Value::Number(-10.0))]);
    let list = numbers([10.0, 20.0, 30.0]);
    object([("name", text("conformance")), ("limits", limits), ("list", list), ("nothing", Value::Null)])
}
