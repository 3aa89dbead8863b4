//! Commands: started, read, and ended with whoever holds them.
//!
//! `running.rs` is one command's life, `output.rs` what it writes, on its way to the readers. `shell.rs`, `stream.rs` and
//! `observer.rs` are what clients hold.

mod ending;
mod input;
mod kept;
mod observer;
mod options;
mod outcome;
mod output;
mod place;
mod pump;
mod reader;
mod running;
mod shell;
mod slots;
mod stream;

use std::cell::RefCell;
use std::rc::Rc;

use capnp::capability::Client;
use capos_schema::shell_capnp;
use capos_service::Clock;

use crate::ground::Ground;
use crate::service::Seat;
use kept::Budget;
use slots::Slots;

pub(crate) use ending::{code, signal};
pub(crate) use options::{Options, Words};
pub(crate) use outcome::Outcome;
pub(crate) use place::{Place, set as set_variable};
pub(crate) use running::{Otherwise, Refusal, Running};
pub(crate) use stream::stream;

/// What one session has of them.
pub(crate) struct State {
    ground: Rc<Ground>,
    place: RefCell<Place>,
    slots: Slots,
    budget: Rc<Budget>,
    clock: Clock,
}

impl State {
    pub(crate) fn new(ground: &Rc<Ground>) -> Self {
        let (limits, clock) = (&ground.settings.limits, Clock::new());
        Self {
            ground: ground.clone(),
            place: RefCell::new(Place::new(ground)),
            slots: Slots::new(limits, clock),
            budget: Budget::new(limits.kept_bytes),
            clock,
        }
    }

    /// Runs a command to its end. Dropping this ends it.
    pub(crate) async fn execute(&self, words: &Words, mut options: Options) -> Result<Outcome, capnp::Error> {
        let longest = self.ground.settings.limits.exec_time;
        options.timeout = Some(options.timeout.map_or(longest, |asked| asked.min(longest)));
        match Running::start(self, words, &mut options, Otherwise::Closed).await {
            Ok(running) => Ok(running.finish().await),
            Err(Refusal::Unfit(unfit)) => Ok(Outcome::unfit(&words.program, unfit)),
            Err(refusal) => Err(refusal.into()),
        }
    }
}

/// The facet that one session holds.
pub(crate) fn facet(seat: &Rc<Seat>) -> Result<Client, capnp::Error> {
    Ok(capnp_rpc::new_client::<shell_capnp::shell::Client, _>(shell::Facet::new(seat)).client)
}
