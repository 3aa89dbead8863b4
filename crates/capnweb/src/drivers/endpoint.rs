//! A server that is nothing but Cap'n Web.

use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{ALLOW, CONNECTION, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use super::{Ended, Refusal, Timing, accept_upgrade, batch, websocket_server};
use crate::error::Error;
use crate::session::Session;

/// Answers HTTP at one path: WebSockets, and batches by `POST`. Every WebSocket and every batch gets a session of its
/// own.
pub struct Endpoint {
    path: String,
    timing: Timing,
    session: Box<dyn Fn() -> Session>,
}

impl Endpoint {
    /// An endpoint at that path whose sessions `session` makes.
    pub fn new(path: impl Into<String>, session: impl Fn() -> Session + 'static) -> Self {
        Self { path: path.into(), timing: Timing::default(), session: Box::new(session) }
    }

    /// Waits for peers as `timing` says.
    #[must_use]
    pub fn timing(self, timing: Timing) -> Self {
        Self { timing, ..self }
    }

    /// Answers what comes on a connection, to its end.
    ///
    /// Dropped before, it disconnects the session that is on it.
    ///
    /// # Errors
    /// When the connection broke, or said what is not HTTP.
    pub async fn serve<S>(self: Rc<Self>, stream: S) -> Result<Option<Ended>, Error>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let upgrade = RefCell::new(None);
        let service = service_fn(|request| self.answer(request, &upgrade));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(Some(self.timing.connect.max(Duration::from_millis(1))))
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        connection.await.map_err(|_| Error::new("Error", "The connection broke."))?;
        let Some(upgrade) = upgrade.take() else { return Ok(None) };
        self.upgraded(upgrade).await.map(Some)
    }

    async fn upgraded(&self, upgrade: OnUpgrade) -> Result<Ended, Error> {
        let stream = upgrade.await.map_err(|_| Error::new("Error", "The connection broke."))?;
        Ok(websocket_server(TokioIo::new(stream), (self.session)(), self.timing).await)
    }

    async fn answer(
        &self,
        mut request: Request<Incoming>,
        upgrade: &RefCell<Option<OnUpgrade>>,
    ) -> Result<Response<Full<Bytes>>, Infallible> {
        if request.uri().path() != self.path {
            return Ok(refuse(StatusCode::NOT_FOUND));
        }
        if request.method() == Method::POST {
            return Ok(self.answer_batch(request.into_body()).await);
        }
        Ok(match accept_upgrade(&request) {
            Ok(response) => {
                upgrade.replace(Some(hyper::upgrade::on(&mut request)));
                response
            }
            Err(Refusal::NotAsked) => refuse(StatusCode::METHOD_NOT_ALLOWED),
            Err(refusal) => refuse(refusal.status()),
        })
    }

    async fn answer_batch(&self, body: Incoming) -> Response<Full<Bytes>> {
        let session = (self.session)();
        let body = Limited::new(body, session.limits().message_bytes).collect();
        let body = match timeout(self.timing.batch, body).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(error)) if error.is::<LengthLimitError>() => return refuse(StatusCode::PAYLOAD_TOO_LARGE),
            Ok(Err(_)) => return refuse(StatusCode::BAD_REQUEST),
            Err(_) => return refuse(StatusCode::REQUEST_TIMEOUT),
        };
        let reply = batch(&body, session, self.timing).await;
        let mut response = Response::new(Full::from(reply.body));
        *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        response
    }
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint").field("path", &self.path).field("timing", &self.timing).finish_non_exhaustive()
    }
}

fn refuse(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    match status {
        StatusCode::METHOD_NOT_ALLOWED => {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, POST"));
        }
        StatusCode::UPGRADE_REQUIRED => {
            response.headers_mut().insert("sec-websocket-version", HeaderValue::from_static("13"));
        }
        // What is left of the body is not read.
        StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT => {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        _ => {}
    }
    response
}
