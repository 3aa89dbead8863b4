//! One channel.

use crate::Limits;
use crate::history::{History, Message};
use crate::members::Members;
use crate::person::Person;
use crate::sanctions::{Bans, Mutes};
use crate::words::ChannelName;
use std::rc::Rc;

/// What moderators have laid down for a channel; it outlasts the process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    pub(crate) topic: Option<Rc<str>>,
    pub(crate) is_closed: bool,
    pub(crate) bans: Bans,
    pub(crate) mutes: Mutes,
}

impl Rules {
    /// Whether they say nothing.
    pub(crate) fn is_empty(&self, now_ms: u64) -> bool {
        self.topic.is_none() && !self.is_closed && self.bans.is_empty(now_ms) && self.mutes.is_empty(now_ms)
    }
}

/// Where people talk.
#[derive(Clone, Debug)]
pub(crate) struct Channel {
    pub(crate) name: ChannelName,
    pub(crate) members: Members,
    pub(crate) history: History,
    pub(crate) rules: Rules,
    /// When somebody last came, spoke or went.
    used_ms: u64,
}

impl Channel {
    pub(crate) fn new(name: ChannelName, now_ms: u64) -> Self {
        let (members, history, rules) = (Members::default(), History::default(), Rules::default());
        Self { name, members, history, rules, used_ms: now_ms }
    }

    /// One as it was kept. Of a time that is still to come, something is wrong: it must not keep its place for ever.
    pub(crate) fn restored(name: ChannelName, history: History, rules: Rules, now_ms: u64) -> Self {
        let used_ms = history.messages().next_back().map_or(0, |message| message.at_ms.min(now_ms));
        Self { name, members: Members::default(), history, rules, used_ms }
    }

    pub(crate) fn touch(&mut self, now_ms: u64) {
        self.used_ms = self.used_ms.max(now_ms);
    }

    pub(crate) fn used_ms(&self) -> u64 {
        self.used_ms
    }

    /// Whether nothing would be lost with it.
    pub(crate) fn is_blank(&self, now_ms: u64) -> bool {
        self.members.is_empty() && self.history.next() == 1 && self.rules.is_empty(now_ms)
    }

    /// Whether it may make room for another.
    pub(crate) fn is_idle(&self, limits: &Limits, now_ms: u64) -> bool {
        let idle_ms = limits.idle_seconds.saturating_mul(1000);
        self.members.is_empty() && self.rules.is_empty(now_ms) && now_ms.saturating_sub(self.used_ms) >= idle_ms
    }

    /// Whether somebody may come in at all.
    pub(crate) fn is_open_to(&self, person: Person, now_ms: u64) -> bool {
        !self.rules.is_closed && !self.rules.bans.is_person_banned(person, now_ms)
    }

    pub(crate) fn is_muted(&self, person: Person, now_ms: u64) -> bool {
        self.rules.mutes.until(person, now_ms) > 0
    }

    /// Keeps what was said.
    pub(crate) fn say(&mut self, sender: Rc<str>, text: Rc<str>, limits: &Limits, now_ms: u64) -> &Message {
        self.touch(now_ms);
        self.history.say(now_ms, sender, text, limits)
    }
}
