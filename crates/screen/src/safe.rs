//! What of a program's bytes may reach a person's own terminal.
//!
//! A terminal does more than draw: it can be told to type its title or its screen's contents as if a person had, to
//! read and set the clipboard, to print, to lock its keyboard, to change what keys send. Nobody needs that of a program
//! on another machine, and a program there can be hostile.
//!
//! [`Filter`] reads sequences whole, lets pass those that `safe/policy.rs` lists, byte for byte, and drops all others.
//! What passes is always a row of whole characters and whole sequences, so that a terminal is never left within one.
//!
//! Invariants:
//! - Nothing passes that is not on the list; a sequence that is unknown, damaged or too long is dropped whole.
//! - No control character above ASCII passes, raw or as UTF-8, and no raw byte that is no UTF-8.
//! - A filter holds at most one sequence.

mod machine;
mod policy;

pub use machine::Filter;

/// What somebody allows beyond what is always safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Programs may set the clipboard. None may read it.
    pub clipboard: bool,
    /// Programs may set the title, and put it aside and back. None may ask for it.
    pub title: bool,
    /// The terminal reads UTF-8. Where it does not, each character beyond ASCII becomes a question mark: its bytes could
    /// be control characters there.
    pub unicode: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self { clipboard: false, title: true, unicode: true }
    }
}
