//! Whether profiles agree with each other, and which interfaces they mean.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use capos_schema::Registry;
use capos_schema::model::Kind;

use super::Profiles;
use crate::error::Fault;
use crate::limits::Limits;
use crate::profile::{Draft, Holder, Interface, Isolation, Profile, Provider, Requirement};

/// Names that a session's CapSet has for the node's own objects.
const RESERVED: &[&str] = &[
    "account_admin",
    "accounts",
    "all_recordings",
    "audit",
    "audit_admin",
    "gateway",
    "manual",
    "node",
    "proof_accelerator",
    "recorder",
    "recordings",
    "runner",
    "service_admin",
    "services",
    "session",
    "session_admin",
    "sessions",
    "system_info",
    "system_terminal",
];

type Brought = (Draft, Option<Arc<[u8]>>);

pub(super) fn check(mut drafts: Vec<Brought>, limits: &Limits) -> Result<Profiles, Vec<Fault>> {
    let mut faults = counts(&drafts, limits);
    let registry = schemas(&mut drafts, &mut faults);
    let drafts: Vec<Draft> = drafts.into_iter().map(|(draft, _)| draft).collect();
    names(&drafts, &mut faults);
    for draft in &drafts {
        requirements(draft, &drafts, &mut faults);
    }
    circles(&drafts, &mut faults);
    if !faults.is_empty() {
        faults.sort_by(|one, other| (&one.file, one.line, one.column).cmp(&(&other.file, other.line, other.column)));
        return Err(faults);
    }
    let all = drafts.into_iter().map(|draft| (draft.profile.id.clone(), Arc::new(draft.profile))).collect();
    Ok(Profiles { all, registry: Arc::new(registry) })
}

fn whole(what: String) -> Fault {
    Fault { file: "services".into(), line: 0, column: 0, what }
}

fn counts(drafts: &[Brought], limits: &Limits) -> Vec<Fault> {
    let mut faults = Vec::new();
    if drafts.len() > limits.profiles {
        faults.push(whole(format!("a node has at most {} profiles", limits.profiles)));
    }
    let exports: usize = drafts.iter().map(|(draft, _)| draft.profile.exports.len()).sum();
    if exports > limits.exports {
        faults.push(whole(format!("all profiles together have at most {} exports", limits.exports)));
    }
    faults
}

/// Loads the schemas, gives every interface that is named its id, and puts all together.
fn schemas(drafts: &mut [Brought], faults: &mut Vec<Fault>) -> Registry {
    let mut all = contract();
    for (draft, schema) in drafts {
        let wrong = |draft: &Draft, wrong| draft.fault("schema", format!("the schema of {}: {wrong}", draft.id()));
        let own = match schema.as_deref().map(load).transpose() {
            Ok(own) => own,
            Err(error) => {
                faults.push(wrong(draft, error));
                continue;
            }
        };
        resolve(draft, own.as_ref().unwrap_or(Registry::builtin()), faults);
        draft.profile.schema = schema.as_deref().map(digest);
        if let Some(own) = own {
            all = all.join(own).unwrap_or_else(|error| {
                faults.push(wrong(draft, error));
                contract()
            });
        }
    }
    all
}

/// A registry of the node's own interfaces, to be joined with others.
fn contract() -> Registry {
    load(capos_schema::REQUEST).expect("the schema that the node is built with is sound")
}

fn load(request: &[u8]) -> capos_schema::Result<Registry> {
    Registry::load(request, &capos_schema::Limits::default())?.with_builtin()
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    digest.as_ref().try_into().expect("SHA-256 has 32 bytes")
}

/// Gives interfaces their ids, as the profile's own schema and the contract have them.
fn resolve(draft: &mut Draft, registry: &Registry, faults: &mut Vec<Fault>) {
    let mut unknown = Vec::new();
    for (path, interface) in interfaces(&mut draft.profile) {
        match registry.interface_id(&interface.name) {
            Some(id) => interface.id = id,
            None => unknown.push((path, interface.name.clone())),
        }
    }
    let known = |name: &str| {
        let all = registry.nodes().filter(|node| matches!(node.kind, Kind::Interface(_)));
        all.map(|node| &node.name).find(|known| known.eq_ignore_ascii_case(name)).cloned()
    };
    for (path, name) in unknown {
        let hint = known(&name).map_or_else(String::new, |known| format!("; did you mean {known:?}?"));
        let what = format!("neither the node nor the service's schema has an interface {name:?}{hint}");
        faults.push(draft.fault(&format!("{path}.interface"), what));
    }
}

