//! Which node a bridge leads to, and which key it is known by.

use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use capos_client::{Endpoint, Error, Fingerprint, IdentityProblem};
use hyper::StatusCode;
use serde::Deserialize;

use super::App;
use super::asking::{Asking, as_json, read, respond};
use crate::workspace::command::Reply;
use crate::workspace::problem::Problem;
use crate::workspace::reach::Choice;
use crate::workspace::view::{Text, shown};

shown! {
    /// A node as its bridge knows it. The person at the bridge has named it, and has to compare its key.
    struct EndpointView {
        /// Where it is; nothing where none was chosen yet.
        endpoint: Option<Text>,
        /// Its key: the one that is known, or the one that it shows.
        fingerprint: Option<Text>,
        /// Whether it is known. One that is not is not led to.
        known: bool,
    }
}

pub(super) async fn show(State(app): App) -> Response {
    let show = || {
        let choice = choice(app.reach.choice())?;
        let chosen = choice.chosen()?;
        let view = EndpointView {
            known: chosen.fingerprint.is_some(),
            endpoint: chosen.endpoint.map(|endpoint| Text::line(&endpoint.to_string())),
            fingerprint: chosen.fingerprint.map(|key| Text::line(&key.to_string())),
        };
        Ok(as_json(Reply::of(&view)))
    };
    respond(show())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeRequest {
    endpoint: String,
    /// The key that the person has compared.
    #[serde(default)]
    fingerprint: Option<String>,
}

pub(super) async fn change(State(app): App, asking: Asking, body: Bytes) -> Response {
    let change = async {
        let choice = choice(app.reach.choice())?;
        let request = read::<ChangeRequest>(&body)?;
        // Whoever is signed in here is led where they were, and nobody else says where to.
        let _place = app.door.reserve(&asking, false)?;
        let endpoint: Endpoint = request.endpoint.trim().parse()?;
        let confirmed = request.fingerprint.as_deref().map(Fingerprint::parse).transpose();
        let confirmed = confirmed.map_err(|_| Problem::bad_request("That is no fingerprint."))?;
        let (fingerprint, known) = match choice.choose(endpoint.clone(), confirmed).await {
            Ok(fingerprint) => (fingerprint, true),
            Err(error) => (shown_by(&error).ok_or_else(|| refused(error))?, false),
        };
        let (endpoint, fingerprint) = (Text::line(&endpoint.to_string()), Text::line(&fingerprint.to_string()));
        let view = EndpointView { endpoint: Some(endpoint), fingerprint: Some(fingerprint), known };
        Ok(as_json(Reply::of(&view)))
    };
    respond(change.await)
}

fn choice(choice: Option<&dyn Choice>) -> Result<&dyn Choice, Problem> {
    choice.ok_or_else(|| Problem::not_found("There is only one node here."))
}

/// The key of a node that nobody has confirmed yet.
fn shown_by(error: &Error) -> Option<Fingerprint> {
    let Error::Identity(problem) = error else { return None };
    match **problem {
        IdentityProblem::Unconfirmed { fingerprint, .. } => Some(fingerprint),
        _ => None,
    }
}

fn refused(error: Error) -> Problem {
    let Error::Identity(problem) = &error else { return error.into() };
    match **problem {
        IdentityProblem::Changed { .. } => Problem::new(
            StatusCode::CONFLICT,
            "identityChanged",
            "THIS IS NOT THE NODE IT WAS: it shows another key than the one that is known.",
            "Somebody may be in between, so nothing was sent. Ask the node's operator. If the key was changed on purpose, \
             remove the old one from the file of known nodes, or connect with `capos connect`, which names the line.",
        ),
        _ => error.into(),
    }
}
