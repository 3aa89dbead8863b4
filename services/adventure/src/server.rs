//! The world as a service: sessions, the clock, files, the chat and the actors' processes around the pure core.

mod actor;
mod facet;
mod menu;
mod seat;
mod surface;
mod table;
mod talk;

use std::rc::Rc;

use capnp::capability::Client;
use capos_schema::adventure_capnp::{adventure, adventure_actor};
use capos_schema::chat_capnp::chat;
use capos_service::{Context, Disclosure, Given, Home, Service, bad_request, unavailable};

use crate::error::Error;
use crate::limits::Limits;
use crate::token::Token;
use crate::world::World;
use table::Table;

pub use seat::Seat;

/// What a companion's export is called: this and the actor's name.
const ACTOR: &str = "actor.";

/// The world, with its home.
pub struct Adventure(Rc<Table>);

impl Adventure {
    /// The bundled world, kept in a home. To be called within a `LocalSet`.
    ///
    /// # Errors
    ///
    /// [`Error::World`] where the world's files make no sense.
    pub fn open(home: Home, limits: Limits) -> Result<Adventure, Error> {
        let world = World::bundled().map_err(Error::World)?;
        Ok(Adventure(Table::new(Rc::new(world), home, limits)))
    }
}

impl Service for Adventure {
    type Seat = Seat;
    const WANTS: &'static [Disclosure] = &[Disclosure::DisplayName, Disclosure::Pseudonym];

    async fn begin(&self, mut given: Given) -> Result<(), capnp::Error> {
        let chat = given.take_if_given::<chat::Client>("chat")?;
        self.0.begin(chat).await.map_err(|error| {
            tracing::error!("what was saved of the world cannot be read: {error}");
            unavailable("the world cannot be read")
        })
    }

    fn seat(&self, context: Context, _lent: Given) -> Result<Seat, capnp::Error> {
        Ok(Seat::new(self.0.clone(), context))
    }

    fn facet(&self, seat: &Rc<Seat>, export: &str) -> Result<Client, capnp::Error> {
        if let Some(name) = export.strip_prefix(ACTOR) {
            let name = Token::parse(name).map_err(|_| bad_request("there is no such actor"))?;
            let facet = actor::Facet::new(seat.table().clone(), name)?;
            return Ok(capnp_rpc::new_client::<adventure_actor::Client, _>(facet).client);
        }
        match export {
            "adventure" => {
                let facet = facet::Facet::new(seat.clone())?;
                Ok(capnp_rpc::new_client::<adventure::Client, _>(facet).client)
            }
            "adventure_commands" => Ok(surface::open(seat.clone())?.client),
            "adventure_console" => Ok(talk::open(seat.clone())?.client),
            _ => Err(bad_request("there is no such export")),
        }
    }

    async fn drain(&self) {
        self.0.flush().await;
    }
}
