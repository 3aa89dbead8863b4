//! A table: a game with the clock on the wall beside it.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use crate::game::Game;
use crate::limits::Limits;
use crate::saved;
use crate::words;

/// An absence that is worth a word.
const WORTH_TELLING_MS: u64 = 60_000;

/// One game. It is as it was when it was last looked at; whoever looks makes up for the time since.
pub(crate) struct Table {
    game: RefCell<Game>,
    /// When it was looked at, in milliseconds since 1970.
    looked_ms: Cell<u64>,
    /// When it was as the file says; nothing where there is no such file.
    saved_ms: Cell<Option<u64>>,
    changed: Cell<bool>,
    /// Whether the last attempt to save failed.
    pub(crate) unsaved: Cell<bool>,
    /// Whether a task is waiting to save it.
    pub(crate) saving: Cell<bool>,
    news: RefCell<Vec<String>>,
}

impl Table {
    pub(crate) fn fresh(now_ms: u64) -> Self {
        Self::with(Game::new(), now_ms, None)
    }

    pub(crate) fn restored(game: Game, at_ms: u64) -> Self {
        Self::with(game, at_ms, Some(at_ms))
    }

    fn with(game: Game, looked_ms: u64, saved_ms: Option<u64>) -> Self {
        Self {
            game: RefCell::new(game),
            looked_ms: Cell::new(looked_ms),
            saved_ms: Cell::new(saved_ms),
            changed: Cell::new(false),
            unsaved: Cell::new(false),
            saving: Cell::new(false),
            news: RefCell::default(),
        }
    }

    /// Says something to whoever comes next.
    pub(crate) fn announce(&self, news: &str) {
        self.news.borrow_mut().push(news.to_owned());
    }

    /// What there is to say, once.
    pub(crate) fn take_news(&self) -> String {
        self.news.take().into_iter().map(|news| news + "\n").collect()
    }

    /// Makes up for the time since somebody looked. A clock that was set back is believed from here on.
    pub(crate) fn catch_up(&self, now_ms: u64, limits: &Limits) {
        let away = now_ms.saturating_sub(self.looked_ms.replace(now_ms));
        if away == 0 {
            return;
        }
        let mut game = self.game.borrow_mut();
        let before = game.clips.made;
        game.advance(away.min(milliseconds(limits.absence)));
        let made = game.clips.made - before;
        if away >= WORTH_TELLING_MS && made > 0 {
            let span = words::span(away);
            self.announce(&format!(
                "While nobody looked, for {span}, {} came about.",
                words::counted(made, "clip", "clips")
            ));
        }
    }

    /// Looks at the game.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&Game) -> T) -> T {
        look(&self.game.borrow())
    }

    /// Does something to the game. What is to be kept of it is to be [touched](Self::touch).
    pub(crate) fn play<T>(&self, act: impl FnOnce(&mut Game) -> T) -> T {
        act(&mut self.game.borrow_mut())
    }

    /// The game is another than the file and time make it.
    pub(crate) fn touch(&self) {
        self.changed.set(true);
    }

    /// When it was looked at last.
    pub(crate) fn looked_ms(&self) -> u64 {
        self.looked_ms.get()
    }

    /// Whether the file is not what it should be.
    pub(crate) fn wants_saving(&self, limits: &Limits) -> bool {
        let old = |saved: u64| self.looked_ms.get().saturating_sub(saved) >= milliseconds(limits.save_again);
        self.changed.get() || self.saved_ms.get().is_some_and(old)
    }

    /// What to write. From here on it counts as written, until [`Self::not_saved`].
    pub(crate) fn to_save(&self) -> Vec<u8> {
        self.changed.set(false);
        self.saved_ms.set(Some(self.looked_ms.get()));
        saved::write(&self.game.borrow(), self.looked_ms.get())
    }

    /// The attempt failed; the next change, or the end, tries again.
    pub(crate) fn not_saved(&self) {
        self.touch();
    }
}

pub(crate) fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
