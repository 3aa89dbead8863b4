//! The table that all players sit at: the game, and what it needs of the outside.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::rc::{Rc, Weak};

use capos_schema::chat_capnp::chat;
use capos_service::home::Saved;
use capos_service::{Clock, Context, Home, quota_exceeded, unavailable};
use tokio::sync::oneshot;

use crate::command::Command;
use crate::game::Game;
use crate::keep::{Changes, Keep, add_common, add_player};
use crate::limits::Limits;
use crate::narrator::Narrator;
use crate::player::{PlayerId, WritState};
use crate::stage::{Cue, Kind, Pending, Reply, Stage};
use crate::state::Common;
use crate::token::Token;
use crate::turn::{CueKind, Event, Outcome, Speech};
use crate::view::View;
use crate::world::World;

/// The world and everybody in it.
pub(crate) struct Table {
    pub(super) game: RefCell<Game>,
    pub(super) stage: Stage,
    keep: Keep,
    narrator: RefCell<Option<Narrator>>,
    /// Sessions of each player.
    seated: RefCell<BTreeMap<PlayerId, usize>>,
    flushing: tokio::sync::Mutex<()>,
    clock: Clock,
}

/// What came of an act, as it is told.
pub(crate) struct Told {
    pub(crate) done: bool,
    pub(crate) text: String,
}

impl Table {
    pub(super) fn new(world: Rc<World>, home: Home, limits: Limits) -> Rc<Table> {
        let keep = Keep::at(home, limits.save_bytes);
        let played = world.actors.values().filter(|actor| actor.played).map(|actor| &actor.id);
        let stage = Stage::new(played);
        let game = RefCell::new(Game::new(world, limits, Common::default()));
        Rc::new(Table {
            game,
            stage,
            keep,
            narrator: RefCell::default(),
            seated: RefCell::default(),
            flushing: tokio::sync::Mutex::default(),
            clock: Clock::new(),
        })
    }

    /// Reads what was saved, and starts what goes on by itself.
    pub(super) async fn begin(self: &Rc<Table>, chat: Option<chat::Client>) -> io::Result<()> {
        self.game.borrow_mut().state.common = self.keep.begin().await?;
        let limits = self.game.borrow().limits.clone();
        *self.narrator.borrow_mut() = chat.map(|chat| Narrator::new(chat, &limits));
        tokio::task::spawn_local(keep_saving(Rc::downgrade(self), limits.clone()));
        tokio::task::spawn_local(keep_idling(Rc::downgrade(self), limits));
        Ok(())
    }

    /// The time, in milliseconds since 1970.
    pub(super) fn now(&self) -> u64 {
        self.clock.now_ms()
    }

    pub(super) fn limits(&self) -> Limits {
        self.game.borrow().limits.clone()
    }

    /// Brings a session's player in.
    pub(super) fn sit(&self, context: &Context) -> Result<PlayerId, capnp::Error> {
        let id = match &context.pseudonym {
            Some(pseudonym) => PlayerId::returning(pseudonym),
            None => PlayerId::passing(&context.reference),
        };
        let mut game = self.game.borrow_mut();
        if !game.state.players.contains_key(&id) {
            let saved = if id.returns() { self.keep.player(&id) } else { Ok(Saved::Nothing) };
            let saved = saved.map_err(|_| unavailable("what was saved cannot be read"))?;
            let lost = matches!(saved, Saved::SetAside);
            let name = context.display_name.as_deref().unwrap_or_default();
            let new = game.arrive(&id, saved.whole(), name).map_err(|_| quota_exceeded("the world is full"))?;
            let prologue = game.world.story.prologue.clone();
            if let Some(player) = game.state.players.get_mut(&id) {
                if lost {
                    player.hear("Your story so far could not be read. It was put aside; you begin anew.".to_owned());
                }
                if new {
                    player.hear(prologue);
                }
            }
        }
        *self.seated.borrow_mut().entry(id.clone()).or_default() += 1;
        Ok(id)
    }

    /// A session is over. Guests are gone at once; others go once they are saved.
    pub(super) fn rise(&self, id: &PlayerId) {
        let mut seated = self.seated.borrow_mut();
        let left = seated.get_mut(id).map_or(0, |sessions| {
            *sessions = sessions.saturating_sub(1);
            *sessions
        });
        if left > 0 {
            return;
        }
        seated.remove(id);
        let mut game = self.game.borrow_mut();
        if id.returns() {
            game.state.changed.insert(id.clone());
        } else {
            game.state.depart(id);
        }
    }

    /// Writes what has changed.
    pub(super) async fn flush(&self) {
        let _one = self.flushing.lock().await;
        let (changes, players, common) = self.changes();
        let outcome = self.keep.save(changes).await;
        let mut game = self.game.borrow_mut();
        if let Err(error) = outcome {
            tracing::error!("the world could not be saved, and will be tried again: {error}");
            game.state.changed.extend(players);
            game.state.common_changed |= common;
            return;
        }
        let seated = self.seated.borrow();
        for id in players.iter().filter(|id| !seated.contains_key(*id)) {
            // Whoever did something for them meanwhile made them worth saving again.
            if !game.state.changed.contains(id) {
                game.state.depart(id);
            }
        }
    }

    fn changes(&self) -> (Changes, Vec<PlayerId>, bool) {
        let state = &mut self.game.borrow_mut().state;
        let mut changes = Changes::new();
        let players: Vec<_> = std::mem::take(&mut state.changed).into_iter().collect();
        for id in &players {
            if let Some(player) = state.players.get(id) {
                add_player(&mut changes, id, player);
            }
        }
        let common = std::mem::take(&mut state.common_changed);
        if common {
            add_common(&mut changes, &state.common);
        }
        (changes, players, common)
    }

