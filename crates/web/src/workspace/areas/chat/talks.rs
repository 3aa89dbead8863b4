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

    /// Takes in which channels there are. Who was sent out of one learns it by that.
    pub(super) fn list(&mut self, listed: Vec<Listed>) {
        for talk in self.all.iter_mut().filter(|talk| !talk.is_direct && !talk.is_arriving()) {
            talk.joined = listed.iter().any(|listed| listed.joined && listed.name == talk.name);
        }
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

#[cfg(test)]
mod tests {
    use super::super::seat::Kind;
    use super::*;

    fn talks(most: usize) -> Talks {
        let limits = WorkspaceLimits { chat_talks: most, ..WorkspaceLimits::default() };
        Talks::new(&Board::new(&limits), &limits)
    }

    fn event(channel: &str, kind: Kind) -> Event {
        let (sender, text) = (Text::line("ada"), Text::line("hello"));
        Event { channel: channel.to_owned(), sender, kind, text }
    }

    fn listed(name: &str, joined: bool) -> Listed {
        Listed { name: name.to_owned(), topic: Text::default(), members: 1, joined }
    }

    fn names(talks: &Talks) -> Vec<String> {
        talks.rows().iter().map(|row| row.name.as_str().to_owned()).collect()
    }

    #[test]
    fn what_is_said_to_one_alone_opens_a_talk_and_what_is_said_elsewhere_none() {
        let mut talks = talks(9);
        talks.tell(&[event("@ada", Kind::Message), event("left", Kind::Message)], 0, 1);
        assert_eq!(names(&talks), ["ada"]);
        assert_eq!(talks.find("ada", true).unwrap().unread, 1);
    }

    #[test]
    fn as_many_talks_as_may_be_are_open_and_one_more_makes_the_quietest_go() {
        let mut talks = talks(2);
        talks.open("lobby", false).unwrap().joined = true;
        talks.tell(&[event("@a", Kind::Message)], 0, 1);
        assert_eq!(names(&talks), ["lobby", "a"]);
        talks.tell(&[event("@b", Kind::Message)], 0, 1);
        assert_eq!(names(&talks), ["lobby", "b"], "a channel that was joined stays");
        talks.find("b", true).unwrap().turn = 0;
        talks.close(talks.all.last().unwrap().key);
        talks.open("garden", false).unwrap().joined = true;
        assert!(talks.open("third", false).is_none());
    }

    #[test]
    fn who_was_sent_out_is_out_and_a_closed_channel_is_too() {
        let mut talks = talks(9);
        for name in ["closed", "lobby", "out"] {
            talks.open(name, false).unwrap().joined = true;
        }
        talks.list(vec![listed("lobby", true), listed("out", false)]);
        let joined: Vec<bool> = talks.rows().iter().map(|row| row.joined).collect();
        assert_eq!(
            (names(&talks), joined),
            (["closed", "lobby", "out"].map(str::to_owned).to_vec(), vec![false, true, false])
        );
    }

    #[test]
    fn what_is_missing_is_said_in_every_channel_that_was_joined() {
        let mut talks = talks(9);
        talks.open("lobby", false).unwrap().joined = true;
        talks.open("out", false).unwrap();
        talks.tell(&[], 7, 1);
        assert_eq!(
            (talks.find("lobby", false).unwrap().first().1, talks.find("out", false).unwrap().first().1),
            (1, 0)
        );
    }
}
