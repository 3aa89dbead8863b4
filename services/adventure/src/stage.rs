//! The actors that processes play: what happens to them is put to the process, and what it says is bounded.
//!
//! The world never depends on an actor's process. Whatever one says or does not say, the rules have been applied before
//! it is asked, and the world has words of its own.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use capos_service::pace::{Pace, Rate};
use tokio::sync::{Notify, oneshot};

use crate::limits::Limits;
use crate::player::PlayerId;
use crate::token::Token;
use crate::view::View;

/// Cues in a row that a process may leave without an answer before it is not waited for until it asks again.
const SILENCES: u32 = 3;

/// What an actor is to react to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Asked,
    Given,
    Ordered,
    Entered,
    Idle,
}

/// Something that happened to an actor.
#[derive(Debug, Clone)]
pub(crate) struct Cue {
    pub(crate) number: u64,
    pub(crate) kind: Kind,
    pub(crate) player: Option<Token>,
    pub(crate) subject: Option<Token>,
    pub(crate) room: View,
    pub(crate) facts: Vec<String>,
}

/// What an actor's process said to a cue: its words, and what the player was told of the deed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) text: String,
    pub(crate) deed: Option<String>,
}

/// Whom a cue is about, and who waits for the reply.
pub(crate) struct Pending {
    pub(crate) player: Option<PlayerId>,
    pub(crate) waiting: Option<oneshot::Sender<Reply>>,
}

/// One actor's side of the stage.
#[derive(Default)]
pub(crate) struct Booth {
    cues: RefCell<VecDeque<Cue>>,
    pending: RefCell<BTreeMap<u64, Pending>>,
    next: Cell<u64>,
    news: Notify,
    /// Which process plays the actor: the last that came.
    holder: Cell<u64>,
    attending: Cell<bool>,
    silences: Cell<u32>,
}

impl Booth {
    /// A process takes the actor over; its number.
    pub(crate) fn enter(&self) -> u64 {
        let holder = self.holder.get() + 1;
        self.holder.set(holder);
        self.attending.set(false);
        self.forget();
        // Whoever waited for the one before stops waiting.
        self.news.notify_waiters();
        holder
    }

    /// A process is gone.
    pub(crate) fn exit(&self, holder: u64) {
        if self.holder.get() == holder {
            self.attending.set(false);
            self.forget();
        }
    }

    fn forget(&self) {
        self.cues.borrow_mut().clear();
        self.pending.borrow_mut().clear();
    }

    pub(crate) fn is_held_by(&self, holder: u64) -> bool {
        self.holder.get() == holder
    }

    /// Whether a process is there that answers.
    pub(crate) fn is_attended(&self) -> bool {
        self.attending.get() && self.silences.get() < SILENCES
    }

    /// Puts a cue, and gives its number; nothing where nobody would answer it.
    pub(crate) fn put(&self, limits: &Limits, pending: Pending, cue: impl FnOnce(u64) -> Cue) -> Option<u64> {
        if !self.is_attended() || !self.has_room(limits) {
            return None;
        }
        let number = self.next.get() + 1;
        self.next.set(number);
        self.cues.borrow_mut().push_back(cue(number));
        self.pending.borrow_mut().insert(number, pending);
        self.news.notify_one();
        Some(number)
    }

    /// Room for one more cue; one that nobody waits for makes way.
    fn has_room(&self, limits: &Limits) -> bool {
        if self.pending.borrow().len() < limits.cues {
            return true;
        }
        let idle = |(_, pending): &(&u64, &Pending)| pending.waiting.is_none();
        let oldest = self.pending.borrow().iter().find(idle).map(|(number, _)| *number);
        oldest.is_some_and(|number| self.close(number).is_some())
    }

    /// The next cue; nothing once another process plays the actor.
    pub(crate) async fn next(&self, holder: u64) -> Option<Cue> {
        self.silences.set(0);
        loop {
            if !self.is_held_by(holder) {
                return None;
            }
            self.attending.set(true);
            if let Some(cue) = self.cues.borrow_mut().pop_front() {
                return Some(cue);
            }
            self.news.notified().await;
        }
    }

    /// The player that a cue is about, while it is open.
    pub(crate) fn subject(&self, number: u64) -> Option<Option<PlayerId>> {
        self.pending.borrow().get(&number).map(|pending| pending.player.clone())
    }

