//! Parties, and what players do for each other.

use super::{Told, Turn};
use crate::condition::Condition;
use crate::player::{Aid, Borrowed, PlayerId, WritState};
use crate::state::Party;
use crate::token::Token;

/// For how many blows help in a fight lasts.
const AIDED: u32 = 3;

/// What it costs to give somebody heart, and what it gives.
const HEART: u32 = 3;

impl Turn<'_> {
    fn my_party(&self) -> Result<Token, String> {
        let party = self.state.party_of(self.id).map(|(name, _)| name.clone());
        party.ok_or_else(|| "You are in no party.".to_owned())
    }

    pub(super) fn party_create(&mut self, name: &Token) -> Told {
        if let Ok(party) = self.my_party() {
            return Err(format!("You are in {party} already."));
        }
        if self.state.common.parties.contains_key(name) {
            return Err(format!("There is a party called {name} already."));
        }
        if self.state.common.parties.len() >= self.limits.parties {
            return Err("There are as many parties as the hall has ribbons.".to_owned());
        }
        let party = Party { members: vec![self.id.clone()], invited: Default::default() };
        self.state.common.parties.insert(name.clone(), party);
        self.state.common_changed = true;
        Ok(format!("You found {name}, and lead it. (partyInvite)"))
    }

    pub(super) fn party_invite(&mut self, player: &Token) -> Told {
        let name = self.my_party()?;
        let (now, until) = (self.now, self.now.saturating_add(self.limits.invitation_ms()));
        let Some(other) = self.state.present(player).map(|(id, _)| id.clone()).filter(|id| id != self.id) else {
            return Err(format!("There is nobody called {player} to invite."));
        };
        let Some(party) = self.state.common.parties.get_mut(&name) else { return Err("It is over.".to_owned()) };
        if party.members.first() != Some(self.id) {
            return Err("Only whoever leads a party invites.".to_owned());
        }
        party.invited.retain(|_, until| *until > now);
        if party.members.contains(&other) {
            return Err(format!("{player} is with you already."));
        }
        if party.members.len() >= self.limits.party || party.invited.len() >= self.limits.invitations {
            return Err("That would be more than a party.".to_owned());
        }
        party.invited.insert(other.clone(), until);
        self.state.common_changed = true;
        let me = self.my_name();
        if let Some(other) = self.other_mut(&other) {
            other.hear(format!("{me} invites you to {name}. (partyAccept {name})"));
        }
        Ok(format!("You invite {player} to {name}."))
    }

    pub(super) fn party_accept(&mut self, name: &Token) -> Told {
        if let Ok(party) = self.my_party() {
            return Err(format!("You are in {party}. Leave that first."));
        }
        let (now, most) = (self.now, self.limits.party);
        let party = self.state.common.parties.get_mut(name);
        let open = party.filter(|party| party.invited.get(self.id).is_some_and(|until| *until > now));
        let Some(party) = open else {
            return Err(format!("You have no invitation to {name}."));
        };
        if party.members.len() >= most {
            return Err(format!("{name} is full."));
        }
        party.invited.remove(self.id);
        let others = party.members.clone();
        party.members.push(self.id.clone());
        self.state.common_changed = true;
        self.tell(&others, &format!("{} joins {name}.", self.my_name()));
        Ok(format!("You join {name}."))
    }

    fn tell(&mut self, others: &[PlayerId], news: &str) {
        for other in others {
            if let Some(other) = self.other_mut(other) {
                other.hear(news.to_owned());
            }
        }
    }

    pub(super) fn party_leave(&mut self) -> Told {
        let name = self.my_party()?;
        let members = self.state.common.parties.get(&name).map(|party| party.members.clone()).unwrap_or_default();
        self.state.quit_party(self.id);
        self.call_all_back(&members);
        let others: Vec<_> = members.into_iter().filter(|member| member != self.id).collect();
        self.tell(&others, &format!("{} leaves {name}.", self.my_name()));
        self.me_mut().aid = None;
        Ok(format!("You leave {name}."))
    }

    /// What members had lent each other goes back when they part.
    fn call_all_back(&mut self, members: &[PlayerId]) {
        let lent = self.me().writs.iter().filter_map(|(name, state)| match state {
            WritState::Lent(member) => Some((name.clone(), member.clone())),
            _ => None,
        });
        for (name, member) in lent.collect::<Vec<_>>() {
            self.me_mut().writs.insert(name.clone(), WritState::Held);
            self.take_back(&name, &member);
        }
        let mine = self.id.clone();
        let borrowed = std::mem::take(&mut self.me_mut().borrowed);
        for (name, entry) in borrowed.into_iter().filter(|(_, entry)| members.contains(&entry.from)) {
            let owner = self.other_mut(&entry.from);
            if let Some(state) = owner.and_then(|owner| owner.writs.get_mut(&name))
                && *state == WritState::Lent(mine.clone())
            {
                *state = WritState::Held;
            }
        }
    }

    /// A member of the player's party who is in the world.
    fn companion(&self, player: &Token) -> Result<PlayerId, String> {
        let other = self.state.present(player).map(|(id, _)| id.clone()).filter(|id| id != self.id);
        let other = other.filter(|other| self.state.are_companions(self.id, other));
        other.ok_or_else(|| format!("{player} is not in a party with you."))
    }

    pub(super) fn party_delegate(&mut self, name: &Token, player: &Token) -> Told {
        let other = self.companion(player)?;
        let writ = self.writ(name)?.clone();
        match self.me().writs.get(name) {
            Some(WritState::Held) => {}
            Some(state) if state.is_active() => return Err(format!("It is in other hands already. (revoke {name})")),
            _ => return Err("You do not carry that writ.".to_owned()),
        }
        let own = |holds: &Condition| matches!(holds, Condition::AllSealed | Condition::Sealed(_));
        if writ.objectives.iter().any(|objective| own(&objective.holds)) {
            return Err(format!("The {} is for your own hand alone.", writ.title));
        }
        let (me, id) = (self.my_name(), self.id.clone());
        let Some(member) = self.state.players.get(&other) else { return Err("They are gone.".to_owned()) };
        if member.borrowed.contains_key(name) {
            return Err(format!("{player} acts under such a writ already, for somebody else."));
        }
        // What cannot be done twice counts as done; the rest is to be done under this writ.
        let once = |holds: &Condition| match holds {
            Condition::Slain(mob) => self.world.mobs.get(mob).is_some_and(|mob| mob.returns == 0),
            Condition::Flag(_) => true,
            _ => false,
        };
        let objectives = writ.objectives.iter().enumerate();
        let met =
            objectives.filter(|(_, o)| once(&o.holds) && member.holds(self.world, &o.holds)).map(|(place, _)| place);
        let borrowed = Borrowed { from: id, from_name: me.clone(), met: met.collect() };
        if let Some(member) = self.other_mut(&other) {
            member.borrowed.insert(name.clone(), borrowed);
            member.hear(format!("{me} delegates the {} to you: {}", writ.title, writ.story));
        }
        self.me_mut().writs.insert(name.clone(), WritState::Lent(other));
        Ok(format!("{player} carries the {} for you now. What they do under it counts as yours.", writ.title))
    }

    pub(super) fn assist(&mut self, player: &Token, task: &Token) -> Told {
        let other = self.companion(player)?;
        if self.state.players.get(&other).is_none_or(|player| player.room != self.me().room) {
            return Err(format!("{player} is not here."));
        }
        match task.as_str() {
            "fight" => self.assist_in_fight(&other, player),
            "mend" => self.assist_with(&other, player, "mends you", |companion| companion.heal(8)),
            "hearten" => self.assist_with(&other, player, "gives you heart", |companion| companion.refresh(4)),
            _ => Err("You can assist with: fight, mend, hearten.".to_owned()),
        }
    }

    fn assist_in_fight(&mut self, other: &PlayerId, called: &Token) -> Told {
        let (me, id) = (self.my_name(), self.id.clone());
        let Some(companion) = self.other_mut(other) else { return Err("They are gone.".to_owned()) };
        let Some(mob) = companion.engaged.clone() else {
            return Err(format!("{called} is not fighting anybody."));
        };
        companion.aid = Some(Aid { by: id, blows: AIDED });
        companion.hear(format!("{me} fights at your side for {AIDED} blows."));
        self.event(format!("{me} goes to the side of {called}."));
        Ok(format!(
            "You fight {} at the side of {called}, for {AIDED} blows. Half of what hits them hits you.",
            mob.spoken()
        ))
    }

    fn assist_with(
        &mut self,
        other: &PlayerId,
        called: &Token,
        news: &str,
        help: impl FnOnce(&mut crate::player::Player),
    ) -> Told {
        let me = self.me_mut();
        let Some(left) = me.focus.checked_sub(HEART) else {
            return Err(format!("That takes {HEART} focus, and you have {}.", me.focus));
        };
        me.focus = left;
        let name = me.name.clone();
        if let Some(companion) = self.other_mut(other) {
            help(companion);
            companion.hear(format!("{name} {news}."));
        }
        Ok(format!("You see to {called}."))
    }
}
