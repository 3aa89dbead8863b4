//! What a player can do right now, as a menu: every command, with what can be chosen for it here.

use std::collections::BTreeSet;

use capos_service::commands::{Choice, Command, Menu, Parameter};

use crate::condition::Condition;
use crate::game::Game;
use crate::player::{Player, PlayerId, WritState};
use crate::token::Token;
use crate::turn::{actors_near, lying, mobs_near};
use crate::view::{View, neighbours, offered};
use crate::world::{Actor, Room, Task};

/// Each command with its title, its group, what it takes in order, and what it does.
const COMMANDS: [(&str, &str, &str, &[&str], &str); 36] = [
    ("look", "Look", "Go", &[], "The room you are in."),
    ("go", "Go", "Go", &["direction"], "Walks through an exit."),
    ("retreat", "Retreat", "Go", &[], "Back to the room before, out of a fight too."),
    ("leave", "Leave", "Go", &[], "Leaves the world; resume comes back."),
    ("resume", "Resume", "Go", &[], "Comes back to where you left."),
    ("status", "Status", "Go", &[], "How you fare, and what you carry writs for."),
    ("inspect", "Inspect", "Things", &["target"], "Looks at something closely."),
    ("inventory", "Inventory", "Things", &[], "What you carry."),
    ("take", "Take", "Things", &["item"], "Picks up an item."),
    ("drop", "Drop", "Things", &["item"], "Puts an item down for whoever comes."),
    ("use", "Use", "Things", &["item"], "Uses something carried, or something here."),
    ("ask", "Ask", "People", &["actor", "topic"], "Asks about a topic."),
    ("give", "Give", "People", &["item", "actor"], "Hands an item over."),
    ("order", "Order", "People", &["actor", "task"], "Tells a companion what to do."),
    ("attack", "Attack", "Fight", &["mob", "zone"], "Strikes with what is in hand; inspect shows where."),
    ("skill", "Skill", "Fight", &["name", "target", "zone"], "Uses a skill you know."),
    ("cast", "Cast", "Fight", &["spell", "target", "zone"], "Casts a spell you know."),
    ("guard", "Guard", "Fight", &["target"], "Shields yourself, or another player."),
    ("request", "Request", "Writs", &["writ"], "Asks for a writ that is granted here."),
    ("accept", "Accept", "Writs", &["writ"], "Takes on a writ that was granted."),
    ("delegate", "Delegate", "Writs", &["writ", "actor"], "Lends a writ to somebody here who can act under it."),
    ("revoke", "Revoke", "Writs", &["writ"], "Calls a writ back."),
    ("recover", "Recover", "Writs", &["relic"], "Recovers a relic."),
    ("seal", "Seal", "Writs", &["target"], "Closes something for good."),
    ("quote", "Quote", "Trade", &["offer", "actor"], "Asks for a price."),
    ("buy", "Buy", "Trade", &["offer", "actor"], "Buys from a trader."),
    ("sell", "Sell", "Trade", &["item", "actor"], "Sells to a trader."),
    ("trade", "Trade", "Trade", &["item", "actor"], "Barters an item."),
    ("repair", "Repair", "Trade", &["target", "actor"], "Has a weapon mended."),
    ("partyCreate", "Found a party", "Party", &["name"], "Founds a party and leads it."),
    ("partyInvite", "Invite", "Party", &["player"], "Invites a player."),
    ("partyAccept", "Join", "Party", &["party"], "Joins a party you are invited to."),
    ("partyLeave", "Leave the party", "Party", &[], "Leaves your party."),
    ("partyDelegate", "Delegate to a member", "Party", &["writ", "player"], "Lends a writ to a member of your party."),
    ("assist", "Assist", "Party", &["player", "task"], "Helps a member: fight, mend or hearten."),
    ("transfer", "Hand over", "Party", &["item", "player"], "Hands an item to another player."),
];

