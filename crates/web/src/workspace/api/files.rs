//! Files that pages send and fetch, beside the commands that speak of them.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use bytes::Bytes;
use futures::{FutureExt as _, stream};
use http_body_util::StreamBody;
use hyper::StatusCode;
use hyper::body::{Body, Frame};
use hyper::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue};

use super::asking::{Asking, as_json, respond};
use super::{App, Shared};
use crate::server::{Answer, Broken, RequestBody, Streams, answer_of};
use crate::workspace::command::Reply;
use crate::workspace::door::{Ended, Use};
use crate::workspace::problem::Problem;
use crate::workspace::view::{Key, shown};

/// Bytes of a file that are handed on at once. None are after the session's end.
const PIECE: usize = 64 << 10;

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
        let visit = app.door.visit(&asking, Use::Acts)?;
        let downloads = visit.desk()?.downloads;
        let file = key.ok().and_then(|key| Key::parse(&key)).and_then(|key| downloads.get(key));
        let file = file.ok_or_else(|| Problem::not_found("This file is not there any more."))?;
        let disposition = file.disposition();
        let length = HeaderValue::from(file.bytes.len());
        let mut answer = answer_of(StatusCode::OK, piecewise(file.bytes, visit.ended()));
        // As long as it likes on a slow line, for as long as it moves.
        answer.extensions_mut().insert(Streams);
        let headers = answer.headers_mut();
        headers.insert(CONTENT_LENGTH, length);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        headers.insert(CONTENT_DISPOSITION, disposition);
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
        Ok(answer)
    };
    respond(download())
}

/// A file for as long as its session: what is still to come at its end does not.
fn piecewise(bytes: Bytes, ended: Ended) -> impl Body<Data = Bytes, Error = Broken> + Send + 'static {
    StreamBody::new(stream::unfold(Some((bytes, ended)), |left| async move {
        let (mut bytes, mut ended) = left.filter(|(bytes, _)| !bytes.is_empty())?;
        if ended.why().now_or_never().is_some() {
            return Some((Err(Broken::from("the session is over")), None));
        }
        let piece = bytes.split_to(bytes.len().min(PIECE));
        Some((Ok(Frame::data(piece)), Some((bytes, ended))))
    }))
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;
    use crate::workspace::desk::over;

    #[tokio::test]
    async fn a_file_comes_whole_and_nothing_of_it_after_the_end_of_its_session() {
        let file = Bytes::from(vec![7; 3 * PIECE + 1]);
        let (end, ended) = Ended::pending();
        let whole = piecewise(file.clone(), ended.clone()).collect().await.unwrap().to_bytes();
        assert_eq!(whole, file);
        let mut cut = Box::pin(piecewise(file, ended));
        assert_eq!(cut.frame().await.unwrap().unwrap().into_data().unwrap().len(), PIECE);
        end.send_replace(Some(over()));
        assert!(cut.frame().await.unwrap().is_err(), "it is told to be broken, and not to be whole");
        assert!(cut.frame().await.is_none());
    }
}
