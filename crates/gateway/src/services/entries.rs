//! Services as the wire tells of them.

use capos_authority::AuditLevel;
use capos_runner::{Export, Holder, Isolation, Profile, State, TransferPolicy};
use capos_schema::catalog_capnp::{
    remote_service_catalog_entry, remote_service_export, remote_service_grant_requirement, remote_service_profile,
};
use capos_schema::{Registry, Type};

use super::request::definition;
use crate::session_vat::SessionVat;
pub(super) use crate::words::length;

/// Methods that one entry names; more are no help to anybody.
const METHODS: usize = 256;

/// Writes one profile as the catalog lists it.
pub(super) fn write_profile(profile: &Profile, state: &State, mut to: remote_service_profile::Builder<'_>) {
    to.set_id(&profile.id);
    to.set_label(&profile.label);
    to.set_state(state.as_str());
    write_texts(&processes(profile), |count| to.reborrow().init_process_graph(count));
    let mut requirements = to.reborrow().init_requirements(length(profile.requires.len()));
    for (requirement, at) in profile.requires.iter().zip(0..) {
        let mut to: remote_service_grant_requirement::Builder<'_> = requirements.reborrow().get(at);
        to.set_name(&requirement.name);
        to.set_interface_id(requirement.interface.id);
        to.set_transfer_mode(requirement.transfer.as_str());
        to.set_holder(requirement.holder.as_str());
    }
    let mut exports = to.init_exports(length(profile.exports.len()));
    for (export, at) in profile.exports.iter().zip(0..) {
        let mut to: remote_service_export::Builder<'_> = exports.reborrow().get(at);
        to.set_name(&export.name);
        to.set_interface_id(export.interface.id);
        to.set_transfer_policy(export.transfer.as_str());
    }
}

/// The processes of a graph, first started first: the service, then each companion after those it waits for.
fn processes(profile: &Profile) -> Vec<&str> {
    let mut order = vec![profile.id.as_str()];
    let mut waiting: Vec<_> = profile.companions.iter().collect();
    while !waiting.is_empty() {
        let ready = waiting.iter().position(|companion| companion.after.iter().all(|name| order.contains(&&**name)));
        // Profiles are checked for circles; one that was not is told in its own order.
        order.push(&waiting.remove(ready.unwrap_or(0)).name);
    }
    order
}

/// What a launch adds to the bundle, within the bound of the catalog.
pub(super) fn launched(profile: &Profile, most: usize) -> Vec<&Export> {
    profile.exports.iter().filter(|export| export.launch).take(most).collect()
}

/// Writes one export as a client lists it.
pub(super) fn write_entry(
    vat: &SessionVat,
    profile: &Profile,
    export: &Export,
    mut to: remote_service_catalog_entry::Builder<'_>,
) {
    to.set_id(format!("{}/{}", profile.id, export.name));
    to.set_label(&profile.label);
    to.set_summary(&profile.summary);
    to.set_cap_name(&export.name);
    to.set_transport_interface_id(export.interface.id);
    to.set_schema_interface(&export.interface.name);
    to.set_proxy_status(proxy_status(vat, profile, export));
    write_texts(&methods(vat, profile, export), |count| to.reborrow().init_methods(count));
    write_texts(&notes(profile, export), |count| to.reborrow().init_notes(count));
}

/// Whether the session has it, or would have it, or never will.
fn proxy_status(vat: &SessionVat, profile: &Profile, export: &Export) -> &'static str {
    if export.transfer == TransferPolicy::Local {
        return "planned";
    }
    let granted = vat
        .session()
        .grant(&export.name)
        .is_some_and(|grant| grant.object == definition(profile, export).object && grant.liveness.is_live());
    if granted { "callable" } else { "launchRequired" }
}

/// The methods that the session may call, or could: those that its grant opens, where it has one.
fn methods(vat: &SessionVat, profile: &Profile, export: &Export) -> Vec<String> {
    let registry = vat.gateway().registry();
    let mut names = named_methods(&registry, export.interface.id);
    let object = definition(profile, export).object;
    let grant = vat.session().grant(&export.name).filter(|grant| grant.object == object);
    if let Some(open) = grant.as_ref().and_then(|grant| grant.methods.as_ref()) {
        names.retain(|name| open.contains(name));
    }
    names.truncate(METHODS);
    names
}

fn named_methods(registry: &Registry, interface: u64) -> Vec<String> {
    let methods = registry.methods(&Type::interface(interface)).unwrap_or_default();
    methods.into_iter().map(|method| method.declared.name.clone()).collect()
}

fn notes(profile: &Profile, export: &Export) -> Vec<String> {
    let mut notes = vec![match profile.isolation {
        Isolation::Shared => "One process serves all sessions.".to_owned(),
        Isolation::Session => "It runs in a process for this session alone, and ends with it.".to_owned(),
    }];
    if definition(profile, export).audit == AuditLevel::All {
        notes.push("Every call is recorded in the journal.".to_owned());
    }
    let made = profile.requires.iter().filter(|requirement| requirement.holder == Holder::Node);
    notes.extend(made.map(|requirement| match &*requirement.interface.name {
        "Recorder" => "The node may keep recordings of what its terminals show.".to_owned(),
        interface => format!("The node gives it {} ({interface}).", requirement.name),
    }));
    let handed = profile.requires.iter().filter(|requirement| requirement.holder == Holder::Client);
    notes.extend(handed.map(|requirement| {
        format!("A client hands it {} ({}) by its own methods.", requirement.name, requirement.interface.name)
    }));
    notes
}

/// Writes a list of texts.
pub(super) fn write_texts<'b, T: AsRef<str>>(texts: &[T], init: impl FnOnce(u32) -> capnp::text_list::Builder<'b>) {
    let mut list = init(length(texts.len()));
    for (text, at) in texts.iter().zip(0..) {
        list.set(at, text.as_ref());
    }
}
