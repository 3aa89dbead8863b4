//! A service as the node's catalog lists it.

use capos_schema::catalog_capnp::remote_service_profile;

use super::runner::MOST;
use crate::workspace::view::Text;

/// A service: what it needs, and what it offers.
pub(super) struct Profile {
    pub(super) id: String,
    pub(super) label: String,
    pub(super) state: String,
    pub(super) processes: Vec<Text>,
    pub(super) requires: Vec<Requirement>,
    pub(super) exports: Vec<Export>,
}

pub(super) struct Requirement {
    pub(super) name: String,
    pub(super) interface_id: u64,
    pub(super) lent: bool,
    pub(super) moved: bool,
}

pub(super) struct Export {
    pub(super) name: String,
    pub(super) interface_id: u64,
}

impl Profile {
    pub(super) fn read(from: remote_service_profile::Reader<'_>) -> capnp::Result<Self> {
        let text = |text: capnp::Result<capnp::text::Reader<'_>>| Ok::<_, capnp::Error>(text?.to_string()?);
        let requires = from.get_requirements()?.iter().take(MOST).map(|from| {
            let (holder, transfer) = (text(from.get_holder())?, text(from.get_transfer_mode())?);
            Ok(Requirement {
                name: text(from.get_name())?,
                interface_id: from.get_interface_id(),
                lent: holder == "backendHeld",
                moved: transfer == "moved",
            })
        });
        let exports = from
            .get_exports()?
            .iter()
            .take(MOST)
            .map(|from| Ok(Export { name: text(from.get_name())?, interface_id: from.get_interface_id() }));
        Ok(Self {
            id: text(from.get_id())?,
            label: text(from.get_label())?,
            state: text(from.get_state())?,
            processes: from
                .get_process_graph()?
                .iter()
                .take(MOST)
                .map(|name| Ok(Text::line(&text(name)?)))
                .collect::<capnp::Result<_>>()?,
            requires: requires.collect::<capnp::Result<_>>()?,
            exports: exports.collect::<capnp::Result<_>>()?,
        })
    }
}
