//! The world and its state together: what the server holds.

use std::rc::Rc;

use crate::command::Command;
use crate::limits::Limits;
use crate::player::{Player, PlayerId};
use crate::state::{Common, Full, State};
use crate::token::Token;
use crate::turn::{Outcome, act, do_deed};
use crate::view::View;
use crate::world::World;

/// A world that is played.
#[derive(Debug)]
pub struct Game {
    /// What never changes.
    pub world: Rc<World>,
    /// What it may cost.
    pub limits: Limits,
    /// What does.
    pub state: State,
}

impl Game {
    /// A world with what was saved of it.
    pub fn new(world: Rc<World>, limits: Limits, common: Common) -> Game {
        Game { world, limits, state: State::new(common) }
    }

    /// Brings a player in, as saved or as somebody new; whether they are new.
    pub fn arrive(&mut self, id: &PlayerId, saved: Option<Player>, display_name: &str) -> Result<bool, Full> {
        self.state.arrive(&self.world, &self.limits, id, saved, display_name)
    }

    /// Carries out what a player does, at a time in milliseconds since 1970.
    pub fn act(&mut self, id: &PlayerId, command: &Command, now: u64) -> Outcome {
        act(&self.world, &self.limits, &mut self.state, id, command, now)
    }

    /// Has an actor do something for a player who is there. What the player is told; nothing where it may not.
    pub fn deed(&mut self, actor: &Token, deed: &str, player: &PlayerId, now: u64) -> Option<String> {
        do_deed(&self.world, &self.limits, &mut self.state, actor, deed, player, now)
    }

    /// What a player sees.
    pub fn view(&self, id: &PlayerId) -> Option<View> {
        let player = self.state.players.get(id)?;
        Some(View::of(&self.world, &self.state, id, player))
    }

    /// What a player carries: things, then relics that are not sealed.
    pub fn inventory(&self, id: &PlayerId) -> Vec<Token> {
        let Some(player) = self.state.players.get(id) else { return Vec::new() };
        let relics = player.relics.iter().filter(|(_, sealed)| !**sealed).map(|(name, _)| name);
        player.things.iter().map(|thing| &thing.kind).chain(relics).cloned().collect()
    }
}
