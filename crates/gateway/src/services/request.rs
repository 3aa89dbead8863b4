//! Whether a session may start a service with what it lends, and what would come of it. Changes nothing.

use std::sync::Arc;

use capos_authority::{AuditLevel, CallLimits, Grant, GrantDefinition, Transfer};
use capos_runner::{Audit, Export, Profile, Requirement, Runner, TransferPolicy};

use super::lending::required;
use crate::session_vat::SessionVat;

/// Why a request is refused: for the client a sentence, for the journal a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) cause: &'static str,
    pub(crate) sentence: &'static str,
}

macro_rules! refusals {
    ($($name:ident $cause:literal $sentence:literal)*) => {
        $(const $name: Refused = Refused { cause: $cause, sentence: $sentence };)*
    };
}

refusals! {
    UNKNOWN "unknownProfile" "there is no service of that id"
    NOT_OFFERED "notOffered" "the service is not offered to the profile of this session"
    NOT_ASKED_FOR "unknownRequirement" "the service asks for no grant of a name that the request has"
    MISSING "missingGrant" "the service needs a grant that the request does not name, or that the session does not have"
    WRONG_INTERFACE "wrongInterface" "a grant that the request names has another interface than the service asks for"
    ENDED "grantEnded" "a grant that the request names was taken away, or its lease is over"
    LISTED_ONLY "listedOnly" "a grant that the request names is listed only, and never given"
    HELD_ELSEWHERE "grantMoved" "another service holds a grant that the request names"
    NAME_TAKEN "nameTaken" "the session has a grant of the name that the service's export would get"
    BUNDLE_FULL "bundleFull" "the session has as many grants as it may have"
}

/// What starting a service would do, once nothing speaks against it.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) profile: Arc<Profile>,
    /// The names of what it is lent, in the order of the profile.
    pub(crate) accepted: Vec<String>,
    /// Those of them that leave the session meanwhile.
    pub(crate) moved: Vec<String>,
    /// What the bundle has not yet of what is exported.
    pub(crate) missing: Vec<GrantDefinition>,
}

/// What a session asks for.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) service: String,
    pub(crate) grants: Vec<String>,
}

impl SessionVat {
    /// The profile of a service that is offered to this session.
    pub(crate) fn offered(&self, runner: Option<&Runner>, service: &str) -> Result<Arc<Profile>, Refused> {
        let profile = runner.and_then(|runner| runner.profile(service)).ok_or(UNKNOWN)?;
        if !profile.offered.contains(&self.session().context().profile) {
            return Err(NOT_OFFERED);
        }
        Ok(profile)
    }

    /// What a request would do.
    pub(crate) fn plan(&self, runner: Option<&Runner>, request: &Request) -> Result<Plan, Refused> {
        let profile = self.offered(runner, &request.service)?;
        if request.grants.iter().any(|name| !required(&profile).any(|required| required.name == *name)) {
            return Err(NOT_ASKED_FOR);
        }
        let (mut accepted, mut moved) = (Vec::new(), Vec::new());
        for requirement in required(&profile) {
            if request.grants.contains(&requirement.name) {
                self.may_lend(&profile, requirement)?;
                accepted.push(requirement.name.clone());
                if requirement.transfer == capos_runner::Transfer::Moved {
                    moved.push(requirement.name.clone());
                }
            } else if !requirement.optional {
                return Err(MISSING);
            }
        }
        let missing = self.missing(&profile, &accepted)?;
        Ok(Plan { profile, accepted, moved, missing })
    }

    fn may_lend(&self, profile: &Profile, requirement: &Requirement) -> Result<(), Refused> {
        let grant = self.session().grant(&requirement.name).ok_or(MISSING)?;
        if grant.interface_id != requirement.interface.id {
            return Err(WRONG_INTERFACE);
        }
        if grant.transfer == Transfer::Local {
            return Err(LISTED_ONLY);
        }
        if self.has_ended(&grant) {
            return Err(ENDED);
        }
        let own = self.launches().accepted(&profile.id).is_some_and(|accepted| accepted.contains(&requirement.name));
        if !own && self.is_moved(&requirement.name) {
            return Err(HELD_ELSEWHERE);
        }
        Ok(())
    }

    fn has_ended(&self, grant: &Grant) -> bool {
        let now = self.gateway().authority().clock().steady_ns();
        !grant.liveness.is_live() || grant.lease_until_ns.is_some_and(|until| now >= until)
    }

    /// What has to be attached. Where the service was started with other grants, all of it.
    fn missing(&self, profile: &Profile, accepted: &[String]) -> Result<Vec<GrantDefinition>, Refused> {
        let anew = self.launches().accepted(&profile.id).is_some_and(|before| *before != *accepted);
        let mut missing = Vec::new();
        let mut replaced = 0;
        for export in profile.exports.iter().filter(|export| export.launch) {
            let definition = definition(profile, export);
            let attached = self.launches().has_attached(&profile.id, &export.name);
            match self.session().grant(&export.name) {
                None => missing.push(definition),
                Some(grant) if attached && (anew || !grant.liveness.is_live()) => {
                    replaced += 1;
                    missing.push(definition);
                }
                Some(grant) if is_there(&grant, &definition) => {}
                Some(_) => return Err(NAME_TAKEN),
            }
        }
        if missing.len() - replaced > self.session().room() {
            return Err(BUNDLE_FULL);
        }
        Ok(missing)
    }
}

/// Whether the bundle has what an export would be, attached already or given by policy.
fn is_there(grant: &Grant, definition: &GrantDefinition) -> bool {
    grant.object == definition.object && grant.interface_id == definition.interface_id && grant.liveness.is_live()
}

/// The grant that an export becomes.
pub(super) fn definition(profile: &Profile, export: &Export) -> GrantDefinition {
    GrantDefinition {
        name: export.name.clone(),
        interface_id: export.interface.id,
        object: format!("service:{}/{}", profile.id, export.name),
        transfer: match export.transfer {
            TransferPolicy::Session => Transfer::Session,
            TransferPolicy::Delegable => Transfer::Delegable,
            TransferPolicy::Local => Transfer::Local,
        },
        lease_ms: None,
        methods: None,
        audit: match export.audit {
            Audit::Off => AuditLevel::Off,
            Audit::Denied => AuditLevel::Denied,
            Audit::All => AuditLevel::All,
        },
        calls: CallLimits::default(),
    }
}
