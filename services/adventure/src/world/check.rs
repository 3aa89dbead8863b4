//! What is wrong with a world. A player never meets a name that leads nowhere.

use std::collections::BTreeSet;

use super::{Use, World};
use crate::condition::Condition;
use crate::token::Token;

/// Every fault of a world, in words.
pub(super) fn faults(world: &World) -> Vec<String> {
    let mut check = Check { world, flags: flags(world), faults: Vec::new() };
    check.story();
    check.rooms();
    check.items();
    check.actors();
    check.mobs();
    check.writs();
    check.relics();
    check.reachable();
    check.faults
}

struct Check<'a> {
    world: &'a World,
    flags: BTreeSet<Token>,
    faults: Vec<String>,
}

/// The flag that tells that a mob was laid to rest without a blow.
pub(crate) fn appeased(mob: &Token) -> Token {
    Token::from_name(&format!("appeased-{mob}"))
}

/// Every flag that something sets.
fn flags(world: &World) -> BTreeSet<Token> {
    let fixtures = world.rooms.values().flat_map(|room| &room.fixtures).filter_map(|fixture| fixture.used.as_ref());
    let uses = world.items.values().flat_map(|item| &item.uses).chain(fixtures).filter_map(|used| used.sets.clone());
    let topics = world.actors.values().flat_map(|actor| &actor.topics).filter_map(|topic| topic.sets.clone());
    let wishes = world.actors.values().flat_map(|actor| &actor.wishes).filter_map(|wish| wish.sets.clone());
    let rests = world.mobs.values().filter(|mob| mob.appeased.is_some()).map(|mob| appeased(&mob.id));
    uses.chain(topics).chain(wishes).chain(rests).collect()
}

