//! Signing in and out.

use std::time::{Duration, SystemTime};

use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use capos_client::{ProfileChoice, Prompt, Secret};
use hyper::header::SET_COOKIE;
use serde::Deserialize;
use tokio::time::Instant;

use super::asking::{Asking, as_json, nothing, read, respond};
use super::{App, Shared};
use crate::server::Answer;
use crate::workspace::command::Reply;
use crate::workspace::door::{Pass, Reservation, Stage, Use};
use crate::workspace::entry::{self, Entering, Turn, Wish};
use crate::workspace::problem::Problem;
use crate::workspace::reach::Place;
use crate::workspace::view::{Text, shown};

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
        expires_at_ms: u64,
    }
}

pub(super) async fn welcome(State(app): App, asking: Asking) -> Response {
    let welcome = async {
        let methods = entry::methods(app.reach.as_ref(), asking.peer).await?;
        let methods = methods.iter().map(|method| MethodView {
            kind: Text::line(method.kind.as_str()),
            label: Text::line(&method.label),
            enabled: method.enabled,
            profiles: method.profile_hints.iter().map(|hint| Text::line(hint)).collect(),
        });
        let welcome = Welcome { bridge: app.reach.place() == Place::Bridge, methods: methods.collect() };
        Ok(as_json(Reply::of(&welcome)))
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
    /// Whether it takes something that only the account's owner has.
    fn is_proof(&self) -> bool {
        matches!(self, Self::Password { .. })
    }

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

pub(super) async fn sign_in(State(app): App, asking: Asking, body: Bytes) -> Response {
    let sign_in = async {
        let request = read::<SignInRequest>(&body)?;
        let reservation = app.door.reserve(&asking, request.is_proof())?;
        let mut entering = entry::enter(app.reach.as_ref(), asking.peer.clone(), request.wish(), app.limits.clone())?;
        let turn = entering.turn().await;
        turned(&app, &asking, turn, entering, reservation)
    };
    respond(sign_in.await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerRequest {
    answer: String,
}

/// The cookie that comes with an answer is over with it, whatever becomes of the sign-in.
pub(super) async fn answer(State(app): App, asking: Asking, body: Bytes) -> Response {
    let answer = async {
        let given = Secret::from(read::<AnswerRequest>(&body)?.answer);
        let (mut entering, reservation) = app.door.take_entering(&asking)?;
        let turn = entering.answer(given).await;
        let answer = turned(&app, &asking, turn, entering, reservation);
        Ok(answer.unwrap_or_else(|problem| app.door.without_cookie(&asking, problem.answer())))
    };
    respond(answer.await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileRequest {
    profile: String,
}

/// Who may be several things says which.
pub(super) async fn choose(State(app): App, asking: Asking, body: Bytes) -> Response {
    let choose = async {
        let ProfileRequest { profile } = read(&body)?;
        let (mut entering, reservation) = app.door.take_entering(&asking)?;
        let turn = entering.choose(profile).await;
        let answer = turned(&app, &asking, turn, entering, reservation);
        Ok(answer.unwrap_or_else(|problem| app.door.without_cookie(&asking, problem.answer())))
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
    asking: &Asking,
    turn: Turn,
    entering: Entering,
    reservation: Reservation,
) -> Result<Answer, Problem> {
    let mut profiles = Vec::new();
    let (stage, asked) = match turn {
        Turn::Refused(problem) => return Err(problem),
        Turn::In(desk) => (Stage::In(desk), None),
        Turn::Choose(choices) => {
            profiles.extend(choices.iter().map(profile_view));
            (Stage::Entering(entering, Instant::now() + app.limits.step_time), None)
        }
        Turn::Asked(prompt) => {
            let (left, expires_at_ms) = time_for(&prompt, app);
            let asked = Asked { prompt: Text::line(&prompt.text), secret: prompt.secret, expires_at_ms };
            (Stage::Entering(entering, Instant::now() + left), Some(asked))
        }
    };
    let Pass { cookie, token } = app.door.admit(asking, stage, reservation);
    let mut answer = as_json(Reply::of(&Entry { token: Text::line(token.as_str()), asked, profiles }));
    answer.headers_mut().insert(SET_COOKIE, cookie);
    Ok(answer)
}

/// How long somebody has to answer, and until when that is.
fn time_for(prompt: &Prompt, app: &Shared) -> (Duration, u64) {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let said = prompt.expires_at_ms.map(|until| Duration::from_millis(until).saturating_sub(now));
    let left = said.unwrap_or(app.limits.step_time).min(app.limits.whole_time);
    let until = u64::try_from((now + left).as_millis()).unwrap_or(u64::MAX);
    (left, prompt.expires_at_ms.unwrap_or(until).min(until))
}

pub(super) async fn sign_out(State(app): App, asking: Asking, body: Bytes) -> Response {
    let sign_out = || {
        app.door.visit(&asking, Use::Acts)?;
        nothing(&body)?;
        app.door.sign_out(&asking);
        Ok(app.door.without_cookie(&asking, as_json(Reply::done())))
    };
    respond(sign_out())
}
