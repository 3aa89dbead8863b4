//! Where a page is from that sends a request.

use capos_rpc::Peer;
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HOST, HeaderMap, HeaderValue, ORIGIN};

use crate::workspace::problem::Problem;

/// What changes something comes from a page of this very origin, and is JSON, which no form of another page can send.
pub(crate) fn check(headers: &HeaderMap, peer: &Peer) -> Result<(), Problem> {
    let scheme = if peer.tls.is_some() { "https" } else { "http" };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let origin = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok());
    if origin != Some(&format!("{scheme}://{host}")) {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "originRefused",
            "This request does not come from a page of this workspace.",
            "",
        ));
    }
    let is_json = |kind: &HeaderValue| {
        kind.to_str().is_ok_and(|kind| kind.split(';').next().unwrap_or_default().trim() == "application/json")
    };
    if !headers.get(CONTENT_TYPE).is_some_and(is_json) {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupportedMediaType",
            "Commands are given as JSON.",
            "",
        ));
    }
    Ok(())
}
