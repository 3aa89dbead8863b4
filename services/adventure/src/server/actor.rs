//! An actor's facet, for the process that plays it: cues in, words and deeds out. It reaches nothing else.

use std::rc::Rc;

use capos_schema::adventure_capnp::{AdventureCueKind, adventure_actor, adventure_cue};
use capos_service::{bad_request, quota_exceeded, unavailable};

use super::facet;
use super::table::Table;
use crate::stage::{Booth, Cue, Kind, Reply, shown};
use crate::token::Token;

type Outcome = Result<(), capnp::Error>;

/// Cues put, words taken: for as long as the process holds it.
pub(super) struct Facet {
    table: Rc<Table>,
    actor: Token,
    booth: Rc<Booth>,
    holder: u64,
}

impl Facet {
    pub(super) fn new(table: Rc<Table>, actor: Token) -> Result<Facet, capnp::Error> {
        let booth = table.stage.booth(&actor).cloned().ok_or_else(|| bad_request("there is no such actor to play"))?;
        let holder = booth.enter();
        Ok(Facet { table, actor, booth, holder })
    }

    /// Words for the player that a cue was about, who may wait for them or not. False where the cue is over, or the deed
    /// is not this actor's to do now.
    fn take(&self, number: u64, text: &str, deed: &str) -> bool {
        let Some(subject) = self.booth.subject(number).filter(|_| self.booth.is_held_by(self.holder)) else {
            return false;
        };
        let text = shown(text, self.table.limits().speech);
        let mut reply = Reply { text, deed: None };
        if !deed.is_empty() {
            let done =
                subject.and_then(|id| self.table.game.borrow_mut().deed(&self.actor, deed, &id, self.table.now()));
            if done.is_none() {
                return false;
            }
            reply.deed = done;
        }
        self.hand_over(number, reply)
    }

    fn hand_over(&self, number: u64, reply: Reply) -> bool {
        let Some(pending) = self.booth.close(number) else { return false };
        if let Some(waiting) = pending.waiting {
            return waiting.send(reply).is_ok();
        }
        let spoken = !reply.text.is_empty() && self.table.stage.may_speak(&self.actor, self.table.now());
        match pending.player {
            None if spoken => self.table.say(&self.actor, &reply.text),
            None => {}
            Some(id) => {
                let mut game = self.table.game.borrow_mut();
                let name = game.world.actors.get(&self.actor).map_or("", |actor| &actor.name).to_owned();
                if let Some(player) = game.state.players.get_mut(&id).filter(|player| !player.away) {
                    player.hear_all(spoken.then(|| format!("{name}: {}", reply.text)).into_iter().chain(reply.deed));
                }
            }
        }
        true
    }
}

impl Drop for Facet {
    fn drop(&mut self) {
        self.booth.exit(self.holder);
    }
}

impl adventure_actor::Server for Facet {
    async fn cue(self: Rc<Self>, _: adventure_actor::CueParams, mut results: adventure_actor::CueResults) -> Outcome {
        let cue = self.booth.next(self.holder).await;
        let cue = cue.ok_or_else(|| unavailable("another process plays this actor"))?;
        write(&cue, results.get().init_cue());
        Ok(())
    }

    async fn reply(
        self: Rc<Self>,
        params: adventure_actor::ReplyParams,
        mut results: adventure_actor::ReplyResults,
    ) -> Outcome {
        let reply = params.get()?;
        let text = reply.get_text()?.to_str().map_err(|_| bad_request("words are UTF-8"))?;
        let deed = reply.get_deed()?.to_str().map_err(|_| bad_request("a deed is a word"))?;
        results.get().set_accepted(self.take(reply.get_number(), text, deed));
        Ok(())
    }

    async fn say(self: Rc<Self>, params: adventure_actor::SayParams, _: adventure_actor::SayResults) -> Outcome {
        let text = params.get()?.get_text()?.to_str().map_err(|_| bad_request("words are UTF-8"))?;
        if !self.booth.is_held_by(self.holder) {
            return Err(unavailable("another process plays this actor"));
        }
        if !self.table.stage.may_speak(&self.actor, self.table.now()) {
            return Err(quota_exceeded("that is too much in too short a time"));
        }
        let text = shown(text, self.table.limits().speech);
        if !text.is_empty() {
            self.table.say(&self.actor, &text);
        }
        Ok(())
    }
}

fn write(cue: &Cue, mut to: adventure_cue::Builder<'_>) {
    to.set_number(cue.number);
    to.set_kind(match cue.kind {
        Kind::Asked => AdventureCueKind::Asked,
        Kind::Given => AdventureCueKind::Given,
        Kind::Ordered => AdventureCueKind::Ordered,
        Kind::Entered => AdventureCueKind::Entered,
        Kind::Idle => AdventureCueKind::Idle,
    });
    to.set_player(cue.player.as_ref().map_or("", Token::as_str));
    to.set_subject(cue.subject.as_ref().map_or("", Token::as_str));
    facet::write(Some(&cue.room), to.reborrow().init_room());
    let mut facts = to.init_facts(u32::try_from(cue.facts.len()).unwrap_or(u32::MAX));
    for (place, fact) in (0..).zip(&cue.facts) {
        facts.set(place, fact);
    }
}
