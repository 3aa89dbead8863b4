//! Requests and responses of HTTP, and their headers.

use super::read::{Reader, unknown};
use super::write::Writer;
use super::{bytes, name};
use crate::error::Error;
use crate::json::{Entries, Items, Json, Kind};
use crate::value::{Body, Bytes, Container, Headers, Object, Request, Response, Value, check_headers};

/// `pairs`. None where there is no list of them.
pub(super) fn read_headers<'d>(reader: &mut Reader<'_, 'd>, mut rest: Items<'d>) -> Result<Option<Value>, Error> {
    match (rest.len(), rest.next()) {
        (1, Some(pairs)) if pairs.items().is_some() => headers(reader, pairs).map(Value::Headers).map(Some),
        _ => Ok(None),
    }
}

/// `url, init`.
pub(super) fn read_request<'d>(reader: &mut Reader<'_, 'd>, mut rest: Items<'d>) -> Result<Value, Error> {
    let (2, Some(Kind::Text(url)), Some(Kind::Object(init))) =
        (rest.len(), rest.next().map(Json::kind), rest.next().map(Json::kind))
    else {
        return Err(unknown("request"));
    };
    if member(init, "signal").is_some_and(is_true) {
        return Err(Error::type_error("Request signal must be of type AbortSignal."));
    }
    let request = Request {
        url: reader.text(url)?,
        method: text_member(reader, init, "method")?.map_or_else(|| "GET".to_owned(), usual),
        headers: headers_member(reader, init)?,
        body: member(init, "body").map_or(Ok(Body::None), |json| body(reader, json))?,
        further: further(reader, init, &["method", "headers", "body", "duplex", "signal"])?,
    };
    request.check()?;
    Ok(request.into())
}

/// `body, init`.
pub(super) fn read_response<'d>(reader: &mut Reader<'_, 'd>, mut rest: Items<'d>) -> Result<Value, Error> {
    let (2, Some(content), Some(Kind::Object(init))) = (rest.len(), rest.next(), rest.next().map(Json::kind)) else {
        return Err(unknown("response"));
    };
    if member(init, "webSocket").is_some_and(is_true) {
        return Err(Error::type_error("Can't deserialize a Response containing a webSocket."));
    }
    let response = Response {
        body: body(reader, content)?,
        status: status(init)?,
        status_text: text_member(reader, init, "statusText")?.unwrap_or_default(),
        headers: headers_member(reader, init)?,
        further: further(reader, init, &["status", "statusText", "headers", "webSocket"])?,
    };
    response.check()?;
    Ok(response.into())
}

/// Some methods are the same however they are written.
fn usual(method: String) -> String {
    const USUAL: [&str; 6] = ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"];
    match USUAL.into_iter().find(|usual| usual.eq_ignore_ascii_case(&method)) {
        Some(usual) => usual.to_owned(),
        None => method,
    }
}

fn status(init: Entries<'_>) -> Result<u16, Error> {
    let malformed = || Error::range_error("The status of a response is not from 200 to 599.");
    match member(init, "status") {
        None => Ok(200),
        Some(status) => status.integer().and_then(|status| status.try_into().ok()).ok_or_else(malformed),
    }
}

/// Only what a body can be is read, so that bodies do not nest.
fn body<'d>(reader: &mut Reader<'_, 'd>, json: Json<'d>) -> Result<Body, Error> {
    match json.kind() {
        Kind::Null => return Ok(Body::None),
        Kind::Text(text) => return reader.text(text).map(Body::Text),
        Kind::Array(mut items) => match items.next().and_then(Json::text).as_deref() {
            Some("readable") => {
                if let Value::Readable(stream) = reader.reference("readable", items)? {
                    return Ok(Body::Stream(stream));
                }
            }
            Some("bytes") => {
                if let Some(Value::Bytes(Bytes { container: Container::Uint8Array, data })) =
                    bytes::read(reader, items)?
                {
                    return Ok(Body::Bytes(data));
                }
            }
            _ => {}
        },
        _ => {}
    }
    Err(Error::type_error("A body must be of type ReadableStream."))
}

fn headers_member<'d>(reader: &mut Reader<'_, 'd>, init: Entries<'d>) -> Result<Headers, Error> {
    member(init, "headers").map_or(Ok(Headers::new()), |pairs| headers(reader, pairs))
}

fn headers<'d>(reader: &mut Reader<'_, 'd>, pairs: Json<'d>) -> Result<Headers, Error> {
    let malformed = || Error::type_error("Headers must be serialized as an array of pairs.");
    let pairs = pairs.items().ok_or_else(malformed)?;
    let mut headers = Headers::with_capacity(pairs.len());
    for pair in pairs {
        headers.push(header(reader, pair)?.ok_or_else(malformed)?);
    }
    check_headers(&headers)?;
    Ok(headers)
}

