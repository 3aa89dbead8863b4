//! Looking closely, and how one fares.

use super::{Told, Turn, actors_near, moving::capital, trading::list};
use crate::player::WritState;
use crate::token::Token;
use crate::world::{Actor, Item, Mob, Zone};

impl Turn<'_> {
    pub(super) fn inspect(&mut self, target: &Token) -> Told {
        if ["self", "me", "myself"].contains(&target.as_str()) || *target == self.me().name {
            return Ok(self.status());
        }
        if let Some(item) = self.me().thing(target).and_then(|thing| self.item(&thing.kind)) {
            return Ok(self.describe_carried(item));
        }
        if let Some(relic) = self.world.relics.get(target).filter(|relic| self.me().relics.contains_key(&relic.id)) {
            return Ok(relic.description.clone());
        }
        if let Some(told) = self.describe_writ(target) {
            return Ok(told);
        }
        if let Some(art) = self.world.arts.get(target).filter(|art| self.me().knows(art)) {
            return Ok(format!("{} (Focus {}.)", art.description, art.cost));
        }
        if let Some(actor) = actors_near(self.world, self.me()).find(|actor| actor.id == *target) {
            return Ok(self.describe_actor(actor));
        }
        if !self.can_see() {
            return Err("It is too dark to see anything closely.".to_owned());
        }
        self.inspect_here(target)
    }

    fn inspect_here(&self, target: &Token) -> Told {
        if let Some(mob) = self.mob_here(target) {
            return Ok(describe_mob(mob));
        }
        let room = self.room();
        if let Some(fixture) = room.fixtures.iter().find(|fixture| fixture.id == *target) {
            let usable = if fixture.used.is_some() { " (It can be used.)" } else { "" };
            return Ok(format!("{}{usable}", fixture.description));
        }
        if super::lying(self.world, self.state, self.me()).any(|kind| kind == target) {
            return Ok(self.item(target).map_or_else(String::new, |item| item.description.clone()));
        }
        if let Some(relic) = self.world.relics.get(target).filter(|relic| relic.room == room.id) {
            return Ok(format!("{} (recover {})", relic.description, relic.id));
        }
        if let Some(exit) = room.exits.iter().find(|exit| exit.direction == *target) {
            return Ok(format!("That way: {}.", self.world.room(&exit.to).title));
        }
        if let Ok(other) = self.neighbour(target) {
            let other = self.state.players.get(&other);
            return Ok(other.map_or_else(String::new, |other| describe_health(other.health(), other.vigour(), target)));
        }
        Err(format!("You see no {} here.", target.spoken()))
    }

    fn describe_carried(&self, item: &Item) -> String {
        let mut told = item.description.clone();
        if let (Some(weapon), Some(thing)) = (item.weapon, self.me().thing(&item.id)) {
            let left = u64::from(weapon.wear.saturating_sub(thing.worn)) * 100 / u64::from(weapon.wear.max(1));
            told += &format!(
                " (A {}, {} to {}; {left}% of its edge left.)",
                weapon.style.as_str(),
                weapon.damage,
                weapon.damage + 3
            );
        }
        if let Some(cure) = item.cure {
            told += &format!(" (Health +{}, focus +{}.)", cure.health, cure.focus);
        }
        if item.soak > 0 {
            told += &format!(" (Takes {} off each blow.)", item.soak);
        }
        told
    }

    fn describe_actor(&self, actor: &Actor) -> String {
        let known = actor.topics.iter().filter(|topic| self.holds_all(&topic.needs));
        let topics: Vec<_> = known.map(|topic| topic.topic.clone()).collect();
        let mut lines = vec![format!("{}. {}", capital(&actor.name), actor.description)];
        lines.push(format!("Ask about: {}.", list(&topics)));
        if let Some(trade) = &actor.trade {
            lines.push(format!(
                "For sale: {}.{}",
                list(&trade.sells),
                if trade.repairs { " Mends weapons." } else { "" }
            ));
        }
        let grants = self.world.writs.values().filter(|writ| writ.giver == actor.id);
        let open: Vec<_> =
            grants.filter(|writ| !self.me().writs.contains_key(&writ.id)).map(|w| w.id.clone()).collect();
        if !open.is_empty() {
            lines.push(format!("Grants: {}.", list(&open)));
        }
        if !actor.tasks.is_empty() {
            let tasks: Vec<_> = actor.tasks.iter().map(|task| task.as_str()).collect();
            lines.push(format!("Under a writ, can be told to: {}.", tasks.join(", ")));
        }
        lines.join("\n")
    }

    fn describe_writ(&self, name: &Token) -> Option<String> {
        let writ = self.world.writs.get(name)?;
        let state = self.me().writs.get(name);
        let borrowed = self.me().borrowed.get(name);
        if state.is_none() && borrowed.is_none() {
            return None;
        }
        let mut lines = vec![format!("{}: {}", writ.title, writ.story)];
        for (place, objective) in writ.objectives.iter().enumerate() {
            let done = state == Some(&WritState::Done)
                || borrowed
                    .map_or_else(|| self.me().holds(self.world, &objective.holds), |own| own.met.contains(&place));
            lines.push(format!("[{}] {}", if done { 'x' } else { ' ' }, objective.lead));
        }
        Some(lines.join("\n"))
    }

    pub(super) fn status(&self) -> String {
        let me = self.me();
        let ended = if me.ended { ", who stopped the tide" } else { "" };
        let mut lines = vec![format!("{}{ended}, in {}.", me.name, self.room().title)];
        let coins = me.purse.coins();
        lines.push(format!(
            "Health {}/{}, focus {}, {coins} coins, turn {}.",
            me.health(),
            me.vigour(),
            me.focus,
            me.turn
        ));
        if let Some((thing, item)) = me.weapon(self.world) {
            let left = item.weapon.map_or(0, |weapon| weapon.wear.saturating_sub(thing.worn));
            lines.push(format!("In hand: {} (good for {left} blows).", item.name));
        } else {
            lines.push("In hand: nothing that would do. (buy, or repair)".to_owned());
        }
        let known = |spell| {
            let arts = self.world.arts.values().filter(|art| art.spell == spell && me.knows(art));
            list(&arts.map(|art| art.id.clone()).collect::<Vec<_>>())
        };
        lines.push(format!(
            "Skills: {}. Spells: {}.",
            known(false),
            if known(true).is_empty() { "none".to_owned() } else { known(true) }
        ));
        lines.extend(self.status_of_relics());
        lines.extend(me.writs.iter().map(|(name, state)| self.status_of_writ(name, state)));
        lines.extend(me.borrowed.iter().map(|(name, entry)| format!("{name}: for {}", entry.from_name)));
        lines.extend(self.status_of_party());
        lines.join("\n")
    }

    fn status_of_relics(&self) -> Option<String> {
        let me = self.me();
        let told = me.relics.iter().map(|(name, sealed)| format!("{name}{}", if *sealed { " (sealed)" } else { "" }));
        let told: Vec<_> = told.collect();
        (!told.is_empty())
            .then(|| format!("Relics: {} ({} of {}).", told.join(", "), told.len(), self.world.relics.len()))
    }

    fn status_of_writ(&self, name: &Token, state: &WritState) -> String {
        let told = match state {
            WritState::Granted => "granted, not taken on".to_owned(),
            WritState::Held => "in hand".to_owned(),
            WritState::Deputy(actor) => format!("delegated to {actor}"),
            WritState::Lent(other) => {
                let other = self.state.common.names.iter().find(|(_, id)| *id == other);
                format!("delegated to {}", other.map_or("somebody", |(name, _)| name.as_str()))
            }
            WritState::Done => "kept".to_owned(),
        };
        format!("{name}: {told}")
    }

    fn status_of_party(&self) -> Option<String> {
        let (name, party) = self.state.party_of(self.id)?;
        let named = |id| self.state.common.names.iter().find(|(_, owner)| *owner == id).map(|(name, _)| name.clone());
        let members: Vec<_> = party.members.iter().filter_map(named).collect();
        Some(format!("Party {name}: {}.", list(&members)))
    }
}

fn describe_mob(mob: &Mob) -> String {
    let zone = |zone: &Zone| {
        let ease = match zone.chance {
            0..60 => "hard to hit",
            60..80 => "fair to hit",
            _ => "easy to hit",
        };
        let armour = if zone.armour > 0 { ", armoured" } else { "" };
        format!("{} ({ease}{armour})", zone.zone)
    };
    let zones = mob.zones.iter().map(zone).collect::<Vec<_>>().join(", ");
    format!("{}. {}\nAim at: {zones}.", capital(&mob.name), mob.description)
}

fn describe_health(health: u32, vigour: u32, name: &Token) -> String {
    let fares = match health * 4 / vigour.max(1) {
        0 => "can hardly stand",
        1 => "is badly hurt",
        2 | 3 => "is scratched",
        _ => "is whole",
    };
    format!("{name}, a bearer like you, {fares}.")
}
