//! A room as one player sees it.

use crate::player::{Player, PlayerId, WritState};
use crate::state::State;
use crate::token::Token;
use crate::turn::{actors_near, lying, mobs_near};
use crate::world::{Room, World, Writ};

/// What is in front of a player.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The room.
    pub room: Token,
    /// The chat channel of those who are in it.
    pub channel: String,
    /// Its title.
    pub title: String,
    /// What there is to see, with who else is there.
    pub description: String,
    /// The ways out, and where they lead.
    pub exits: Vec<(Token, Token)>,
    /// What can be taken, and what can be used where it is.
    pub items: Vec<Token>,
    /// The writ under way.
    pub mission: String,
    /// What to do next for it.
    pub lead: String,
    /// Who can be talked to.
    pub actors: Vec<Token>,
    /// Who can be fought.
    pub mobs: Vec<Token>,
    /// What can be asked for.
    pub writs: Vec<Token>,
}

/// The chat channel of a room.
pub fn channel(room: &Token) -> String {
    format!("adventure.{room}")
}

impl View {
    /// What a player sees.
    pub fn of(world: &World, state: &State, id: &PlayerId, player: &Player) -> View {
        let room = world.room(&player.room);
        let dark = room.dark && !player.has_light(world);
        let (mission, lead) = errand(world, player);
        let items = if dark { Vec::new() } else { lying(world, state, player).cloned().collect() };
        View {
            room: room.id.clone(),
            channel: channel(&room.id),
            title: room.title.clone(),
            description: described(world, state, id, player, dark),
            exits: room.exits.iter().map(|exit| (exit.direction.clone(), exit.to.clone())).collect(),
            items,
            mission,
            lead,
            actors: actors_near(world, player).map(|actor| actor.id.clone()).collect(),
            mobs: mobs_near(world, player).map(|mob| mob.id.clone()).collect(),
            writs: offered(world, player).map(|writ| writ.id.clone()).collect(),
        }
    }

    /// What somebody sees who stands in a room and is no player.
    pub fn of_room(world: &World, state: &State, room: &Room) -> View {
        let here = |player: &&Player| !player.away && player.room == room.id;
        let players: Vec<_> = state.players.values().filter(here).map(|player| player.name.as_str()).collect();
        View {
            room: room.id.clone(),
            channel: channel(&room.id),
            title: room.title.clone(),
            description: beside(&room.description, &players),
            exits: room.exits.iter().map(|exit| (exit.direction.clone(), exit.to.clone())).collect(),
            items: Vec::new(),
            mission: String::new(),
            lead: String::new(),
            actors: world.actors.values().filter(|actor| actor.room == room.id).map(|actor| actor.id.clone()).collect(),
            mobs: Vec::new(),
            writs: Vec::new(),
        }
    }
}

/// The other players who are in the same room.
pub fn neighbours<'a>(state: &'a State, id: &'a PlayerId, room: &'a Token) -> impl Iterator<Item = &'a Token> {
    let here = move |(other, player): &(&PlayerId, &Player)| *other != id && !player.away && player.room == *room;
    state.players.iter().filter(here).map(|(_, player)| &player.name)
}

fn described(world: &World, state: &State, id: &PlayerId, player: &Player, dark: bool) -> String {
    let room = world.room(&player.room);
    if dark {
        return "It is too dark to see. Something drips. A light would help.".to_owned();
    }
    let others: Vec<_> = neighbours(state, id, &room.id).map(Token::as_str).collect();
    let changed = room.changed.iter().rfind(|changed| player.holds_all(world, &changed.needs));
    let mut text = beside(changed.map_or(&room.description, |changed| &changed.description), &others);
    if !room.fixtures.is_empty() {
        let fixtures: Vec<_> = room.fixtures.iter().map(|fixture| fixture.id.as_str()).collect();
        text += &format!(" To look at: {}.", fixtures.join(", "));
    }
    let relics = world.relics.values().filter(|relic| relic.room == room.id && !player.relics.contains_key(&relic.id));
    for relic in relics {
        text += &format!(" To recover: {}.", relic.id);
    }
    if player.away {
        text += " You have left for now; `resume` comes back.";
    }
    text
}

fn beside(text: &str, players: &[&str]) -> String {
    // A crowd is told as one.
    let named = players.iter().take(8).copied().collect::<Vec<_>>().join(", ");
    match players.len() {
        0 => text.to_owned(),
        1..=8 => format!("{text} Also here: {named}."),
        _ => format!("{text} Also here: {named}, and others."),
    }
}

/// The writs that somebody here would grant.
pub fn offered<'a>(world: &'a World, player: &'a Player) -> impl Iterator<Item = &'a Writ> {
    world.writs.values().filter(|writ| {
        let open = matches!(player.writs.get(&writ.id), None | Some(WritState::Granted));
        open && actors_near(world, player).any(|actor| actor.id == writ.giver) && player.holds_all(world, &writ.needs)
    })
}

/// The writ under way, and what to do next for it. Those that can be got on with come first.
fn errand(world: &World, player: &Player) -> (String, String) {
    let own = player.writs.iter().filter(|(_, state)| state.is_active()).filter_map(|(name, _)| {
        let writ = world.writs.get(name)?;
        let next = writ.objectives.iter().find(|objective| !player.holds(world, &objective.holds))?;
        Some((writ.title.clone(), next.lead.clone()))
    });
    let borrowed = player.borrowed.iter().filter_map(|(name, entry)| {
        let writ = world.writs.get(name)?;
        let mut open = writ.objectives.iter().enumerate().filter(|(place, _)| !entry.met.contains(place));
        let (_, next) = open.next()?;
        Some((format!("{} (for {})", writ.title, entry.from_name), next.lead.clone()))
    });
    own.chain(borrowed).next().unwrap_or_else(|| advice(world, player))
}

/// What to do where no writ is under way.
fn advice(world: &World, player: &Player) -> (String, String) {
    if player.ended {
        return (String::new(), "The tide is out. Walk about; you have earned it.".to_owned());
    }
    if let Some((name, _)) = player.writs.iter().find(|(_, state)| **state == WritState::Granted) {
        return (String::new(), format!("A writ is granted to you: accept {name}."));
    }
    let open = |writ: &&Writ| !player.writs.contains_key(&writ.id) && player.holds_all(world, &writ.needs);
    let next = ["writ-of-passage", "writ-of-tide", "writ-of-court"];
    let first = next.iter().find_map(|name| world.writs.get(*name).filter(open));
    let writ = first.or_else(|| world.writs.values().find(open));
    let lead = writ.and_then(|writ| {
        let giver = world.actors.get(&writ.giver)?;
        Some(format!(
            "{} ({}) grants the {}: request {}.",
            giver.name,
            world.room(&giver.room).title,
            writ.title,
            writ.id
        ))
    });
    (String::new(), lead.unwrap_or_else(|| "Look about you.".to_owned()))
}
