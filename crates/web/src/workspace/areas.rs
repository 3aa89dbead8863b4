//! The parts of the workspace. Each is one file, which shows one or more topics and takes the commands of its view.

mod recordings;
mod session;
mod terminals;

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::workspace::desk::{Area, Core};

/// Every area, by the name that addresses have.
pub(crate) fn all(core: &Rc<Core>) -> BTreeMap<&'static str, Rc<dyn Area>> {
    let areas: [(&'static str, Rc<dyn Area>); _] =
        [("session", session::SessionArea::new(core)), ("terminals", terminals::TerminalsArea::new(core))];
    areas.into()
}