    /// Takes what waits for a reply; it is over then.
    pub(crate) fn close(&self, number: u64) -> Option<Pending> {
        self.cues.borrow_mut().retain(|cue| cue.number != number);
        self.pending.borrow_mut().remove(&number)
    }

    /// Nobody answered in time.
    pub(crate) fn missed(&self, number: u64) {
        self.close(number);
        self.silences.set(self.silences.get().saturating_add(1));
    }
}

/// How often an actor may say something that nobody asked for: a few lines at once, then one a second.
const UNASKED: Rate = Rate { burst: 5, per_minute: 60 };

/// All actors that processes play.
pub(crate) struct Stage {
    booths: BTreeMap<Token, Rc<Booth>>,
    speeches: RefCell<BTreeMap<Token, Pace>>,
}

impl Stage {
    pub(crate) fn new<'a>(actors: impl Iterator<Item = &'a Token>) -> Stage {
        let booths = actors.map(|actor| (actor.clone(), Rc::default())).collect();
        Stage { booths, speeches: RefCell::default() }
    }

    pub(crate) fn booth(&self, actor: &Token) -> Option<&Rc<Booth>> {
        self.booths.get(actor)
    }

    pub(crate) fn booths(&self) -> impl Iterator<Item = (&Token, &Rc<Booth>)> {
        self.booths.iter()
    }

    /// Whether an actor may say something unasked.
    pub(crate) fn may_speak(&self, actor: &Token, now: u64) -> bool {
        self.speeches.borrow_mut().entry(actor.clone()).or_insert_with(|| Pace::new(UNASKED, now)).take(now)
    }
}

/// What a process says, as it may be shown: cut, and with nothing in it that a terminal would obey.
pub(crate) fn shown(text: &str, most: usize) -> String {
    let plain = |c: char| if capos_schema::text::acts(c) { ' ' } else { c };
    text.split_at(text.floor_char_boundary(most)).0.chars().map(plain).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cue(number: u64) -> Cue {
        let room = View {
            room: Token::from_name("hall"),
            channel: String::new(),
            title: String::new(),
            description: String::new(),
            exits: Vec::new(),
            items: Vec::new(),
            mission: String::new(),
            lead: String::new(),
            actors: Vec::new(),
            mobs: Vec::new(),
            writs: Vec::new(),
        };
        Cue { number, kind: Kind::Asked, player: None, subject: None, room, facts: Vec::new() }
    }

    fn waiting() -> (Pending, oneshot::Receiver<Reply>) {
        let (tell, told) = oneshot::channel();
        (Pending { player: None, waiting: Some(tell) }, told)
    }

    #[test]
    fn cues_wait_up_to_their_limit_and_those_that_nobody_waits_for_make_way() {
        let limits = Limits { cues: 2, ..Limits::default() };
        let booth = Booth::default();
        assert!(booth.put(&limits, waiting().0, cue).is_none(), "nobody is there");
        booth.enter();
        booth.attending.set(true);
        let (first, _one) = waiting();
        assert_eq!(booth.put(&limits, first, cue), Some(1));
        assert_eq!(booth.put(&limits, Pending { player: None, waiting: None }, cue), Some(2));
        let (third, _three) = waiting();
        assert_eq!(booth.put(&limits, third, cue), Some(3), "the second made way");
        assert!(booth.put(&limits, waiting().0, cue).is_none());
        assert!(booth.subject(2).is_none() && booth.subject(1).is_some());
    }

    #[test]
    fn a_process_that_never_answers_is_not_waited_for_until_it_asks_again() {
        let limits = Limits::default();
        let booth = Booth::default();
        booth.enter();
        booth.attending.set(true);
        for _ in 0..SILENCES {
            let number = booth.put(&limits, waiting().0, cue).unwrap();
            booth.missed(number);
        }
        assert!(booth.put(&limits, waiting().0, cue).is_none());
    }

    #[test]
    fn what_is_shown_is_cut_between_letters_and_obeyed_by_no_terminal() {
        assert_eq!(shown("äää", 5), "ää");
        assert_eq!(shown("a\u{1b}[2J\nb\u{202e}", 100), "a [2J b");
    }
}
