//! The pages themselves: built into the program, under fixed names.
//!
//! What a page consists of lies under `/bundle/DIGEST/`, and the digest is of all of it: so browsers may keep it for
//! good, and what they keep is never mixed with another version. Only `/`, which names the digest, is asked for anew.

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use hyper::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderMap,
    HeaderName, HeaderValue, IF_NONE_MATCH, VARY,
};
use hyper::{Method, StatusCode};

use crate::server::{Refusal, full};

/// One file, as `build.rs` wrote it down.
struct Asset {
    path: &'static str,
    kind: &'static str,
    etag: &'static str,
    plain: &'static [u8],
    brotli: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/bundle.rs"));

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Serves a file, or says that there is none.
pub(crate) async fn serve(request: Request) -> Response {
    let headers = request.headers();
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Refusal::method("GET, HEAD").answer(headers).map(Body::new);
    }
    let path = request.uri().path();
    match ASSETS.iter().find(|asset| asset.path == path) {
        Some(asset) => asset.answer(headers),
        None => Refusal::NOT_FOUND.answer(headers).map(Body::new),
    }
}

impl Asset {
    fn answer(&self, asked: &HeaderMap) -> Response {
        let is_known = asked.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == self.etag.as_bytes());
        let is_brotli = asked.get(ACCEPT_ENCODING).and_then(|accept| accept.to_str().ok());
        let is_brotli = is_brotli.is_some_and(|accept| accept.split(',').any(|one| one.trim() == "br"));
        let mut answer = match (is_known, is_brotli) {
            (true, _) => full(StatusCode::NOT_MODIFIED, ""),
            (false, true) => full(StatusCode::OK, self.brotli),
            (false, false) => full(StatusCode::OK, self.plain),
        };
        let keep = if self.path.starts_with(PREFIX) { "public, max-age=31536000, immutable" } else { "no-cache" };
        let headers = answer.headers_mut();
        let mut set = |name: HeaderName, value: &'static str| headers.insert(name, HeaderValue::from_static(value));
        set(CONTENT_TYPE, self.kind);
        set(CACHE_CONTROL, keep);
        set(ETAG, self.etag);
        set(VARY, "accept-encoding");
        set(CONTENT_SECURITY_POLICY, POLICY);
        set(
            HeaderName::from_static("permissions-policy"),
            "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
        );
        if is_brotli && !is_known {
            set(CONTENT_ENCODING, "br");
        }
        answer.map(Body::new)
    }
}
