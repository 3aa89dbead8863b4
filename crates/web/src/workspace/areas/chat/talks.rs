//! All conversations of a session.

use super::seat::{Event, Listed};
use super::talk::Talk;
use super::view::TalkRow;
use crate::workspace::board::Board;
use crate::workspace::limits::WorkspaceLimits;
use crate::workspace::view::{Key, Text};

/// What stands before the other's handle in the name of a talk with one alone.
const DIRECT: char = '@';

/// Conversations, and the channels there are.
pub(super) struct Talks {
    board: Board,
    limits: WorkspaceLimits,
    pub(super) all: Vec<Talk>,
    listed: Vec<Listed>,
    turn: u64,
}

impl Talks {
    pub(super) fn new(board: &Board, limits: &WorkspaceLimits) -> Self {
        Self { board: board.clone(), limits: limits.clone(), all: Vec::new(), listed: Vec::new(), turn: 0 }
    }

    pub(super) fn by_key(&mut self, key: Key) -> Option<&mut Talk> {
        self.all.iter_mut().find(|talk| talk.key == key)
    }

    pub(super) fn find(&mut self, name: &str, is_direct: bool) -> Option<&mut Talk> {
        self.all.iter_mut().find(|talk| talk.name == name && talk.is_direct == is_direct)
    }

    /// The conversation of that name, which begins where there is none. Nothing where there is no room for one.
    pub(super) fn open(&mut self, name: &str, is_direct: bool) -> Option<&mut Talk> {
        self.turn += 1;
        let turn = self.turn;
        if self.find(name, is_direct).is_none() {
            self.make_room()?;
            self.all.push(Talk::new(&self.board, &self.limits, name, is_direct));
        }
        let talk = self.find(name, is_direct)?;
        talk.turn = turn;
        Some(talk)
    }

    /// Channels that were joined are never left for this.
    fn make_room(&mut self) -> Option<()> {
        if self.all.len() < self.limits.chat_talks {
            return Some(());
        }
        let idle = self.all.iter().enumerate().filter(|(_, talk)| talk.is_direct || !talk.joined);
        let (quietest, _) = idle.min_by_key(|(_, talk)| talk.turn)?;
        self.all.remove(quietest);
        Some(())
    }

    pub(super) fn close(&mut self, key: Key) {
        self.all.retain(|talk| talk.key != key);
    }

    pub(super) fn list(&mut self, listed: Vec<Listed>) {
        self.listed = listed;
    }

    /// Takes in what happened. Whether the list of channels may be another by that.
    pub(super) fn tell(&mut self, events: &[Event], missed: u32, now_ms: u64) {
        if missed > 0 {
            for talk in self.all.iter_mut().filter(|talk| !talk.is_direct && talk.joined) {
                talk.miss(missed, now_ms);
            }
        }
        for event in events {
            match event.channel.strip_prefix(DIRECT) {
                Some(handle) => {
                    if let Some(talk) = self.open(handle, true) {
                        talk.tell(event, now_ms);
                    }
                }
                None if event.channel.is_empty() => {
                    self.all.iter_mut().filter(|talk| talk.joined).for_each(|talk| talk.tell(event, now_ms));
                }
                // Of a channel that was left meanwhile, nothing is shown.
                None => {
                    if let Some(talk) = self.find(&event.channel, false) {
                        talk.tell(event, now_ms);
                    }
                }
            }
        }
    }

    /// The list: channels in the order of their names, then the talks with one other.
    pub(super) fn rows(&self) -> Vec<TalkRow> {
        let of = |name: &str| self.all.iter().find(|talk| talk.name == name && !talk.is_direct);
        let mut rows: Vec<TalkRow> =
            self.listed.iter().map(|listed| row(&listed.name, of(&listed.name), Some(listed))).collect();
        let is_listed = |talk: &&Talk| self.listed.iter().any(|listed| listed.name == talk.name);
        let others = self.all.iter().filter(|talk| talk.is_direct || !is_listed(talk));
        rows.extend(others.map(|talk| row(&talk.name, Some(talk), None)));
        rows.sort_by(|one, other| (one.direct, &one.name).cmp(&(other.direct, &other.name)));
        rows
    }
}

fn row(name: &str, talk: Option<&Talk>, listed: Option<&Listed>) -> TalkRow {
    TalkRow {
        key: talk.map(|talk| talk.key),
        name: Text::line(name),
        direct: talk.is_some_and(|talk| talk.is_direct),
        topic: listed.map(|listed| listed.topic.clone()).unwrap_or_default(),
        members: listed.map_or(0, |listed| listed.members),
        joined: talk.is_some_and(|talk| talk.joined),
        own: talk.map(|talk| talk.own.clone()).unwrap_or_default(),
        unread: talk.map_or(0, |talk| talk.unread),
    }
}
