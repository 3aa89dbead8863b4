//! A process that plays one actor. It holds that actor's capability and nothing else: it sees cues, and answers them.

mod dialogue;
mod player;

use std::rc::Rc;

use capnp::capability::Client;
use capos_schema::adventure_capnp::adventure_actor;
use capos_service::{Context, Disclosure, Given, Service, bad_request};

pub use dialogue::{Cue, Dialogue, Line, On};

use crate::error::Error;

/// What each bundled actor says.
const DIALOGUES: [(&str, &str); 3] = [
    ("warden", include_str!("../npcs/warden.toml")),
    ("peddler", include_str!("../npcs/peddler.toml")),
    ("guide", include_str!("../npcs/guide.toml")),
];

/// One actor's process.
pub struct Npc(Rc<Dialogue>);

impl Npc {
    /// The actor of this name.
    ///
    /// # Errors
    ///
    /// [`Error::NoActor`] where there is none to play, [`Error::World`] where what it says makes no sense.
    pub fn named(name: &str) -> Result<Npc, Error> {
        let (_, text) = DIALOGUES.iter().find(|(known, _)| *known == name).ok_or(Error::NoActor)?;
        Ok(Npc(Rc::new(Dialogue::parse(text).map_err(|fault| Error::World(vec![fault]))?)))
    }

    /// Those that there are.
    pub fn names() -> impl Iterator<Item = &'static str> {
        DIALOGUES.iter().map(|(name, _)| *name)
    }

    /// What it says.
    pub fn dialogue(&self) -> &Dialogue {
        &self.0
    }
}

impl Service for Npc {
    type Seat = ();
    const WANTS: &'static [Disclosure] = &[];

    async fn begin(&self, mut given: Given) -> Result<(), capnp::Error> {
        let actor = given.take::<adventure_actor::Client>("actor")?;
        tokio::task::spawn_local(player::play(actor, self.0.clone()));
        Ok(())
    }

    fn seat(&self, _: Context, _: Given) -> Result<(), capnp::Error> {
        Err(bad_request("nobody sits with an actor"))
    }

    fn facet(&self, _: &Rc<()>, _: &str) -> Result<Client, capnp::Error> {
        Err(bad_request("there is no such export"))
    }
}