/// What a command takes, in order.
pub(super) fn parameters(command: &str) -> &'static [&'static str] {
    COMMANDS.iter().find(|(name, ..)| *name == command).map_or(&[], |(_, _, _, parameters, _)| parameters)
}

/// How many of those, from the last, may be left out.
pub(super) fn optional(command: &str) -> usize {
    let last = |word: &&&str| **word == "zone" || (**word == "target" && matches!(command, "skill" | "cast"));
    parameters(command).iter().rev().take_while(last).count()
}

/// The command of that name, however its letters are written.
pub(super) fn named(word: &str) -> Option<&'static str> {
    names().find(|name| name.eq_ignore_ascii_case(word))
}

/// All of them.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().map(|(name, ..)| *name)
}

/// What a player can do right now.
pub(super) fn of(game: &Game, id: &PlayerId) -> Menu {
    let (Some(player), Some(view)) = (game.state.players.get(id), game.view(id)) else {
        return Menu::new(&*game.world.story.title);
    };
    let here = Here { game, id, player, room: game.world.room(&player.room) };
    let status = format!(
        "{}. Health {}/{}, focus {}, {} coins.{}",
        view.title,
        player.health(),
        player.vigour(),
        player.focus,
        player.purse.coins(),
        lead(&view)
    );
    let menu = Menu::new(&*game.world.story.title).status(status);
    COMMANDS.iter().fold(menu, |menu, (name, label, group, parameters, summary)| {
        let command = Command::new(*name, *label).group(*group).summary(*summary);
        let command = parameters.iter().fold(command, |command, word| command.takes(here.parameter(name, word)));
        menu.with(command.unless(here.refusal(name)))
    })
}

fn lead(view: &View) -> String {
    let mission = if view.mission.is_empty() { String::new() } else { format!("{}: ", view.mission) };
    if view.lead.is_empty() { String::new() } else { format!("\n{mission}{}", view.lead) }
}

struct Here<'a> {
    game: &'a Game,
    id: &'a PlayerId,
    player: &'a Player,
    room: &'a Room,
}

