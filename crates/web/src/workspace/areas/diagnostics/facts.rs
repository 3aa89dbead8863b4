//! What the node says of itself to those who were granted it.

use std::rc::Rc;

use capnp::traits::HasTypeId as _;
use capos_client::CapEntry;
use capos_schema::manual_capnp::manual;
use capos_schema::system_info_capnp::system_info;

use crate::workspace::desk::Core;
use crate::workspace::view::{Text, shown};

shown! {
    /// What the node says; nothing where it is not granted or does not answer.
    struct FactsReply {
        /// Its message of the day.
        motd: Option<Text>,
        /// Its name.
        hostname: Option<Text>,
        /// What it was built from, and when.
        commit: Option<Text>,
        /// When it was built.
        built_at: Option<Text>,
        /// What this workspace is a part of.
        workspace: Text,
    }
}

/// Bytes of a message of the day.
const MOST_MOTD: usize = 8 << 10;

pub(super) fn system_info(core: &Core) -> Option<CapEntry> {
    core.grant_of(system_info::Client::TYPE_ID)
}

pub(super) async fn facts(core: &Rc<Core>) -> FactsReply {
    let (said, built) = futures::join!(said(core), built(core));
    let (motd, hostname) = said.unzip();
    let (commit, built_at) = built.unzip();
    let workspace = Text::fixed(concat!("capOS ", env!("CARGO_PKG_VERSION")));
    FactsReply { motd, hostname, commit, built_at, workspace }
}

async fn said(core: &Rc<Core>) -> Option<(Text, Text)> {
    let entry = system_info(core)?;
    let info: system_info::Client = core.session.get_as(&entry.name).await.ok()?;
    let (motd, name) = (info.motd_request().send().promise, info.hostname_request().send().promise);
    let (motd, name) = futures::try_join!(motd, name).ok()?;
    let motd = motd.get().ok()?.get_text().ok()?.to_str().ok()?.to_owned();
    let name = name.get().ok()?.get_name().ok()?.to_str().ok()?.to_owned();
    Some((Text::lines(&motd, MOST_MOTD), Text::line(&name)))
}

async fn built(core: &Rc<Core>) -> Option<(Text, Text)> {
    let entry = core.grant_of(manual::Client::TYPE_ID)?;
    let manual: manual::Client = core.session.get_as(&entry.name).await.ok()?;
    let info = manual.build_info_request().send().promise.await.ok()?;
    let info = info.get().ok()?;
    Some((Text::line(info.get_commit().ok()?.to_str().ok()?), Text::line(info.get_built_at().ok()?.to_str().ok()?)))
}
