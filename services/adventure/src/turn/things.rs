//! Taking, putting down, using and handing over.

use super::{Told, Turn, moving::capital, spot};
use crate::player::PlayerId;
use crate::token::Token;
use crate::world::{Item, Use};

impl Turn<'_> {
    pub(super) fn item(&self, kind: &Token) -> Option<&Item> {
        self.world.items.get(kind)
    }

    fn hoarder(&self) -> Option<String> {
        super::mobs_near(self.world, self.me()).find(|mob| mob.hoards).map(|mob| capital(&mob.name))
    }

    pub(super) fn has_room_for(&self, kind: &Token) -> bool {
        let weighs = self.item(kind).is_none_or(|item| !item.bound);
        !weighs || self.me().load(self.world) < self.limits.carried
    }

    pub(super) fn take(&mut self, kind: &Token) -> Told {
        if self.world.relics.get(kind).is_some_and(|relic| relic.room == self.me().room) {
            return Err(format!("That is not taken, it is recovered. (recover {kind})"));
        }
        if !self.can_see() {
            return Err("You feel about in the dark, and think better of it.".to_owned());
        }
        if let Some(hoarder) = self.hoarder() {
            return Err(format!("{hoarder} lets nobody touch anything here."));
        }
        if !super::lying(self.world, self.state, self.me()).any(|lying| lying == kind) {
            return Err(format!("There is no {} here to take.", kind.spoken()));
        }
        if !self.has_room_for(kind) {
            return Err("You carry as much as you can.".to_owned());
        }
        self.pick_up(kind);
        let called = self.item(kind).map_or_else(|| kind.spoken(), |item| item.name.clone());
        let name = self.my_name();
        self.event(format!("{name} takes {called}."));
        Ok(format!("You take {called}."))
    }

    fn pick_up(&mut self, kind: &Token) {
        let room = self.room();
        let places = room.items.iter().enumerate().filter(|(_, lying)| *lying == kind);
        let mut spots = places.map(|(place, _)| spot(room, place));
        let own = spots.find(|spot| !self.me().found.contains(spot));
        let thing = match own {
            Some(spot) => {
                self.me_mut().found.insert(spot);
                Some(self.state.make(kind))
            }
            None => {
                let room = self.me().room.clone();
                self.state.take_from_floor(&room, kind)
            }
        };
        self.me_mut().things.extend(thing);
    }

    /// Something carried that its bearer may part with.
    pub(super) fn loose(&self, kind: &Token) -> Result<&Item, String> {
        let carried = self.me().thing(kind).and_then(|_| self.item(kind));
        let item = carried.ok_or_else(|| format!("You have no {}.", kind.spoken()))?;
        if item.bound { Err(format!("You had better keep {}.", item.name)) } else { Ok(item) }
    }

    pub(super) fn put_down(&mut self, kind: &Token) -> Told {
        let called = self.loose(kind)?.name.clone();
        let room = self.me().room.clone();
        let thing = self.me_mut().part_with(kind).ok_or("It is gone.")?;
        let swept = self.state.leave_on_floor(self.limits, &room, thing);
        let name = self.my_name();
        self.event(format!("{name} puts down {called}."));
        Ok(match swept {
            None => format!("You put down {called}."),
            Some(old) => format!("You put down {called}. Something older is trodden under: the {}.", old.kind.spoken()),
        })
    }

    pub(super) fn make_use(&mut self, name: &Token) -> Told {
        let fixture = self.room().fixtures.iter().find(|fixture| fixture.id == *name);
        if let Some(fixture) = fixture {
            let used = fixture.used.clone();
            return match used {
                Some(used) => self.apply(&used, None),
                None => Err(format!(
                    "You look at the {} from all sides. That is all there is to do with it.",
                    name.spoken()
                )),
            };
        }
        if self.me().thing(name).is_none() {
            return Err(format!("You have no {}, and there is none here to use.", name.spoken()));
        }
        self.use_carried(name)
    }

    fn use_carried(&mut self, kind: &Token) -> Told {
        let item = self.item(kind).ok_or("It is nothing.")?.clone();
        let here = &self.me().room;
        let mut uses = item.uses.iter().filter(|used| used.room.as_ref().is_none_or(|room| room == here));
        if let Some(used) = uses.next() {
            return self.apply(used, Some(kind));
        }
        if let Some(cure) = item.cure {
            self.me_mut().part_with(kind);
            let me = self.me_mut();
            me.heal(cure.health);
            me.refresh(cure.focus);
            let better = format!("You use {}. Health {}/{}, focus {}.", item.name, me.health(), me.vigour(), me.focus);
            return Ok(self.with_mob_move(better));
        }
        Err(match (item.weapon, item.light, item.soak) {
            (Some(_), _, _) => "That is used on somebody: attack.".to_owned(),
            (_, true, _) => format!("You carry {} lit already.", item.name),
            (_, _, 1..) => format!("You are wearing {} already.", item.name),
            _ => format!("You turn {} over in your hands. This is not the place for it.", item.name),
        })
    }

    fn apply(&mut self, used: &Use, carried: Option<&Token>) -> Told {
        if !self.holds_all(&used.needs) {
            return Err(used.refused.clone());
        }
        if used.rests {
            if self.me().engaged.is_some() {
                return Err("Not while somebody is at your throat.".to_owned());
            }
            let me = self.me_mut();
            me.hurt = 0;
            me.refresh(crate::player::FOCUS);
        }
        if used.consumed && carried.is_none_or(|kind| self.me_mut().part_with(kind).is_none()) {
            return Err("It is used up.".to_owned());
        }
        if let Some(kind) = &used.gives {
            self.present_with(kind);
        }
        self.set_flag(used.sets.as_ref());
        Ok(used.text.clone())
    }

    /// Another player who is in the same room.
    pub(super) fn neighbour(&self, name: &Token) -> Result<PlayerId, String> {
        match self.state.present(name) {
            Some((id, _)) if id == self.id => Err("That is you.".to_owned()),
            Some((id, player)) if player.room == self.me().room => Ok(id.clone()),
            _ => Err(format!("There is no {name} here.")),
        }
    }

    pub(super) fn transfer(&mut self, kind: &Token, to: &Token) -> Told {
        let other = self.neighbour(to)?;
        let called = self.loose(kind)?.name.clone();
        let load = self.state.players.get(&other).map_or(usize::MAX, |player| player.load(self.world));
        if load >= self.limits.carried {
            return Err(format!("{to} carries as much as can be carried."));
        }
        let thing = self.me_mut().part_with(kind).ok_or("It is gone.")?;
        let name = self.my_name();
        if let Some(player) = self.other_mut(&other) {
            player.things.push(thing);
            player.hear(format!("{name} hands you {called}."));
        }
        self.event(format!("{name} hands {called} to {to}."));
        Ok(format!("You hand {called} to {to}."))
    }
}
