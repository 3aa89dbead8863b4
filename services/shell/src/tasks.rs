//! Tasks: fixed commands with checked parameters, to be given away one by one.

use std::rc::Rc;

use capnp::capability::Client;
use capos_service::bad_request;
use serde::Deserialize;

use crate::Error;
use crate::service::Seat;

/// One task, as the settings describe it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Task {}

impl Task {
    /// Whether it makes sense.
    pub(crate) fn check(&self, _name: &str) -> Result<(), Error> {
        Ok(())
    }
}

/// One task's facet.
pub(crate) fn facet(_seat: &Rc<Seat>, _name: &str) -> Result<Client, capnp::Error> {
    Err(bad_request("there is no such export"))
}

/// All tasks as commands.
pub(crate) fn surface(_seat: &Rc<Seat>) -> Result<Client, capnp::Error> {
    Err(bad_request("there is no such export"))
}
