//! What is settled after each act: writs that are finished, in one's own hand or another's. And orders.

use super::{CueKind, Speech, Told, Turn};
use crate::player::{Player, PlayerId, WritState};
use crate::token::Token;
use crate::world::{Task, World, Writ};

impl Turn<'_> {
    /// Passes on what was done under the writs of others, and closes what is done.
    pub(super) fn settle(&mut self) -> Vec<String> {
        for (name, owner) in borrowed(self.me()) {
            let member = self.id.clone();
            self.pass_on(&name, &owner, &member);
        }
        let mine = self.me().writs.iter().filter_map(|(name, state)| match state {
            WritState::Lent(member) => Some((name.clone(), member.clone())),
            _ => None,
        });
        for (name, member) in mine.collect::<Vec<_>>() {
            let owner = self.id.clone();
            self.pass_on(&name, &owner, &member);
        }
        let owner = self.id.clone();
        self.close(&owner)
    }

    /// Credits an owner with what a member did under their writ. Both have to be there; else it waits.
    fn pass_on(&mut self, name: &Token, owner: &PlayerId, member: &PlayerId) {
        let known = self.state.common.names.values().any(|id| id == owner);
        let stands = self
            .state
            .players
            .get(owner)
            .map(|player| player.writs.get(name) == Some(&WritState::Lent(member.clone())));
        let forget = if known { stands == Some(false) } else { true };
        let Some(borrower) = self.state.players.get_mut(member) else { return };
        let Some(entry) = borrower.borrowed.get(name).filter(|entry| entry.from == *owner) else { return };
        if forget {
            borrower.borrowed.remove(name);
            self.state.changed.insert(member.clone());
            return;
        }
        let met = entry.met.clone();
        let (Some(writ), Some(_)) = (self.world.writs.get(name), stands) else { return };
        let facts: Vec<_> =
            met.iter().filter_map(|place| writ.objectives.get(*place)).map(|o| o.holds.clone()).collect();
        if let Some(player) = self.other_mut(owner) {
            facts.iter().for_each(|fact| player.credit(fact));
        }
        if *owner != *self.id {
            let lines = self.close(owner);
            if let Some(player) = self.other_mut(owner) {
                lines.into_iter().for_each(|line| player.hear(line));
            }
        }
    }

    /// Closes every writ of a player whose objectives hold.
    fn close(&mut self, owner: &PlayerId) -> Vec<String> {
        let Some(player) = self.state.players.get(owner) else { return Vec::new() };
        let world = self.world;
        let done: Vec<&Writ> = world.writs.values().filter(|writ| is_done(world, player, writ)).collect();
        done.into_iter().map(|writ| self.finish(owner, writ)).collect()
    }

    fn finish(&mut self, owner: &PlayerId, writ: &Writ) -> String {
        let gift = writ.gives.as_ref().map(|kind| self.state.make(kind));
        let Some(player) = self.other_mut(owner) else { return String::new() };
        let state = player.writs.insert(writ.id.clone(), WritState::Done);
        player.purse.earn(u64::from(writ.coins));
        player.things.extend(gift);
        let name = player.name.clone();
        let mut line = format!("* {} is kept. {}", writ.title, writ.finished);
        if writ.coins > 0 {
            line += &format!(" ({} coins.)", writ.coins);
        }
        if let Some(WritState::Lent(member)) = state
            && let Some(member) = self.other_mut(&member)
        {
            member.borrowed.remove(&writ.id);
            member.hear(format!("You have kept the {} for {name}.", writ.title));
        }
        line
    }

    pub(super) fn order(&mut self, name: &Token, task: &Token) -> Told {
        let actor = self.actor_here(name)?.clone();
        let Some(known) = actor.tasks.iter().find(|known| task == known.as_str()).copied() else {
            let tasks: Vec<_> = actor.tasks.iter().map(|task| task.as_str()).collect();
            return Err(match tasks.is_empty() {
                true => format!("{} takes orders from the tide, and from nobody else.", actor.name),
                false => format!("{} can be told to: {}.", actor.name, tasks.join(", ")),
            });
        };
        if !self.holds_all(&actor.follows) {
            return Err(format!("{} waits for a writ that says so. (delegate)", actor.name));
        }
        let with_me = self.me().follower.as_ref() == Some(name);
        if !with_me && !matches!(known, Task::Follow) {
            return Err(format!("{} is not with you. (order {name} follow)", actor.name));
        }
        let (line, told) = self.carry_out(&actor.name, name, known);
        self.speech = Some(Speech { actor: name.clone(), kind: CueKind::Ordered, subject: task.clone(), line });
        Ok(self.with_mob_move(told))
    }

    fn carry_out(&mut self, called: &str, name: &Token, task: Task) -> (String, String) {
        match task {
            Task::Follow => {
                self.me_mut().follower = Some(name.clone());
                (format!("{called} falls in beside you."), String::new())
            }
            Task::Home => {
                self.me_mut().follower = None;
                (format!("{called} nods, and goes home."), String::new())
            }
            Task::Fight => (format!("{called} is ready, and says so with a look."), String::new()),
            Task::Scout => (format!("{called} is gone, and back."), self.neighbourhood()),
            Task::Tend => {
                let me = self.me_mut();
                // A companion's care is free, and small.
                me.heal(3);
                (format!("{called} sees to your bandages."), format!("Health {}/{}.", me.health(), me.vigour()))
            }
        }
    }
}

fn borrowed(player: &Player) -> Vec<(Token, PlayerId)> {
    player.borrowed.iter().map(|(name, borrowed)| (name.clone(), borrowed.from.clone())).collect()
}

fn is_done(world: &World, player: &Player, writ: &Writ) -> bool {
    let active = player.writs.get(&writ.id).is_some_and(WritState::is_active);
    active && writ.objectives.iter().all(|objective| player.holds(world, &objective.holds))
}
