//! What a window has a session's parts do.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use bytes::Bytes;

use super::App;
use super::asking::{Asking, as_json, no_address, respond};
use crate::workspace::command::Command;
use crate::workspace::door::Use;
use crate::workspace::problem::Problem;

/// Names what is to be done once, however often it is asked for.
const ONCE: &str = "idempotency-key";
/// Longest such name.
const LONGEST: usize = 64;

pub(super) async fn act(
    State(app): App,
    address: Result<Path<(String, String)>, PathRejection>,
    asking: Asking,
    body: Bytes,
) -> Response {
    let act = async {
        let visit = app.door.visit(&asking, Use::Acts)?;
        let Path((area, name)) = address.map_err(|_| no_address())?;
        let once = once(&asking)?;
        let command = Command { name, body };
        let reply = match once {
            Some(key) => visit.ask_once(key, area, command).await?,
            None => visit.ask(area, command).await?,
        };
        Ok(as_json(reply))
    };
    respond(act.await)
}

fn once(asking: &Asking) -> Result<Option<String>, Problem> {
    let mut keys = asking.headers.get_all(ONCE).iter();
    let (Some(key), more) = (keys.next(), keys.next()) else { return Ok(None) };
    let is_key = |key: &&str| {
        let is_sign = |sign: u8| sign.is_ascii_alphanumeric() || matches!(sign, b'-' | b'_');
        (1..=LONGEST).contains(&key.len()) && key.bytes().all(is_sign)
    };
    let key = key.to_str().ok().filter(is_key).filter(|_| more.is_none());
    let key = key.ok_or_else(|| Problem::bad_request("The name of this command is none."))?;
    Ok(Some(key.to_owned()))
}
