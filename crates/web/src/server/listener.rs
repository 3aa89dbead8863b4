//! The door: accepts connections, tells TLS from plain, has `hyper` read requests, and hands them to the site.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;

use capos_rpc::{Crowded, Gate, GateLimits, Peer, Permit, ServerTls, accept, begins_as_tls, tune};
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HOST, HeaderMap, HeaderValue, STRICT_TRANSPORT_SECURITY};
use hyper::http::uri::Authority;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use crate::server::access::{Arrival, Caller};
use crate::server::answer::{Answer, STRICT, Streams, add_posture};
use crate::server::body::{Outgoing, RequestBody};
use crate::server::exchange::{Exchange, Phase};
use crate::server::figures::Figures;
use crate::server::host::is_loopback_host;
use crate::server::intake::Intake;
use crate::server::limits::Limits;
use crate::server::refusal::Refusal;
use crate::server::site::{Served, Site};
use crate::server::stream::{Socket, Stream};

/// Serves a site on any number of addresses. Clones are the same server.
#[derive(Clone, Debug)]
pub struct Server {
    site: Arc<Site>,
    limits: Arc<Limits>,
    /// Places of clients: each connection, and each request that a proxy passes on, has one.
    gate: Gate,
    /// Places of proxies, which bring many clients each.
    relays: Gate,
    figures: Arc<Figures>,
}

impl Server {
    /// A server of that site, within these limits on all its addresses together.
    #[must_use]
    pub fn new(site: Site, limits: Limits) -> Self {
        let gate =
            GateLimits { node: limits.connections, source: limits.source_connections, entry_time: limits.head_time };
        let relays = Gate::new(GateLimits { source: limits.connections, ..gate });
        Self { site: Arc::new(site), limits: Arc::new(limits), gate: Gate::new(gate), relays, figures: Arc::default() }
    }

    /// What has happened.
    #[must_use]
    pub fn figures(&self) -> &Arc<Figures> {
        &self.figures
    }

    /// Connections that are open.
    #[must_use]
    pub fn open(&self) -> usize {
        self.gate.waiting() + self.relays.waiting()
    }

    /// Accepts until told to stop, and then answers what was asked by then; dropped, it cuts what is left. TLS where
    /// there is `tls`, plain with clients on this machine.
    pub async fn run(self, listener: TcpListener, tls: Option<ServerTls>, stop: watch::Receiver<bool>) {
        let (mut connections, mut stopped) = (JoinSet::new(), stop.clone());
        loop {
            tokio::select! {
                (stream, address) = accept(&listener) => match self.gate_of(address.ip()).admit(address.ip()) {
                    Ok(permit) => {
                        self.figures.connections.add();
                        let serving = self.clone().serve(stream, address, permit, tls.clone(), stop.clone());
                        connections.spawn(serving);
                    }
                    Err(crowded) => self.turn_away(stream, address.ip(), crowded, tls.is_some()),
                },
                Some(_) = connections.join_next() => {}
                _ = stopped.wait_for(|&stop| stop) => break,
            }
        }
        drop(listener);
        while connections.join_next().await.is_some() {}
    }

    fn gate_of(&self, from: IpAddr) -> &Gate {
        if self.site.access.proxies.contain(from) { &self.relays } else { &self.gate }
    }

    /// Says why to a client that is known to speak plain. It is one attempt to write a few bytes into an empty socket:
    /// nothing waits for it and nothing is kept.
    fn turn_away(&self, stream: TcpStream, address: IpAddr, crowded: Crowded, tls: bool) {
        self.figures.turned_away.add();
        let mut said = [0; 512];
        // What has come is read, because closing over it would destroy the reason.
        let said = stream.try_read(&mut said).ok().and_then(|count| said.get(..count)).unwrap_or_default();
        let is_plain = !tls || said.first().is_some_and(u8::is_ascii_uppercase);
        if is_plain && self.site.access.may_be_plain(address) {
            let _ = stream.try_write(&crowded_out(crowded).last_words());
        }
    }

    async fn serve(
        self,
        stream: TcpStream,
        address: SocketAddr,
        permit: Permit,
        tls: Option<ServerTls>,
        stop: watch::Receiver<bool>,
    ) {
        let until = Instant::now() + self.limits.head_time;
        let Ok(to) = stream.local_addr() else { return };
        let may_be_plain = self.site.access.may_be_plain(address.ip());
        let entered = timeout_at(until, enter(stream, address, tls, may_be_plain)).await;
        if let Ok(Ok(Some((stream, peer)))) = entered {
            let caller = Caller { peer, from: address.ip(), to: to.ip() };
            // How a connection ends is its client's business.
            let _ = self.converse(stream, caller, until, stop).await;
        }
        drop(permit);
    }

