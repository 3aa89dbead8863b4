//! Writs and relics: what is asked for, lent, called back, found and sealed.

use super::{Told, Turn, moving::capital};
use crate::condition::Condition;
use crate::player::{PlayerId, WritState};
use crate::token::Token;
use crate::world::Writ;

impl Turn<'_> {
    pub(super) fn writ(&self, name: &Token) -> Result<&Writ, String> {
        self.world.writs.get(name).ok_or_else(|| format!("The hall has no writ called {name}."))
    }

    pub(super) fn request(&mut self, name: &Token) -> Told {
        let writ = self.writ(name)?.clone();
        self.actor_here(&writ.giver).map_err(|_| {
            let giver = self.world.actors.get(&writ.giver).map_or("nobody", |actor| &actor.name);
            format!("The {} is {giver}'s to grant.", writ.title)
        })?;
        match self.me().writs.get(name) {
            None => {}
            Some(WritState::Granted) => return Err(format!("It is granted. (accept {name})")),
            Some(WritState::Done) => return Err("You have done that one. It is filed.".to_owned()),
            Some(_) => return Err("You carry that one already.".to_owned()),
        }
        if !self.holds_all(&writ.needs) {
            return Err(writ.refused);
        }
        self.me_mut().writs.insert(name.clone(), WritState::Granted);
        Ok(format!("{}: {}\nIt is granted to you. (accept {name})", writ.title, writ.story))
    }

    pub(super) fn accept(&mut self, name: &Token) -> Told {
        let writ = self.writ(name)?.clone();
        match self.me().writs.get(name) {
            Some(WritState::Granted) => {}
            Some(_) => return Err("You have taken that one on already.".to_owned()),
            None => return Err(format!("Nobody has granted you that. (request {name})")),
        }
        self.me_mut().writs.insert(name.clone(), WritState::Held);
        let mut told = format!("You sign for the {}. What it lends you is yours to answer for.", writ.title);
        if let Some(kind) = &writ.entrusts {
            self.present_with(kind);
            told += &format!(
                " With it you are given {}.",
                self.item(kind).map_or_else(|| kind.spoken(), |i| i.name.clone())
            );
        }
        Ok(told)
    }

    fn in_hand(&self, name: &Token) -> Result<&Writ, String> {
        let writ = self.writ(name)?;
        match self.me().writs.get(name) {
            Some(WritState::Held) => Ok(writ),
            Some(WritState::Deputy(_) | WritState::Lent(_)) => {
                Err(format!("It is in other hands already. (revoke {name})"))
            }
            Some(WritState::Done) => Err("It is done, and filed.".to_owned()),
            _ => Err("You do not carry that writ.".to_owned()),
        }
    }

    pub(super) fn delegate(&mut self, name: &Token, actor: &Token) -> Told {
        let writ = self.in_hand(name)?.clone();
        let who = self.actor_here(actor)?.name.clone();
        let Some(deputy) = writ.deputy.filter(|deputy| deputy.actor == *actor) else {
            return Err(format!("{who} reads it and hands it back. 'Not mine to act on.'"));
        };
        self.me_mut().writs.insert(name.clone(), WritState::Deputy(actor.clone()));
        Ok(deputy.text)
    }

    pub(super) fn revoke(&mut self, name: &Token) -> Told {
        let title = self.writ(name)?.title.clone();
        match self.me().writs.get(name).cloned() {
            Some(WritState::Deputy(actor)) => {
                self.me_mut().writs.insert(name.clone(), WritState::Held);
                let home = self.send_home_if_unbidden();
                let actor = self.world.actors.get(&actor).map_or("", |actor| &actor.name);
                Ok(format!("The {title} is in your own hand again; {actor} stands down.{home}"))
            }
            Some(WritState::Lent(other)) => {
                self.me_mut().writs.insert(name.clone(), WritState::Held);
                self.take_back(name, &other);
                Ok(format!("The {title} is in your own hand again."))
            }
            _ => Err("You have not lent that to anybody.".to_owned()),
        }
    }

    /// Whoever follows under a writ stops when it is called back.
    fn send_home_if_unbidden(&mut self) -> String {
        let follower = self.me().follower.as_ref().and_then(|name| self.world.actors.get(name));
        match follower {
            Some(actor) if !self.holds_all(&actor.follows) => {
                self.me_mut().follower = None;
                format!(" {} goes home.", actor.name)
            }
            _ => String::new(),
        }
    }

    pub(super) fn take_back(&mut self, name: &Token, other: &PlayerId) {
        let (owner, called) = (self.id.clone(), self.my_name());
        let Some(other) = self.other_mut(other) else { return };
        if other.borrowed.get(name).is_some_and(|borrowed| borrowed.from == owner) {
            other.borrowed.remove(name);
            other.hear(format!("{called} has called back the {}.", name.spoken()));
        }
    }

    pub(super) fn recover(&mut self, name: &Token) -> Told {
        let Some(relic) = self.world.relics.get(name).filter(|relic| relic.room == self.me().room) else {
            return Err(format!("There is no {} here to recover.", name.spoken()));
        };
        let asked = Condition::Relic(name.clone());
        let for_another = self.me().borrowed.iter().any(|(writ, borrowed)| {
            let objectives = self.world.writs.get(writ).map_or(&[][..], |writ| &writ.objectives);
            let mut open = objectives.iter().enumerate().filter(|(place, _)| !borrowed.met.contains(place));
            open.any(|(_, objective)| objective.holds == asked)
        });
        let mine = self.me().relics.contains_key(name);
        if mine && !for_another {
            return Err(format!("You have recovered {} already.", relic.name));
        }
        if !self.can_see() {
            return Err("It is too dark to find anything.".to_owned());
        }
        if !self.holds_all(&relic.needs) {
            return Err(relic.refused.clone());
        }
        if !mine {
            self.me_mut().relics.insert(name.clone(), false);
        }
        self.note(&asked);
        let who = self.my_name();
        self.event(format!("{who} recovers {}.", relic.name));
        Ok(relic.recovered.clone())
    }

    pub(super) fn seal(&mut self, name: &Token) -> Told {
        if *name == self.world.story.gate {
            return self.seal_gate();
        }
        let Some(relic) = self.world.relics.get(name) else {
            return Err(format!("The {} is not yours to close.", name.spoken()));
        };
        match self.me().relics.get(name) {
            None => return Err(format!("You have not found {}.", relic.name)),
            Some(true) => return Err(format!("{} is in its seat, for good.", capital(&relic.name))),
            Some(false) => {}
        }
        if self.me().room != self.world.story.seat {
            return Err(format!("{} has one seat, and that is in the Tide Clock.", capital(&relic.name)));
        }
        self.me_mut().relics.insert(name.clone(), true);
        let who = self.my_name();
        self.event(format!("{who} seals {} in the clock.", relic.name));
        let left = self.world.relics.keys().filter(|relic| self.me().relics.get(*relic) != Some(&true)).count();
        let rest = match left {
            0 => "The clock is whole. It waits, like a held breath, for a gate to shut.".to_owned(),
            1 => "One seat is empty.".to_owned(),
            _ => format!("{left} seats are empty."),
        };
        Ok(format!("{}\n{rest}", relic.sealed))
    }

    fn seal_gate(&mut self) -> Told {
        let story = &self.world.story;
        if self.me().room != story.gate_room {
            return Err("The water-gate is under the lake, behind the Regent's court.".to_owned());
        }
        if self.me().ended {
            return Err("It is shut, and it stays shut.".to_owned());
        }
        if !self.holds_all(&story.gate_needs) {
            return Err(story.gate_refused.clone());
        }
        if !self.holds_all(&[Condition::AllSealed]) {
            return Err("You lean on the gate, and it leans back: above you the clock is not whole.".to_owned());
        }
        let lent = |state: &WritState| matches!(state, WritState::Deputy(_) | WritState::Lent(_));
        let out: Vec<_> =
            self.me().writs.iter().filter(|(_, state)| lent(state)).map(|(name, _)| name.as_str()).collect();
        if !out.is_empty() {
            return Err(format!(
                "The plate stays cold: writs of yours are in other hands. (revoke {})",
                out.join(", ")
            ));
        }
        Ok(self.end())
    }

    fn end(&mut self) -> String {
        let story = &self.world.story;
        let me = self.me_mut();
        me.ended = true;
        me.engaged = None;
        let mut lines = self.settle();
        lines.push(story.epilogue.clone());
        let codas = story.codas.iter().filter(|coda| self.holds_all(&coda.needs));
        lines.extend(codas.map(|coda| coda.text.clone()));
        lines.push(story.closing.clone());
        lines.push(format!("({} turns; {} of {} writs kept.)", self.me().turn, self.done(), self.world.writs.len()));
        let who = self.my_name();
        self.event(format!("Far above, a clock strikes. {who} has shut the water-gate."));
        let me = self.me_mut();
        me.before = None;
        me.room = story.dawn.clone();
        self.entered = Some(story.dawn.clone());
        lines.join("\n")
    }

    fn done(&self) -> usize {
        self.me().writs.values().filter(|state| **state == WritState::Done).count()
    }
}
