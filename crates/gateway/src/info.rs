//! A session's facts on the wire.

use capos_authority::{AuthStrength, PrincipalKind, Session};
use capos_schema::identity_capnp::{self as wire, session_info};
use capos_schema::session_capnp::own_session;

/// Writes the facts of a session as its holder, or an administrator, may see them.
pub(crate) fn write(session: &Session, mut info: session_info::Builder<'_>) {
    let context = session.context();
    info.set_session_id(&context.handle.0);
    info.set_auth_strength(strength(context.strength));
    info.set_created_at_ms(context.created_at_ms);
    info.set_expires_at_ms(session.expires_at_ms());
    info.set_profile(&context.profile);
    let mut principal = info.init_principal();
    principal.set_id(&context.principal);
    principal.set_kind(kind(context.kind));
    principal.set_display_name(&context.display_name);
}

/// Writes what a principal may know of another session of its own.
pub(crate) fn write_own(session: &Session, mut own: own_session::Builder<'_>) {
    let context = session.context();
    own.set_session(&context.handle.0);
    own.set_created_at_ms(context.created_at_ms);
    own.set_expires_at_ms(session.expires_at_ms());
    own.set_method(context.method.as_str());
    own.set_auth_strength(strength(context.strength));
    own.set_profile(&context.profile);
    own.set_idle_ms(session.idle_ms());
}

/// The wire's word for a kind of principal.
pub(crate) fn kind(kind: PrincipalKind) -> wire::PrincipalKind {
    match kind {
        PrincipalKind::Human => wire::PrincipalKind::Human,
        PrincipalKind::Operator => wire::PrincipalKind::Operator,
        PrincipalKind::Service => wire::PrincipalKind::Service,
        PrincipalKind::Guest => wire::PrincipalKind::Guest,
        PrincipalKind::Anonymous => wire::PrincipalKind::Anonymous,
        PrincipalKind::Pseudonymous => wire::PrincipalKind::Pseudonymous,
    }
}

/// The wire's word for what a proof was worth.
pub(crate) fn strength(strength: AuthStrength) -> wire::AuthStrength {
    match strength {
        AuthStrength::None => wire::AuthStrength::None,
        AuthStrength::LocalPresence => wire::AuthStrength::LocalPresence,
        AuthStrength::Password => wire::AuthStrength::Password,
        AuthStrength::HardwareKey => wire::AuthStrength::HardwareKey,
        AuthStrength::MultiParty => wire::AuthStrength::MultiParty,
        AuthStrength::PublicKey => wire::AuthStrength::PublicKey,
    }
}
