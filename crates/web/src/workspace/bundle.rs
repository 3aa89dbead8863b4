//! The pages themselves: built into the program, under fixed names.
//!
//! What a page consists of lies under `/bundle/DIGEST/`, and the digest is of all of it: so browsers may keep it for
//! good, and what they keep is never mixed with another version. Only `/`, which names the digest, is asked for anew.
//!
//! An address is one of those in the table or none: nothing of a request is ever part of a path.

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
    plain: Form,
    brotli: Form,
}

/// One form of it. Each has a tag of its own: they are not the same bytes.
struct Form {
    etag: &'static str,
    bytes: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/bundle.rs"));

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; \
     trusted-types 'none'";
/// What a page may ask a browser for: to go to full size, and to copy.
const PERMISSIONS: &str = "accelerometer=(), autoplay=(), camera=(), clipboard-read=(), \
     display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), \
     serial=(), usb=(), xr-spatial-tracking=()";

/// Serves a file, or says that there is none.
pub(crate) async fn serve(request: Request) -> Response {
    let headers = request.headers();
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Refusal::method("GET, HEAD").answer(headers).map(Body::new);
    }
    let path = request.uri().path();
    match ASSETS.iter().find(|asset| asset.path == path) {
        Some(asset) => asset.answer(headers),
        // Browsers ask for it whatever the page says; that there is none is nothing to complain about.
        None if path == "/favicon.ico" => full(StatusCode::NO_CONTENT, "").map(Body::new),
        None => Refusal::NOT_FOUND.answer(headers).map(Body::new),
    }
}

impl Asset {
    fn answer(&self, asked: &HeaderMap) -> Response {
        let is_brotli = takes_brotli(asked);
        let form = if is_brotli { &self.brotli } else { &self.plain };
        let mut answer =
            if knows(asked, form.etag) { full(StatusCode::NOT_MODIFIED, "") } else { full(StatusCode::OK, form.bytes) };
        let keep = if self.path.starts_with(PREFIX) { "public, max-age=31536000, immutable" } else { "no-cache" };
        let headers = answer.headers_mut();
        let mut set = |name: HeaderName, value: &'static str| headers.insert(name, HeaderValue::from_static(value));
        set(CONTENT_TYPE, self.kind);
        set(CACHE_CONTROL, keep);
        set(ETAG, form.etag);
        set(VARY, "accept-encoding");
        set(CONTENT_SECURITY_POLICY, POLICY);
        set(HeaderName::from_static("permissions-policy"), PERMISSIONS);
        if is_brotli {
            set(CONTENT_ENCODING, "br");
        }
        answer.map(Body::new)
    }
}

/// Whether a browser has that form already.
fn knows(asked: &HeaderMap, etag: &str) -> bool {
    let known = asked.get_all(IF_NONE_MATCH).iter().filter_map(|known| known.to_str().ok());
    let mut known = known.flat_map(|known| known.split(',')).map(str::trim);
    known.any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == etag)
}

/// Whether `br` is acceptable: named with a weight that is not zero, or not named where everything is.
fn takes_brotli(asked: &HeaderMap) -> bool {
    let accepted = asked.get_all(ACCEPT_ENCODING).iter().filter_map(|accepted| accepted.to_str().ok());
    let (mut named, mut any) = (None, false);
    for one in accepted.flat_map(|accepted| accepted.split(',')) {
        let (coding, parameters) = one.split_once(';').unwrap_or((one, ""));
        let is_wanted = !parameters.split(';').any(is_zero_weight);
        match coding.trim() {
            coding if coding.eq_ignore_ascii_case("br") => named = Some(is_wanted),
            "*" => any = is_wanted,
            _ => {}
        }
    }
    named.unwrap_or(any)
}

fn is_zero_weight(parameter: &str) -> bool {
    let Some((name, weight)) = parameter.split_once('=') else { return false };
    name.trim().eq_ignore_ascii_case("q") && weight.trim().parse::<f32>().is_ok_and(|weight| weight <= 0.0)
}

#[cfg(test)]
mod tests;