impl Here<'_> {
    fn refusal(&self, command: &str) -> Option<&'static str> {
        let away = self.player.away;
        let in_party = self.game.state.party_of(self.id).is_some();
        match command {
            "resume" => (!away).then_some("You have not left."),
            "look" | "status" | "leave" => None,
            _ if away => Some("You have left for now. Resume first."),
            "partyCreate" => in_party.then_some("You are in a party already."),
            "partyLeave" | "partyInvite" | "partyDelegate" => (!in_party).then_some("You are in no party."),
            _ => None,
        }
    }

    fn parameter(&self, command: &str, word: &str) -> Parameter {
        let label = word;
        let choices = match (command, word) {
            ("partyCreate", _) => return Parameter::text("name", "Name", 32).summary("a-z, 0-9 and hyphens"),
            ("inspect", _) => return Parameter::suggestion(word, label, texts(self.in_sight())),
            ("ask", "topic") => return Parameter::suggestion(word, label, texts(self.topics())),
            ("skill" | "cast", "target") => {
                return Parameter::suggestion(word, label, texts(self.targets())).optional();
            }
            (_, "zone") => return Parameter::suggestion(word, label, texts(self.zones())).optional(),
            ("order", "task") => Task::ALL.iter().map(|task| Choice::from(task.as_str())).collect(),
            ("assist", "task") => ["fight", "mend", "hearten"].map(Choice::from).to_vec(),
            ("skill" | "cast", _) => texts(self.arts(command == "cast")),
            (_, "direction") => self.room.exits.iter().map(|exit| self.exit(exit)).collect(),
            (_, "mob") => texts(mobs_near(&self.game.world, self.player).map(|mob| mob.id.clone())),
            ("take", _) => texts(self.game.view(self.id).map_or_else(Vec::new, |view| view.items)),
            ("use", _) => texts(self.carried(|_| true).chain(self.usable())),
            ("give", "item") => texts(self.carried(|_| true)),
            ("drop" | "transfer" | "sell" | "trade", "item") => texts(self.carried(|kind| !self.is_bound(kind))),
            ("repair", "target") => texts(self.carried(|kind| self.is_weapon(kind))),
            ("guard", _) => texts([Token::from_name("self")].into_iter().chain(self.others())),
            (_, "player") => texts(if command == "transfer" { self.others().collect() } else { self.known(command) }),
            ("partyAccept", _) => texts(self.invitations()),
            (_, "writ" | "relic" | "target") => texts(self.papers(command)),
            (_, "offer") => texts(self.offers(command)),
            (_, "actor") => texts(self.actors(command)),
            _ => Vec::new(),
        };
        Parameter::choice(word, label, choices)
    }

    fn exit(&self, exit: &crate::world::Exit) -> Choice {
        let title = &self.game.world.room(&exit.to).title;
        Choice::new(exit.direction.as_str(), format!("{} to {title}", exit.direction.spoken()))
    }

    fn actors_here(&self) -> impl Iterator<Item = &Actor> {
        actors_near(&self.game.world, self.player)
    }

    fn actors(&self, command: &str) -> Vec<Token> {
        let fits = |actor: &&Actor| match command {
            "quote" | "buy" | "sell" => actor.trade.is_some(),
            "trade" => actor.trade.as_ref().is_some_and(|trade| !trade.barters.is_empty()),
            "repair" => actor.trade.as_ref().is_some_and(|trade| trade.repairs),
            "order" => !actor.tasks.is_empty(),
            _ => true,
        };
        let mut names: Vec<_> = self.actors_here().filter(fits).map(|actor| actor.id.clone()).collect();
        if command == "give" {
            let mobs = mobs_near(&self.game.world, self.player).filter(|mob| mob.appeased.is_some());
            names.extend(mobs.map(|mob| mob.id.clone()));
        }
        names
    }

    fn topics(&self) -> impl Iterator<Item = Token> {
        let topics = self.actors_here().flat_map(|actor| &actor.topics);
        topics.filter(|topic| self.player.holds_all(&self.game.world, &topic.needs)).map(|topic| topic.topic.clone())
    }

    fn zones(&self) -> impl Iterator<Item = Token> {
        mobs_near(&self.game.world, self.player).flat_map(|mob| &mob.zones).map(|zone| zone.zone.clone())
    }

    fn targets(&self) -> Vec<Token> {
        let mobs = mobs_near(&self.game.world, self.player).map(|mob| mob.id.clone());
        mobs.chain([Token::from_name("self")]).chain(self.others()).collect()
    }

    fn arts(&self, spell: bool) -> impl Iterator<Item = Token> {
        let arts = self.game.world.arts.values().filter(move |art| art.spell == spell);
        arts.filter(|art| self.player.knows(art)).map(|art| art.id.clone())
    }

    fn carried(&self, fits: impl Fn(&Token) -> bool) -> impl Iterator<Item = Token> {
        self.player.things.iter().map(|thing| thing.kind.clone()).filter(move |kind| fits(kind))
    }

    fn is_bound(&self, kind: &Token) -> bool {
        self.game.world.items.get(kind).is_some_and(|item| item.bound)
    }

    fn is_weapon(&self, kind: &Token) -> bool {
        self.game.world.items.get(kind).is_some_and(|item| item.weapon.is_some())
    }

    fn usable(&self) -> impl Iterator<Item = Token> {
        let fixtures = self.room.fixtures.iter().filter(|fixture| fixture.used.is_some());
        fixtures.map(|fixture| fixture.id.clone())
    }

    fn others(&self) -> impl Iterator<Item = Token> {
        neighbours(&self.game.state, self.id, &self.room.id).cloned()
    }

    /// Players to deal with: anybody to invite, members to help and to lend to.
    fn known(&self, command: &str) -> Vec<Token> {
        let state = &self.game.state;
        let others = state.players.iter().filter(|(id, player)| *id != self.id && !player.away);
        let fits = |id: &PlayerId, player: &Player| {
            let with_me = state.are_companions(self.id, id);
            match command {
                "partyInvite" => !with_me,
                "assist" => with_me && player.room == self.player.room,
                _ => with_me,
            }
        };
        // A menu is no directory of everybody.
        others.filter(|(id, player)| fits(id, player)).map(|(_, player)| player.name.clone()).take(64).collect()
    }

    fn invitations(&self) -> impl Iterator<Item = Token> {
        let parties = self.game.state.common.parties.iter();
        parties.filter(|(_, party)| party.invited.contains_key(self.id)).map(|(name, _)| name.clone())
    }

    /// Writs, relics and what can be sealed.
    fn papers(&self, command: &str) -> Vec<Token> {
        let (world, player) = (&self.game.world, self.player);
        let writs = |fits: fn(&WritState) -> bool| {
            player.writs.iter().filter(move |(_, state)| fits(state)).map(|(name, _)| name.clone()).collect()
        };
        match command {
            "request" => {
                offered(world, player).map(|writ| writ.id.clone()).filter(|w| !player.writs.contains_key(w)).collect()
            }
            "accept" => writs(|state| *state == WritState::Granted),
            "delegate" | "partyDelegate" => writs(|state| *state == WritState::Held),
            "revoke" => writs(|state| matches!(state, WritState::Deputy(_) | WritState::Lent(_))),
            "recover" => {
                let here = world.relics.values().filter(|relic| relic.room == player.room);
                here.map(|relic| relic.id.clone()).filter(|relic| self.wants(relic)).collect()
            }
            "seal" => self.seals(),
            _ => Vec::new(),
        }
    }

    fn wants(&self, relic: &Token) -> bool {
        let asked = Condition::Relic(relic.clone());
        let writs = self.player.borrowed.keys().filter_map(|name| self.game.world.writs.get(name));
        let mut objectives = writs.flat_map(|writ| &writ.objectives);
        !self.player.relics.contains_key(relic) || objectives.any(|objective| objective.holds == asked)
    }

    fn seals(&self) -> Vec<Token> {
        let story = &self.game.world.story;
        let mut seals = Vec::new();
        if self.player.room == story.seat {
            let open = self.player.relics.iter().filter(|(_, sealed)| !**sealed);
            seals.extend(open.map(|(relic, _)| relic.clone()));
        }
        if self.player.room == story.gate_room && !self.player.ended {
            seals.push(story.gate.clone());
        }
        seals
    }

    fn offers(&self, command: &str) -> Vec<Token> {
        let sold = self.actors_here().filter_map(|actor| actor.trade.as_ref()).flat_map(|trade| trade.sells.clone());
        let own = self.carried(|kind| command == "quote" && !self.is_bound(kind));
        sold.chain(own).collect()
    }

    fn in_sight(&self) -> Vec<Token> {
        let actors = self.actors_here().map(|actor| actor.id.clone());
        let mobs = mobs_near(&self.game.world, self.player).map(|mob| mob.id.clone());
        let lying = lying(&self.game.world, &self.game.state, self.player).cloned();
        let fixtures = self.room.fixtures.iter().map(|fixture| fixture.id.clone());
        let own = self.carried(|_| true).chain(self.player.writs.keys().cloned());
        actors.chain(mobs).chain(lying).chain(fixtures).chain(self.others()).chain(own).collect()
    }
}

/// Choices, each once.
fn texts(names: impl IntoIterator<Item = Token>) -> Vec<Choice> {
    let mut seen = BTreeSet::new();
    let names = names.into_iter().filter(|name| seen.insert(name.clone()));
    names.map(|name| Choice::new(name.as_str(), name.spoken())).collect()
}
