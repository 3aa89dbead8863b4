//! A part of a message that outlives it.

use std::rc::Rc;

use super::node::{Items, Json, Kind, Node};
use super::write_number;

/// The instructions of a mapping: a list of expressions. Clones are the same list.
#[derive(Clone, Debug)]
pub(crate) struct Program(Rc<Kept>);

#[derive(Debug)]
struct Kept {
    text: String,
    nodes: Vec<Node>,
}

impl Program {
    /// Copies a list out of the message that it is part of.
    pub(super) fn new(list: Json<'_>) -> Self {
        let nodes = list.nodes.get(list.at..list.after().at).unwrap_or_default();
        let mut kept = Kept { text: String::new(), nodes: Vec::with_capacity(nodes.len()) };
        for node in nodes {
            kept.keep(*node, list);
        }
        Self(Rc::new(kept))
    }

    /// The expressions, one an instruction. The last one is the result.
    pub(crate) fn instructions(&self) -> Items<'_> {
        self.list().items().expect("only lists are kept")
    }

    /// What it costs to keep.
    pub(crate) fn work(&self) -> usize {
        self.0.nodes.len() + self.0.text.len() / 64
    }

    /// Writes it for another peer.
    pub(crate) fn write(&self, out: &mut String) {
        write(self.list(), out);
    }

    fn list(&self) -> Json<'_> {
        Json { text: &self.0.text, nodes: &self.0.nodes, at: 0 }
    }
}

impl Kept {
    /// Takes a node over: its string is copied, and positions are counted from the list.
    fn keep(&mut self, node: Node, list: Json<'_>) {
        let base = list.at as u32;
        self.nodes.push(match node {
            Node::Text { start, end, escaped } => {
                let kept = self.text.len() as u32;
                self.text.push_str(list.slice(start, end));
                Node::Text { start: kept, end: self.text.len() as u32, escaped }
            }
            Node::Array { after, length } => Node::Array { after: after - base, length },
            Node::Object { after, length } => Node::Object { after: after - base, length },
            other => other,
        });
    }
}

/// Calls itself for each level; what was read is bounded in them.
fn write(json: Json<'_>, out: &mut String) {
    match json.kind() {
        Kind::Null => out.push_str("null"),
        Kind::Bool(value) => out.push_str(if value { "true" } else { "false" }),
        Kind::Number(value) => write_number(value, out),
        Kind::Text(text) => text.write(out),
        Kind::Array(items) => {
            separated(items, ['[', ']'], out, write);
        }
        Kind::Object(entries) => separated(entries, ['{', '}'], out, |(name, value), out| {
            super::write_text(&name, out);
            out.push(':');
            write(value, out);
        }),
    }
}

fn separated<T>(
    list: impl Iterator<Item = T>,
    [open, close]: [char; 2],
    out: &mut String,
    each: impl Fn(T, &mut String),
) {
    out.push(open);
    for (position, item) in list.enumerate() {
        if position > 0 {
            out.push(',');
        }
        each(item, out);
    }
    out.push(close);
}
