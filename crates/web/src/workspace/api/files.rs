//! Files that pages send and fetch, beside the commands that speak of them.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use hyper::StatusCode;
use hyper::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue};

use super::asking::{Asking, as_json, respond};
use super::{App, Shared};
use crate::server::{Answer, RequestBody, full};
use crate::workspace::command::Reply;
use crate::workspace::door::Use;
use crate::workspace::problem::Problem;
use crate::workspace::view::{Key, shown};

shown! {
    /// A file that has come.
    struct Uploaded {
        /// What commands call it by, once.
        key: Key,
    }
}

/// Nothing of it is read before it is known whose it is, and that there is room.
pub(super) async fn upload(app: &Shared, asking: &Asking, body: RequestBody) -> Result<Answer, Problem> {
    let visit = app.door.visit(asking, Use::Acts)?;
    let mut ended = visit.ended();
    let room = visit.desk()?.uploads.room(body.most_bytes())?;
    let bytes = tokio::select! {
        bytes = body.whole() => bytes?,
        why = ended.why() => return Err(why),
    };
    Ok(as_json(Reply::of(&Uploaded { key: room.put(bytes) })))
}

pub(super) async fn download(State(app): App, key: Result<Path<String>, PathRejection>, asking: Asking) -> Response {
    let download = || {
        let downloads = app.door.visit(&asking, Use::Acts)?.desk()?.downloads;
        let file = key.ok().and_then(|key| Key::parse(&key)).and_then(|key| downloads.get(key));
        let file = file.ok_or_else(|| Problem::not_found("This file is not there any more."))?;
        let disposition = file.disposition();
        let mut answer = full(StatusCode::OK, file.bytes);
        let headers = answer.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        headers.insert(CONTENT_DISPOSITION, disposition);
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
        Ok(answer)
    };
    respond(download())
}
