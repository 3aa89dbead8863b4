//! What is shown of a chat.

use std::collections::VecDeque;

use crate::workspace::board::Model;
use crate::workspace::problem::Problem;
use crate::workspace::view::{Key, Text, shown};

shown! {
    /// The chat as a whole.
    struct ChatView {
        /// Whether it can be used.
        state: ChatState,
        /// Why it cannot.
        problem: Option<Problem>,
        /// Whether the session may keep order in it.
        moderates: bool,
        /// Channels, and talks with one other.
        talks: Vec<TalkRow>,
    }

    /// Whether the chat can be used.
    words ChatState {
        /// Nobody has asked for it yet.
        Idle,
        /// A seat is being taken.
        Coming,
        /// The session has a seat.
        Here,
        /// The service has gone; it is waited for.
        Away,
        /// Something else of this session is told what happens.
        Taken,
        /// It may not be used any more.
        Gone,
    }

    /// A channel, or a talk with one other, in the list.
    struct TalkRow {
        /// Under which its lines are; nothing where it was not joined.
        key: Option<Key>,
        /// The channel's name, or the other's handle.
        name: Text,
        /// Whether it is with one other alone.
        direct: bool,
        /// What it is about.
        topic: Text,
        /// How many are present.
        members: u32,
        /// Whether one can say something there.
        joined: bool,
        /// Under which handle.
        own: Text,
        /// Messages that nobody has looked at.
        unread: u32,
    }

    /// All of one conversation.
    struct TalkView {
        /// Its lines, oldest first.
        lines: Vec<Line>,
        /// Lines that are kept at most.
        most: u32,
        /// Whether there are messages before them.
        more: bool,
        /// Who is present.
        members: Vec<MemberView>,
    }

    /// Somebody present.
    struct MemberView {
        /// Under which handle.
        handle: Text,
        /// Until when a moderator keeps them silent.
        muted_until_ms: Option<u64>,
    }

    /// One line of a conversation.
    struct Line {
        /// What it is.
        kind: LineKind,
        /// Whose.
        sender: Text,
        /// The words.
        text: Text,
        /// When.
        at_ms: u64,
        /// Its number in the channel, where it has one and that is known.
        number: Option<u64>,
        /// Whether this session said it.
        own: bool,
        /// How many are missing there.
        missed: u32,
    }

    /// What a line is.
    words LineKind {
        /// Somebody said it.
        Message,
        /// It was said before this session came.
        Before,
        /// Somebody came.
        Joined,
        /// Somebody went.
        Left,
        /// The chat, or the workspace, has something to say.
        System,
        /// Something is missing.
        Gap,
        /// A moderator took it away.
        Erased,
    }

    /// What changes a conversation.
    enum TalkDelta {
        /// New lines at its end. Of those who come and go, the list of members follows.
        Told {
            /// Which.
            lines: Vec<Line>,
        },
        /// Older ones, before its beginning.
        Earlier {
            /// Which.
            lines: Vec<Line>,
            /// Whether there are more before them.
            more: bool,
        },
        /// Other lines in the place of all.
        Anew {
            /// Which.
            lines: Vec<Line>,
            /// Whether there are more before them.
            more: bool,
        },
        /// Who is present.
        Present {
            /// Who.
            members: Vec<MemberView>,
        },
        /// One message was taken away.
        Erased {
            /// Which.
            number: u64,
        },
    }
}

/// A conversation on the board.
pub(super) struct TalkModel {
    pub(super) lines: VecDeque<Line>,
    pub(super) more: bool,
    pub(super) members: Vec<MemberView>,
    pub(super) most: usize,
    pub(super) most_members: usize,
}

impl TalkModel {
    pub(super) fn new(most: usize, most_members: usize) -> Self {
        Self { lines: VecDeque::new(), more: false, members: Vec::new(), most, most_members }
    }

    fn push(&mut self, line: &Line) {
        match line.kind {
            LineKind::Joined => self.come(&line.sender),
            LineKind::Left => self.members.retain(|member| member.handle != line.sender),
            _ => {}
        }
        self.lines.push_back(line.clone());
        if self.lines.len() > self.most {
            self.lines.pop_front();
            self.more = true;
        }
    }

    fn come(&mut self, handle: &Text) {
        if self.members.len() < self.most_members
            && let Err(place) = self.members.binary_search_by(|member| member.handle.cmp(handle))
        {
            self.members.insert(place, MemberView { handle: handle.clone(), muted_until_ms: None });
        }
    }
}

impl Model for TalkModel {
    type Delta = TalkDelta;
    type Whole = TalkView;

    fn apply(&mut self, delta: &TalkDelta) {
        match delta {
            TalkDelta::Told { lines } => lines.iter().for_each(|line| self.push(line)),
            TalkDelta::Earlier { lines, more } => {
                lines.iter().rev().for_each(|line| self.lines.push_front(line.clone()));
                self.more = *more;
            }
            TalkDelta::Anew { lines, more } => {
                self.lines = lines.iter().cloned().collect();
                self.more = *more;
            }
            TalkDelta::Present { members } => self.members = members.clone(),
            TalkDelta::Erased { number } => {
                for line in self.lines.iter_mut().filter(|line| line.number == Some(*number)) {
                    (line.kind, line.text) = (LineKind::Erased, Text::default());
                }
            }
        }
    }

    fn whole(&self) -> TalkView {
        TalkView {
            lines: self.lines.iter().cloned().collect(),
            most: u32::try_from(self.most).unwrap_or(u32::MAX),
            more: self.more,
            members: self.members.clone(),
        }
    }
}
