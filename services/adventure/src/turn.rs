//! One act of one player: the rules of the world.
//!
//! Nothing here waits or reads a clock: the time is given, and chance is the player's own dice.

mod combat;
mod crafts;
mod errands;
mod moving;
mod party;
mod seeing;
mod talking;
mod things;
mod trading;
mod writs;

use crate::command::Command;
use crate::condition::Condition;
use crate::limits::Limits;
use crate::player::{Player, PlayerId};
use crate::state::State;
use crate::token::Token;
use crate::world::{Actor, Mob, Room, World};

/// What an act came to: what was done, or why it cannot be.
pub(crate) type Told = Result<String, String>;

/// What a player's act means to the actor it was directed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CueKind {
    /// Asked about a topic.
    Asked,
    /// Given an item.
    Given,
    /// Told to do something.
    Ordered,
}

/// What an actor says, unless a process plays it and says something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Speech {
    /// Who.
    pub actor: Token,
    /// To what.
    pub kind: CueKind,
    /// The topic, item or task.
    pub subject: Token,
    /// The world's own words.
    pub line: String,
}

/// Something that everybody in a room sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Where.
    pub room: Token,
    /// What.
    pub text: String,
}

/// What came of an act.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Whether it was possible.
    pub done: bool,
    /// What an actor says to it; told first.
    pub speech: Option<Speech>,
    /// What is told.
    pub text: String,
    /// What others see.
    pub events: Vec<Event>,
    /// The room that was come into.
    pub entered: Option<Token>,
}

impl Outcome {
    /// All that is told, with the world's own words for the actor.
    pub fn told(&self) -> String {
        let line = self.speech.iter().map(|speech| speech.line.as_str());
        line.chain([self.text.as_str()]).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
    }
}

pub(crate) struct Turn<'a> {
    world: &'a World,
    limits: &'a Limits,
    state: &'a mut State,
    id: &'a PlayerId,
    now: u64,
    speech: Option<Speech>,
    events: Vec<Event>,
    entered: Option<Token>,
    /// The player stood guard over themselves until this act.
    steady: bool,
}

/// Carries out a command for a player who is loaded.
pub(crate) fn act(
    world: &World,
    limits: &Limits,
    state: &mut State,
    id: &PlayerId,
    command: &Command,
    now: u64,
) -> Outcome {
    if !state.players.contains_key(id) {
        return Outcome::default();
    }
    if !matches!(command, Command::Look | Command::Inventory) {
        state.changed.insert(id.clone());
    }
    let mut turn =
        Turn { world, limits, state, id, now, speech: None, events: Vec::new(), entered: None, steady: false };
    turn.begin(command);
    let told = turn.dispatch(command);
    let done = told.is_ok();
    let mut lines: Vec<String> = told.map_or_else(|refused| vec![refused], |done| vec![done]);
    lines.extend(turn.settle());
    if !matches!(command, Command::Look | Command::Inventory | Command::Leave | Command::Resume) {
        let news = std::mem::take(&mut turn.me_mut().news);
        lines.splice(0..0, news);
    }
    lines.retain(|line| !line.is_empty());
    Outcome { done, speech: turn.speech, text: lines.join("\n"), events: turn.events, entered: turn.entered }
}

