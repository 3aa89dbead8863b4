//! Calls in one request of HTTP.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::str::FromStr;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST, HeaderValue};
use hyper::{Method, Request, Response, Uri};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use super::{connect, too_late};
use crate::drivers::Timing;
use crate::error::Error;
use crate::session::Session;
use crate::stub::Stub;

/// Makes the calls of `work` in one request to `http://host:port/path`.
///
/// The request is sent when `work` waits for the first time: what it calls after that is not sent, and fails, as does
/// everything when the request does.
pub async fn batch<F, T>(url: &str, session: &Session, timing: Timing, work: impl FnOnce(Stub) -> F) -> T
where
    F: Future<Output = T>,
{
    run(session, work, async |body| {
        let connected = timeout(timing.connect, connect(url, "http")).await.unwrap_or_else(|_| Err(too_late()));
        post(connected?, url, body, session, timing).await
    })
    .await
}

/// Makes the calls of `work` in one request on `stream`, encrypted or not. `url` is what is asked for.
pub async fn batch_over<S, F, T>(
    stream: S,
    url: &str,
    session: &Session,
    timing: Timing,
    work: impl FnOnce(Stub) -> F,
) -> T
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
    F: Future<Output = T>,
{
    run(session, work, async |body| post(stream, url, body, session, timing).await).await
}

async fn run<F, T>(
    session: &Session,
    work: impl FnOnce(Stub) -> F,
    send: impl AsyncFnOnce(String) -> Result<String, Error>,
) -> T
where
    F: Future<Output = T>,
{
    let ending = Ending(session);
    let mut work = pin!(work(session.remote()));
    if let Some(done) = poll_fn(|context| Poll::Ready(poll_together(context, session, work.as_mut()))).await {
        return done;
    }
    let mut lines = Vec::new();
    while let Some(message) = session.next_message() {
        lines.push(message);
    }
    match send(lines.join("\n")).await {
        Ok(reply) => receive(session, &reply),
        Err(error) => session.disconnected(error),
    }
    // Once now for what the answers started, then without hope for what was not answered.
    if let Some(done) = poll_fn(|context| Poll::Ready(poll_together(context, session, work.as_mut()))).await {
        return done;
    }
    drop(ending);
    poll_fn(|context| poll_together(context, session, work.as_mut()).map_or(Poll::Pending, Poll::Ready)).await
}

/// Polls both until neither gets on, and gives what `work` gave.
fn poll_together<T>(
    context: &mut Context<'_>,
    session: &Session,
    mut work: Pin<&mut impl Future<Output = T>>,
) -> Option<T> {
    if let Poll::Ready(done) = work.as_mut().poll(context) {
        return Some(done);
    }
    // It is ready for as long as nobody takes its messages; they are taken together.
    let _ = session.poll(context);
    match work.poll(context) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}

fn receive(session: &Session, reply: &str) {
    for line in reply.split('\n').filter(|line| !line.trim_ascii().is_empty()) {
        if session.receive(line).is_err() {
            return;
        }
    }
}

struct Ending<'a>(&'a Session);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.disconnected(Error::new("Error", "Batch RPC request ended."));
    }
}

async fn post<S>(stream: S, url: &str, body: String, session: &Session, timing: Timing) -> Result<String, Error>
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let work = async {
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| failed(&error))?;
        let asked = async {
            let response = sender.send_request(request(url, body)?).await.map_err(|error| failed(&error))?;
            read(response, session.limits().held_bytes).await
        };
        tokio::select! {
            biased;
            outcome = asked => outcome,
            Err(error) = connection => Err(failed(&error)),
        }
    };
    // The server may take its time for the answer, and this side for the way.
    timeout(timing.batch.saturating_add(timing.connect), work).await.unwrap_or_else(|_| Err(too_late()))
}

fn request(url: &str, body: String) -> Result<Request<Full<Bytes>>, Error> {
    let malformed = || Error::type_error("The address is malformed.");
    let uri = Uri::from_str(url).map_err(|_| malformed())?;
    let host = uri.authority().ok_or_else(malformed)?.as_str();
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(HOST, host)
        .header(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))
        .body(Full::from(body))
        .map_err(|_| malformed())
}

async fn read(response: Response<hyper::body::Incoming>, most: usize) -> Result<String, Error> {
    if !response.status().is_success() {
        return Err(Error::new("Error", format!("RPC request failed: {}", response.status())));
    }
    let body = Limited::new(response.into_body(), most).collect().await;
    let body = body.map_err(|_| Error::new("Error", "The answer broke off, or is too long."))?;
    String::from_utf8(body.to_bytes().into()).map_err(|_| Error::type_error("The answer is no UTF-8."))
}

fn failed(error: &hyper::Error) -> Error {
    Error::new("Error", format!("RPC request failed: {error}"))
}
