//! One conversation: what is told of it becomes lines.

use super::numbers::{Said, after_replay, begins_at};
use super::seat::{Event, Kind, Message, Page};
use super::view::{Line, LineKind, MemberView, TalkDelta, TalkModel};
use crate::workspace::board::{Audience, Board, Channel};
use crate::workspace::limits::WorkspaceLimits;
use crate::workspace::view::{Key, Text};

/// A channel that was joined, or a talk with one other.
pub(super) struct Talk {
    pub(super) key: Key,
    /// The channel's name, or the other's handle.
    pub(super) name: String,
    pub(super) is_direct: bool,
    /// The channel in which the other is known by that handle.
    pub(super) via: Option<String>,
    /// The handle that this session has there.
    pub(super) own: Text,
    pub(super) joined: bool,
    pub(super) unread: u32,
    /// When something last happened, for which is the quietest.
    pub(super) turn: u64,
    arrival: Option<Arrival>,
    renaming: Renaming,
    /// The number of the last message, where that is known.
    last: Option<u64>,
    channel: Channel<TalkModel>,
}

/// The session takes another handle: it goes under the one, and comes under the other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Renaming {
    No,
    Asked,
    Gone,
}

/// The session comes in. What was before is told, then that it is there; a page of history comes beside that.
#[derive(Default)]
struct Arrival {
    replay: Vec<Said>,
    is_there: bool,
    page: Option<Page>,
    /// Lines since then.
    lines: usize,
    /// The last message that it was told before.
    heard: Option<u64>,
}

impl Talk {
    pub(super) fn new(board: &Board, limits: &WorkspaceLimits, name: &str, is_direct: bool) -> Self {
        let key = Key::new();
        let model = TalkModel::new(limits.chat_lines.max(1), limits.chat_members);
        Self {
            key,
            name: name.to_owned(),
            is_direct,
            via: None,
            own: Text::default(),
            joined: is_direct,
            unread: 0,
            turn: 0,
            arrival: None,
            renaming: Renaming::No,
            last: None,
            channel: board.open(&format!("chat/{key}"), Audience::Wanting, model),
        }
    }

    /// The session is about to come in.
    pub(super) fn arrive(&mut self) {
        let heard = self.last.take().filter(|_| self.joined);
        self.arrival = Some(Arrival { heard, ..Arrival::default() });
    }

    /// It did not.
    pub(super) fn stay_out(&mut self) {
        self.arrival = None;
    }

    /// The session is about to take another handle.
    pub(super) fn rename(&mut self, is_coming: bool) {
        self.renaming = if is_coming { Renaming::Asked } else { Renaming::No };
    }

    pub(super) fn tell(&mut self, event: &Event, now_ms: u64) {
        match event.kind {
            Kind::History => {
                if let Some(arrival) = &mut self.arrival {
                    arrival.replay.push((event.sender.clone(), event.text.clone()));
                }
            }
            Kind::Message => self.hear(event, now_ms),
            Kind::Joined => {
                self.come(&event.sender);
                self.push(line(LineKind::Joined, event, now_ms));
                self.settle();
            }
            Kind::Left => {
                self.go(&event.sender);
                self.push(line(LineKind::Left, event, now_ms));
            }
            Kind::System => self.push(line(LineKind::System, event, now_ms)),
        }
    }

    fn hear(&mut self, event: &Event, now_ms: u64) {
        self.last = self.last.and_then(|last| last.checked_add(1));
        let own = !self.is_direct && !self.own.as_str().is_empty() && event.sender == self.own;
        if !own {
            self.unread = self.unread.saturating_add(1);
        }
        self.push(Line { number: self.last, own, ..line(LineKind::Message, event, now_ms) });
    }

    /// The first who comes after the session has asked to come in is the session itself.
    fn come(&mut self, handle: &Text) {
        if let Some(arrival) = &mut self.arrival
            && !arrival.is_there
        {
            arrival.is_there = true;
            (self.own, self.joined) = (handle.clone(), true);
        } else if self.renaming == Renaming::Gone {
            (self.own, self.renaming) = (handle.clone(), Renaming::No);
        }
    }

    fn go(&mut self, handle: &Text) {
        if self.is_direct || *handle != self.own {
            return;
        }
        match self.renaming {
            Renaming::No => self.joined = false,
            Renaming::Asked | Renaming::Gone => self.renaming = Renaming::Gone,
        }
    }

    /// Something that the workspace itself has to say.
    pub(super) fn note(&mut self, words: &'static str, now_ms: u64) {
        self.push(Line { text: Text::fixed(words), ..empty(LineKind::System, now_ms) });
    }

    /// What this session said to one other, which nobody tells it.
    pub(super) fn said(&mut self, text: &str, now_ms: u64) {
        self.push(Line { text: Text::line(text), own: true, ..empty(LineKind::Message, now_ms) });
    }

    /// Some events of the chat were not told; which channels they were of, nobody knows.
    pub(super) fn miss(&mut self, missed: u32, now_ms: u64) {
        self.last = None;
        self.push(Line { missed, ..empty(LineKind::Gap, now_ms) });
    }

    fn push(&mut self, line: Line) {
        if let Some(arrival) = &mut self.arrival {
            arrival.lines += 1;
        }
        self.channel.send(&TalkDelta::Told { lines: vec![line] });
    }

