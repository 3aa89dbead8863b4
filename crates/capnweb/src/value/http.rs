//! Messages of HTTP, and addresses.

use super::Object;
use crate::error::Error;
use crate::stream::Readable;

/// Names and values, in order; a name may come twice.
pub type Headers = Vec<(String, String)>;

/// A request of HTTP.
#[derive(Clone, Debug)]
pub struct Request {
    /// Where it goes.
    pub url: String,
    /// `GET` and others.
    pub method: String,
    /// Its head.
    pub headers: Headers,
    /// What it brings.
    pub body: Body,
    /// What else JavaScript says of it: `redirect`, `cache`, `mode` … Only what JSON knows can be in it.
    pub further: Object,
}

impl Request {
    /// A request without anything else.
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> Self {
        let (method, url) = (method.into(), url.into());
        Self { url, method, headers: Headers::new(), body: Body::None, further: Object::new() }
    }

    /// What JavaScript checks when it makes one.
    pub(crate) fn check(&self) -> Result<(), Error> {
        check_url(&self.url)?;
        check_headers(&self.headers)?;
        let is_forbidden = |method: &str| self.method.eq_ignore_ascii_case(method);
        if !is_token(&self.method) || ["CONNECT", "TRACE", "TRACK"].into_iter().any(is_forbidden) {
            return Err(Error::type_error("The method of a request is malformed or forbidden."));
        }
        if matches!(self.method.as_str(), "GET" | "HEAD") && !self.body.is_none() {
            return Err(Error::type_error("A request that only gets has a body."));
        }
        Ok(())
    }
}

/// A response of HTTP.
#[derive(Clone, Debug)]
pub struct Response {
    /// 200 and others.
    pub status: u16,
    /// What the status says in words.
    pub status_text: String,
    /// Its head.
    pub headers: Headers,
    /// What it brings.
    pub body: Body,
    /// What else JavaScript says of it. Only what JSON knows can be in it.
    pub further: Object,
}

impl Response {
    /// A response without anything else.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self { status, status_text: String::new(), headers: Headers::new(), body: Body::None, further: Object::new() }
    }

    /// What JavaScript checks when it makes one.
    pub(crate) fn check(&self) -> Result<(), Error> {
        check_headers(&self.headers)?;
        if !(200..600).contains(&self.status) {
            return Err(Error::range_error("The status of a response is not from 200 to 599."));
        }
        if matches!(self.status, 204 | 205 | 304) && !self.body.is_none() {
            return Err(Error::type_error("A response whose status allows no body has one."));
        }
        if !self.status_text.chars().all(|character| character == '\t' || !character.is_control()) {
            return Err(Error::type_error("The status text of a response is malformed."));
        }
        Ok(())
    }
}

/// What a request or a response brings.
#[derive(Clone, Debug, Default)]
pub enum Body {
    /// Nothing.
    #[default]
    None,
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(bytes::Bytes),
    /// A stream of bytes.
    Stream(Readable),
}

impl Body {
    /// Whether there is none. One without bytes is one.
    #[must_use]
    pub fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }
}

/// Names must be tokens; values must not end the line or the text.
pub(crate) fn check_headers(headers: &Headers) -> Result<(), Error> {
    let fits = |value: &str| !value.bytes().any(|byte| matches!(byte, 0 | b'\r' | b'\n'));
    match headers.iter().find(|(name, value)| !is_token(name) || !fits(value)) {
        Some(_) => Err(Error::type_error("A header is malformed.")),
        None => Ok(()),
    }
}

/// Far from all that makes an address valid: a scheme, a host where one is needed, no control characters.
pub(crate) fn check_url(url: &str) -> Result<(), Error> {
    let is_valid = url.split_once(':').is_some_and(|(scheme, rest)| {
        is_scheme(scheme) && !url.bytes().any(|byte| byte.is_ascii_control()) && has_host_where_needed(scheme, rest)
    });
    if is_valid { Ok(()) } else { Err(Error::type_error("Invalid URL.")) }
}

fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

fn has_host_where_needed(scheme: &str, rest: &str) -> bool {
    let needed = ["http", "https", "ws", "wss", "ftp"].iter().any(|needing| scheme.eq_ignore_ascii_case(needing));
    let host = rest.trim_start_matches(['/', '\\']);
    !needed || !(host.is_empty() || host.starts_with(['?', '#', ':', ' ']))
}

/// A token of HTTP: a method, the name of a header.
fn is_token(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(fits)
}
