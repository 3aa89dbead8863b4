//! The service: who sits down, with what, and what they are given.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::SystemTime;

use capnp::capability::{Client, FromClientHook as _};
use capos_schema::paperclips_capnp::{paperclips_game, proof_accelerator};
use capos_service::pace::{Pace, Rate};
use capos_service::{Context, Disclosure, Given, Home, Service, bad_request, commands, console, quota_exceeded};

use crate::console::Talk;
use crate::facet::GameFacet;
use crate::limits::Limits;
use crate::players::{Clock, Players, Who};
use crate::surface::Buttons;
use crate::table::Table;

/// The service: everybody's games.
pub struct Paperclips {
    players: Rc<Players>,
}

impl Paperclips {
    /// Games that are kept in that home.
    #[must_use]
    pub fn new(home: Home) -> Self {
        Self::with_clock(home, Limits::default(), Rc::new(wall_clock))
    }

    /// The same, with other bounds and another clock.
    #[must_use]
    pub fn with_clock(home: Home, limits: Limits, clock: Clock) -> Self {
        Self { players: Players::new(home, limits, clock) }
    }
}

fn wall_clock() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    crate::table::milliseconds(since)
}

/// One session's place: who it is, and what it lends.
pub struct Seat {
    players: Rc<Players>,
    who: Who,
    pace: RefCell<Pace>,
    /// Not the one on the wall, which may be set.
    clock: capos_service::Clock,
    accelerator: RefCell<Option<proof_accelerator::Client>>,
    /// The number of the event that this session has not been told of.
    pub(crate) seen: Cell<u64>,
}

impl Seat {
    /// The session's game as it is now, if it may ask again.
    pub(crate) fn game(&self) -> Result<Rc<Table>, capnp::Error> {
        match self.pace.borrow_mut().take(self.clock.now_ms()) {
            true => self.game_unpaced(),
            false => Err(quota_exceeded("too many calls in too short a time; wait a moment")),
        }
    }

    pub(crate) fn game_unpaced(&self) -> Result<Rc<Table>, capnp::Error> {
        let table = self.players.game(&self.who)?;
        self.players.save_soon(&self.who, &table);
        Ok(table)
    }

    /// Something was done to the game.
    pub(crate) fn played(&self, table: &Rc<Table>) {
        table.touch();
        self.players.save_soon(&self.who, table);
    }

    pub(crate) fn accelerator(&self) -> Option<proof_accelerator::Client> {
        self.accelerator.borrow().clone()
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.players.limits
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.players.dismiss(&self.who);
    }
}

const ACCELERATOR: &str = "proof_accelerator";

impl Service for Paperclips {
    type Seat = Seat;
    const WANTS: &'static [Disclosure] = &[Disclosure::Pseudonym];

    fn seat(&self, context: Context, mut lent: Given) -> Result<Seat, capnp::Error> {
        let accelerator = lent.take_if_given(ACCELERATOR)?;
        let (limits, clock) = (&self.players.limits, capos_service::Clock::new());
        let rate = Rate::per_second(limits.calls_saved, limits.calls_per_second);
        Ok(Seat {
            who: self.players.admit(context.pseudonym)?,
            players: self.players.clone(),
            pace: RefCell::new(Pace::new(rate, clock.now_ms())),
            clock,
            accelerator: RefCell::new(accelerator),
            seen: Cell::new(u64::MAX),
        })
    }

    /// What a session lends now is what it lends: one that has lost the accelerator cannot go on skipping time.
    fn seated_again(&self, seat: &Rc<Seat>, mut lent: Given) -> Result<(), capnp::Error> {
        *seat.accelerator.borrow_mut() = lent.take_if_given(ACCELERATOR)?;
        Ok(())
    }

    fn facet(&self, seat: &Rc<Seat>, export: &str) -> Result<Client, capnp::Error> {
        match export {
            "paperclips" => {
                let facet: paperclips_game::Client = capnp_rpc::new_client(GameFacet(seat.clone()));
                Ok(Client::new(facet.into_client_hook()))
            }
            "paperclips_commands" => {
                let surface = commands::serve(Rc::new(Buttons(seat.clone())));
                Ok(Client::new(surface.into_client_hook()))
            }
            "paperclips_console" => {
                let console = console::serve(Rc::new(Talk(seat.clone())));
                Ok(Client::new(console.into_client_hook()))
            }
            _ => Err(bad_request("there is no such export")),
        }
    }

    async fn drain(&self) {
        self.players.save_all().await;
    }
}
