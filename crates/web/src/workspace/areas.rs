//! The parts of the workspace. Each is one file, which shows one or more topics and takes the commands of its view.

mod administration;
mod adventure;
mod attention;
mod capset;
mod chat;
mod commands;
mod diagnostics;
mod given_back;
mod moment;
mod names;
mod offer;
mod paperclips;
mod recordings;
mod running;
mod services;
mod session;
#[cfg(test)]
mod stage;
mod terminals;
mod transcript;

use std::collections::BTreeMap;
use std::rc::Rc;

pub(crate) use moment::now_ms;

use crate::workspace::desk::{Area, Core};

/// Every area, by the name that addresses have.
pub(crate) fn all(core: &Rc<Core>) -> BTreeMap<&'static str, Rc<dyn Area>> {
    let capset = capset::CapSetArea::new(core);
    let diagnostics = diagnostics::DiagnosticsArea::new(core);
    let given_back = Rc::default();
    let areas: [(&'static str, Rc<dyn Area>); _] = [
        ("administration", administration::AdministrationArea::new(core)),
        ("adventure", adventure::AdventureArea::new(core)),
        ("capset", capset),
        ("chat", chat::ChatArea::new(core, &given_back)),
        ("commands", commands::CommandsArea::new(core)),
        ("diagnostics", diagnostics),
        ("paperclips", paperclips::PaperclipsArea::new(core)),
        ("recordings", recordings::RecordingsArea::new(core)),
        ("services", services::ServicesArea::new(core, &given_back)),
        ("session", session::SessionArea::new(core)),
        ("terminals", terminals::TerminalsArea::new(core)),
        ("transcript", transcript::TranscriptArea::new(core)),
    ];
    areas.into()
}
