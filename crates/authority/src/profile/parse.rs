//! Definitions of profiles, from JSON. An operator writes them, and what is wrong is told by name.

use std::collections::BTreeSet;

use capos_schema::{Registry, Type};
use serde::Deserialize;

use super::duration::{milliseconds, parse_duration};
use super::{AuditLevel, CallLimits, GrantDefinition, ProfileDefinition, Transfer};
use crate::name::is_name;
use crate::{Error, Limits, PrincipalKind};

const LABEL: usize = 128;
const OBJECT: usize = 128;
const METHODS: usize = 256;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    #[serde(default)]
    label: String,
    admits: Vec<PrincipalKind>,
    duration: String,
    max_duration: Option<String>,
    idle: Option<String>,
    #[serde(default)]
    grants: Vec<WrittenGrant>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenGrant {
    name: String,
    interface: String,
    object: String,
    #[serde(default)]
    transfer: Transfer,
    lease: Option<String>,
    methods: Option<Vec<String>>,
    #[serde(default)]
    audit: AuditLevel,
    #[serde(default)]
    calls: WrittenCalls,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenCalls {
    in_flight: Option<u32>,
    #[serde(default)]
    per_second: u32,
    #[serde(default)]
    total: u64,
}

/// What is wrong with the content is told by name: the place is one in a text that its author has seldom seen.
fn told(error: &serde_json::Error) -> String {
    let sentence = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    if error.is_data() { sentence.trim_end_matches(&place).to_owned() } else { sentence }
}

pub(super) fn definition(text: &str, limits: &Limits) -> Result<ProfileDefinition, Error> {
    if text.len() > limits.definition_bytes {
        return Err(Error::invalid("the definition is too long"));
    }
    let written: Written =
        serde_json::from_str(text).map_err(|error| Error::invalid(format!("the definition: {}", told(&error))))?;
    let longest = milliseconds(limits.longest_session);
    let duration_ms = bounded("duration", &written.duration, longest)?;
    let max_duration_ms = match &written.max_duration {
        Some(text) => bounded("maxDuration", text, longest)?,
        None => duration_ms,
    };
    if max_duration_ms < duration_ms {
        return Err(Error::invalid("maxDuration is shorter than duration"));
    }
    Ok(ProfileDefinition {
        label: label(written.label)?,
        admits: admits(written.admits)?,
        duration_ms,
        max_duration_ms,
        idle_ms: idle(written.idle.as_deref(), longest)?,
        grants: grants(written.grants, limits)?,
    })
}

fn bounded(key: &str, text: &str, longest: u64) -> Result<u64, Error> {
    match parse_duration(text) {
        Some(0) => Err(Error::invalid(format!("{key} is no time at all"))),
        Some(ms) if ms > longest => Err(Error::invalid(format!("{key} is longer than the node allows"))),
        Some(ms) => Ok(ms),
        None => Err(Error::invalid(format!("{key} is no time such as 30s, 15m, 12h or 7d"))),
    }
}

fn idle(text: Option<&str>, longest: u64) -> Result<Option<u64>, Error> {
    match text {
        None | Some("off") => Ok(None),
        Some(text) => bounded("idle", text, longest).map(Some),
    }
}

fn label(label: String) -> Result<String, Error> {
    let plain = label.len() <= LABEL && !label.chars().any(char::is_control);
    if plain { Ok(label) } else { Err(Error::invalid("the label is too long, or has control characters")) }
}

fn admits(kinds: Vec<PrincipalKind>) -> Result<Vec<PrincipalKind>, Error> {
    let mut once = Vec::new();
    for kind in kinds {
        if kind == PrincipalKind::Pseudonymous {
            return Err(Error::invalid("no profile admits pseudonymous principals yet"));
        }
        if !once.contains(&kind) {
            once.push(kind);
        }
    }
    if once.is_empty() { Err(Error::invalid("admits names nobody")) } else { Ok(once) }
}

fn grants(written: Vec<WrittenGrant>, limits: &Limits) -> Result<Vec<GrantDefinition>, Error> {
    if written.len() > limits.grants {
        return Err(Error::invalid("there are too many grants"));
    }
    let mut names = BTreeSet::new();
    let longest = milliseconds(limits.longest_session);
    let mut grants = Vec::with_capacity(written.len());
    for written in written {
        if !is_name(&written.name) {
            return Err(Error::invalid(
                "a grant's name is 1 to 64 of a-z 0-9 . _ -, and begins with a letter or digit",
            ));
        }
        if !names.insert(written.name.clone()) {
            return Err(Error::invalid(format!("the grant {} is there twice", written.name)));
        }
        let name = written.name.clone();
        let wrong = |error: Error| Error::invalid(format!("the grant {name}: {error}"));
        grants.push(grant(written, longest).map_err(wrong)?);
    }
    Ok(grants)
}

fn grant(written: WrittenGrant, longest: u64) -> Result<GrantDefinition, Error> {
    let interface_id = interface(&written.interface)?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b":._-/".contains(&byte);
    if !written.object.contains(':') || written.object.len() > OBJECT || !written.object.bytes().all(allowed) {
        return Err(Error::invalid("its object is none such as builtin:manual"));
    }
    Ok(GrantDefinition {
        interface_id,
        object: written.object,
        transfer: written.transfer,
        lease_ms: written.lease.as_deref().map(|text| bounded("lease", text, longest)).transpose()?,
        methods: written.methods.map(|methods| known_methods(interface_id, methods)).transpose()?,
        audit: written.audit,
        calls: calls(&written.calls)?,
        name: written.name,
    })
}

/// By name where the node knows it, else by id: what a service brings is not known before it runs.
fn interface(text: &str) -> Result<u64, Error> {
    let by_id = text.strip_prefix("0x").and_then(|digits| u64::from_str_radix(digits, 16).ok());
    by_id
        .or_else(|| Registry::builtin().interface_id(text))
        .ok_or_else(|| Error::invalid("its interface is not known; write the id, such as 0xa47540e09e7d1f31"))
}

fn known_methods(interface: u64, methods: Vec<String>) -> Result<Vec<String>, Error> {
    if methods.len() > METHODS || methods.iter().any(|name| name.is_empty() || name.len() > 128) {
        return Err(Error::invalid("its methods are too many, or have no or too long names"));
    }
    // Those of an interface that a service brings are not known before it runs.
    let registry = Registry::builtin();
    let unknown = |name: &&String| registry.method(&Type::interface(interface), name).is_err();
    if registry.interface(interface).is_ok()
        && let Some(name) = methods.iter().find(unknown)
    {
        return Err(Error::invalid(format!("its interface has no method {name:?}")));
    }
    Ok(methods)
}

fn calls(written: &WrittenCalls) -> Result<CallLimits, Error> {
    let default = CallLimits::default();
    let in_flight = written.in_flight.unwrap_or(default.in_flight);
    if in_flight == 0 {
        return Err(Error::invalid("calls.inFlight 0 lets nobody call it"));
    }
    let some = |number: u32| (number > 0).then_some(number);
    Ok(CallLimits {
        in_flight,
        per_second: some(written.per_second),
        total: (written.total > 0).then_some(written.total),
    })
}
