//! `capos services`.

use capos_schema::catalog_capnp::{
    remote_service_catalog, remote_service_export, remote_service_grant_requirement, remote_service_profile,
};
use serde::Serialize;

use crate::args::services::Services;
use crate::commands::admin::model::as_id;
use crate::commands::admin::{joined, ungranted};
use crate::failure::{Exit, Failure};
use crate::output::{Output, Table};
use crate::remote::{Remote, text, within};

/// A service that the node can run.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Profile {
    pub(super) id: String,
    label: String,
    state: String,
    process_graph: Vec<String>,
    pub(super) requires: Vec<Requirement>,
    exports: Vec<Export>,
}

/// What it needs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Requirement {
    pub(super) name: String,
    pub(super) interface: Option<String>,
    #[serde(serialize_with = "as_id")]
    interface_id: u64,
    transfer_mode: String,
    pub(super) holder: String,
}

/// What it offers.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Export {
    name: String,
    interface: Option<String>,
    #[serde(serialize_with = "as_id")]
    interface_id: u64,
    transfer_policy: String,
}

/// Lists what there is.
pub(crate) async fn run(arguments: Services, output: &Output) -> Result<Exit, Failure> {
    let profiles = within(&arguments.target, output, list).await;
    let profiles = profiles.map_err(|failure| ungranted(failure, "the list of services"))?;
    output.list(&profiles, |profiles| {
        let rows = profiles.iter().map(|profile| {
            let names = |names: Vec<String>| joined(&names);
            [
                profile.id.clone(),
                profile.state.clone(),
                names(profile.exports.iter().map(|export| export.name.clone()).collect()),
                names(profile.requires.iter().map(|requirement| requirement.name.clone()).collect()),
                profile.label.clone(),
            ]
        });
        Table::new(&["SERVICE", "STATE", "EXPORTS", "REQUIRES", "NAME"], "The node has no service for you.").rows(rows)
    })?;
    Ok(Exit::Done)
}

pub(super) async fn list(remote: &Remote) -> Result<Vec<Profile>, Failure> {
    let catalog: remote_service_catalog::Client = remote.grant("services");
    let answer = catalog.list_request().send().promise.await?;
    let profiles = answer.get()?.get_profiles()?.iter().map(profile);
    let mut profiles = profiles.collect::<Result<Vec<_>, _>>()?;
    let ids = profiles.iter().flat_map(|profile| {
        let required = profile.requires.iter().map(|requirement| requirement.interface_id);
        required.chain(profile.exports.iter().map(|export| export.interface_id))
    });
    remote.learn(ids).await;
    for profile in &mut profiles {
        for requirement in &mut profile.requires {
            requirement.interface = remote.interface_name(requirement.interface_id);
        }
        for export in &mut profile.exports {
            export.interface = remote.interface_name(export.interface_id);
        }
    }
    Ok(profiles)
}

fn profile(from: remote_service_profile::Reader<'_>) -> Result<Profile, Failure> {
    Ok(Profile {
        id: text(from.get_id())?,
        label: text(from.get_label())?,
        state: text(from.get_state())?,
        process_graph: from.get_process_graph()?.iter().map(text).collect::<Result<_, _>>()?,
        requires: from.get_requirements()?.iter().map(requirement).collect::<Result<_, _>>()?,
        exports: from.get_exports()?.iter().map(export).collect::<Result<_, _>>()?,
    })
}

fn requirement(from: remote_service_grant_requirement::Reader<'_>) -> Result<Requirement, Failure> {
    Ok(Requirement {
        name: text(from.get_name())?,
        interface: None,
        interface_id: from.get_interface_id(),
        transfer_mode: text(from.get_transfer_mode())?,
        holder: text(from.get_holder())?,
    })
}

fn export(from: remote_service_export::Reader<'_>) -> Result<Export, Failure> {
    Ok(Export {
        name: text(from.get_name())?,
        interface: None,
        interface_id: from.get_interface_id(),
        transfer_policy: text(from.get_transfer_policy())?,
    })
}
