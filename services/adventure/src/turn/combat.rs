//! Fights: a blow of the player's, then one of the mob's.
//!
//! Each mob has zones to aim at. A zone says how easily it is hit, what of a blow it takes without harm, what style of
//! blow does it double, and what a hit there does besides.

use super::{Told, Turn, moving::capital};
use crate::condition::Condition;
use crate::player::{Guarded, PlayerId};
use crate::token::Token;
use crate::world::{Art, Effect, Mob, Style, Zone};

/// What is taken from the chance of whoever cannot see.
const DARK: u32 = 30;

/// What standing guard adds to the chance of the blow after it.
const STEADY: u32 = 15;

/// What a companion's help adds to chance and to harm.
const AID: (u32, u32) = (10, 3);

/// The harm of bleeding, each turn.
const BLEEDING: u32 = 2;

/// A blow about to fall.
struct Blow {
    by: String,
    harm: u32,
    style: Style,
    aim: u32,
    effect: Option<Effect>,
    wears: bool,
}

impl Turn<'_> {
    pub(super) fn attack(&mut self, mob: &Token, zone: Option<&Token>) -> Told {
        let blow = self.armed(None);
        self.strike(mob, zone, blow)
    }

    /// A blow with what is in hand, by itself or with a skill.
    fn armed(&self, art: Option<&Art>) -> Blow {
        let weapon = self.me().weapon(self.world).and_then(|(_, item)| item.weapon.map(|weapon| (item, weapon)));
        let (by, harm, style) = weapon.map_or_else(
            || ("your bare hands".to_owned(), 1, Style::Blunt),
            |(item, weapon)| (item.name.clone(), weapon.damage, weapon.style),
        );
        Blow {
            by,
            harm: harm + art.map_or(0, |art| art.harm),
            style: art.and_then(|art| art.style).unwrap_or(style),
            aim: art.map_or(0, |art| art.aim),
            effect: art.and_then(|art| art.effect),
            wears: true,
        }
    }

    /// A blow by a skill or a spell. What it costs is paid only where there is somebody to hit.
    pub(super) fn strike_with(&mut self, art: &Art, mob: &Token, zone: Option<&Token>) -> Told {
        let blow = match (art.spell, art.style) {
            (true, style) => Blow {
                by: art.id.spoken(),
                harm: art.harm,
                style: style.unwrap_or(Style::Word),
                aim: art.aim,
                effect: art.effect,
                wears: false,
            },
            (false, _) => self.armed(Some(art)),
        };
        self.target(mob, zone)?;
        self.pay_focus(art)?;
        self.strike(mob, zone, blow)
    }

    fn target(&self, mob: &Token, zone: Option<&Token>) -> Result<(Mob, Zone), String> {
        let Some(mob) = self.mob_here(mob) else {
            return Err(format!("There is no {} here to fight.", mob.spoken()));
        };
        let easiest = mob.zones.iter().max_by_key(|zone| zone.chance);
        let aimed = zone.map_or(easiest, |name| mob.zones.iter().find(|zone| zone.zone == *name));
        let zones = || mob.zones.iter().map(|zone| zone.zone.as_str()).collect::<Vec<_>>().join(", ");
        let zone = aimed.ok_or_else(|| format!("{} can be struck at: {}.", capital(&mob.name), zones()))?;
        Ok((mob.clone(), zone.clone()))
    }

    fn strike(&mut self, mob: &Token, zone: Option<&Token>, blow: Blow) -> Told {
        let (mob, zone) = self.target(mob, zone)?;
        self.me_mut().engaged = Some(mob.id.clone());
        let mut lines = vec![self.land(&mob, &zone, &blow)];
        lines.extend(self.helpers_strike(&mob));
        lines.extend(self.bleed(&mob));
        let harm = self.me().fights.get(&mob.id).map_or(0, |fight| fight.harm);
        if harm >= mob.health {
            lines.push(self.falls(&mob, &mob.falls));
        } else {
            let left = (mob.health - harm) * 100 / mob.health;
            lines.push(format!("({}: {left}%.)", mob.id));
            lines.push(self.mob_moves(&mob.id));
        }
        Ok(lines.join("\n"))
    }

    fn land(&mut self, mob: &Mob, zone: &Zone, blow: &Blow) -> String {
        let steady = if self.steady { STEADY } else { 0 };
        let dark = if self.can_see() { 0 } else { DARK };
        let (aid_aim, aid_harm) = self.take_aid();
        let chance = (zone.chance + blow.aim + steady + aid_aim).saturating_sub(dark).min(98);
        if !self.me_mut().dice.chance(chance) {
            return format!("You aim {} at the {} of {}, and miss.", blow.by, zone.zone.spoken(), mob.name);
        }
        let rolled = blow.harm + aid_harm + self.me_mut().dice.between(0, 3);
        let weak = zone.weak == Some(blow.style);
        let harm = (if weak { rolled * 2 } else { rolled }).saturating_sub(zone.armour).max(1);
        let fight = self.me_mut().fights.entry(mob.id.clone()).or_default();
        fight.down = None;
        fight.harm = fight.harm.saturating_add(harm);
        fight.suffer(zone.effect);
        fight.suffer(blow.effect);
        if blow.wears {
            self.wear();
        }
        let found = if weak { " It is just what that was weak to." } else { "" };
        format!("You hit the {} of {} with {}: {harm}.{found}", zone.zone.spoken(), mob.name, blow.by)
    }

    fn wear(&mut self) {
        let Some(serial) = self.me().weapon(self.world).map(|(thing, _)| thing.serial) else { return };
        if let Some(thing) = self.me_mut().things.iter_mut().find(|thing| thing.serial == serial) {
            thing.worn = thing.worn.saturating_add(1);
        }
    }

    /// A companion's help with this blow, if any is left.
    fn take_aid(&mut self) -> (u32, u32) {
        let Some(mut aid) = self.me_mut().aid.take() else { return (0, 0) };
        if !self.is_beside(&aid.by) {
            return (0, 0);
        }
        aid.blows = aid.blows.saturating_sub(1);
        self.me_mut().aid = (aid.blows > 0).then_some(aid);
        AID
    }

    fn is_beside(&self, other: &PlayerId) -> bool {
        let other = self.state.players.get(other);
        other.is_some_and(|other| !other.away && other.room == self.me().room)
    }

    fn helpers_strike(&mut self, mob: &Mob) -> Option<String> {
        let follower = self.me().follower.as_ref().and_then(|name| self.world.actors.get(name))?;
        if follower.might == 0 {
            return None;
        }
        let (name, might) = (follower.name.clone(), follower.might);
        self.me_mut().fights.entry(mob.id.clone()).or_default().harm += might;
        Some(format!("{name} strikes too: {might}."))
    }

    fn bleed(&mut self, mob: &Mob) -> Option<String> {
        let fight = self.me_mut().fights.get_mut(&mob.id).filter(|fight| fight.bleeding)?;
        fight.harm = fight.harm.saturating_add(BLEEDING);
        Some(format!("{} bleeds: {BLEEDING}.", capital(&mob.name)))
    }

    /// A mob is down, by blows or by a gift.
    pub(super) fn falls(&mut self, mob: &Mob, told: &str) -> String {
        self.me_mut().fell(&mob.id);
        self.note(&Condition::Slain(mob.id.clone()));
        self.me_mut().purse.earn(u64::from(mob.coins));
        let mut lines = vec![told.to_owned()];
        if mob.coins > 0 {
            lines.push(format!("You find {} coins.", mob.coins));
        }
        for kind in &mob.loot {
            lines.push(self.loot(kind));
        }
        let name = self.my_name();
        self.event(format!("{} is down, by the hand of {name}.", capital(&mob.name)));
        lines.join("\n")
    }

    fn loot(&mut self, kind: &Token) -> String {
        let called = self.item(kind).map_or_else(|| kind.spoken(), |item| item.name.clone());
        if self.has_room_for(kind) {
            self.present_with(kind);
            return format!("You take {called}.");
        }
        let (room, thing) = (self.me().room.clone(), self.state.make(kind));
        self.state.leave_on_floor(self.limits, &room, thing);
        format!("You cannot carry {called}; it lies here.")
    }

    /// Where there is a fight, whatever else the player does gives the mob its move.
    pub(super) fn with_mob_move(&mut self, told: String) -> String {
        let engaged = self.me().engaged.clone().filter(|mob| self.mob_here(mob).is_some());
        match engaged {
            Some(mob) => format!("{told}\n{}", self.mob_moves(&mob)),
            None => told,
        }
    }

    pub(super) fn mob_moves(&mut self, mob: &Token) -> String {
        let Some(mob) = self.world.mobs.get(mob) else { return String::new() };
        let fight = self.me_mut().fights.entry(mob.id.clone()).or_default();
        if std::mem::take(&mut fight.staggered) {
            return format!("{} reels.", capital(&mob.name));
        }
        let chance = if fight.blinded { mob.hits / 2 } else { mob.hits };
        if !self.me_mut().dice.chance(chance) {
            return format!("{} misses you.", capital(&mob.name));
        }
        let rolled = self.me_mut().dice.between(mob.harm.0, mob.harm.1);
        self.suffer(mob, rolled)
    }

    fn suffer(&mut self, mob: &Mob, rolled: u32) -> String {
        let mut harm = rolled.saturating_sub(self.soak()).max(1);
        if self.me().guards == Some(Guarded::Oneself) {
            harm = harm.div_ceil(2);
        }
        let mut lines = Vec::new();
        if let Some((guardian, name)) = self.guardian() {
            let theirs = self.share(&guardian, harm / 2, mob);
            harm -= theirs;
            if theirs > 0 {
                lines.push(format!("{name} takes part of the blow for you."));
            }
        }
        let me = self.me_mut();
        me.hurt = me.hurt.saturating_add(harm);
        lines.insert(0, format!("{} hits you: {harm}. (You: {}/{}.)", capital(&mob.name), me.health(), me.vigour()));
        if self.me().health() == 0 {
            lines.push(self.beaten(mob));
        }
        lines.join("\n")
    }

    fn soak(&mut self) -> u32 {
        let worn = self.me().things.iter().filter_map(|thing| self.item(&thing.kind)).map(|item| item.soak).max();
        let me = self.me_mut();
        let (strength, blows) = me.shield;
        me.shield = if blows > 1 { (strength, blows - 1) } else { (0, 0) };
        worn.unwrap_or(0).saturating_add(if blows > 0 { strength } else { 0 })
    }

    /// A player in the room who shields this one, or helps in this fight.
    fn guardian(&self) -> Option<(PlayerId, Token)> {
        let helper = self.me().aid.as_ref().map(|aid| &aid.by);
        let shields = |id: &PlayerId, guards: &Option<Guarded>| {
            *guards == Some(Guarded::Player(self.id.clone())) || helper == Some(id)
        };
        let mut others = self.state.players.iter().filter(|(id, _)| *id != self.id && self.is_beside(id));
        others.find(|(id, other)| shields(id, &other.guards)).map(|(id, other)| (id.clone(), other.name.clone()))
    }

    /// A helper is hurt, but never beaten by a fight of somebody else's. What they took.
    fn share(&mut self, helper: &PlayerId, harm: u32, mob: &Mob) -> u32 {
        let name = self.my_name();
        let Some(helper) = self.other_mut(helper) else { return 0 };
        let taken = harm.min(helper.health().saturating_sub(1));
        helper.hurt = helper.hurt.saturating_add(taken);
        if taken > 0 {
            helper.hear(format!("You take {taken} from {} for {name}.", mob.name));
        }
        taken
    }

    fn beaten(&mut self, mob: &Mob) -> String {
        let name = self.my_name();
        self.event(format!("{name} falls, and is carried off."));
        let lost = self.me().purse.coins() / 10;
        let me = self.me_mut();
        let _ = me.purse.spend(lost);
        me.engaged = None;
        me.fights.remove(&mob.id);
        me.aid = None;
        me.follower = None;
        me.hurt = me.vigour() / 2;
        me.before = None;
        me.room = me.haven.clone();
        let haven = me.room.clone();
        self.entered = Some(haven);
        let coins = if lost > 0 { format!(" {lost} coins lighter,") } else { String::new() };
        format!("That was one too many. You wake,{coins} with somebody's coat over you: {}.", self.room().title)
    }

    pub(super) fn guard(&mut self, target: &Token) -> Told {
        let guarded = if ["self", "me", "myself"].contains(&target.as_str()) || *target == self.me().name {
            Guarded::Oneself
        } else if self.me().follower.as_ref() == Some(target) {
            return Err(format!(
                "{} acts under your writ, and nothing here strikes at that.",
                capital(&target.spoken())
            ));
        } else {
            Guarded::Player(self.neighbour(target)?)
        };
        self.me_mut().guards = Some(guarded.clone());
        let told = match &guarded {
            Guarded::Oneself => "You stand on guard: the next blow does half, and yours will be steadier.".to_owned(),
            Guarded::Player(other) => {
                let name = self.my_name();
                if let Some(other) = self.other_mut(other) {
                    other.hear(format!("{name} shields you."));
                }
                format!("You shield {target}: half of each blow is yours until your next move.")
            }
        };
        Ok(self.with_mob_move(told))
    }
}
