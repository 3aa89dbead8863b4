//! Whether a request is sent by a page of this very site.

use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, ORIGIN};
use hyper::{Method, StatusCode};

use crate::server::{Link, Refusal};
use crate::workspace::problem::Problem;

/// Who has a browser send a request, as browsers say it that can.
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What a request that changes something has to be made of. No form of another page can send either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Json,
    Bytes,
}

/// What asks for anything comes from a page of this origin; what changes something says so, and says what it sends.
pub(crate) fn check(method: &Method, headers: &HeaderMap, link: &Link, content: Content) -> Result<(), Problem> {
    let site = headers.get(SITE).map(|site| site.as_bytes());
    // `none` is somebody who has typed the address.
    if !matches!(site, None | Some(b"same-origin" | b"none")) {
        return Err(Refusal::ORIGIN.into());
    }
    let mut origins = headers.get_all(ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (Some(origin), None) if origin.as_bytes() == link.origin.as_bytes() => {}
        (None, None) if method.is_safe() => return Ok(()),
        _ => return Err(Refusal::ORIGIN.into()),
    }
    if method.is_safe() { Ok(()) } else { content.check(headers) }
}

impl Content {
    fn check(self, headers: &HeaderMap) -> Result<(), Problem> {
        let (wanted, sentence) = match self {
            Self::Json => ("application/json", "Commands are given as JSON."),
            Self::Bytes => ("application/octet-stream", "Files are given as bytes."),
        };
        let mut kinds = headers.get_all(CONTENT_TYPE).iter();
        let (kind, more) = (kinds.next().and_then(|kind| kind.to_str().ok()), kinds.next());
        let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default();
        if kind.trim().eq_ignore_ascii_case(wanted) && more.is_none() {
            return Ok(());
        }
        Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupportedMediaType", sentence, ""))
    }
}
