//! The service as the node sees it.

mod listener;
mod moderation;
mod visitor;

use std::path::Path;
use std::rc::Rc;

use capnp::capability::Client;
use capos_schema::chat_capnp::{chat, chat_moderation};
use capos_service::{Context, Disclosure, Given, Service, bad_request};

use crate::desk::{Desk, Sitting};
use crate::seat::Newcomer;
use crate::{Error, Limits};
use listener::Listening;
use moderation::Moderator;
use visitor::Visitor;

/// The chat, with its home.
pub struct Chat(Rc<Desk>);

impl Chat {
    /// Reads what is kept in a home and keeps there what is said. To be called within a `LocalSet`.
    ///
    /// # Errors
    ///
    /// [`Error::Home`] where the home cannot be read.
    pub fn open(home: &Path, limits: Limits) -> Result<Self, Error> {
        Desk::open(home, limits).map(Self)
    }
}

/// One session: who it is, and who listens for it.
pub struct Seated {
    sitting: Sitting,
    listening: Listening,
}

impl Service for Chat {
    type Seat = Seated;
    const WANTS: &'static [Disclosure] = &[Disclosure::DisplayName, Disclosure::Pseudonym];

    fn seat(&self, context: Context, _lent: Given) -> Result<Seated, capnp::Error> {
        let newcomer = Newcomer { display_name: context.display_name, pseudonym: context.pseudonym };
        Ok(Seated { sitting: self.0.sit(&newcomer)?, listening: Listening::default() })
    }

    fn facet(&self, seat: &Rc<Seated>, export: &str) -> Result<Client, capnp::Error> {
        match export {
            "chat" => Ok(capnp_rpc::new_client::<chat::Client, _>(Visitor(seat.clone())).client),
            "chat_moderation" => {
                Ok(capnp_rpc::new_client::<chat_moderation::Client, _>(Moderator(seat.clone())).client)
            }
            _ => Err(bad_request("there is no such export")),
        }
    }

    async fn drain(&self) {
        if !self.0.flush().await {
            tracing::error!("the last of what was said could not be kept");
        }
    }
}
