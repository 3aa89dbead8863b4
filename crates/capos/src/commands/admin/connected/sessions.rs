//! Live sessions from the wire.

use capos_schema::sessions_capnp::{live_grant, live_reference, live_session, session_admin};

use super::super::model::{LiveGrant, LiveReference, LiveSession};
use super::{kind_name, name_of, text};
use crate::failure::Failure;

/// All live sessions, page after page.
pub(super) async fn list(admin: &session_admin::Client) -> Result<Vec<LiveSession>, Failure> {
    let mut sessions: Vec<LiveSession> = Vec::new();
    loop {
        let mut request = admin.list_request();
        request.get().set_after(sessions.last().map_or(&[], |last| &*last.session));
        let answer = request.send().promise.await?;
        let answer = answer.get()?;
        let page: Vec<LiveSession> = answer.get_sessions()?.iter().map(session).collect::<Result<_, _>>()?;
        let nothing_new = page.is_empty();
        sessions.extend(page);
        if !answer.get_more() || nothing_new {
            return Ok(sessions);
        }
    }
}

fn session(from: live_session::Reader<'_>) -> Result<LiveSession, Failure> {
    let info = from.get_info()?;
    let principal = info.get_principal()?;
    Ok(LiveSession {
        session: info.get_session_id()?.to_vec(),
        account: text(from.get_account())?,
        display_name: text(principal.get_display_name())?,
        kind: kind_name(principal.get_kind()),
        profile: text(info.get_profile())?,
        auth_strength: name_of(info.get_auth_strength()),
        method: text(from.get_method())?,
        source: text(from.get_source())?,
        tls: from.get_tls(),
        created_at_ms: info.get_created_at_ms(),
        expires_at_ms: info.get_expires_at_ms(),
        idle_ms: from.get_idle_ms(),
        own: from.get_own(),
    })
}

pub(super) fn grant(from: live_grant::Reader<'_>) -> Result<LiveGrant, Failure> {
    Ok(LiveGrant {
        name: text(from.get_name())?,
        interface_id: from.get_interface_id(),
        interface_name: text(from.get_interface_name())?,
        transfer_policy: text(from.get_transfer_policy())?,
        lease_expires_at_ms: from.get_lease_expires_at_ms(),
        ended: text(from.get_ended())?,
        origin: text(from.get_origin())?,
        references: from.get_references()?.iter().map(reference).collect::<Result<_, _>>()?,
        calls: from.get_calls(),
        calls_in_flight: from.get_calls_in_flight(),
    })
}

fn reference(from: live_reference::Reader<'_>) -> Result<LiveReference, Failure> {
    Ok(LiveReference {
        number: from.get_number(),
        parent: from.get_parent(),
        via_interface_id: from.get_via_interface_id(),
        via_method: text(from.get_via_method())?,
        callback: from.get_callback(),
    })
}
