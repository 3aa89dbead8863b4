//! What a browser can ask for, by address.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Extension, Path, Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use bytes::Bytes;
use capos_client::{ProfileChoice, Secret};
use capos_rpc::Peer;
use futures::stream;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue, SET_COOKIE};
use hyper::{Request, StatusCode};
use serde::Deserialize;
use tokio::time::timeout;
use tower_service::Service as _;

use crate::server::{Answer, Answering, Broken, RequestBody, Route, Streams, answer_of, full};
use crate::workspace::board::{Opening, Window};
use crate::workspace::bundle;
use crate::workspace::command::Command;
use crate::workspace::door::{Door, Pass, Stage, Visit, check_origin, clear_cookie, is_safe};
use crate::workspace::entry::{self, Turn, Wish};
use crate::workspace::limits::WorkspaceLimits;
use crate::workspace::problem::Problem;
use crate::workspace::reach::{Place, Reach};
use crate::workspace::view::{Key, Text, json, shown};

/// The workspace, as a route for everything that no other one is for.
pub struct Workspace {
    router: Router,
}

struct Shared {
    reach: Arc<dyn Reach>,
    door: Door,
    limits: Arc<WorkspaceLimits>,
}

type App = State<Arc<Shared>>;

impl Workspace {
    /// A workspace that comes to its node like that.
    #[must_use]
    pub fn new(reach: Arc<dyn Reach>, limits: WorkspaceLimits) -> Self {
        let limits = Arc::new(limits);
        let door = Door::new(limits.clone());
        let router = Router::new()
            .route("/api/welcome", get(welcome))
            .route("/api/sign-in", post(sign_in))
            .route("/api/sign-in/answer", post(answer))
            .route("/api/sign-in/profile", post(choose))
            .route("/api/sign-out", post(sign_out))
            .route("/api/events", get(events))
            .route("/api/window", post(window))
            .route("/api/do/{area}/{command}", post(act))
            .fallback(bundle::serve)
            .with_state(Arc::new(Shared { reach, door, limits }));
        Self { router }
    }

    async fn serve(&self, request: Request<RequestBody>, peer: Peer) -> Result<Answer, Problem> {
        let (mut head, body) = request.into_parts();
        if !is_safe(&head.method) {
            check_origin(&head.headers, &peer)?;
        }
        let body = body.whole().await?;
        head.extensions.insert(peer);
        let Ok(response) = self.router.clone().call(Request::from_parts(head, Body::from(body))).await;
        Ok(response.map(|body| body.map_err(Into::into).boxed_unsync()))
    }
}

impl Route for Workspace {
    fn answer(&self, request: Request<RequestBody>, peer: Peer) -> Answering<'_> {
        Box::pin(async move { self.serve(request, peer).await.unwrap_or_else(|problem| problem.answer()) })
    }
}

impl fmt::Debug for Workspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workspace").finish_non_exhaustive()
    }
}

fn respond(answer: Result<Answer, Problem>) -> Response {
    answer.unwrap_or_else(|problem| problem.answer()).map(Body::new)
}

fn as_json(body: impl Into<Bytes>) -> Answer {
    let mut answer = full(StatusCode::OK, body);
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|_| Problem::bad_request("This request is not made like that."))
}

shown! {
    /// What the sign-in needs to know; nothing about the machine.
    struct Welcome {
        /// Whether this is a bridge to a node elsewhere.
        bridge: bool,
        /// The ways of signing in.
        methods: Vec<MethodView>,
    }

    /// A way of signing in.
    struct MethodView {
        /// Which one.
        kind: Text,
        /// Its name for a person.
        label: Text,
        /// Whether policy has it on.
        enabled: bool,
        /// Profiles worth asking for with it.
        profiles: Vec<Text>,
    }

    /// What came of a sign-in, so far.
    struct Entry {
        /// For the header of every request.
        token: Text,
        /// What the node asks next; nothing once it is done.
        asked: Option<Asked>,
        /// What there is to choose from, the default first; nothing where nothing is.
        profiles: Vec<ProfileView>,
    }

    /// A profile to choose.
    struct ProfileView {
        /// Its name, which chooses it.
        name: Text,
        /// More about it; may be empty.
        note: Text,
        /// Whether it is what the account has by itself.
        is_default: bool,
    }

    /// A question of the node's.
    struct Asked {
        /// The question.
        prompt: Text,
        /// Whether the answer is not to be seen.
        secret: bool,
        /// Until when it can be answered.
        expires_at_ms: Option<u64>,
    }
}

async fn welcome(State(app): App, Extension(peer): Extension<Peer>) -> Response {
    let welcome = async {
        let methods = entry::methods(app.reach.as_ref(), peer).await?;
        let methods = methods.iter().map(|method| MethodView {
            kind: Text::line(method.kind.as_str()),
            label: Text::line(&method.label),
            enabled: method.enabled,
            profiles: method.profile_hints.iter().map(|hint| Text::line(hint)).collect(),
        });
        let welcome = Welcome { bridge: app.reach.place() == Place::Bridge, methods: methods.collect() };
        Ok(as_json(json(&welcome)))
    };
    respond(welcome.await)
}

#[derive(Deserialize)]
#[serde(tag = "method", rename_all = "camelCase", deny_unknown_fields)]
enum SignInRequest {
    Password {
        account: String,
        password: String,
        #[serde(default)]
        profile: String,
    },
    Guest {},
    Anonymous {
        #[serde(default)]
        profile: String,
    },
}

