//! Skills and spells.

use super::{Told, Turn};
use crate::player::PlayerId;
use crate::token::Token;
use crate::world::Art;

/// How many blows a ward stands.
const WARDED: u32 = 4;

impl Turn<'_> {
    pub(super) fn exercise(&mut self, name: &Token, spell: bool, target: Option<&Token>, zone: Option<&Token>) -> Told {
        let word = if spell { "spell" } else { "skill" };
        let known = self.world.art(name, spell).filter(|art| self.me().knows(art));
        let Some(art) = known else {
            return Err(format!("You know no {word} called {}.", name.spoken()));
        };
        let at_mob = target.is_some_and(|target| self.mob_here(target).is_some());
        match target {
            Some(mob) if art.harm > 0 && at_mob => self.strike_with(art, mob, zone),
            None if art.harm > 0 && art.light == 0 => self.at_engaged(art, zone),
            Some(target) if art.harm > 0 => Err(format!("There is no {} here to fight.", target.spoken())),
            _ => self.practise(art, target),
        }
    }

    fn at_engaged(&mut self, art: &Art, zone: Option<&Token>) -> Told {
        let engaged = self.me().engaged.clone();
        let only = || super::mobs_near(self.world, self.me()).map(|mob| mob.id.clone()).next();
        let mob = engaged.or_else(only).ok_or_else(|| "There is nobody here to fight.".to_owned())?;
        self.strike_with(art, &mob, zone)
    }

    pub(super) fn pay_focus(&mut self, art: &Art) -> Result<(), String> {
        let me = self.me_mut();
        let left = me.focus.checked_sub(art.cost);
        let short = || format!("That takes {} focus, and you have {}. Rest, or drink something.", art.cost, me.focus);
        me.focus = left.ok_or_else(short)?;
        Ok(())
    }

    /// What is not for mobs.
    fn practise(&mut self, art: &Art, target: Option<&Token>) -> Told {
        let patient = match target {
            Some(target) if art.heals > 0 && !self.means_me(target) => Some(self.neighbour(target)?),
            _ => None,
        };
        self.pay_focus(art)?;
        let mut lines = Vec::new();
        if art.heals > 0 {
            lines.push(self.treat(art, patient));
        }
        let me = self.me_mut();
        if art.light > 0 {
            me.light = me.turn.saturating_add(art.light);
            lines.push("A small steady light stands over your hand.".to_owned());
        }
        if art.shield > 0 {
            me.shield = (art.shield, WARDED);
            lines.push("You shut a door in your head, and stand behind it.".to_owned());
        }
        if art.tracks {
            lines.push(self.neighbourhood());
        }
        let told = lines.join("\n");
        Ok(self.with_mob_move(told))
    }

    fn means_me(&self, target: &Token) -> bool {
        ["self", "me", "myself"].contains(&target.as_str()) || *target == self.me().name
    }

    fn treat(&mut self, art: &Art, patient: Option<PlayerId>) -> String {
        let name = self.my_name();
        match patient.and_then(|patient| self.other_mut(&patient)) {
            Some(patient) => {
                patient.heal(art.heals);
                patient.hear(format!("{name} mends you. Health {}/{}.", patient.health(), patient.vigour()));
                format!("You mend {}: health {}/{}.", patient.name, patient.health(), patient.vigour())
            }
            None => {
                let me = self.me_mut();
                me.heal(art.heals);
                format!("You feel better: health {}/{}.", me.health(), me.vigour())
            }
        }
    }

    /// What is beyond each way out.
    pub(super) fn neighbourhood(&self) -> String {
        let beyond = self.room().exits.iter().map(|exit| {
            let room = self.world.room(&exit.to);
            let mobs = self.world.mobs.values().filter(|mob| mob.room == room.id);
            let near: Vec<_> = mobs.filter(|mob| self.me().faces(self.world, mob)).map(|mob| &*mob.name).collect();
            let signs = if near.is_empty() { "quiet".to_owned() } else { near.join(", ") };
            format!("{}: {} ({signs})", exit.direction, room.title)
        });
        beyond.collect::<Vec<_>>().join("\n")
    }
}