    /// Carries out what a player does, and lets an actor's process speak for itself.
    pub(super) async fn act(&self, id: &PlayerId, command: &Command) -> Told {
        let mut outcome = self.game.borrow_mut().act(id, command, self.now());
        self.narrate(std::mem::take(&mut outcome.events));
        self.entered(id, &outcome);
        if let Some(speech) = outcome.speech.take() {
            let reply = self.speak(id, &speech, outcome.done).await.unwrap_or_default();
            let said = if reply.text.is_empty() { speech.line } else { reply.text };
            let parts = [said, reply.deed.unwrap_or_default(), outcome.text];
            outcome.text = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
        }
        Told { done: outcome.done, text: outcome.text }
    }

    pub(super) fn narrate(&self, events: Vec<Event>) {
        if let Some(narrator) = &*self.narrator.borrow() {
            events.into_iter().for_each(|event| narrator.tell(event));
        }
    }

    /// Asks the process that plays an actor what the actor says; nothing where it is not there, or slow.
    async fn speak(&self, id: &PlayerId, speech: &Speech, done: bool) -> Option<Reply> {
        let booth = self.stage.booth(&speech.actor)?.clone();
        let (tell, told) = oneshot::channel();
        let pending = Pending { player: Some(id.clone()), waiting: Some(tell) };
        let kind = match speech.kind {
            CueKind::Asked => Kind::Asked,
            CueKind::Given => Kind::Given,
            CueKind::Ordered => Kind::Ordered,
        };
        let mut facts = self.facts(id);
        facts.push(format!("done={done}"));
        let limits = self.limits();
        let cue = |number| self.cue(number, kind, Some(id), &speech.actor, Some(speech.subject.clone()), facts);
        let number = booth.put(&limits, pending, cue)?;
        match tokio::time::timeout(limits.patience, told).await {
            Ok(reply) => reply.ok(),
            Err(_) => {
                booth.missed(number);
                None
            }
        }
    }

    fn cue(
        &self,
        number: u64,
        kind: Kind,
        id: Option<&PlayerId>,
        actor: &Token,
        subject: Option<Token>,
        facts: Vec<String>,
    ) -> Cue {
        let game = self.game.borrow();
        let player = id.and_then(|id| game.state.players.get(id));
        let home = game.world.actors.get(actor).map_or(&game.world.story.start, |actor| &actor.room);
        let room = game.world.room(player.map_or(home, |player| &player.room));
        let view = View::of_room(&game.world, &game.state, room);
        Cue { number, kind, player: player.map(|player| player.name.clone()), subject, room: view, facts }
    }

    /// What an actor may know of a player: how far they are, nothing of who they are.
    fn facts(&self, id: &PlayerId) -> Vec<String> {
        let game = self.game.borrow();
        let Some(player) = game.state.players.get(id) else { return Vec::new() };
        let sealed = player.relics.values().filter(|sealed| **sealed).count();
        let hurt = player.health() * 2 < player.vigour();
        let mut facts = vec![
            format!("relics={}", player.relics.len()),
            format!("sealed={sealed}"),
            format!("ended={}", player.ended),
            format!("hurt={hurt}"),
        ];
        facts.extend(player.writs.iter().map(|(name, state)| {
            let word = match state {
                WritState::Granted => "granted",
                WritState::Held => "held",
                WritState::Deputy(_) | WritState::Lent(_) => "delegated",
                WritState::Done => "done",
            };
            format!("{name}={word}")
        }));
        facts
    }

    /// Tells the actors of a room, without waiting, who came in.
    fn entered(&self, id: &PlayerId, outcome: &Outcome) {
        let Some(room) = &outcome.entered else { return };
        let world = self.game.borrow().world.clone();
        let limits = self.limits();
        for (actor, booth) in self.stage.booths() {
            if world.actors.get(actor).is_some_and(|actor| actor.room == *room) {
                let pending = Pending { player: Some(id.clone()), waiting: None };
                let cue = |number| self.cue(number, Kind::Entered, Some(id), actor, None, self.facts(id));
                booth.put(&limits, pending, cue);
            }
        }
    }

    /// Tells actors who have company that nothing happens.
    fn idle(&self) {
        let limits = self.limits();
        for (actor, booth) in self.stage.booths() {
            let company = {
                let game = self.game.borrow();
                let room = game.world.actors.get(actor).map(|actor| &actor.room);
                game.state.players.values().any(|player| !player.away && Some(&player.room) == room)
            };
            if company {
                let pending = Pending { player: None, waiting: None };
                booth.put(&limits, pending, |number| self.cue(number, Kind::Idle, None, actor, None, Vec::new()));
            }
        }
    }

    /// An actor says something to its whole room.
    pub(super) fn say(&self, actor: &Token, text: &str) {
        let mut game = self.game.borrow_mut();
        let Some((name, room)) = game.world.actors.get(actor).map(|actor| (actor.name.clone(), actor.room.clone()))
        else {
            return;
        };
        let line = format!("{name}: {text}");
        let here = game.state.players.values_mut().filter(|player| !player.away && player.room == room);
        here.for_each(|player| player.hear(line.clone()));
        drop(game);
        self.narrate(vec![Event { room, text: line }]);
    }
}

async fn keep_saving(table: Weak<Table>, limits: Limits) {
    loop {
        tokio::time::sleep(limits.save_every).await;
        let Some(table) = table.upgrade() else { return };
        table.flush().await;
    }
}

async fn keep_idling(table: Weak<Table>, limits: Limits) {
    loop {
        tokio::time::sleep(limits.idle).await;
        let Some(table) = table.upgrade() else { return };
        table.idle();
    }
}