/// Every interface that a profile names, with the path to it.
fn interfaces(profile: &mut Profile) -> Vec<(String, &mut Interface)> {
    let requires = profile.requires.iter_mut().zip(0..);
    let mut all: Vec<_> = requires.map(|(needed, at)| (format!("requires[{at}]"), &mut needed.interface)).collect();
    let exports = profile.exports.iter_mut().zip(0..);
    all.extend(exports.map(|(export, at)| (format!("exports[{at}]"), &mut export.interface)));
    for (companion, outer) in profile.companions.iter_mut().zip(0..) {
        let requires = companion.requires.iter_mut().zip(0..);
        let path = |at: usize| format!("companions[{outer}].requires[{at}]");
        all.extend(requires.map(|(needed, at)| (path(at), &mut needed.interface)));
    }
    all
}

/// Ids and the names of exports are unique, and no name is one of the node's own.
fn names(drafts: &[Draft], faults: &mut Vec<Fault>) {
    let (mut ids, mut exports) = (HashMap::new(), HashMap::new());
    for draft in drafts {
        if let Some(other) = ids.insert(draft.id(), draft) {
            let what = format!("the id {:?} is also that of {}", draft.id(), shown(&other.origin));
            faults.push(draft.fault("id", what));
        }
        for (export, at) in draft.profile.exports.iter().zip(0..) {
            let path = format!("exports[{at}].name");
            if RESERVED.contains(&&*export.name) {
                faults.push(draft.fault(&path, format!("{:?} is a name of the node's own", export.name)));
            }
            if let Some(other) = exports.insert(&export.name, draft).filter(|other| other.id() != draft.id()) {
                let what = format!("{:?} is also the name of an export of {}", export.name, other.id());
                faults.push(draft.fault(&path, what));
            }
        }
    }
}

fn shown(path: &Path) -> std::path::Display<'_> {
    path.display()
}

/// What a service, or a companion, is given is there to be given.
fn requirements(draft: &Draft, drafts: &[Draft], faults: &mut Vec<Fault>) {
    for (needed, at) in draft.profile.requires.iter().zip(0_usize..) {
        if let Err(what) = provided(draft, needed, drafts, false) {
            faults.push(draft.fault(&format!("requires[{at}].from"), what));
        }
    }
    for (companion, outer) in draft.profile.companions.iter().zip(0_usize..) {
        for (needed, at) in companion.requires.iter().zip(0_usize..) {
            if let Err(what) = provided(draft, needed, drafts, true) {
                faults.push(draft.fault(&format!("companions[{outer}].requires[{at}].from"), what));
            }
        }
    }
}

fn provided(draft: &Draft, needed: &Requirement, drafts: &[Draft], companion: bool) -> Result<(), String> {
    let Holder::Service(Provider { service, export }) = &needed.holder else { return Ok(()) };
    if service == draft.id() {
        // What a service keeps for its own companions is no export for others, and need not be listed.
        let listed = draft.profile.export(export).map(|export| export.interface.id);
        return match companion {
            true if listed.is_none_or(|id| id == needed.interface.id) => Ok(()),
            true => Err(other_interface(export, &needed.interface)),
            false => Err("a service cannot require itself".to_owned()),
        };
    }
    let Some(provider) = drafts.iter().find(|draft| draft.id() == service) else {
        return if needed.optional { Ok(()) } else { Err(format!("there is no service {service:?}")) };
    };
    if provider.profile.isolation == Isolation::Session {
        return Err(format!("{service:?} runs for each session by itself, so that no service can hold it"));
    }
    match provider.profile.export(export) {
        None => Err(format!("{service:?} has no export {export:?}")),
        Some(found) if found.interface.id != needed.interface.id => Err(other_interface(export, &needed.interface)),
        Some(_) => Ok(()),
    }
}

fn other_interface(export: &str, wanted: &Interface) -> String {
    format!("the export {export:?} is no {}", wanted.name)
}

/// Nobody waits for a service that waits for it.
fn circles(drafts: &[Draft], faults: &mut Vec<Fault>) {
    let needs: BTreeMap<&str, Vec<&str>> = drafts.iter().map(|draft| (draft.id(), draft.profile.providers())).collect();
    for draft in drafts {
        if reached(&needs, draft.id()).contains(&draft.id()) {
            faults.push(draft.fault("requires", format!("{:?} requires itself by way of others", draft.id())));
        }
    }
}

/// Every service that one needs, directly or by way of others.
fn reached<'a>(needs: &BTreeMap<&'a str, Vec<&'a str>>, from: &str) -> Vec<&'a str> {
    let (mut seen, mut next) = (Vec::new(), needs.get(from).cloned().unwrap_or_default());
    while let Some(id) = next.pop() {
        if !seen.contains(&id) {
            seen.push(id);
            next.extend(needs.get(id).into_iter().flatten().copied());
        }
    }
    seen
}
