//! The greeting of a WebSocket, server side.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{
    CONNECTION, HeaderMap, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION,
    UPGRADE,
};
use hyper::{Method, Request, Response, StatusCode, Version};
use ring::digest;

/// What the standard adds to the client's key.
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Why a request is not answered with a WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It does not ask for one.
    NotAsked,
    /// It asks for one in a way that this is not.
    Malformed,
    /// It asks for another version than 13.
    Version,
}

impl Refusal {
    /// The status to refuse with.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::NotAsked | Self::Version => StatusCode::UPGRADE_REQUIRED,
            Self::Malformed => StatusCode::BAD_REQUEST,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAsked => "the request asks for no WebSocket",
            Self::Malformed => "the request for a WebSocket is malformed",
            Self::Version => "the version of WebSocket is not 13",
        })
    }
}

impl std::error::Error for Refusal {}

/// The answer that makes a WebSocket of a request. The stream is then hyper's: `hyper::upgrade::on` the request, for
/// [`super::websocket_server`].
///
/// # Errors
/// When the request asks for none, or not as the standard has it.
pub fn accept_upgrade<B, A: Default>(request: &Request<B>) -> Result<Response<A>, Refusal> {
    let headers = request.headers();
    if !has_token(headers, &UPGRADE, "websocket") {
        return Err(Refusal::NotAsked);
    }
    let old = request.version() < Version::HTTP_11;
    if old || request.method() != Method::GET || !has_token(headers, &CONNECTION, "upgrade") {
        return Err(Refusal::Malformed);
    }
    if headers.get(SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        return Err(Refusal::Version);
    }
    let key = headers.get(SEC_WEBSOCKET_KEY).filter(|key| is_key(key)).ok_or(Refusal::Malformed)?;
    Ok(switching(key))
}

fn switching<A: Default>(key: &HeaderValue) -> Response<A> {
    let mut response = Response::new(A::default());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    if let Ok(accept) = HeaderValue::try_from(accept_key(key.as_bytes())) {
        headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    }
    response
}

fn accept_key(key: &[u8]) -> String {
    let mut sha1 = digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY);
    sha1.update(key);
    sha1.update(GUID.as_bytes());
    STANDARD.encode(sha1.finish())
}

/// Sixteen bytes in base64.
fn is_key(key: &HeaderValue) -> bool {
    STANDARD.decode(key.as_bytes()).is_ok_and(|bytes| bytes.len() == 16)
}

fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|part| part.trim().eq_ignore_ascii_case(token))
}

#[cfg(test)]
mod tests {
    use super::accept_key;

    #[test]
    fn the_key_of_the_standard_has_the_answer_of_the_standard() {
        assert_eq!(accept_key(b"dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }
}
