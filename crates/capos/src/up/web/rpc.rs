//! `/rpc`: Cap'n Web for programs, over WebSocket and in batches.
//!
//! Each socket, and each batch, is a client of the node like one that comes to the port for Cap'n Proto: it has a place
//! at the same gate, a connection of its own within the same bounds, on one vat thread for its whole life, and is who
//! the accepted connection says. What it reads and writes there are ordinary messages, over a stream in this process:
//! so every budget that counts messages, and every way in which a connection ends, is the one of any other client.

use std::net::IpAddr;
use std::panic::resume_unwind;
use std::sync::{Arc, Weak};

use capnweb::Session;
use capnweb::drivers::{self, BatchReply, Timing, accept_upgrade, websocket_server};
use capos_client::{Connection, Identify};
use capos_gateway::Gateway;
use capos_rpc::{Crowded, Gate, Origin, Peer, Permit, Vats};
use capos_web::{Allowance, Answer, Answering, Moved, Refusal, RequestBody, Route, full};
use hyper::header::{CONTENT_TYPE, HeaderValue, ORIGIN};
use hyper::{Method, Request, Response, StatusCode};
use tokio::io::duplex;
use tokio::sync::oneshot;

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
const SOURCE_CROWDED: Refusal = Refusal::new(
    StatusCode::TOO_MANY_REQUESTS,
    "overloaded",
    "too many connections from there wait to sign in; try again later",
);
const CROWDED: Refusal = Refusal::new(
    StatusCode::SERVICE_UNAVAILABLE,
    "overloaded",
    "too many connections wait to sign in; try again later",
);
const STOPPING: Refusal = Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", "the node is stopping");
const LOST: Refusal = Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the batch was lost");

/// The route.
pub(crate) struct Rpc {
    gateway: Gateway,
    gate: Gate,
    /// Weakly: a slow batch does not keep the threads.
    vats: Weak<Vats>,
    limits: RpcLimits,
}

impl Rpc {
    pub(crate) fn new(gateway: Gateway, gate: Gate, vats: &Arc<Vats>, limits: RpcLimits) -> Self {
        Self { gateway, gate, vats: Arc::downgrade(vats), limits }
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
        let seat = self.seat(peer)?;
        let upgraded = capos_web::upgraded(&mut request);
        tokio::spawn(async move {
            if let Some(moved) = upgraded.await {
                seat.take(|speaker| speak(speaker, moved));
            }
        });
        let (head, ()) = switching.into_parts();
        Ok(Response::from_parts(head, full(StatusCode::SWITCHING_PROTOCOLS, "").into_body()))
    }

    /// Its place comes before its body: what waits to sign in is bounded with all that it has sent.
    async fn batch(&self, request: Request<RequestBody>, peer: Peer) -> Result<Answer, Refusal> {
        let seat = self.seat(peer)?;
        let body = request.into_body().whole().await?;
        let (reply, replied) = oneshot::channel();
        if !seat.take(|speaker| answer_batch(speaker, body, reply)) {
            return Err(STOPPING);
        }
        let BatchReply { status, body } = replied.await.map_err(|_| LOST)?;
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut answer = full(status, body);
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        Ok(answer)
    }

    fn seat(&self, peer: Peer) -> Result<Seat, Refusal> {
        let address = address(&peer).ok_or(LOST)?;
        let permit = self.gate.admit(address).map_err(|crowded| match crowded {
            Crowded::Node => CROWDED,
            Crowded::Source => SOURCE_CROWDED,
        })?;
        Ok(Seat { gateway: self.gateway.clone(), vats: self.vats.clone(), peer, permit, limits: self.limits })
    }
}

impl Route for Rpc {
    fn answer(&self, request: Request<RequestBody>, peer: Peer) -> Answering<'_> {
        Box::pin(async move {
            let asked = request.headers().clone();
            self.serve(request, peer).await.unwrap_or_else(|refusal| refusal.answer(&asked))
        })
    }

    fn allowance(&self, _: &capos_web::Limits) -> Allowance {
        Allowance { bytes: self.limits.batch_bytes, time: self.limits.batch_read_time }
    }
}

fn address(peer: &Peer) -> Option<IpAddr> {
    match peer.origin {
        Origin::Tcp(address) => Some(address.ip()),
        Origin::Unix | Origin::Internal => None,
    }
}

/// A client that was let in, on its way to a vat thread.
struct Seat {
    gateway: Gateway,
    vats: Weak<Vats>,
    peer: Peer,
    permit: Permit,
    limits: RpcLimits,
}

impl Seat {
    /// Serves it on a vat thread, where `speak` carries its session of Cap'n Web. False where the node stops.
    fn take<F>(self, speak: impl FnOnce(Speaker) -> F + Send + 'static) -> bool
    where
        F: Future<Output = ()> + 'static,
    {
        let Some(vats) = self.vats.upgrade() else { return false };
        let serving = vats.clone();
        vats.place(move || self.converse(serving, speak)).is_some()
    }

    async fn converse<F: Future<Output = ()>>(self, vats: Arc<Vats>, speak: impl FnOnce(Speaker) -> F) {
        let Self { gateway, peer, permit, limits, .. } = self;
        let (ours, theirs) = duplex(limits.pipe_bytes);
        let mut options = capos_client::Options::new(Identify::Plain);
        options.registry = gateway.registry();
        options.limits.message_bytes = options.limits.message_bytes.max(gateway.connection_limits().message_bytes);
        let served = tokio::task::spawn_local(async move { gateway.serve_relayed(&vats, theirs, peer, permit).await });
        let connection = Connection::over(ours, Peer::internal(), &options);
        let main = capos_bridge::main_object(connection.clone(), capos_bridge::Limits::default());
        let session = Session::new(capnweb::Options::default(), main);
        speak(Speaker { session, timing: timing(&limits) }).await;
        // With the last word of the program goes everything it had.
        connection.close();
        if let Err(error) = served.await
            && error.is_panic()
        {
            // Counted as any other connection that is lost to one.
            resume_unwind(error.into_panic());
        }
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

async fn speak(speaker: Speaker, moved: Moved) {
    let Speaker { session, timing } = speaker;
    // Where the thread takes no more sockets the client finds its own closed.
    let Ok(stream) = moved.arrive() else { return };
    let ended = websocket_server(stream, session, timing).await;
    tracing::debug!(%ended, "a session of Cap'n Web ended");
}

/// Answers, unless and until whoever asked has gone.
async fn answer_batch(speaker: Speaker, body: bytes::Bytes, mut reply: oneshot::Sender<BatchReply>) {
    let Speaker { session, timing } = speaker;
    tokio::select! {
        answer = drivers::batch(&body, session, timing) => {
            // Who has gone by now does not hear it.
            let _ = reply.send(answer);
        }
        () = reply.closed() => {}
    }
}