    async fn converse(
        &self,
        stream: Stream,
        caller: Caller,
        until: Instant,
        mut stop: watch::Receiver<bool>,
    ) -> hyper::Result<()> {
        let exchange = Arc::new(Exchange::default());
        let intake = Intake::new(stream, until, self.limits.clone(), exchange.clone(), self.figures.clone());
        let service = service_fn(|request| self.answer(request, &caller, &exchange));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            // For what `Intake` leaves to it.
            .header_read_timeout(self.limits.head_time + self.limits.idle_time)
            .max_buf_size(self.limits.head_bytes.max(8 << 10))
            .max_headers(self.limits.headers)
            .serve_connection(TokioIo::new(intake), service)
            .with_upgrades();
        let mut connection = pin!(connection);
        tokio::select! {
            ended = &mut connection => return ended,
            _ = stop.wait_for(|&stop| stop) => connection.as_mut().graceful_shutdown(),
        }
        connection.await
    }

    async fn answer(
        &self,
        request: Request<Incoming>,
        caller: &Caller,
        exchange: &Arc<Exchange>,
    ) -> Result<Response<Outgoing>, Infallible> {
        let asked = request.headers().clone();
        let mut strict = caller.peer.tls.is_some() && !is_asked_on_loopback(&asked);
        let mut permit = None;
        let mut answer = match self.route(request, caller, &mut strict, &mut permit).await {
            Ok(answer) => answer,
            Err(refusal) => {
                self.figures.refused.add();
                refusal.answer(&asked)
            }
        };
        add_posture(answer.headers_mut());
        if strict {
            answer.headers_mut().insert(STRICT_TRANSPORT_SECURITY, STRICT);
        }
        if exchange.is_last() && answer.status() != StatusCode::SWITCHING_PROTOCOLS {
            answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        let streams = answer.extensions().get::<Streams>().is_some();
        exchange.enter(if streams { Phase::Streaming } else { Phase::Answering });
        Ok(answer.map(|body| Outgoing::new(body, exchange.clone(), permit)))
    }

    async fn route(
        &self,
        request: Request<Incoming>,
        caller: &Caller,
        strict: &mut bool,
        permit: &mut Option<Permit>,
    ) -> Result<Answer, Refusal> {
        let (route, arrival) = match self.site.find(&request, caller)? {
            Served::Health => return Ok(self.site.tell_health().await),
            Served::By(route, arrival) => (route, arrival),
        };
        let Arrival { peer, link, client } = arrival;
        *strict = link.https && !is_asked_on_loopback(request.headers());
        if let Some(client) = client {
            *permit = Some(self.gate.admit(client).map_err(crowded_out)?);
        }
        let (mut head, body) = request.into_parts();
        let body = RequestBody::new(body, route.allowance(head.uri.path(), &self.limits))?;
        head.extensions.insert(link);
        Ok(route.answer(Request::from_parts(head, body), peer).await)
    }
}

fn crowded_out(crowded: Crowded) -> Refusal {
    match crowded {
        Crowded::Node => Refusal::CROWDED,
        Crowded::Source => Refusal::SOURCE_CROWDED,
    }
}

/// What a browser is told of this name of its own machine would hold for every other server there.
fn is_asked_on_loopback(headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).and_then(|host| host.parse::<Authority>().ok());
    host.is_none_or(|host| is_loopback_host(host.host()))
}

async fn enter(
    stream: TcpStream,
    address: SocketAddr,
    tls: Option<ServerTls>,
    may_be_plain: bool,
) -> Result<Option<(Stream, Peer)>, capos_rpc::Error> {
    tune(&stream)?;
    let Some(wants_tls) = begins_as_tls(&stream).await? else { return Ok(None) };
    match tls {
        Some(tls) if wants_tls => {
            let (stream, peer) = tls.accept_over(Socket::Here(stream), address).await?;
            Ok(Some((Stream::Tls(Box::new(stream)), peer)))
        }
        _ if may_be_plain => Ok(Some((Stream::Plain(Socket::Here(stream)), Peer::tcp(address)))),
        _ => {
            refuse_plain(&stream)?;
            Ok(None)
        }
    }
}

/// Nothing of what was said is looked at: it may be a secret, sent where anybody could read it.
fn refuse_plain(stream: &TcpStream) -> io::Result<()> {
    let _ = stream.try_read(&mut [0; 4096]);
    stream.try_write(&Refusal::NOT_PLAIN.last_words()).map(drop)
}
