//! One grant's facet of a service.

use std::sync::Arc;

use capos_authority::Grant;
use capos_membrane::Trust;
use capos_runner::{Export, Opened, Opening, Profile, Runner, TransferPolicy, Visitor};
use capos_schema::{Code, Denial};

use super::lending::Lending;
use crate::builtin::Object;
use crate::info;
use crate::session_vat::SessionVat;

/// What goes with a facet for as long as it is used.
pub(crate) struct Share {
    /// The service's id.
    pub(crate) service: String,
    /// The facet, how long it stands, and the session's share of the service's connection.
    pub(crate) opened: Opened,
    /// What the service was lent with it.
    _lent: Vec<Lending>,
}

/// The export that stands behind a grant, as `service:ID/EXPORT` names it.
pub(crate) fn behind(object: &str) -> Option<(&str, &str)> {
    object.strip_prefix("service:")?.split_once('/')
}

/// Opens the facet behind a grant.
pub(crate) fn open(vat: &SessionVat, grant: &Grant) -> Result<Object, Denial> {
    let (runner, profile, export) = find(vat, grant)?;
    let lent = vat.lend(grant, &profile)?;
    let (grants, lent) = lent.into_iter().unzip();
    let opened = runner.open(Opening {
        service: profile.id.clone(),
        export: export.name.clone(),
        interface: grant.interface_id,
        session: super::key(vat),
        visitor: visitor(vat, &profile.id),
        grants,
    });
    let client = opened.facet.clone();
    let share = Share { service: profile.id.clone(), opened, _lent: lent };
    Ok(Object { client, trust: Trust::Service, share: Some(share) })
}

fn find(vat: &SessionVat, grant: &Grant) -> Result<(Runner, Arc<Profile>, Export), Denial> {
    let nothing = || {
        tracing::warn!(object = grant.object, grant = grant.name, "no service stands behind a grant");
        unavailable()
    };
    let (service, export) = behind(&grant.object).ok_or_else(nothing)?;
    let runner = vat.gateway().services().ok_or_else(nothing)?;
    let profile = runner.profile(service).ok_or_else(nothing)?;
    let export = profile.export(export).cloned().ok_or_else(nothing)?;
    if export.interface.id != grant.interface_id {
        tracing::warn!(object = grant.object, grant = grant.name, "granted as what it is not");
        return Err(unavailable());
    }
    if export.transfer == TransferPolicy::Local {
        return Err(Denial::new(Code::MethodDenied, "this export is listed only, and never given"));
    }
    // Policy gives what is in the profile; what was attached rests on the service's own offer.
    if vat.launched(&grant.name).is_some() && !profile.offered.contains(&vat.session().context().profile) {
        return Err(Denial::new(Code::ServiceUnavailable, "the service is not offered to this session any more"));
    }
    Ok((runner, profile, export))
}

/// Everything that is known; the runner tells the service what its profile discloses and it asked for.
fn visitor(vat: &SessionVat, service: &str) -> Visitor {
    let session = vat.session();
    let context = session.context();
    Visitor {
        reference: session.reference(service),
        created_at_ms: context.created_at_ms,
        expires_at_ms: session.expires_at_ms(),
        class: info::kind(context.kind),
        strength: info::strength(context.strength),
        profile: context.profile.clone(),
        display_name: context.display_name.clone(),
        pseudonym: session.pseudonym(service),
    }
}

fn unavailable() -> Denial {
    Denial::new(Code::ServiceUnavailable, "no such service answers; its operator finds the reason in the log")
}
