//! Capabilities that calls gave, and those that are served here, by the names that pages know them by.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use capos_client::Object;
use capos_schema::Type;
use capos_schema::dynamic::Means;

use super::form::full;
use super::heard::{Heard, Listener};
use crate::workspace::areas::moment::now_ms;
use crate::workspace::board::Board;
use crate::workspace::view::{Key, Text, shown};

shown! {
    /// What is kept.
    struct ChipsView {
        /// Oldest first.
        chips: Vec<ChipView>,
        /// How many there may be.
        most: u32,
    }

    /// One capability.
    struct ChipView {
        /// Its name.
        key: Key,
        /// Its interface's name; empty where it is not known what it is.
        interface: Text,
        /// Which call gave it, as `chat.join`.
        from: Text,
        /// Since when.
        at_ms: u64,
        /// Whether it is one that is served here, whose calls are shown.
        listens: bool,
        /// Whether whoever that was given to has let go of it, so that nothing more is heard.
        silent: bool,
        /// Its methods' names.
        methods: Vec<Text>,
        /// How often it was called from here.
        calls: u64,
    }
}

/// Where a capability came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    /// The grant that it all began with.
    pub(super) grant: String,
    /// The calls that led to it, as `chat.join`.
    pub(super) path: String,
}

/// One that is kept.
pub(super) struct Chip {
    object: Object,
    pub(super) origin: Origin,
    at_ms: u64,
    calls: Cell<u64>,
    heard: Option<Rc<Heard>>,
}

impl Chip {
    pub(super) fn new(object: Object, origin: Origin) -> Self {
        Self { object, origin, at_ms: now_ms(), calls: Cell::new(0), heard: None }
    }

    fn view(&self, key: Key) -> ChipView {
        let interface = match self.object.interface() {
            known @ Type::Interface(..) => Text::line(&self.object.registry().type_name(known)),
            _ => Text::default(),
        };
        ChipView {
            key,
            interface,
            from: Text::line(&self.origin.path),
            at_ms: self.at_ms,
            listens: self.heard.is_some(),
            silent: self.heard.as_ref().is_some_and(|heard| heard.is_silent()),
            methods: super::schema::method_names(self.object.registry(), self.object.interface()),
            calls: self.calls.get(),
        }
    }
}

/// All that are kept for one desk. They go with it.
pub(super) struct Chips {
    held: RefCell<BTreeMap<Key, Chip>>,
    most: usize,
    board: Option<Board>,
}

impl Chips {
    pub(super) fn new(most: usize, board: Board) -> Rc<Self> {
        let chips = Rc::new(Self { held: RefCell::default(), most, board: Some(board) });
        chips.show();
        chips
    }

    /// A table that takes nothing.
    pub(super) fn none() -> Rc<Self> {
        Rc::new(Self { held: RefCell::default(), most: 0, board: None })
    }

    pub(super) fn add(&self, chip: Chip) -> capnp::Result<Key> {
        let key = Key::new();
        self.put(key, chip).map(|()| key)
    }

    fn put(&self, key: Key, chip: Chip) -> capnp::Result<()> {
        let mut held = self.held.borrow_mut();
        if held.len() >= self.most {
            return Err(full());
        }
        held.insert(key, chip);
        Ok(())
    }

    pub(super) fn object(&self, key: Key) -> Option<Object> {
        self.held.borrow().get(&key).map(|chip| chip.object.clone())
    }

    /// The capability, to be given to something. One that is served here is served to each anew, which tells when it is
    /// let go of.
    pub(super) fn give(self: &Rc<Self>, key: Key) -> Option<Object> {
        let held = self.held.borrow();
        let chip = held.get(&key)?;
        let Some(heard) = &chip.heard else { return Some(chip.object.clone()) };
        let (means, interface) = (chip.object.means().clone(), chip.object.interface().clone());
        let (heard, origin) = (heard.clone(), chip.origin.clone());
        drop(held);
        let listener = Listener::new(&means, self, &heard, &origin).given(self, &heard);
        self.show();
        Some(means.serve(interface, listener))
    }

    pub(super) fn origin(&self, key: Key) -> Option<Origin> {
        self.held.borrow().get(&key).map(|chip| chip.origin.clone())
    }

    pub(super) fn interface(&self, key: Key) -> Option<Text> {
        self.held.borrow().get(&key).map(|chip| chip.view(key).interface)
    }

    /// From now on it is used as that.
    pub(super) fn replace(&self, key: Key, object: Object) {
        if let Some(chip) = self.held.borrow_mut().get_mut(&key) {
            chip.object = object;
        }
        self.show();
    }

    pub(super) fn count(&self, key: Key) {
        if let Some(chip) = self.held.borrow().get(&key) {
            chip.calls.set(chip.calls.get() + 1);
        }
    }

    /// Lets go of one; whether it was there.
    pub(super) fn remove(&self, key: Key) -> bool {
        // Dropped after the borrow: what its end sets going may come back here.
        let chip = self.held.borrow_mut().remove(&key);
        chip.is_some()
    }

    /// Lets go of all.
    pub(super) fn clear(&self) {
        let all = std::mem::take(&mut *self.held.borrow_mut());
        drop(all);
        self.show();
    }

    /// The capability of that name that is served here, to be given to something: the one there is, or a new one.
    pub(super) fn listener(
        self: &Rc<Self>,
        key: Key,
        means: &Arc<Means>,
        interface: &Type,
        origin: &Origin,
    ) -> capnp::Result<Object> {
        if let Some(object) = self.give(key) {
            return Ok(object);
        }
        let board = self.board.as_ref().ok_or_else(full)?;
        let heard = Heard::new(board, key);
        let listener = Listener::new(means, self, &heard, origin);
        let object = means.serve(interface.clone(), listener);
        self.put(key, Chip { heard: Some(heard), ..Chip::new(object, origin.clone()) })?;
        self.give(key).ok_or_else(full)
    }

    pub(super) fn views(&self) -> Vec<ChipView> {
        let mut views: Vec<_> = self.held.borrow().iter().map(|(&key, chip)| chip.view(key)).collect();
        views.sort_by_key(|view| view.at_ms);
        views
    }

    /// Tells the windows.
    pub(super) fn show(&self) {
        if let Some(board) = &self.board {
            let most = u32::try_from(self.most).unwrap_or(u32::MAX);
            board.put("capset/chips", ChipsView { chips: self.views(), most });
        }
    }
}
