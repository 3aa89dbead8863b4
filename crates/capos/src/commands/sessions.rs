//! `capos whoami`, `renew`, `logout` and `nodes`.

use capos_schema::identity_capnp::{AuthStrength, PrincipalKind, session_info};
use serde::Serialize;
use serde_json::json;

use crate::args::sessions::{Logout, Nodes, Renew, Whoami};
use crate::commands::admin::connected::name_of;
use crate::failure::{Exit, Failure};
use crate::held::{Reached, Status, all, reach, renew as renew_held};
use crate::output::when::{away, utc};
use crate::output::{Output, Table};
use crate::prompt::Person;
use crate::remote::within;

/// Who one is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Facts {
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<Status>,
    display_name: String,
    kind: String,
    profile: String,
    auth_strength: String,
    created_at_ms: u64,
    expires_at_ms: u64,
    session_id: String,
    principal_id: String,
}

/// Says who one is.
pub(crate) async fn whoami(arguments: Whoami, output: &Output) -> Result<Exit, Failure> {
    let facts = within(&arguments.target, output, async |remote| {
        let answer = remote.session().info_request().send().promise.await?;
        read(answer.get()?.get_info()?, remote.reached())
    });
    output.answer(&facts.await?, shown)?;
    Ok(Exit::Done)
}

fn read(info: session_info::Reader<'_>, reached: Option<&Reached>) -> Result<Facts, Failure> {
    let principal = info.get_principal()?;
    let text = |text: capnp::Result<capnp::text::Reader<'_>>| {
        Ok::<_, Failure>(String::from_utf8_lossy(text?.as_bytes()).into_owned())
    };
    Ok(Facts {
        node: reached.map(|reached| reached.status.clone()),
        display_name: text(principal.get_display_name())?,
        kind: name_of::<PrincipalKind>(principal.get_kind()),
        profile: text(info.get_profile())?,
        auth_strength: name_of::<AuthStrength>(info.get_auth_strength()),
        created_at_ms: info.get_created_at_ms(),
        expires_at_ms: info.get_expires_at_ms(),
        session_id: hex::encode(info.get_session_id()?),
        principal_id: hex::encode(principal.get_id()?),
    })
}

fn shown(facts: &Facts) -> String {
    let mut lines = String::new();
    let mut line = |label: &str, value: &str| {
        if !value.is_empty() {
            lines.push_str(&format!("{label:9} {value}\n"));
        }
    };
    if let Some(node) = &facts.node {
        line("node", &format!("{} ({})", node.name, node.endpoint));
        line("account", &node.account);
    }
    line("name", &facts.display_name);
    line("kind", &facts.kind);
    line("profile", &facts.profile);
    line("proof", &facts.auth_strength);
    line("since", &utc(facts.created_at_ms));
    line("expires", &format!("{} ({})", utc(facts.expires_at_ms), away(facts.expires_at_ms)));
    line("session", &facts.session_id);
    lines
}

/// Extends a session.
pub(crate) async fn renew(arguments: Renew, output: &Output) -> Result<Exit, Failure> {
    let reached = reach(arguments.node.as_deref()).await?;
    let duration_ms = arguments.duration.map_or(0, |length| u64::try_from(length.as_millis()).unwrap_or(u64::MAX));
    let person = Person::new(output, arguments.password_stdin);
    let expires_at_ms = renew_held(&reached, duration_ms, person).await?;
    let answer = json!({ "name": reached.status.name, "expiresAtMs": expires_at_ms });
    output.answer(&answer, |_| {
        format!("{}: until {} ({})", reached.status.name, utc(expires_at_ms), away(expires_at_ms))
    })?;
    Ok(Exit::Done)
}

/// Ends one session, or all.
pub(crate) async fn logout(arguments: Logout, output: &Output) -> Result<Exit, Failure> {
    let ending = if arguments.all { all().await? } else { vec![reach(arguments.node.as_deref()).await?] };
    let mut ended = Vec::new();
    for reached in ending {
        reached.let_go().await;
        ended.push(reached.status.name);
    }
    if ended.is_empty() {
        output.note("No session was held.");
    }
    output
        .answer(&json!({ "ended": ended }), |_| ended.iter().map(|name| format!("{name}: signed out\n")).collect())?;
    Ok(Exit::Done)
}

/// Lists what is held.
pub(crate) async fn nodes(_: Nodes, output: &Output) -> Result<Exit, Failure> {
    let held: Vec<Status> = all().await?.into_iter().map(|reached| reached.status).collect();
    output.list(&held, |held| {
        let rows =
            held.iter().map(|one| [one.name.clone(), one.account.clone(), one.endpoint.clone(), away(one.since_ms)]);
        Table::new(
            &["NAME", "ACCOUNT", "NODE", "SIGNED IN"],
            "No session is held. Sign in with `capos connect USER@HOST`.",
        )
        .rows(rows)
    })?;
    Ok(Exit::Done)
}
