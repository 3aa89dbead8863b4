//! What the emulation says by itself: answers to the program, and the bell.

use std::sync::{Arc, Mutex, PoisonError};

use alacritty_terminal::event::{Event, EventListener};

/// What the emulation says on its own.
#[derive(Clone, Debug)]
pub(in crate::screen) struct Ear(Arc<Mutex<Heard>>);

#[derive(Debug)]
struct Heard {
    answers: Vec<u8>,
    most: usize,
    rung: u64,
}

impl Ear {
    /// One that keeps at most so many bytes of answers.
    pub(super) fn new(most: usize) -> Self {
        Self(Arc::new(Mutex::new(Heard { answers: Vec::new(), most, rung: 0 })))
    }

    fn with<T>(&self, look: impl FnOnce(&mut Heard) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(in crate::screen) fn rung(&self) -> u64 {
        self.with(|heard| heard.rung)
    }

    pub(in crate::screen) fn take_answers(&self) -> Vec<u8> {
        self.with(|heard| std::mem::take(&mut heard.answers))
    }
}

impl EventListener for Ear {
    fn send_event(&self, event: Event) {
        self.with(|heard| match event {
            Event::PtyWrite(text) if heard.answers.len() + text.len() <= heard.most => {
                heard.answers.extend_from_slice(text.as_bytes());
            }
            Event::Bell => heard.rung += 1,
            _ => {}
        });
    }
}
