//! What was read.
//!
//! The tree lies flat in one allocation and borrows its strings from the text: a list of nodes in the order of the
//! text, where a container knows where it ends, so that it can be stepped over. Nothing is freed piece by piece.

use std::borrow::Cow;

use super::program::Program;
use super::{reader, text};
use crate::error::Error;
use crate::limits::Limits;

/// A value of the tree. Positions fit 32 bits: longer texts are refused.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Node {
    Null,
    Bool(bool),
    Number(f64),
    /// Where it stands in the text, between its quotes.
    Text {
        start: u32,
        end: u32,
        escaped: bool,
    },
    /// The items follow, up to the node `after`.
    Array {
        after: u32,
        length: u32,
    },
    /// Names and values follow in turn, up to the node `after`.
    Object {
        after: u32,
        length: u32,
    },
}

/// A text that was read.
#[derive(Debug)]
pub(crate) struct Document<'t> {
    text: &'t str,
    nodes: Vec<Node>,
}

impl<'t> Document<'t> {
    /// Reads a text whole.
    pub(crate) fn parse(text: &'t str, limits: &Limits) -> Result<Self, Error> {
        Ok(Self { text, nodes: reader::read(text, limits)? })
    }

    /// How many values it has.
    pub(crate) fn values(&self) -> usize {
        self.nodes.len()
    }

    /// How many of them are lists.
    pub(crate) fn lists(&self) -> usize {
        self.nodes.iter().filter(|node| matches!(node, Node::Array { .. })).count()
    }

    /// The whole of it.
    pub(crate) fn root(&self) -> Json<'_> {
        Json { text: self.text, nodes: &self.nodes, at: 0 }
    }
}

/// A value within a text that was read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Json<'d> {
    pub(super) text: &'d str,
    pub(super) nodes: &'d [Node],
    pub(super) at: usize,
}

/// A value, one level deep.
#[derive(Clone, Debug)]
pub(crate) enum Kind<'d> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number; infinite where it was too large.
    Number(f64),
    /// A string, decoded when asked for.
    Text(Text<'d>),
    /// A list.
    Array(Items<'d>),
    /// Names and values in turn: a name may come twice, the last one counts.
    Object(Entries<'d>),
}

impl<'d> Json<'d> {
    /// What it is.
    pub(crate) fn kind(self) -> Kind<'d> {
        let inside = Self { at: self.at + 1, ..self };
        match self.node() {
            Node::Null => Kind::Null,
            Node::Bool(value) => Kind::Bool(value),
            Node::Number(value) => Kind::Number(value),
            Node::Text { start, end, escaped } => Kind::Text(Text { raw: self.slice(start, end), escaped }),
            Node::Array { length, .. } => Kind::Array(Items { next: inside, left: length }),
            Node::Object { length, .. } => Kind::Object(Entries { next: inside, left: length }),
        }
    }

    /// The string that it is.
    pub(crate) fn text(self) -> Option<Cow<'d, str>> {
        match self.kind() {
            Kind::Text(text) => Some(text.decoded()),
            _ => None,
        }
    }

    /// The list that it is.
    pub(crate) fn items(self) -> Option<Items<'d>> {
        match self.kind() {
            Kind::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The integer that it is, of those that a number can tell from its neighbours.
    pub(crate) fn integer(self) -> Option<i64> {
        const LARGEST: f64 = 9_007_199_254_740_991.0;
        match self.kind() {
            Kind::Number(value) if value.fract() == 0.0 && value.abs() <= LARGEST => Some(value as i64),
            _ => None,
        }
    }

    /// Keeps the list that it is apart from the text around it.
    pub(crate) fn to_program(self) -> Option<Program> {
        self.items().map(|_| Program::new(self))
    }

    /// The value behind this one.
    pub(super) fn after(self) -> Self {
        let at = match self.node() {
            Node::Array { after, .. } | Node::Object { after, .. } => after as usize,
            _ => self.at + 1,
        };
        Self { at, ..self }
    }

    fn node(self) -> Node {
        self.nodes.get(self.at).copied().unwrap_or(Node::Null)
    }

    pub(super) fn slice(self, start: u32, end: u32) -> &'d str {
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }
}

/// A string as it stands between its quotes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'d> {
    raw: &'d str,
    escaped: bool,
}

impl<'d> Text<'d> {
    /// Its bytes as they stand, at least as many as it decodes to.
    pub(crate) fn written_bytes(self) -> usize {
        self.raw.len()
    }

    /// Writes it as it stood.
    pub(super) fn write(self, out: &mut String) {
        out.push('"');
        out.push_str(self.raw);
        out.push('"');
    }

    /// What it says. Half a character becomes U+FFFD.
    pub(crate) fn decoded(self) -> Cow<'d, str> {
        if self.escaped { Cow::Owned(text::decode(self.raw)) } else { Cow::Borrowed(self.raw) }
    }
}

/// The values of a list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Items<'d> {
    next: Json<'d>,
    left: u32,
}

impl<'d> Iterator for Items<'d> {
    type Item = Json<'d>;

    fn next(&mut self) -> Option<Json<'d>> {
        self.left = self.left.checked_sub(1)?;
        let value = self.next;
        self.next = value.after();
        Some(value)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left as usize, Some(self.left as usize))
    }
}

impl ExactSizeIterator for Items<'_> {}

/// The names and values of an object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entries<'d> {
    next: Json<'d>,
    left: u32,
}

impl<'d> Entries<'d> {
    /// The names alone.
    pub(crate) fn names(self) -> impl Iterator<Item = Cow<'d, str>> {
        self.map(|(name, _)| name)
    }
}

impl<'d> Iterator for Entries<'d> {
    type Item = (Cow<'d, str>, Json<'d>);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let name = self.next.text().unwrap_or_default();
        let value = self.next.after();
        self.next = value.after();
        Some((name, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left as usize, Some(self.left as usize))
    }
}

impl ExactSizeIterator for Entries<'_> {}