impl Turn<'_> {
    fn me(&self) -> &Player {
        self.state.players.get(self.id).expect("an act is for a player who is loaded")
    }

    fn me_mut(&mut self) -> &mut Player {
        self.state.players.get_mut(self.id).expect("an act is for a player who is loaded")
    }

    fn other_mut(&mut self, id: &PlayerId) -> Option<&mut Player> {
        self.state.changed.insert(id.clone());
        self.state.players.get_mut(id)
    }

    fn room(&self) -> &Room {
        self.world.room(&self.me().room)
    }

    fn holds_all(&self, conditions: &[Condition]) -> bool {
        self.me().holds_all(self.world, conditions)
    }

    /// Tells the room.
    fn event(&mut self, text: String) {
        let room = self.me().room.clone();
        self.events.push(Event { room, text });
    }

    fn my_name(&self) -> Token {
        self.me().name.clone()
    }

    /// What any act does besides: time passes, and a guard is given up.
    fn begin(&mut self, command: &Command) {
        let looks = matches!(
            command,
            Command::Look | Command::Inventory | Command::Inspect { .. } | Command::Status | Command::Quote { .. }
        );
        if looks {
            return;
        }
        let guarded = self.me_mut().guards.take();
        self.steady = guarded == Some(crate::player::Guarded::Oneself);
        let me = self.me_mut();
        me.turn = me.turn.saturating_add(1);
        let engaged = self.me().engaged.clone();
        if engaged.is_some_and(|mob| self.mob_here(&mob).is_none()) {
            self.me_mut().engaged = None;
        }
    }

    fn dispatch(&mut self, command: &Command) -> Told {
        let anywhere = matches!(command, Command::Look | Command::Resume | Command::Status | Command::Leave);
        if self.me().away && !anywhere {
            return Err("You have left Harrowmere for now. `resume` comes back to where you were.".to_owned());
        }
        match command {
            Command::Look | Command::Inventory => Ok(String::new()),
            Command::Go { direction } => self.go(direction),
            Command::Leave => self.leave(),
            Command::Resume => self.resume(),
            Command::Retreat => self.retreat(),
            Command::Inspect { target } => self.inspect(target),
            Command::Status => Ok(self.status()),
            Command::Take { item } => self.take(item),
            Command::Drop { item } => self.put_down(item),
            Command::Use { item } => self.make_use(item),
            Command::Transfer { item, player } => self.transfer(item, player),
            Command::Attack { mob, zone } => self.attack(mob, zone.as_ref()),
            Command::Guard { target } => self.guard(target),
            Command::Skill { name, target, zone } => self.exercise(name, false, target.as_ref(), zone.as_ref()),
            Command::Cast { spell, target, zone } => self.exercise(spell, true, target.as_ref(), zone.as_ref()),
            _ => self.dispatch_business(command),
        }
    }

    fn dispatch_business(&mut self, command: &Command) -> Told {
        match command {
            Command::Give { item, actor } => self.give(item, actor),
            Command::Ask { actor, topic } => self.ask(actor, topic),
            Command::Order { actor, task } => self.order(actor, task),
            Command::Seal { target } => self.seal(target),
            Command::Recover { relic } => self.recover(relic),
            Command::Request { writ } => self.request(writ),
            Command::Accept { writ } => self.accept(writ),
            Command::Delegate { writ, actor } => self.delegate(writ, actor),
            Command::Revoke { writ } => self.revoke(writ),
            Command::Quote { offer, actor } => self.quote(offer, actor),
            Command::Buy { offer, actor } => self.buy(offer, actor),
            Command::Sell { item, actor } => self.sell(item, actor),
            Command::Trade { item, actor } => self.barter(item, actor),
            Command::Repair { target, actor } => self.repair(target, actor),
            Command::PartyCreate { name } => self.party_create(name),
            Command::PartyInvite { player } => self.party_invite(player),
            Command::PartyAccept { party } => self.party_accept(party),
            Command::PartyLeave => self.party_leave(),
            Command::PartyDelegate { writ, player } => self.party_delegate(writ, player),
            Command::Assist { player, task } => self.assist(player, task),
            _ => Err("There is nothing like that to do.".to_owned()),
        }
    }

    fn actor_here(&self, name: &Token) -> Result<&Actor, String> {
        let actor = actors_near(self.world, self.me()).find(|actor| actor.id == *name);
        actor.ok_or_else(|| format!("There is no {} here to talk to.", name.spoken()))
    }

    fn mob_here(&self, name: &Token) -> Option<&Mob> {
        mobs_near(self.world, self.me()).find(|mob| mob.id == *name)
    }

    fn can_see(&self) -> bool {
        !self.room().dark || self.me().has_light(self.world)
    }

    /// Notes that something happened, for the writs of others that this player acts under.
    fn note(&mut self, fact: &Condition) {
        let world = self.world;
        for (name, borrowed) in &mut self.me_mut().borrowed {
            let objectives = world.writs.get(name).map_or(&[][..], |writ| &writ.objectives);
            let met = objectives.iter().enumerate().filter(|(_, objective)| objective.holds == *fact);
            borrowed.met.extend(met.map(|(place, _)| place));
        }
    }

    fn set_flag(&mut self, flag: Option<&Token>) {
        if let Some(flag) = flag {
            self.me_mut().flags.insert(flag.clone());
            self.note(&Condition::Flag(flag.clone()));
        }
    }

    /// Gives the player a new thing, whatever they carry.
    fn present_with(&mut self, kind: &Token) {
        let thing = self.state.make(kind);
        self.me_mut().things.push(thing);
    }
}

/// The actors who are where a player is, for that player.
pub(crate) fn actors_near<'a>(world: &'a World, player: &'a Player) -> impl Iterator<Item = &'a Actor> {
    world.actors.values().filter(|actor| {
        let follows = player.follower.as_ref() == Some(&actor.id);
        follows || (actor.room == player.room && player.holds_all(world, &actor.needs))
    })
}

/// The mobs that are up where a player is, for that player.
pub(crate) fn mobs_near<'a>(world: &'a World, player: &'a Player) -> impl Iterator<Item = &'a Mob> {
    world.mobs.values().filter(|mob| mob.room == player.room && player.faces(world, mob))
}

/// What can be taken where a player is: what lies there for them, then what others left.
pub(crate) fn lying<'a>(world: &'a World, state: &'a State, player: &'a Player) -> impl Iterator<Item = &'a Token> {
    let room = world.room(&player.room);
    let own = room.items.iter().enumerate().filter(|(place, _)| !player.found.contains(&spot(room, *place)));
    let left = state.common.floors.get(&player.room).into_iter().flatten().map(|thing| &thing.kind);
    own.map(|(_, kind)| kind).chain(left)
}

/// A place where something lies for each player.
pub(crate) fn spot(room: &Room, place: usize) -> String {
    format!("{}/{place}", room.id)
}

/// Has an actor do something for a player; nothing where the actor may not, or the player is elsewhere.
pub(crate) fn do_deed(
    world: &World,
    limits: &Limits,
    state: &mut State,
    actor: &Token,
    deed: &str,
    id: &PlayerId,
    now: u64,
) -> Option<String> {
    let player = state.players.get(id).filter(|player| !player.away)?;
    let near = actors_near(world, player).find(|near| near.id == *actor)?;
    let deed = near.deeds.iter().find(|known| known.id == deed)?.clone();
    state.changed.insert(id.clone());
    let mut turn =
        Turn { world, limits, state, id, now, speech: None, events: Vec::new(), entered: None, steady: false };
    turn.deed(actor, &deed)
}