/// Names compare without case, and blanks around a value are not of it.
fn header<'d>(reader: &mut Reader<'_, 'd>, pair: Json<'d>) -> Result<Option<(String, String)>, Error> {
    let Some(mut pair) = pair.items().filter(|pair| pair.len() == 2) else { return Ok(None) };
    let (Some(Kind::Text(name)), Some(Kind::Text(value))) = (pair.next().map(Json::kind), pair.next().map(Json::kind))
    else {
        return Ok(None);
    };
    let (mut name, mut value) = (reader.text(name)?, reader.text(value)?);
    name.make_ascii_lowercase();
    let kept = value.trim_matches([' ', '\t', '\r', '\n']);
    if kept.len() < value.len() {
        value = kept.to_owned();
    }
    Ok(Some((name, value)))
}

fn text_member<'d>(reader: &mut Reader<'_, 'd>, init: Entries<'d>, name: &str) -> Result<Option<String>, Error> {
    match member(init, name).map(Json::kind) {
        None => Ok(None),
        Some(Kind::Text(text)) => reader.text(text).map(Some),
        Some(_) => Err(Error::type_error(format!("{name} must be a string."))),
    }
}

/// What else there is, for whoever knows it. It is not escaped, and has no references.
fn further<'d>(reader: &mut Reader<'_, 'd>, init: Entries<'d>, known: &[&str]) -> Result<Object, Error> {
    let mut further = Object::new();
    for (name, json) in init {
        if !known.contains(&&*name) && !name::is_dropped(&name) {
            let value = reader.plain(json)?;
            further.insert(name, value);
        }
    }
    Ok(further)
}

/// The last member of that name, unless it is null.
fn member<'d>(init: Entries<'d>, name: &str) -> Option<Json<'d>> {
    let found = init.filter(|(held, _)| held == name).last()?.1;
    (!matches!(found.kind(), Kind::Null)).then_some(found)
}

/// As a condition of JavaScript.
fn is_true(json: Json<'_>) -> bool {
    match json.kind() {
        Kind::Null | Kind::Bool(false) => false,
        Kind::Number(number) => number != 0.0,
        Kind::Text(text) => text.written_bytes() > 0,
        _ => true,
    }
}

impl Writer<'_> {
    pub(super) fn headers(&mut self, headers: &Headers) -> Result<(), Error> {
        check_headers(headers)?;
        self.list(headers, |writer, (name, value)| {
            writer.raw("[");
            writer.text(name);
            writer.raw(",");
            writer.text(value);
            writer.raw("]");
            Ok(())
        })
    }

    pub(super) fn request(&mut self, request: &Request) -> Result<(), Error> {
        request.check()?;
        self.raw("[\"request\",");
        self.text(&request.url);
        self.raw(",{");
        let mut init = Members::default();
        if request.method != "GET" {
            init.name(self, "method");
            self.text(&request.method);
        }
        init.headers(self, &request.headers)?;
        if !request.body.is_none() {
            init.name(self, "body");
            self.body(&request.body)?;
            init.name(self, "duplex");
            self.raw("\"half\"");
        }
        init.further(self, &request.further)?;
        self.raw("}]");
        Ok(())
    }

    pub(super) fn response(&mut self, response: &Response) -> Result<(), Error> {
        response.check()?;
        self.raw("[\"response\",");
        self.body(&response.body)?;
        self.raw(",{");
        let mut init = Members::default();
        if response.status != 200 {
            init.name(self, "status");
            self.number(response.status.into());
        }
        if !response.status_text.is_empty() {
            init.name(self, "statusText");
            self.text(&response.status_text);
        }
        init.headers(self, &response.headers)?;
        init.further(self, &response.further)?;
        self.raw("}]");
        Ok(())
    }

    fn body(&mut self, body: &Body) -> Result<(), Error> {
        match body {
            Body::None => self.raw("null"),
            Body::Text(text) => self.text(text),
            Body::Bytes(data) => return self.bytes(&Bytes::new(data.clone())),
            Body::Stream(stream) => return self.readable(stream),
        }
        Ok(())
    }
}

/// The members of an object that is being written.
#[derive(Default)]
struct Members {
    any: bool,
}

impl Members {
    fn name(&mut self, writer: &mut Writer<'_>, name: &str) {
        if self.any {
            writer.raw(",");
        }
        self.any = true;
        writer.text(name);
        writer.raw(":");
    }

    fn headers(&mut self, writer: &mut Writer<'_>, headers: &Headers) -> Result<(), Error> {
        if headers.is_empty() {
            return Ok(());
        }
        self.name(writer, "headers");
        writer.headers(headers)
    }

    fn further(&mut self, writer: &mut Writer<'_>, further: &Object) -> Result<(), Error> {
        for (name, value) in further {
            self.name(writer, name);
            writer.plain(value)?;
        }
        Ok(())
    }
}
