//! The parts of the workspace. Each is one file, which shows one or more topics and takes the commands of its view.

mod administration;
mod capset;
mod diagnostics;
mod session;
mod transcript;

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::workspace::desk::{Area, Core};

/// Every area, by the name that addresses have.
pub(crate) fn all(core: &Rc<Core>) -> BTreeMap<&'static str, Rc<dyn Area>> {
    let capset = capset::CapSetArea::new(core);
    let diagnostics = diagnostics::DiagnosticsArea::new(core, &capset);
    let areas: [(&'static str, Rc<dyn Area>); _] = [
        ("administration", administration::AdministrationArea::new(core)),
        ("capset", capset),
        ("diagnostics", diagnostics),
        ("session", session::SessionArea::new(core)),
        ("transcript", transcript::TranscriptArea::new(core)),
    ];
    areas.into()
}