impl Check<'_> {
    fn expect(&mut self, holds: bool, fault: impl FnOnce() -> String) {
        if !holds {
            self.faults.push(fault());
        }
    }

    fn item(&mut self, whose: &str, item: &Token) {
        self.expect(self.world.items.contains_key(item), || format!("{whose}: there is no item {item}"));
    }

    fn room(&mut self, whose: &str, room: &Token) {
        self.expect(self.world.rooms.contains_key(room), || format!("{whose}: there is no room {room}"));
    }

    fn conditions(&mut self, whose: &str, conditions: &[Condition]) {
        for condition in conditions {
            let world = self.world;
            let known = match condition {
                Condition::Flag(name) | Condition::Without(name) => self.flags.contains(name),
                Condition::Item(name) => world.items.contains_key(name),
                Condition::Visited(name) => world.rooms.contains_key(name),
                Condition::Slain(name) => world.mobs.contains_key(name),
                Condition::Relic(name) => world.relics.contains_key(name),
                Condition::Sealed(name) => world.relics.contains_key(name) || *name == world.story.gate,
                Condition::Writ(name) | Condition::Done(name) => world.writs.contains_key(name),
                Condition::Delegated(name) => world.writs.get(name).is_some_and(|writ| writ.deputy.is_some()),
                Condition::AllSealed => true,
            };
            self.expect(known, || format!("{whose}: nothing brings about `{condition}`"));
        }
    }

    fn story(&mut self) {
        let story = &self.world.story;
        for room in [&story.start, &story.seat, &story.gate_room, &story.dawn] {
            self.room("the story", room);
        }
        let start_is_haven = self.world.rooms.get(&story.start).is_some_and(|room| room.haven);
        self.expect(start_is_haven, || "the start is no haven".to_owned());
        story.carries.iter().for_each(|item| self.item("the story", item));
        self.conditions("the gate", &story.gate_needs);
        story.codas.iter().for_each(|coda| self.conditions("the epilogue", &coda.needs));
    }

    fn rooms(&mut self) {
        for room in self.world.rooms.values() {
            let whose = room.id.as_str();
            room.items.iter().for_each(|item| self.item(whose, item));
            room.changed.iter().for_each(|changed| self.conditions(whose, &changed.needs));
            for exit in &room.exits {
                self.room(whose, &exit.to);
                self.conditions(whose, &exit.needs);
                self.expect(exit.needs.is_empty() == exit.barred.is_empty(), || {
                    format!("{whose}: {} is barred without a word", exit.direction)
                });
                let back = self.world.rooms.get(&exit.to).is_some_and(|to| to.exits.iter().any(|e| e.to == room.id));
                self.expect(back != exit.one_way, || {
                    format!("{whose}: {} does not say if it leads back", exit.direction)
                });
            }
            room.fixtures.iter().filter_map(|fixture| fixture.used.as_ref()).for_each(|used| self.used(whose, used));
        }
    }

    fn used(&mut self, whose: &str, used: &Use) {
        self.conditions(whose, &used.needs);
        used.gives.iter().for_each(|item| self.item(whose, item));
        used.room.iter().for_each(|room| self.room(whose, room));
        self.expect(used.gives.is_none() || used.sets.is_some(), || format!("{whose}: gives without an end"));
    }

    fn items(&mut self) {
        for item in self.world.items.values() {
            item.uses.iter().for_each(|used| self.used(item.id.as_str(), used));
            self.expect(!item.bound || item.price == 0, || format!("{}: bound, and for sale", item.id));
        }
    }

    fn actors(&mut self) {
        for actor in self.world.actors.values() {
            let whose = actor.id.as_str();
            self.room(whose, &actor.room);
            self.conditions(whose, &actor.needs);
            self.conditions(whose, &actor.follows);
            for topic in &actor.topics {
                self.conditions(whose, &topic.needs);
                let known = topic.teaches.iter().all(|art| self.world.arts.contains_key(art));
                self.expect(known, || format!("{whose}: teaches what there is not"));
            }
            for wish in &actor.wishes {
                self.item(whose, &wish.item);
                wish.gives.iter().for_each(|item| self.item(whose, item));
            }
            let trade = actor.trade.iter();
            for item in trade.clone().flat_map(|trade| &trade.sells) {
                self.item(whose, item);
                let priced = self.world.items.get(item).is_some_and(|item| item.price > 0);
                self.expect(priced, || format!("{whose}: sells {item}, which has no price"));
            }
            for barter in trade.flat_map(|trade| &trade.barters) {
                self.item(whose, &barter.item);
                self.item(whose, &barter.gives);
            }
        }
    }

    fn mobs(&mut self) {
        for mob in self.world.mobs.values() {
            let whose = mob.id.as_str();
            self.room(whose, &mob.room);
            self.conditions(whose, &mob.needs);
            mob.loot.iter().for_each(|item| self.item(whose, item));
            mob.appeased.iter().for_each(|appeased| self.item(whose, &appeased.item));
            self.expect(!mob.zones.is_empty() && mob.health > 0, || format!("{whose}: nowhere to aim"));
            self.expect(mob.harm.0 <= mob.harm.1, || format!("{whose}: its harm is upside down"));
            let room = self.world.rooms.get(&mob.room);
            let directions = |bar: &Token| room.is_some_and(|room| room.exits.iter().any(|e| e.direction == *bar));
            self.expect(mob.bars.iter().all(directions), || format!("{whose}: bars a way that there is not"));
        }
    }

    fn writs(&mut self) {
        for writ in self.world.writs.values() {
            let whose = writ.id.as_str();
            self.expect(self.world.actors.contains_key(&writ.giver), || format!("{whose}: nobody grants it"));
            self.conditions(whose, &writ.needs);
            self.expect(writ.needs.is_empty() || !writ.refused.is_empty(), || {
                format!("{whose}: refused without a word")
            });
            self.expect(!writ.objectives.is_empty(), || format!("{whose}: asks for nothing"));
            writ.objectives.iter().for_each(|objective| self.conditions(whose, std::slice::from_ref(&objective.holds)));
            writ.gives.iter().chain(&writ.entrusts).for_each(|item| self.item(whose, item));
            let deputy = writ.deputy.iter().all(|deputy| self.world.actors.contains_key(&deputy.actor));
            self.expect(deputy, || format!("{whose}: its deputy is nobody"));
        }
    }

    fn relics(&mut self) {
        self.expect(!self.world.relics.is_empty(), || "there are no relics".to_owned());
        for relic in self.world.relics.values() {
            self.room(relic.id.as_str(), &relic.room);
            self.conditions(relic.id.as_str(), &relic.needs);
        }
    }

    /// Every room can be walked to from the start, barred ways included.
    fn reachable(&mut self) {
        let mut seen = BTreeSet::new();
        let mut waiting = vec![&self.world.story.start];
        while let Some(room) = waiting.pop() {
            if seen.insert(room) {
                waiting.extend(self.world.rooms.get(room).iter().flat_map(|room| &room.exits).map(|exit| &exit.to));
            }
        }
        for room in self.world.rooms.keys().filter(|room| !seen.contains(room)) {
            self.faults.push(format!("{room} cannot be reached"));
        }
    }
}
