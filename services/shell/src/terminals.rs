//! Terminals: programs that draw on a screen and read keys.

use std::rc::Rc;

use capnp::capability::Client;
use capos_service::bad_request;

use crate::ground::Ground;
use crate::service::Seat;

/// What one session has of them.
pub(crate) struct State;

impl State {
    pub(crate) fn new(_ground: &Rc<Ground>) -> Self {
        Self
    }
}

/// The facet that one session holds.
pub(crate) fn facet(_seat: &Rc<Seat>) -> Result<Client, capnp::Error> {
    Err(bad_request("there is no such export"))
}