impl SignInRequest {
    fn wish(self) -> Wish {
        match self {
            Self::Password { account, password, profile } => {
                Wish::Password { account, profile, password: password.into() }
            }
            Self::Guest {} => Wish::Guest,
            Self::Anonymous { profile } => Wish::Anonymous { profile },
        }
    }
}

async fn sign_in(State(app): App, Extension(peer): Extension<Peer>, headers: HeaderMap, body: Bytes) -> Response {
    let sign_in = async {
        let wish = read::<SignInRequest>(&body)?.wish();
        let mut entering = entry::enter(app.reach.as_ref(), peer.clone(), wish, app.limits.clone())?;
        let turn = entering.turn().await;
        turned(&app, &headers, &peer, turn, entering)
    };
    respond(sign_in.await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerRequest {
    answer: String,
}

async fn answer(State(app): App, Extension(peer): Extension<Peer>, headers: HeaderMap, body: Bytes) -> Response {
    let answer = async {
        let given = Secret::from(read::<AnswerRequest>(&body)?.answer);
        let mut entering = app.door.visit(&headers, &peer)?.entering()?;
        let turn = entering.answer(given).await;
        turned(&app, &headers, &peer, turn, entering)
    };
    respond(answer.await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileRequest {
    profile: String,
}

async fn choose(State(app): App, Extension(peer): Extension<Peer>, headers: HeaderMap, body: Bytes) -> Response {
    let choose = async {
        let ProfileRequest { profile } = read(&body)?;
        let mut entering = app.door.visit(&headers, &peer)?.entering()?;
        let turn = entering.choose(profile).await;
        turned(&app, &headers, &peer, turn, entering)
    };
    respond(choose.await)
}

fn profile_view(profile: &ProfileChoice) -> ProfileView {
    let (name, note) = (Text::line(&profile.name), Text::line(&profile.label));
    ProfileView { name, note, is_default: profile.current }
}

/// Cookie and token are new after every step.
fn turned(
    app: &Shared,
    headers: &HeaderMap,
    peer: &Peer,
    turn: Turn,
    entering: entry::Entering,
) -> Result<Answer, Problem> {
    let (stage, asked, profiles) = match turn {
        Turn::Refused(problem) => return Err(problem),
        Turn::In(desk) => (Stage::In(desk), None, Vec::new()),
        Turn::Choose(choices) => (Stage::Entering(entering), None, choices.iter().map(profile_view).collect()),
        Turn::Asked(prompt) => {
            let (secret, expires_at_ms) = (prompt.secret, prompt.expires_at_ms);
            let asked = Asked { prompt: Text::line(&prompt.text), secret, expires_at_ms };
            (Stage::Entering(entering), Some(asked), Vec::new())
        }
    };
    let Pass { cookie, token } = app.door.admit(headers, peer, stage)?;
    let mut answer = as_json(json(&Entry { token: Text::line(&token), asked, profiles }));
    answer.headers_mut().insert(SET_COOKIE, cookie);
    Ok(answer)
}

async fn sign_out(State(app): App, Extension(peer): Extension<Peer>, headers: HeaderMap) -> Response {
    let sign_out = || {
        app.door.visit(&headers, &peer)?;
        app.door.forget(&headers, &peer);
        let mut answer = as_json("{}");
        answer.headers_mut().insert(SET_COOKIE, clear_cookie(&peer));
        Ok(answer)
    };
    respond(sign_out())
}

#[derive(Deserialize)]
struct EventsRequest {
    window: String,
    #[serde(default)]
    topics: String,
}

/// One stream for a window, for as long as both are there.
async fn events(
    State(app): App,
    Extension(peer): Extension<Peer>,
    Query(asked): Query<EventsRequest>,
    headers: HeaderMap,
) -> Response {
    let open = || {
        let desk = app.door.visit(&headers, &peer)?.desk()?;
        let window = Key::parse(&asked.window).ok_or_else(|| Problem::bad_request("A window needs a name."))?;
        let topics = asked.topics.split(',').filter(|topic| !topic.is_empty()).map(str::to_owned).collect();
        let after = headers.get("last-event-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
        let window = desk.board.window(Opening { window, topics, after })?;
        let pulse = app.limits.pulse_time;
        let body = StreamBody::new(stream::unfold((window, desk), move |(mut window, desk)| async move {
            let text = told(&mut window, pulse).await?;
            Some((Ok::<_, Broken>(Frame::data(text)), (window, desk)))
        }));
        let mut answer = answer_of(StatusCode::OK, body);
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        answer.extensions_mut().insert(Streams);
        Ok(answer)
    };
    respond(open())
}

/// The next news, or a sign that there are none.
async fn told(window: &mut Window, pulse: std::time::Duration) -> Option<Bytes> {
    timeout(pulse, window.next()).await.unwrap_or(Some(Bytes::from_static(b":\n\n")))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WindowRequest {
    window: Key,
    topics: BTreeSet<String>,
}

async fn window(State(app): App, Extension(peer): Extension<Peer>, headers: HeaderMap, body: Bytes) -> Response {
    let want = || {
        let desk = app.door.visit(&headers, &peer)?.desk()?;
        let WindowRequest { window, topics } = read(&body)?;
        desk.want(window, topics)?;
        Ok(as_json("{}"))
    };
    respond(want())
}

async fn act(
    State(app): App,
    Extension(peer): Extension<Peer>,
    Path((area, name)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let act = async {
        let visit: Arc<Visit> = app.door.visit(&headers, &peer)?;
        let reply = visit.desk()?.ask(area, Command { name, body }).await?;
        Ok(as_json(reply.json()))
    };
    respond(act.await)
}
