//! Asking, giving, and what an actor's own process may do.

use super::{CueKind, Speech, Told, Turn};
use crate::condition::Condition;
use crate::token::Token;
use crate::world::{Deed, Mob, Topic};

impl Turn<'_> {
    fn speak(&mut self, actor: &Token, kind: CueKind, subject: &Token, line: String) {
        self.speech = Some(Speech { actor: actor.clone(), kind, subject: subject.clone(), line });
    }

    pub(super) fn ask(&mut self, name: &Token, topic: &Token) -> Told {
        let actor = self.actor_here(name)?.clone();
        let mut known = actor.topics.iter().filter(|known| known.topic == *topic);
        match known.find(|known| self.holds_all(&known.needs)) {
            Some(known) => {
                self.speak(name, CueKind::Asked, topic, known.text.clone());
                Ok(self.learn(known))
            }
            None => {
                // A process that plays the actor may know more than the world does.
                self.speak(name, CueKind::Asked, topic, actor.shrug.clone());
                Ok(String::new())
            }
        }
    }

    fn learn(&mut self, topic: &Topic) -> String {
        self.set_flag(topic.sets.as_ref());
        match &topic.teaches {
            Some(art) if self.me_mut().arts.insert(art.clone()) => {
                let word = if self.world.art(art, true).is_some() { "cast" } else { "skill" };
                format!("You have learned {}. ({word} {art})", art.spoken())
            }
            _ => String::new(),
        }
    }

    pub(super) fn give(&mut self, kind: &Token, name: &Token) -> Told {
        if self.me().thing(kind).is_none() {
            return Err(format!("You have no {}.", kind.spoken()));
        }
        if let Some(mob) = self.mob_here(name) {
            let mob = mob.clone();
            return self.appease(kind, &mob);
        }
        let actor = self.actor_here(name)?.clone();
        let wish = actor.wishes.iter().find(|wish| wish.item == *kind);
        let Some(wish) = wish.filter(|wish| wish.sets.as_ref().is_none_or(|flag| !self.me().flags.contains(flag)))
        else {
            return Err(format!("{} has no use for the {}.", actor.name, kind.spoken()));
        };
        self.me_mut().part_with(kind);
        self.me_mut().purse.earn(u64::from(wish.coins));
        self.set_flag(wish.sets.as_ref());
        let mut told = String::new();
        if let Some(gift) = &wish.gives {
            self.present_with(gift);
            told = format!("You have {} now.", self.item(gift).map_or_else(|| gift.spoken(), |item| item.name.clone()));
        }
        self.speak(name, CueKind::Given, kind, wish.text.clone());
        Ok(told)
    }

    fn appease(&mut self, kind: &Token, mob: &Mob) -> Told {
        let Some(appeased) = mob.appeased.as_ref().filter(|appeased| appeased.item == *kind) else {
            return Err("It does not take what is given. It takes.".to_owned());
        };
        self.me_mut().part_with(kind);
        let flag = crate::world::appeased(&mob.id);
        self.me_mut().flags.insert(flag.clone());
        self.note(&Condition::Flag(flag));
        Ok(self.falls(mob, &appeased.text))
    }

    /// What an actor's process has the actor do for a player who spoke to it; nothing where it may not.
    pub(super) fn deed(&mut self, actor: &Token, deed: &Deed) -> Option<String> {
        let key = Token::from_name(&format!("{actor}-{}", deed.id));
        let turn = self.me().turn;
        let last = self.me().deeds.get(&key);
        if last.is_some_and(|last| turn < last.saturating_add(deed.every)) {
            return None;
        }
        let me = self.me_mut();
        me.deeds.insert(key, turn);
        me.heal(deed.heals);
        me.refresh(deed.focus);
        if deed.discount > 0 {
            me.discount = Some((actor.clone(), deed.discount.min(20)));
        }
        Some(deed.text.clone())
    }
}
