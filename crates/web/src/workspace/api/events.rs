//! How a window is told of changes.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use bytes::Bytes;
use futures::stream;
use http_body_util::StreamBody;
use hyper::StatusCode;
use hyper::body::Frame;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use serde::Deserialize;
use tokio::time::timeout;

use super::App;
use super::asking::{Asking, as_json, no_address, read, respond};
use crate::server::{Broken, Streams, answer_of};
use crate::workspace::board::{Opening, Window};
use crate::workspace::command::Reply;
use crate::workspace::door::{Ended, Use};
use crate::workspace::problem::Problem;
use crate::workspace::view::{Key, json};

#[derive(Deserialize)]
pub(super) struct EventsRequest {
    window: String,
    #[serde(default)]
    topics: String,
}

/// One stream for a window, for as long as both are there.
pub(super) async fn events(
    State(app): App,
    asked: Result<Query<EventsRequest>, QueryRejection>,
    asking: Asking,
) -> Response {
    let open = || {
        let visit = app.door.visit(&asking, Use::Reads)?;
        let Query(asked) = asked.map_err(|_| no_address())?;
        let board = visit.desk()?.board;
        let window = Key::parse(&asked.window).ok_or_else(|| Problem::bad_request("A window needs a name."))?;
        let topics = asked.topics.split(',').filter(|topic| !topic.is_empty()).map(str::to_owned).collect();
        let after = asking.headers.get("last-event-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
        let window = board.window(Opening { window, topics, after })?;
        // It holds nothing of the session but what it shows: a window that reads slowly does not keep a desk.
        let telling = Telling {
            window,
            ended: visit.ended(),
            pulse: app.limits.pulse_time,
            over: false,
            _open: Open::count(&app.streams),
        };
        let body = StreamBody::new(stream::unfold(telling, |mut telling| async move {
            let text = telling.next().await?;
            Some((Ok::<_, Broken>(Frame::data(text)), telling))
        }));
        let mut answer = answer_of(StatusCode::OK, body);
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        answer.extensions_mut().insert(Streams);
        Ok(answer)
    };
    respond(open())
}

struct Telling {
    window: Window,
    ended: Ended,
    pulse: Duration,
    over: bool,
    _open: Open,
}

/// Counts a stream for as long as it is there.
struct Open(Arc<AtomicUsize>);

impl Open {
    fn count(streams: &Arc<AtomicUsize>) -> Self {
        streams.fetch_add(1, Ordering::Relaxed);
        Self(streams.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Telling {
    /// The next news, or a sign that there are none. Once the session was ended, nothing but that.
    async fn next(&mut self) -> Option<Bytes> {
        if self.over {
            return None;
        }
        tokio::select! {
            biased;
            why = self.ended.why() => {
                self.over = true;
                Some(format!("data: {{\"ended\":{}}}\n\n", json(&why)).into())
            }
            news = timeout(self.pulse, self.window.next()) => news.unwrap_or(Some(Bytes::from_static(b":\n\n"))),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WindowRequest {
    window: Key,
    topics: BTreeSet<String>,
}

pub(super) async fn window(State(app): App, asking: Asking, body: Bytes) -> Response {
    let want = || {
        let visit: Arc<_> = app.door.visit(&asking, Use::Acts)?;
        let WindowRequest { window, topics } = read(&body)?;
        visit.desk()?.board.want(window, topics)?;
        Ok(as_json(Reply::done()))
    };
    respond(want())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::board::Board;
    use crate::workspace::limits::WorkspaceLimits;
    use crate::workspace::view::Text;

    #[tokio::test(start_paused = true)]
    async fn a_window_that_reads_slowly_is_told_nothing_after_the_end_but_the_end() {
        let board = Board::new(&WorkspaceLimits::default());
        let opening = Opening { window: Key::new(), topics: BTreeSet::new(), after: None };
        let window = board.window(opening).unwrap();
        let (end, ended) = Ended::pending();
        let _open = Open::count(&Arc::default());
        let mut telling = Telling { window, ended, pulse: Duration::from_secs(5), over: false, _open };
        assert!(telling.next().await.is_some_and(|begin| begin.starts_with(b"data: {\"begin\"")));
        assert_eq!(telling.next().await.as_deref(), Some(&b":\n\n"[..]), "a sign of life");
        board.put("session/secret", Text::line("too late"));
        end.send_replace(Some(Problem::not_found("It is over.")));
        let last = telling.next().await.unwrap();
        assert!(last.starts_with(b"data: {\"ended\":{") && !last.windows(8).any(|part| part == b"too late"));
        assert!(telling.next().await.is_none());
    }
}
