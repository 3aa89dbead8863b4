//! `/rpc`: Cap'n Web for programs, over WebSocket and in batches.
//!
//! Each socket, and each batch, has a [`Seat`](super::seat::Seat) of its own.

use capnweb::Session;
use capnweb::drivers::{self, BatchReply, Timing, accept_upgrade, websocket_server};
use capos_client::Connection;
use capos_rpc::Peer;
use capos_web::{Allowance, Answer, Answering, Moved, Refusal, RequestBody, Route, full};
use http_body_util::BodyExt as _;
use hyper::header::{CONTENT_TYPE, HeaderValue, ORIGIN};
use hyper::{Method, Request, Response, StatusCode};
use tokio::sync::oneshot;

use super::seat::{STOPPING, Seats};
use crate::limits::RpcLimits;

/// Browsers never hold capabilities, and always say where a page is from.
const FROM_A_PAGE: Refusal = Refusal::new(
    StatusCode::FORBIDDEN,
    "originRefused",
    "this is for programs: a request that carries an Origin header is refused",
);
const NO_SOCKET: Refusal = Refusal::new(
    StatusCode::UPGRADE_REQUIRED,
    "upgradeRequired",
    "Cap'n Web is spoken here over WebSocket, or in batches by POST",
);
const BAD_SOCKET: Refusal =
    Refusal::new(StatusCode::BAD_REQUEST, "badRequest", "a WebSocket is not asked for like that");
const LOST: Refusal = Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the batch was lost");

/// The route.
pub(crate) struct Rpc {
    seats: Seats,
    limits: RpcLimits,
    /// What a session of Cap'n Web may cost.
    session: capnweb::Limits,
}

impl Rpc {
    pub(crate) fn new(seats: Seats, limits: RpcLimits, session: capnweb::Limits) -> Self {
        Self { seats, limits, session }
    }

    async fn serve(&self, request: Request<RequestBody>, peer: Peer) -> Result<Answer, Refusal> {
        if request.headers().contains_key(ORIGIN) {
            return Err(FROM_A_PAGE);
        }
        match *request.method() {
            Method::GET => self.socket(request, peer),
            Method::POST => self.batch(request, peer).await,
            _ => Err(Refusal::method("GET, POST")),
        }
    }

    fn socket(&self, mut request: Request<RequestBody>, peer: Peer) -> Result<Answer, Refusal> {
        let switching: Response<()> = accept_upgrade(&request).map_err(|refusal| match refusal {
            drivers::Refusal::NotAsked | drivers::Refusal::Version => NO_SOCKET,
            drivers::Refusal::Malformed => BAD_SOCKET,
        })?;
        let (seat, limits, session) = (self.seats.seat(peer)?, self.limits, self.session);
        let upgraded = capos_web::upgraded(&mut request);
        tokio::spawn(async move {
            if let Some(moved) = upgraded.await {
                seat.take(move |connection| speak(Speaker::new(&connection, &limits, session), moved));
            }
        });
        let (head, ()) = switching.into_parts();
        Ok(Response::from_parts(head, full(StatusCode::SWITCHING_PROTOCOLS, "").into_body()))
    }

    /// Its place comes before its body, of which no more is read than its session has room for: what waits to sign in is
    /// bounded with all that it has sent.
    async fn batch(&self, request: Request<RequestBody>, peer: Peer) -> Result<Answer, Refusal> {
        let (seat, limits, session) = (self.seats.seat(peer)?, self.limits, self.session);
        let (reply, replied) = oneshot::channel();
        if !seat.take(move |connection| {
            answer_batch(Speaker::new(&connection, &limits, session), request.into_body(), reply)
        }) {
            return Err(STOPPING);
        }
        let BatchReply { status, body } = replied.await.map_err(|_| LOST)??;
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut answer = full(status, body);
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        Ok(answer)
    }
}

impl Route for Rpc {
    fn answer(&self, request: Request<RequestBody>, peer: Peer) -> Answering<'_> {
        Box::pin(async move {
            let asked = request.headers().clone();
            self.serve(request, peer).await.unwrap_or_else(|refusal| refusal.answer(&asked))
        })
    }

    fn allowance(&self, _: &str, _: &capos_web::Limits) -> Allowance {
        Allowance { bytes: self.limits.batch_bytes, time: self.limits.batch_read_time }
    }
}

fn timing(limits: &RpcLimits) -> Timing {
    Timing {
        send: limits.send_stall,
        ping: limits.ping_time,
        close: limits.close_time,
        batch: limits.batch_time,
        ..Timing::default()
    }
}

/// The node's side of a session of Cap'n Web, with somebody at the other.
struct Speaker {
    session: Session,
    timing: Timing,
}

impl Speaker {
    fn new(connection: &Connection, limits: &RpcLimits, session: capnweb::Limits) -> Self {
        let main = capos_bridge::main_object(connection.clone(), capos_bridge::Limits::default());
        Self {
            session: Session::new(capnweb::Options { limits: session, ..capnweb::Options::default() }, main),
            timing: timing(limits),
        }
    }
}

async fn speak(speaker: Speaker, moved: Moved) {
    let Speaker { session, timing } = speaker;
    // Where the thread takes no more sockets the client finds its own closed.
    let Ok(stream) = moved.arrive() else { return };
    let ended = websocket_server(stream, session, timing).await;
    tracing::debug!(%ended, "a session of Cap'n Web ended");
}

/// Answers, unless and until whoever asked has gone.
async fn answer_batch(speaker: Speaker, body: RequestBody, mut reply: oneshot::Sender<Result<BatchReply, Refusal>>) {
    let Speaker { session, timing } = speaker;
    tokio::select! {
        answer = drivers::batch_from(body.into_data_stream(), session, timing) => {
            // Who has gone by now does not hear it.
            let _ = reply.send(answer);
        }
        () = reply.closed() => {}
    }
}
