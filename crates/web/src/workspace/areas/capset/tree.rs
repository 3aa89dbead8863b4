//! Values as a page shows them: a piece at a time, so that none is too large to be shown.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use capos_schema::text::acts;

use super::chips::Chips;
use super::value::{Value, float_name};
use crate::workspace::view::{Key, Text, shown};

shown! {
    /// A value, or a piece of one. Where `next` is, it goes on from there.
    enum Tree {
        /// Nothing at all.
        Nothing {},
        /// Yes or no.
        Truth { value: bool },
        /// A number.
        Number { text: Text },
        /// A text; `masked` where some of it would act on whoever shows it, and is replaced.
        Text { text: Text, length: u64, masked: bool, next: Option<u64> },
        /// Bytes, as base64.
        Bytes { base64: Text, length: u64, next: Option<u64> },
        /// Values in a row.
        List { items: Vec<Tree>, length: u64, next: Option<u64> },
        /// Values by name.
        Members { members: Vec<Member>, next: Option<u64> },
        /// A capability, and its interface's name as far as it is known.
        Chip { key: Key, interface: Text, released: bool },
        /// There is more than is shown at once.
        More {},
    }

    /// A value and its name.
    struct Member {
        /// The name.
        name: Text,
        /// The value.
        value: Tree,
    }
}

/// How much is shown of a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Portion {
    /// Of all of it, in bytes or so.
    pub(super) whole: usize,
    /// Of one text, in bytes.
    pub(super) text: usize,
    /// Of one row of bytes.
    pub(super) bytes: usize,
    /// Of one list.
    pub(super) items: usize,
}

impl Portion {
    /// What is shown of a result at first.
    pub(super) const FIRST: Self = Self { whole: 128 << 10, text: 2 << 10, bytes: 512, items: 100 };
    /// What is shown when more is asked for.
    pub(super) const MORE: Self = Self { whole: 256 << 10, text: 64 << 10, bytes: 48 << 10, items: 500 };
    /// What is shown of one call among many.
    const GLANCE: Self = Self { whole: 3 << 10, text: 1 << 10, bytes: 1 << 10, items: 20 };
}

/// What is shown of one call among many.
pub(super) fn glance(value: &Value, chips: &Chips) -> Tree {
    show(value, 0, Portion::GLANCE, chips)
}

/// A value from a place on.
pub(super) fn show(value: &Value, from: usize, portion: Portion, chips: &Chips) -> Tree {
    Showing { portion, left: portion.whole, chips }.value(value, from)
}

/// What each value costs besides its text.
const PER_VALUE: usize = 32;

struct Showing<'s> {
    portion: Portion,
    left: usize,
    chips: &'s Chips,
}

impl Showing<'_> {
    fn value(&mut self, value: &Value, from: usize) -> Tree {
        if self.left < PER_VALUE {
            return Tree::More {};
        }
        self.left -= PER_VALUE;
        match value {
            Value::Nothing => Tree::Nothing {},
            Value::Truth(value) => Tree::Truth { value: *value },
            Value::Whole(number) => Tree::Number { text: Text::line(&number.to_string()) },
            Value::Float(number) if number.is_finite() => Tree::Number { text: Text::line(&number.to_string()) },
            Value::Float(number) => Tree::Number { text: Text::fixed(float_name(*number)) },
            Value::Text(text) => self.text(text, from),
            Value::Bytes(bytes) => self.bytes(bytes, from),
            Value::List(elements) => self.list(elements, from),
            Value::Members(members) => self.members(members, from),
            Value::Chip(key) | Value::Listener { key, .. } => {
                let interface = self.chips.interface(*key);
                Tree::Chip { key: *key, released: interface.is_none(), interface: interface.unwrap_or_default() }
            }
            Value::Grant(name) => {
                Tree::Text { text: Text::line(name), length: count(name.len()), masked: false, next: None }
            }
        }
    }

    fn text(&mut self, text: &str, from: usize) -> Tree {
        let start = text.ceil_char_boundary(from);
        let end = text.floor_char_boundary(start.saturating_add(self.portion.text.min(self.left)));
        let shown = text.get(start..end).unwrap_or_default();
        self.left = self.left.saturating_sub(shown.len());
        let masked = shown.chars().any(|c| acts(c) && !matches!(c, '\n' | '\t'));
        let next = (end < text.len()).then(|| count(end));
        // What stands for a sign that acts is longer than some of them.
        Tree::Text { text: Text::lines(shown, shown.len().saturating_mul(4)), length: count(text.len()), masked, next }
    }

    fn bytes(&mut self, bytes: &[u8], from: usize) -> Tree {
        let piece = piece(from, self.portion.bytes.min(self.left), bytes.len());
        let base64 = STANDARD.encode(bytes.get(piece.clone()).unwrap_or_default());
        self.left = self.left.saturating_sub(base64.len());
        let next = (piece.end < bytes.len()).then(|| count(piece.end));
        Tree::Bytes { base64: Text::lines(&base64, base64.len()), length: count(bytes.len()), next }
    }

    fn list(&mut self, elements: &[Value], from: usize) -> Tree {
        let (mut items, mut at) = (Vec::new(), from.min(elements.len()));
        let most = at.saturating_add(self.portion.items);
        while let Some(element) = elements.get(at)
            && at < most
            && self.left >= PER_VALUE
        {
            items.push(self.value(element, 0));
            at += 1;
        }
        Tree::List { items, length: count(elements.len()), next: (at < elements.len()).then(|| count(at)) }
    }

    fn members(&mut self, all: &[(String, Value)], from: usize) -> Tree {
        let (mut members, mut at) = (Vec::new(), from.min(all.len()));
        while let Some((name, value)) = all.get(at)
            && self.left >= PER_VALUE
        {
            self.left = self.left.saturating_sub(name.len());
            members.push(Member { name: Text::line(name), value: self.value(value, 0) });
            at += 1;
        }
        Tree::Members { members, next: (at < all.len()).then(|| count(at)) }
    }
}

fn piece(from: usize, most: usize, length: usize) -> Range<usize> {
    let start = from.min(length);
    start..start.saturating_add(most).min(length)
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
