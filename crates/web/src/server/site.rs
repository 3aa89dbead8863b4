//! What is served: routes by path, handed in by whoever builds the node, and the node's health.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use capos_rpc::Peer;
use futures::future::BoxFuture;
use hyper::header::CONTENT_TYPE;
use hyper::header::HeaderValue;
use hyper::{Method, Request, StatusCode};

use crate::server::access::{Access, Arrival, Caller};
use crate::server::answer::{Answer, Answering, full};
use crate::server::body::{Allowance, RequestBody};
use crate::server::host::Names;
use crate::server::limits::Limits;
use crate::server::link::PublicOrigin;
use crate::server::proxies::Proxies;
use crate::server::refusal::Refusal;

/// Something that answers requests.
pub trait Route: Send + Sync + 'static {
    /// Answers a request of that peer: facts of the accepted connection, which no request can set, or the client that
    /// a configured proxy asks for. Among the request's extensions is its [`Link`](crate::Link).
    ///
    /// Dropped unfinished when the client goes. A request to upgrade is answered with 101 and its connection taken with
    /// [`upgraded`](crate::upgraded).
    fn answer(&self, request: Request<RequestBody>, peer: Peer) -> Answering<'_>;

    /// What it takes of a body at that path.
    fn allowance(&self, _path: &str, limits: &Limits) -> Allowance {
        Allowance { bytes: limits.body_bytes, time: limits.body_time }
    }
}

/// Whether what is served can be used.
pub trait Health: Send + Sync + 'static {
    /// True where it can.
    fn is_well(&self) -> BoxFuture<'_, bool>;
}

/// Everything that a listener serves.
#[derive(Default)]
pub struct Site {
    pub(crate) access: Access,
    routes: BTreeMap<String, Arc<dyn Route>>,
    otherwise: Option<Arc<dyn Route>>,
    health: Option<Arc<dyn Health>>,
}

/// What becomes of a request.
pub(crate) enum Served<'a> {
    By(&'a Arc<dyn Route>, Arrival),
    Health,
}

impl Site {
    /// A site that goes by these names, beside the machine's own.
    #[must_use]
    pub fn new(names: Names) -> Self {
        Self { access: Access { names, ..Access::default() }, ..Self::default() }
    }

    /// Which browsers know by this origin alone, whatever names there are.
    #[must_use]
    pub fn public_origin(mut self, origin: Option<PublicOrigin>) -> Self {
        self.access.public = origin;
        self
    }

    /// Behind these proxies: they may come without TLS, and are believed what they say of their clients.
    #[must_use]
    pub fn proxies(mut self, proxies: Proxies) -> Self {
        self.access.proxies = proxies;
        self
    }

    /// With a route at exactly that path.
    #[must_use]
    pub fn route(mut self, path: impl Into<String>, route: Arc<dyn Route>) -> Self {
        self.routes.insert(path.into(), route);
        self
    }

    /// With a route for everything that no other one is for.
    #[must_use]
    pub fn otherwise(mut self, route: Arc<dyn Route>) -> Self {
        self.otherwise = Some(route);
        self
    }

    /// With `/healthz`, which anybody may ask, by any name.
    #[must_use]
    pub fn health(mut self, health: Arc<dyn Health>) -> Self {
        self.health = Some(health);
        self
    }

    pub(crate) fn find<B>(&self, request: &Request<B>, caller: &Caller) -> Result<Served<'_>, Refusal> {
        let path = request.uri().path();
        if path == "/healthz" && self.health.is_some() {
            return match *request.method() {
                Method::GET | Method::HEAD => Ok(Served::Health),
                _ => Err(Refusal::method("GET, HEAD")),
            };
        }
        let arrival = self.access.admit(request, caller)?;
        let route = self.routes.get(path).or(self.otherwise.as_ref());
        route.map(|route| Served::By(route, arrival)).ok_or(Refusal::NOT_FOUND)
    }

    /// It says nothing but whether the node can be used.
    pub(crate) async fn tell_health(&self) -> Answer {
        let is_well = match &self.health {
            Some(health) => health.is_well().await,
            None => false,
        };
        let (status, word) =
            if is_well { (StatusCode::OK, "ok\n") } else { (StatusCode::SERVICE_UNAVAILABLE, "unavailable\n") };
        let mut answer = full(status, word);
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        answer
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site").field("routes", &self.routes.keys()).finish_non_exhaustive()
    }
}
