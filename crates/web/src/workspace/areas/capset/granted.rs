//! What was granted, and what its interfaces are.

use std::sync::Arc;

use capos_client::{CapEntry, Transfer};
use capos_schema::dynamic::Means;
use capos_schema::{Registry, Type};
use serde::Deserialize;

use super::{CapSetArea, Subject, released, schema};
use crate::workspace::command::{Outcome, Reply};
use crate::workspace::problem::Problem;
use crate::workspace::view::{Key, Text, shown};

shown! {
    /// The grants.
    struct CapSetView {
        /// In the order of the bundle.
        grants: Vec<GrantView>,
    }

    /// One grant.
    struct GrantView {
        /// Its name.
        name: Text,
        /// Its interface's name.
        interface: Text,
        /// The first paragraph of what the interface's schema says.
        doc: Text,
        /// Whether it may be passed on.
        transfer: Text,
        /// Whether it is listed to explain, and cannot be had.
        local: bool,
        /// When its lease is over, if before the session.
        lease_expires_at_ms: Option<u64>,
        /// Its methods' names.
        methods: Vec<Text>,
    }

    /// Interfaces that are known.
    struct InterfacesReply {
        /// Their names.
        names: Vec<Text>,
    }
}

/// Bytes of an interface's comment in the table of grants.
const MOST_SUMMARY: usize = 300;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct DescribeRequest {
    on: Subject,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct CastRequest {
    chip: Key,
    /// A name, or an id in hexadecimal.
    interface: String,
}

impl CapSetArea {
    pub(super) async fn show_grants(&self) {
        let mut grants = Vec::new();
        for entry in self.core.caps() {
            // What cannot be learned is shown by its number.
            let _ = self.core.session.learn(entry.interface_id).await;
            grants.push(grant_view(&entry, &self.registry(entry.interface_id)));
        }
        self.core.board.put("capset", CapSetView { grants });
    }

    pub(super) async fn describe(&self, request: DescribeRequest) -> Outcome {
        let (means, interface) = match &request.on {
            Subject::Grant(name) => {
                let id = self.entry(name)?.interface_id;
                // What cannot be learned is told as not known.
                let _ = self.core.session.learn(id).await;
                (self.means(id), Type::interface(id))
            }
            Subject::Chip(key) => {
                let object = self.known(*key).await?;
                (object.means().clone(), object.interface().clone())
            }
        };
        Ok(Reply::of(&schema::describe(&means, &interface)))
    }

    fn registry(&self, interface: u64) -> Arc<Registry> {
        self.core.session.schemas().registry_of(interface)
    }

    fn means(&self, interface: u64) -> Arc<Means> {
        Means::new(self.registry(interface), self.core.session.schemas().limits().clone())
    }

    pub(super) async fn cast(&self, request: CastRequest) -> Outcome {
        let object = self.chips.object(request.chip).ok_or_else(released)?;
        let schemas = self.core.session.schemas();
        let id = match schemas.interface_id(&request.interface) {
            Some(id) => id,
            None => parse_id(&request.interface)?,
        };
        self.core.session.learn(id).await?;
        self.chips.replace(request.chip, self.core.session.cast(&object, id));
        Ok(Reply::done())
    }

    /// The names of every interface that is known from the start or was granted.
    pub(super) fn interfaces(&self) -> Outcome {
        let granted = self.core.caps().into_iter().map(|entry| self.registry(entry.interface_id));
        let mut names: Vec<Text> = granted.chain([self.registry(0)]).flat_map(|registry| names(&registry)).collect();
        names.sort();
        names.dedup();
        Ok(Reply::of(&InterfacesReply { names }))
    }
}

fn grant_view(entry: &CapEntry, registry: &Registry) -> GrantView {
    let interface = Type::interface(entry.interface_id);
    let doc = schema::interface_doc(registry, entry.interface_id).trim();
    let summary = doc.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    GrantView {
        name: Text::line(&entry.name),
        interface: Text::line(&registry.type_name(&interface)),
        doc: Text::lines(&summary, MOST_SUMMARY),
        transfer: Text::line(entry.transfer.as_str()),
        local: entry.transfer == Transfer::Local,
        lease_expires_at_ms: entry.lease_expires_at_ms,
        methods: schema::method_names(registry, &interface),
    }
}

fn names(registry: &Registry) -> Vec<Text> {
    let interfaces = registry.nodes().filter(|node| registry.interface(node.id).is_ok());
    interfaces.map(|node| Text::line(&node.name)).collect()
}

fn parse_id(text: &str) -> Result<u64, Problem> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    u64::from_str_radix(digits, 16).map_err(|_| Problem::bad_request("No interface of that name is known."))
}
