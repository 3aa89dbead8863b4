//! Capabilities of a person's own, to be given to services: their calls are answered with nothing, and shown.

use std::cell::{Cell, RefCell};
use std::future::{Future, ready};
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::time::Duration;

use capos_schema::dynamic::{Handler, Means};
use capos_schema::{Code, MethodRef};
use tokio::task::AbortHandle;

use super::chips::{Chips, Origin};
use super::form::Form;
use super::tree::{Tree, glance};
use super::value::Value;
use crate::workspace::areas::moment::now_ms;
use crate::workspace::board::{Audience, Board, Channel, Model};
use crate::workspace::view::{Key, Text, shown};

/// Calls that are shown at most; older ones make room.
const MOST_SHOWN: usize = 80;
/// Calls that are told at a time; a service that makes more is counted, not shown.
const MOST_AT_ONCE: usize = 40;
/// How often what was heard is told.
const PACE: Duration = Duration::from_millis(50);

shown! {
    /// What a listener heard.
    struct HeardView {
        /// The last calls, oldest first.
        calls: Vec<HeardCall>,
        /// How many are kept.
        most: u32,
        /// How many there were.
        total: u64,
        /// How many of them came too fast to be shown.
        missed: u64,
        /// Whether whoever it was given to has let go of it.
        silent: bool,
    }

    /// What came since.
    struct HeardMore {
        /// Calls, oldest first.
        calls: Vec<HeardCall>,
        /// How many there were in all.
        total: u64,
        /// How many of them came too fast to be shown.
        missed: u64,
        /// Whether whoever it was given to has let go of it.
        silent: bool,
    }

    /// One call.
    struct HeardCall {
        /// Counts from one.
        number: u64,
        /// When it came.
        at_ms: u64,
        /// Which method.
        method: Text,
        /// With what.
        arguments: Tree,
    }
}

impl Model for HeardView {
    type Delta = HeardMore;
    type Whole = Self;

    fn apply(&mut self, delta: &HeardMore) {
        self.calls.extend(delta.calls.iter().cloned());
        self.calls.drain(..self.calls.len().saturating_sub(MOST_SHOWN));
        self.total = delta.total;
        self.missed = delta.missed;
        self.silent = delta.silent;
    }

    fn whole(&self) -> Self {
        self.clone()
    }
}

/// What one listener heard, told at a pace that a window can follow.
pub(super) struct Heard {
    channel: Channel<HeardView>,
    waiting: RefCell<Vec<HeardCall>>,
    total: Cell<u64>,
    missed: Cell<u64>,
    /// Those it was given to, which still have it; nothing before it was given to any.
    holders: Cell<Option<u32>>,
    telling: RefCell<Option<AbortHandle>>,
}

impl Heard {
    pub(super) fn new(board: &Board, key: Key) -> Rc<Self> {
        let most = u32::try_from(MOST_SHOWN).unwrap_or(u32::MAX);
        let model = HeardView { calls: Vec::new(), most, total: 0, missed: 0, silent: false };
        let channel = board.open(&format!("capset/heard/{key}"), Audience::Wanting, model);
        Rc::new(Self {
            channel,
            waiting: RefCell::default(),
            total: Cell::new(0),
            missed: Cell::new(0),
            holders: Cell::new(None),
            telling: RefCell::default(),
        })
    }

    fn hear(self: &Rc<Self>, method: &str, arguments: Tree) {
        self.total.set(self.total.get() + 1);
        let mut waiting = self.waiting.borrow_mut();
        if waiting.len() >= MOST_AT_ONCE {
            self.missed.set(self.missed.get() + 1);
            return;
        }
        waiting.push(HeardCall { number: self.total.get(), at_ms: now_ms(), method: Text::line(method), arguments });
        if waiting.len() == 1 {
            let heard = Rc::downgrade(self);
            let telling = tokio::task::spawn_local(async move {
                tokio::time::sleep(PACE).await;
                if let Some(heard) = heard.upgrade() {
                    heard.tell();
                }
            });
            self.telling.replace(Some(telling.abort_handle()));
        }
    }

    fn tell(&self) {
        let calls = self.waiting.take();
        let (total, missed) = (self.total.get(), self.missed.get());
        self.channel.send(&HeardMore { calls, total, missed, silent: self.is_silent() });
    }

    /// Whether it was given to something, and nothing holds it any more.
    pub(super) fn is_silent(&self) -> bool {
        self.holders.get() == Some(0)
    }

    fn count_holders(&self, change: impl FnOnce(u32) -> u32) {
        let before = self.is_silent();
        self.holders.set(Some(change(self.holders.get().unwrap_or(0))));
        if self.is_silent() != before {
            self.tell();
        }
    }
}

impl Drop for Heard {
    fn drop(&mut self) {
        if let Some(telling) = self.telling.take() {
            telling.abort();
        }
    }
}

/// Answers the calls of a listener.
pub(super) struct Listener {
    means: Arc<Means>,
    chips: Weak<Chips>,
    heard: Weak<Heard>,
    origin: Origin,
    /// For values once the desk is gone.
    nowhere: Rc<Chips>,
    /// Where it was given to something.
    _held: Option<Held>,
}

/// What a listener was given to has it for as long as this is there.
struct Held {
    heard: Weak<Heard>,
    chips: Weak<Chips>,
}

impl Held {
    fn begin(chips: &Rc<Chips>, heard: &Rc<Heard>) -> Self {
        heard.count_holders(|holders| holders.saturating_add(1));
        Self { heard: Rc::downgrade(heard), chips: Rc::downgrade(chips) }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(heard) = self.heard.upgrade() {
            heard.count_holders(|holders| holders.saturating_sub(1));
        }
        if let Some(chips) = self.chips.upgrade() {
            chips.show();
        }
    }
}

impl Listener {
    pub(super) fn new(means: &Arc<Means>, chips: &Rc<Chips>, heard: &Rc<Heard>, origin: &Origin) -> Self {
        let origin = Origin { grant: origin.grant.clone(), path: format!("{} (heard)", origin.path) };
        Self {
            means: means.clone(),
            chips: Rc::downgrade(chips),
            heard: Rc::downgrade(heard),
            origin,
            nowhere: Chips::none(),
            _held: None,
        }
    }

    /// The same, to be given to something: it is noticed when that lets go of it, or ends.
    pub(super) fn given(self, chips: &Rc<Chips>, heard: &Rc<Heard>) -> Self {
        Self { _held: Some(Held::begin(chips, heard)), ..self }
    }
}

impl Handler for Listener {
    type Notation = Form;

    fn notation(&self) -> Form {
        let chips = self.chips.upgrade().unwrap_or_else(|| self.nowhere.clone());
        Form::new(self.means.clone(), chips, self.origin.clone()).keeping()
    }

    fn handle(
        self: Rc<Self>,
        method: &MethodRef<'_>,
        parameters: Value,
    ) -> impl Future<Output = capnp::Result<Value>> + 'static {
        let answer = match (self.heard.upgrade(), self.chips.upgrade()) {
            (Some(heard), Some(chips)) => {
                heard.hear(&method.declared.name, glance(&parameters, &chips));
                Ok(Value::Members(Vec::new()))
            }
            // It was let go of here: whoever still calls it is told so.
            _ => Err(Code::Revoked.into()),
        };
        ready(answer)
    }
}
