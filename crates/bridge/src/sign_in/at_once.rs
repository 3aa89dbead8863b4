//! The sign-in in one call.

use capnweb::{Error, Reprieve, Stub, Thrown, Value};
use capos_client::Secret;
use capos_schema::gateway_capnp::{RemoteAuthKind, remote_auth_flow, remote_session_gateway};
use capos_schema::session_capnp::remote_session;
use capos_schema::{Code, Denial};

use super::{Asked, Start, Step, digest_of, next, parse_kind, sign};
use crate::errors;
use crate::main_object::Entry;
use crate::options::Options;
use crate::session::SignedIn;

/// The sign-in in one call, with all that it takes.
pub(crate) async fn authenticate(
    gateway: &remote_session_gateway::Client,
    entry: &Entry,
    arguments: Vec<Value>,
    reprieve: Option<Reprieve>,
) -> Result<Stub, Thrown> {
    let mut options = Options::of("authenticate", arguments)?;
    let kind = options.text("kind")?.map_or(Ok(RemoteAuthKind::Password), |word| parse_kind(&word))?;
    let (remote, signed) = match kind {
        RemoteAuthKind::PublicKey => {
            let (remote, signed) = by_key(gateway, entry, options, reprieve).await?;
            (remote, Some(signed))
        }
        kind => (without_a_key(gateway, kind, options).await?, None),
    };
    Ok(entry.session(SignedIn { remote, signed }))
}

async fn without_a_key(
    gateway: &remote_session_gateway::Client,
    kind: RemoteAuthKind,
    options: Options,
) -> Result<remote_session::Client, Thrown> {
    match kind {
        RemoteAuthKind::Guest => as_guest(gateway, options).await,
        RemoteAuthKind::Anonymous => as_nobody(gateway, options).await,
        RemoteAuthKind::Password => by_password(gateway, options).await,
        kind => by_nothing_else(gateway, kind, options).await,
    }
}

async fn as_guest(
    gateway: &remote_session_gateway::Client,
    mut options: Options,
) -> Result<remote_session::Client, Thrown> {
    let profile = options.text("profile")?;
    options.done()?;
    let mut request = gateway.guest_request();
    request.get().set_requested_profile(profile.as_deref().unwrap_or("guest"));
    let answer = request.send().promise.await.map_err(errors::thrown)?;
    answer.get().and_then(|answer| answer.get_session()).map_err(errors::thrown)
}

async fn as_nobody(
    gateway: &remote_session_gateway::Client,
    mut options: Options,
) -> Result<remote_session::Client, Thrown> {
    let profile = options.text("profile")?.unwrap_or_default();
    options.done()?;
    let mut request = gateway.anonymous_request();
    request.get().set_requested_profile(&profile);
    let answer = request.send().promise.await.map_err(errors::thrown)?;
    answer.get().and_then(|answer| answer.get_session()).map_err(errors::thrown)
}

async fn by_password(
    gateway: &remote_session_gateway::Client,
    mut options: Options,
) -> Result<remote_session::Client, Thrown> {
    let start = Start::of_somebody(RemoteAuthKind::Password, &mut options)?;
    let password = options.secret("password")?;
    let password = options.need("password", password)?;
    let replacement = options.secret("newPassword")?;
    options.done()?;
    let flow = start.begin(gateway).await?;
    let first = next(&flow, &[]).await?;
    let asked = match answered(&flow, first, &password).await? {
        Step::Done(session) => return Ok(session),
        Step::Ask(asked) => asked,
    };
    let Some(replacement) = replacement.filter(|_| asked.is_for_words()) else {
        return Err(unanswered(&asked, "say it with `newPassword`, or sign in with `start`"));
    };
    match next(&flow, replacement.as_bytes()).await? {
        Step::Done(session) => Ok(session),
        Step::Ask(asked) => Err(unanswered(&asked, "nothing was changed")),
    }
}

/// Answers the first step, where there is one.
async fn answered(flow: &remote_auth_flow::Client, first: Step, answer: &Secret) -> Result<Step, Thrown> {
    match first {
        Step::Ask(_) => next(flow, answer.as_bytes()).await,
        done @ Step::Done(_) => Ok(done),
    }
}

/// The node asks what nobody has answered.
fn unanswered(asked: &Asked, advice: &str) -> Thrown {
    let prompt = capos_client::plain(&asked.prompt);
    errors::denied(&Denial::new(Code::BadRequest, format!("{prompt}: {advice}")))
}

async fn by_key(
    gateway: &remote_session_gateway::Client,
    entry: &Entry,
    mut options: Options,
    reprieve: Option<Reprieve>,
) -> Result<(remote_session::Client, [u8; 32]), Thrown> {
    let start = Start::of_somebody(RemoteAuthKind::PublicKey, &mut options)?;
    let signer = options.function("sign")?;
    let signer = options.need("sign", signer)?;
    options.done()?;
    let flow = start.begin(gateway).await?;
    let asked = match next(&flow, &[]).await? {
        Step::Ask(asked) => asked,
        Step::Done(_) => return Err(Error::new("protocol", "the node asked for no signature").into()),
    };
    // What the program sends ahead must not keep its signature from being heard.
    drop(reprieve);
    let signature = sign(&signer, &asked.challenge).await?;
    let _reprieve = entry.line.reprieve();
    match next(&flow, signature.as_bytes()).await? {
        Step::Done(session) => Ok((session, digest_of(&asked.challenge))),
        Step::Ask(asked) => Err(unanswered(&asked, "sign in with `start`")),
    }
}

/// A way without a question, or with one that an assertion answers.
async fn by_nothing_else(
    gateway: &remote_session_gateway::Client,
    kind: RemoteAuthKind,
    mut options: Options,
) -> Result<remote_session::Client, Thrown> {
    let start = Start::of(kind, &mut options)?;
    let assertion = options.secret("assertion")?;
    options.done()?;
    let flow = start.begin(gateway).await?;
    let step = match assertion {
        Some(assertion) => next(&flow, assertion.as_bytes()).await?,
        None => next(&flow, &[]).await?,
    };
    match step {
        Step::Done(session) => Ok(session),
        Step::Ask(asked) => Err(unanswered(&asked, "sign in with `start`")),
    }
}
