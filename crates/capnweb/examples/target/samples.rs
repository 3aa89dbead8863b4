//! A value of every kind, by name.

use capnweb::{Blob, Body, Bytes, Container, Error, Headers, Object, Request, Response, Value};

use crate::values::{bigint, list, numbers, object, text};

/// The sample of that kind.
pub(crate) fn sample(kind: &str) -> Result<Value, Error> {
    plain(kind).or_else(|| of_the_web(kind)).map_or_else(|| bytes_or_bigint(kind), Ok)
}

fn bytes_or_bigint(kind: &str) -> Result<Value, Error> {
    match kind {
        "bigint" => bigint("123456789012345678901234567890"),
        "bigint-negative" => bigint("-98765432109876543210"),
        "mixed" => mixed(),
        _ => {
            let container = Container::named(kind).ok_or_else(|| Error::range_error(format!("unknown kind {kind}")))?;
            Ok(Value::Bytes(Bytes { container, data: (0..16).collect() }))
        }
    }
}

fn plain(kind: &str) -> Option<Value> {
    Some(match kind {
        "undefined" => Value::Undefined,
        "null" => Value::Null,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "inf" => Value::Number(f64::INFINITY),
        "-inf" => Value::Number(f64::NEG_INFINITY),
        "nan" => Value::Number(f64::NAN),
        "int" => Value::Number(42.0),
        "float" => Value::Number(0.1),
        "negative" => Value::Number(-7.25),
        "big" => Value::Number(9_007_199_254_740_991.0),
        "string" => text("h\u{e9}llo \u{2713} \u{1f600} \"q\" \\ \n\t\0"),
        "empty" => text(""),
        "date" => Value::Date(1e12),
        "date-early" => Value::Date(-1.5e12),
        "date-invalid" => Value::Date(f64::NAN),
        "error" => error(Error::type_error("made")),
        "error-rich" => error(rich()),
        "error-aggregate" => error(aggregate()),
        "array-nested" => nested(),
        "object" => object([
            ("a", Value::Number(1.0)),
            ("b", object([("c", list([object([]), object([("d", Value::Null)])]))])),
            ("", text("empty key")),
            ("e", Value::Undefined),
        ]),
        _ => return None,
    })
}

fn of_the_web(kind: &str) -> Option<Value> {
    Some(match kind {
        "url" => Value::Url("https://example.com/path?q=1#frag".to_owned()),
        "headers" => Value::Headers(headers([("content-type", "text/plain"), ("x-custom", "hello")])),
        "request-get" => request("https://example.com/get", "GET", "1", Body::None),
        "request-post" => request("https://example.com/post", "POST", "2", Body::Bytes("hello body".into())),
        "response-empty" => response(204, "", "3", Body::None),
        "response-body" => response(201, "Made", "4", Body::Bytes("created!".into())),
        "blob-text" => blob("text/plain", "hello blob"),
        "blob-empty" => blob("", ""),
        _ => return None,
    })
}

fn error(error: Error) -> Value {
    Value::Error(Box::new(error))
}

/// An error with everything an error can have.
pub(crate) fn rich() -> Error {
    let properties = Object::from([
        ("code", text("E_RICH")),
        ("status", Value::Number(418.0)),
        ("when", Value::Date(1e12)),
        ("tags", list([text("a"), text("b")])),
        ("nested", object([("deep", numbers([1.0, 2.0]))])),
        ("cause", error(Error::range_error("root cause"))),
    ]);
    Error { properties, ..Error::type_error("rich") }
}

fn aggregate() -> Error {
    let errors = list([error(Error::range_error("one")), error(Error::type_error("two"))]);
    Error { properties: [("errors", errors)].into(), ..Error::new("AggregateError", "many") }
}

fn nested() -> Value {
    let inner = list([Value::Number(2.0), list([Value::Number(3.0), list([])])]);
    list([Value::Number(1.0), inner, list([]), list([list([])])])
}

fn mixed() -> Result<Value, Error> {
    Ok(list([
        Value::Date(1e12),
        bigint("5")?,
        Value::Undefined,
        Value::Number(f64::INFINITY),
        Value::Bytes(Bytes { container: Container::Uint8Array, data: vec![1, 2, 3].into() }),
        object([("x", list([error(Error::range_error("in array"))]))]),
        list([list([text("s")])]),
    ]))
}

fn headers<const N: usize>(pairs: [(&str, &str); N]) -> Headers {
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

fn request(url: &str, method: &str, a: &str, body: Body) -> Value {
    let (url, method, headers) = (url.to_owned(), method.to_owned(), headers([("x-a", a)]));
    Value::Request(Box::new(Request { url, method, headers, body, further: Object::new() }))
}

fn response(status: u16, status_text: &str, a: &str, body: Body) -> Value {
    let (status_text, headers) = (status_text.to_owned(), headers([("x-a", a)]));
    Value::Response(Box::new(Response { status, status_text, headers, body, further: Object::new() }))
}

fn blob(mime: &str, text: &'static str) -> Value {
    Value::Blob(Box::new(Blob { mime: mime.to_owned(), data: text.into() }))
}
