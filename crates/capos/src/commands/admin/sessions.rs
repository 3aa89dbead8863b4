//! `capos admin session`.

use serde_json::json;

use super::Administration;
use super::model::{LiveGrant, LiveSession};
use crate::args::admin::SessionVerb;
use crate::failure::Failure;
use crate::output::when::{away, span, utc};
use crate::output::{Output, Table};

pub(super) async fn run(to: &impl Administration, verb: SessionVerb, output: &Output) -> Result<(), Failure> {
    match verb {
        SessionVerb::List => list(&to.sessions().await?, output),
        SessionVerb::Show { session } => {
            let session = find(to, &session).await?;
            let grants = to.grants(&session.session).await?;
            output.answer(&json!({ "session": session, "grants": grants }), |_| shown(&session, &grants))
        }
        SessionVerb::End { account: Some(account), reason, .. } => {
            let ended = to.end_account(&account, &reason).await?;
            output.answer(&json!({ "ended": ended }), |_| format!("{ended} ended"))
        }
        SessionVerb::End { session, reason, .. } => {
            let session = find(to, &session.unwrap_or_default()).await?;
            to.end_session(&session.session, &reason).await?;
            output.answer(&json!({ "ended": 1 }), |_| format!("{}: ended", handle(&session)))
        }
        SessionVerb::Revoke { session, grant, reference, reason } => {
            let session = find(to, &session).await?;
            match reference {
                Some(number) => to.revoke_reference(&session.session, &grant, number, &reason).await?,
                None => to.revoke_grant(&session.session, &grant, &reason).await?,
            }
            let revoked = reference.map_or(grant.clone(), |number| format!("{grant}, reference {number}"));
            output.answer(&json!({ "revoked": grant, "reference": reference }), |_| format!("{revoked}: revoked"))
        }
    }
}

fn handle(session: &LiveSession) -> String {
    hex::encode(&session.session)
}

/// The live session whose handle begins so.
async fn find(to: &impl Administration, beginning: &str) -> Result<LiveSession, Failure> {
    let mut sessions = to.sessions().await?;
    sessions.retain(|session| !beginning.is_empty() && handle(session).starts_with(&beginning.to_ascii_lowercase()));
    match (sessions.len(), sessions.pop()) {
        (1, Some(session)) => Ok(session),
        (0, _) => Err(Failure::failed(format!("no live session begins with `{beginning}`"))
            .advise("See what there is with `capos admin session list`.")),
        _ => {
            Err(Failure::usage(format!("several sessions begin with `{beginning}`")).advise("Give more of its handle."))
        }
    }
}

/// As much of the handles as tells them apart, and eight digits at least.
fn shortest(sessions: &[LiveSession]) -> usize {
    let handles: Vec<String> = sessions.iter().map(handle).collect();
    let differ = |length: usize| {
        let mut cut: Vec<&str> = handles.iter().map(|handle| handle.get(..length).unwrap_or(handle)).collect();
        cut.sort_unstable();
        cut.windows(2).all(|pair| pair.first() != pair.last())
    };
    (8..32).find(|&length| differ(length)).unwrap_or(32)
}

fn list(sessions: &[LiveSession], output: &Output) -> Result<(), Failure> {
    let digits = shortest(sessions);
    output.list(&sessions, |sessions| {
        let rows = sessions.iter().map(|session| {
            let own = if session.own { "*" } else { "" };
            let handle = handle(session);
            [
                format!("{}{own}", handle.get(..digits).unwrap_or(&handle)),
                session.account.clone(),
                session.profile.clone(),
                session.method.clone(),
                session.source.clone(),
                span(std::time::Duration::from_millis(session.idle_ms)).replace(' ', ""),
                away(session.expires_at_ms),
            ]
        });
        Table::new(&["SESSION", "ACCOUNT", "PROFILE", "METHOD", "FROM", "IDLE", "EXPIRES"], "No session is live.")
            .rows(rows)
    })
}

fn shown(session: &LiveSession, grants: &[LiveGrant]) -> String {
    let tls = if session.tls { ", TLS" } else { "" };
    let mut text = format!(
        "session  {}\naccount  {} ({})\nprofile  {}\nmethod   {} from {}{tls}\nsince    {}\nexpires  {}\n",
        handle(session),
        session.account,
        session.kind,
        session.profile,
        session.method,
        session.source,
        utc(session.created_at_ms),
        utc(session.expires_at_ms),
    );
    for grant in grants {
        let interface = if grant.interface_name.is_empty() {
            format!("{:#018x}", grant.interface_id)
        } else {
            grant.interface_name.clone()
        };
        let ended = if grant.ended.is_empty() { String::new() } else { format!(", {}", grant.ended) };
        text.push_str(&format!("\n{} ({interface}, {}): {} calls{ended}\n", grant.name, grant.origin, grant.calls));
        for held in &grant.references {
            let from = if held.parent == 0 {
                "granted".to_owned()
            } else {
                format!("from {} by {}", held.parent, held.via_method)
            };
            let callback = if held.callback { ", the client's own" } else { "" };
            text.push_str(&format!("  reference {}: {from}{callback}\n", held.number));
        }
    }
    text
}
