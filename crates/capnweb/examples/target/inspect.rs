//! What arrived, told in plain values.

use std::fmt::Write;
use std::future::Future;
use std::pin::Pin;

use capnweb::{Body, Bytes, Error, Headers, Object, Outcome, Request, Response, Thrown, Value};

use crate::values::{list, object, text};

/// Bytes of a body.
const MOST: usize = 33_554_432;

/// Tells what a value is. It takes time where a body is a stream.
pub(crate) fn inspect(value: Value) -> Pin<Box<dyn Future<Output = Outcome>>> {
    Box::pin(async move {
        match value {
            Value::Error(error) => inspect_error(*error).await,
            Value::Request(request) => inspect_request(*request).await,
            Value::Response(response) => inspect_response(*response).await,
            Value::Array(items) => {
                let mut told = Vec::with_capacity(items.len());
                for item in items {
                    told.push(inspect(item).await?);
                }
                Ok(typed("array", [("items", Value::Array(told))]))
            }
            Value::Object(fields) => Ok(typed("object", [("fields", inspect_fields(fields).await?)])),
            value => Ok(inspect_plain(value)),
        }
    })
}

/// Tells what a value is that has no others in it.
fn inspect_plain(value: Value) -> Value {
    match value {
        Value::Undefined => typed("undefined", []),
        Value::Null => typed("null", []),
        Value::Bool(_) => typed("boolean", [("value", value)]),
        Value::Number(_) => typed("number", [("value", value)]),
        Value::String(_) => typed("string", [("value", value)]),
        Value::BigInt(number) => typed("bigint", [("digits", text(number.to_string()))]),
        Value::Date(ms) => typed("date", [("ms", Value::Number(ms))]),
        Value::Bytes(bytes) => inspect_bytes(&bytes),
        Value::Url(href) => typed("url", [("href", text(href))]),
        Value::Headers(headers) => typed("headers", [("pairs", pairs(headers))]),
        Value::Blob(blob) => {
            let hash = Value::Number(f64::from(fnv1a(&blob.data)));
            typed("blob", [("mime", text(blob.mime)), ("size", blob.data.len().into()), ("hash", hash)])
        }
        Value::Stub(_) => typed("stub", []),
        Value::Readable(_) => typed("readable", []),
        Value::Writable(_) => typed("writable", []),
        _ => typed("unknown", []),
    }
}

fn typed<const N: usize>(kind: &str, members: [(&str, Value); N]) -> Value {
    let members = members.into_iter().map(|(name, value)| (name.to_owned(), value));
    Value::Object(std::iter::once(("type".to_owned(), text(kind))).chain(members).collect())
}

fn inspect_bytes(bytes: &Bytes) -> Value {
    let hex = bytes.data.iter().fold(String::new(), |mut hex, byte| {
        // A text takes whatever is written to it.
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    typed("bytes", [("container", text(bytes.container.name())), ("hex", text(hex))])
}

fn pairs(headers: Headers) -> Value {
    Value::Array(headers.into_iter().map(|(name, value)| list([text(name), text(value)])).collect())
}

async fn inspect_fields(fields: Object) -> Outcome {
    let mut told = Vec::new();
    for (name, value) in fields {
        told.push((name, inspect(value).await?));
    }
    Ok(Value::Object(told.into_iter().collect()))
}

async fn inspect_error(error: Error) -> Outcome {
    let props = inspect_fields(error.properties).await?;
    Ok(typed("error", [("name", text(error.name)), ("message", text(error.message)), ("props", props)]))
}

async fn inspect_request(request: Request) -> Outcome {
    let body = body_text(request.body).await?;
    let (url, method) = (text(request.url), text(request.method));
    Ok(typed("request", [("url", url), ("method", method), ("headers", pairs(request.headers)), ("body", body)]))
}

async fn inspect_response(response: Response) -> Outcome {
    let body = body_text(response.body).await?;
    let status = Value::Number(f64::from(response.status));
    let status_text = text(response.status_text);
    let headers = pairs(response.headers);
    Ok(typed("response", [("status", status), ("statusText", status_text), ("headers", headers), ("body", body)]))
}

/// The whole body.
async fn body_text(body: Body) -> Result<Value, Thrown> {
    if body.is_none() { Ok(Value::Null) } else { body.text(MOST).await.map(Value::String) }
}

/// The FNV-1a hash of 32 bits.
pub(crate) fn fnv1a(bytes: &[u8]) -> u32 {
    fnv1a_further(0x811c_9dc5, bytes)
}

pub(crate) fn fnv1a_further(hash: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// What a stream of bytes was.
pub(crate) fn bytes_summary(bytes: usize, chunks: usize, hash: u32) -> Value {
    object([("bytes", bytes.into()), ("chunks", chunks.into()), ("hash", Value::Number(f64::from(hash)))])
}
