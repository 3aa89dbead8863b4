//! What a browser can ask for, by address.

mod asking;
mod commands;
mod endpoint;
mod events;
mod files;
mod sign_in;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::routing::{get, post};
use capos_rpc::Peer;
use http_body_util::BodyExt as _;
use hyper::{Method, Request, StatusCode};
use tower_service::Service as _;

use crate::server::{Allowance, Answer, Answering, Limits, Link, Refusal, RequestBody, Route};
use crate::workspace::bundle;
use crate::workspace::door::{Content, Door, SameSite, check_page};
use crate::workspace::limits::WorkspaceLimits;
use crate::workspace::problem::Problem;
use crate::workspace::reach::{Place, Reach};
pub(crate) use asking::Asking;

/// Where pages put files; its body may be larger than any other.
const UPLOAD: &str = "/api/upload";

/// The workspace, as a route for everything that no other one is for.
pub struct Workspace {
    router: Router,
    shared: Arc<Shared>,
}

struct Shared {
    reach: Arc<dyn Reach>,
    door: Door,
    limits: Arc<WorkspaceLimits>,
    streams: Arc<AtomicUsize>,
}

/// How many browsers use the workspace at this moment; for the operator alone. Clones tell of the same one.
#[derive(Clone)]
pub struct Browsers(Arc<Shared>);

impl Browsers {
    /// Browsers' sessions, and those that are being signed in to.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.0.door.sessions()
    }

    /// Windows that are told of changes.
    #[must_use]
    pub fn streams(&self) -> usize {
        self.0.streams.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for Browsers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Browsers").field("sessions", &self.sessions()).field("streams", &self.streams()).finish()
    }
}

type App = State<Arc<Shared>>;

impl Workspace {
    /// A workspace that comes to its node like that.
    #[must_use]
    pub fn new(reach: Arc<dyn Reach>, limits: WorkspaceLimits) -> Self {
        Self::with_cookies(reach, limits, SameSite::Strict)
    }

    /// The same with cookies that browsers send like that.
    #[must_use]
    pub fn with_cookies(reach: Arc<dyn Reach>, limits: WorkspaceLimits, same_site: SameSite) -> Self {
        let limits = Arc::new(limits);
        let door = Door::new(limits.clone(), reach.place(), same_site);
        let shared = Arc::new(Shared { reach, door, limits, streams: Arc::default() });
        let router = Router::new()
            .route("/api/welcome", get(sign_in::welcome))
            .route("/api/endpoint", get(endpoint::show).post(endpoint::change))
            .route("/api/sign-in", post(sign_in::sign_in))
            .route("/api/sign-in/answer", post(sign_in::answer))
            .route("/api/sign-in/profile", post(sign_in::choose))
            .route("/api/sign-out", post(sign_in::sign_out))
            .route("/api/events", get(events::events))
            .route("/api/window", post(events::window))
            .route("/api/do/{area}/{command}", post(commands::act))
            .route("/api/download/{key}", get(files::download))
            .method_not_allowed_fallback(asking::cannot)
            .fallback(bundle::serve)
            .with_state(shared.clone());
        Self { router, shared }
    }

    /// How much it is used.
    #[must_use]
    pub fn browsers(&self) -> Browsers {
        Browsers(self.shared.clone())
    }

    async fn serve(&self, request: Request<RequestBody>, peer: Peer) -> Result<Answer, Problem> {
        let (mut head, body) = request.into_parts();
        let link = head.extensions.get::<Link>().cloned().unwrap_or_default();
        if self.shared.reach.place() == Place::Bridge && !link.local {
            return Err(not_local());
        }
        let is_upload = head.uri.path() == UPLOAD;
        if head.uri.path().starts_with("/api/") {
            let content = if is_upload { Content::Bytes } else { Content::Json };
            check_page(&head.method, &head.headers, &link, content)?;
        }
        // Its allowance is for files: of anything else there not a byte is read.
        if is_upload && head.method != Method::POST {
            return Ok(Refusal::method("POST").answer(&head.headers));
        }
        let asking = Asking { headers: head.headers.clone(), peer, link };
        if is_upload {
            return files::upload(&self.shared, &asking, body).await;
        }
        let body = body.whole().await?;
        head.extensions.insert(asking);
        let Ok(response) = self.router.clone().call(Request::from_parts(head, Body::from(body))).await;
        Ok(response.map(|body| body.map_err(Into::into).boxed_unsync()))
    }
}

fn not_local() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "loopbackOnly",
        "This bridge is for the machine it runs on.",
        "Open it in a browser there.",
    )
}

impl Route for Workspace {
    fn answer(&self, request: Request<RequestBody>, peer: Peer) -> Answering<'_> {
        Box::pin(async move { self.serve(request, peer).await.unwrap_or_else(|problem| problem.answer()) })
    }

    fn allowance(&self, path: &str, limits: &Limits) -> Allowance {
        let WorkspaceLimits { upload_bytes, upload_time, .. } = *self.shared.limits;
        match path {
            UPLOAD => Allowance { bytes: upload_bytes, time: upload_time },
            _ => Allowance { bytes: limits.body_bytes, time: limits.body_time },
        }
    }
}

impl fmt::Debug for Workspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workspace").finish_non_exhaustive()
    }
}
