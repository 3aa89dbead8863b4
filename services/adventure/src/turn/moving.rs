//! Going about, leaving and coming back.

use super::{Told, Turn};
use crate::condition::Condition;
use crate::token::Token;
use crate::world::Exit;

impl Turn<'_> {
    pub(super) fn go(&mut self, direction: &Token) -> Told {
        if let Some(mob) = self.me().engaged.as_ref().and_then(|mob| self.mob_here(mob)) {
            return Err(format!("{} will not be turned away from. Finish it, or retreat.", capital(&mob.name)));
        }
        let exit = self.room().exits.iter().find(|exit| exit.direction == *direction);
        let Some(exit) = exit.cloned() else {
            return Err(format!("There is no way {}.", direction.spoken()));
        };
        let bars = super::mobs_near(self.world, self.me()).find(|mob| mob.bars.contains(direction));
        if let Some(mob) = bars {
            return Err(format!("{} is in the way.", capital(&mob.name)));
        }
        if !self.holds_all(&exit.needs) {
            return Err(exit.barred);
        }
        self.me_mut().refresh(1);
        self.walk(&exit.to);
        Ok(self.arrival())
    }

    /// Moves the player, with whoever follows.
    fn walk(&mut self, to: &Token) {
        let name = self.my_name();
        let from = self.me().room.clone();
        self.event(format!("{name} leaves."));
        let haven = self.world.room(to).haven;
        let me = self.me_mut();
        me.before = Some(from);
        me.room = to.clone();
        me.visited.insert(to.clone());
        if haven {
            me.haven = to.clone();
        }
        self.entered = Some(to.clone());
        self.event(format!("{name} comes in."));
        self.note(&Condition::Visited(to.clone()));
    }

    /// What is told of a room that was just come into; what the view has is not repeated.
    fn arrival(&self) -> String {
        let mut lines = vec![self.room().title.clone()];
        if !self.can_see() {
            lines.push("It is too dark to see. A light would help: a lantern, a candle, or a word of fire.".to_owned());
        }
        for mob in super::mobs_near(self.world, self.me()) {
            lines.push(format!("{} is here.", capital(&mob.name)));
        }
        if let Some(follower) = self.me().follower.as_ref().and_then(|name| self.world.actors.get(name)) {
            lines.push(format!("{} is with you.", follower.name));
        }
        lines.join("\n")
    }

    pub(super) fn leave(&mut self) -> Told {
        if !self.me().away {
            let name = self.my_name();
            self.event(format!("{name} looks up, as if called, and is gone."));
            let me = self.me_mut();
            me.away = true;
            // Whoever is run from recovers.
            if let Some(mob) = me.engaged.take() {
                me.fights.remove(&mob);
            }
        }
        Ok(String::new())
    }

    pub(super) fn resume(&mut self) -> Told {
        if self.me().away {
            self.me_mut().away = false;
            let name = self.my_name();
            self.entered = Some(self.me().room.clone());
            self.event(format!("{name} is back."));
        }
        Ok(self.arrival())
    }

    pub(super) fn retreat(&mut self) -> Told {
        let Some(to) = self.way_out() else {
            return Err("There is no way back from here.".to_owned());
        };
        let mut lines = Vec::new();
        if let Some(mob) = self.me().engaged.as_ref().and_then(|mob| self.mob_here(mob)).map(|mob| mob.id.clone()) {
            lines.push("You turn and run.".to_owned());
            lines.push(self.mob_moves(&mob));
            if self.me().engaged.is_none() {
                // It caught the player: they wake in their haven.
                return Ok(lines.join("\n"));
            }
            let me = self.me_mut();
            me.engaged = None;
            me.fights.remove(&mob);
        }
        self.walk(&to);
        lines.push(self.arrival());
        Ok(lines.join("\n"))
    }

    /// The room before, or else any that can be reached.
    fn way_out(&self) -> Option<Token> {
        let open = |exit: &&Exit| self.holds_all(&exit.needs);
        let barred =
            |exit: &&Exit| super::mobs_near(self.world, self.me()).any(|mob| mob.bars.contains(&exit.direction));
        let before = self.room().exits.iter().filter(open).find(|exit| Some(&exit.to) == self.me().before.as_ref());
        let any = || self.room().exits.iter().filter(open).find(|exit| !barred(exit));
        before.or_else(any).map(|exit| exit.to.clone())
    }
}

/// A name at the beginning of a sentence.
pub(super) fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