    /// The last page of history, asked for when the session came in.
    pub(super) fn begin(&mut self, page: Page) {
        if let Some(arrival) = &mut self.arrival {
            arrival.page = Some(page);
        }
        self.settle();
    }

    /// Whether it is still to be told that the session is there.
    pub(super) fn is_arriving(&self) -> bool {
        self.arrival.is_some()
    }

    /// Goes on without having been told.
    pub(super) fn arrive_untold(&mut self) {
        if let Some(arrival) = &mut self.arrival {
            (arrival.is_there, self.joined) = (true, true);
        }
        self.settle();
    }

    fn settle(&mut self) {
        let Some(arrival) = &mut self.arrival else { return };
        if !arrival.is_there {
            return;
        }
        let Some(mut page) = arrival.page.take() else { return };
        let (since, told_too) = (arrival.lines, after_replay(&arrival.replay, &page.messages));
        let heard = arrival.heard;
        self.arrival = None;
        let first = page.messages.first().map_or(0, |message| message.number.saturating_sub(1));
        page.messages.truncate(page.messages.len().saturating_sub(told_too));
        let last = page.messages.last().map_or(first, |message| message.number);
        // What was said while it was away is counted like what it is told.
        let unheard = heard.map_or(0, |heard| page.messages.iter().filter(|message| message.number > heard).count());
        self.unread = self.unread.saturating_add(u32::try_from(unheard).unwrap_or(u32::MAX));
        self.anew(&page.messages, since, last, page.more);
    }

    /// The last page of history, asked for because something is missing. False where nothing fits together any more.
    pub(super) fn fill(&mut self, page: &Page) -> bool {
        let (lines, told): (usize, Vec<Said>) = self.read(|model| {
            let after = model.lines.iter().rev().take_while(|line| line.kind != LineKind::Gap);
            let after: Vec<&Line> = after.collect();
            let said = after.iter().rev().filter(|line| line.kind == LineKind::Message);
            (after.len(), said.map(|line| (line.sender.clone(), line.text.clone())).collect())
        });
        let end = if told.is_empty() { Some(page.messages.len()) } else { begins_at(&told, &page.messages) };
        let Some(before) = end.and_then(|end| page.messages.get(..end)) else {
            let last = page.messages.last().map_or(0, |message| message.number);
            self.anew(&page.messages, 0, last, page.more);
            return false;
        };
        let first = page.messages.first().map_or(0, |message| message.number.saturating_sub(1));
        let last = before.last().map_or(first, |message| message.number);
        self.anew(before, lines, last, page.more);
        true
    }

    /// Messages, and then the last so many lines, which follow them.
    fn anew(&mut self, messages: &[Message], since: usize, last: u64, more: bool) {
        let mut lines: Vec<Line> = messages.iter().map(|message| self.before(message)).collect();
        let mut last = last;
        let mut kept = self.read(|model| {
            let skipped = model.lines.len().saturating_sub(since);
            model.lines.iter().skip(skipped).cloned().collect::<Vec<_>>()
        });
        for line in kept.iter_mut().filter(|line| line.kind == LineKind::Message) {
            last = last.saturating_add(1);
            line.number = Some(last);
        }
        self.last = Some(last);
        lines.append(&mut kept);
        self.channel.send(&TalkDelta::Anew { lines, more });
    }

    fn before(&self, message: &Message) -> Line {
        let own = !self.own.as_str().is_empty() && message.sender == self.own;
        Line {
            kind: LineKind::Before,
            sender: message.sender.clone(),
            text: message.text.clone(),
            at_ms: message.at_ms,
            number: Some(message.number),
            own,
            missed: 0,
        }
    }

    /// A page of history from before all that is shown.
    pub(super) fn earlier(&mut self, page: &Page) {
        let lines = page.messages.iter().map(|message| self.before(message)).collect();
        self.channel.send(&TalkDelta::Earlier { lines, more: page.more });
    }

    pub(super) fn present(&mut self, members: Vec<MemberView>) {
        if self.read(|model| model.members != members) {
            self.channel.send(&TalkDelta::Present { members });
        }
    }

    pub(super) fn erased(&mut self, number: u64) {
        self.channel.send(&TalkDelta::Erased { number });
    }

    /// The number of the first message that is shown, and how many lines are.
    pub(super) fn first(&self) -> (Option<u64>, usize) {
        self.read(|model| (model.lines.iter().find_map(|line| line.number), model.lines.len()))
    }

    /// The message of that number, as it is shown.
    pub(super) fn message(&self, number: u64) -> Option<Said> {
        self.read(|model| {
            let line = model.lines.iter().find(|line| line.number == Some(number))?;
            Some((line.sender.clone(), line.text.clone()))
        })
    }

    fn read<T>(&self, look: impl FnOnce(&TalkModel) -> T) -> T {
        self.channel.read(look).expect("the topic is there for as long as its channel")
    }
}

fn empty(kind: LineKind, at_ms: u64) -> Line {
    Line { kind, sender: Text::default(), text: Text::default(), at_ms, number: None, own: false, missed: 0 }
}

fn line(kind: LineKind, event: &Event, at_ms: u64) -> Line {
    Line { sender: event.sender.clone(), text: event.text.clone(), ..empty(kind, at_ms) }
}

#[cfg(test)]
mod tests;
