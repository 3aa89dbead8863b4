//! The parts of the workspace. Each is one file, which shows one or more topics and takes the commands of its view.

mod administration;
mod chat;
mod commands;
mod given_back;
mod names;
mod services;
mod session;
mod transcript;

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::workspace::desk::{Area, Core};

/// Every area, by the name that addresses have.
pub(crate) fn all(core: &Rc<Core>) -> BTreeMap<&'static str, Rc<dyn Area>> {
    let given_back = Rc::default();
    let areas: [(&'static str, Rc<dyn Area>); _] = [
        ("chat", chat::ChatArea::new(core, &given_back)),
        ("commands", commands::CommandsArea::new(core)),
        ("services", services::ServicesArea::new(core, &given_back)),
        ("administration", administration::AdministrationArea::new(core)),
        ("session", session::SessionArea::new(core)),
        ("transcript", transcript::TranscriptArea::new(core)),
    ];
    areas.into()
}
