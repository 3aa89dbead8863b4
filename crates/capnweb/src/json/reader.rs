//! Text to nodes.

use super::node::Node;
use super::text;
use crate::error::Error;
use crate::limits::Limits;

/// Where a container that is still open keeps its parent's position, if it has none.
const OUTERMOST: u32 = u32::MAX;

/// What comes next.
enum Step {
    Value,
    End,
}

/// Reads a text whole, within the bounds on its size, its nesting and the number of its values.
///
/// Nothing here calls itself: while a container is open, its node keeps the position of the one around it.
pub(super) fn read(text: &str, limits: &Limits) -> Result<Vec<Node>, Error> {
    if text.len() > limits.message_bytes.min(u32::MAX as usize - 1) {
        return Err(Error::range_error(format!("A message exceeds {} bytes.", limits.message_bytes)));
    }
    let nodes = Vec::with_capacity((text.len() / 4).clamp(4, 1024));
    let mut reader = Reader { bytes: text.as_bytes(), text, at: 0, nodes, open: OUTERMOST, depth: 0, limits };
    loop {
        reader.blank();
        if reader.value()? && matches!(reader.after_value()?, Step::End) {
            return Ok(reader.nodes);
        }
    }
}

struct Reader<'t> {
    bytes: &'t [u8],
    text: &'t str,
    at: usize,
    nodes: Vec<Node>,
    open: u32,
    depth: usize,
    limits: &'t Limits,
}

impl Reader<'_> {
    /// Reads a value or the beginning of one; whether it is complete.
    fn value(&mut self) -> Result<bool, Error> {
        match self.peek() {
            Some(b'"') => self.string()?,
            Some(b'[') => return self.container(Node::Array { after: self.open, length: 0 }, b']'),
            Some(b'{') => return self.container(Node::Object { after: self.open, length: 0 }, b'}'),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word("true", Node::Bool(true))?,
            Some(b'f') => self.word("false", Node::Bool(false))?,
            Some(b'n') => self.word("null", Node::Null)?,
            _ => return Err(self.unexpected()),
        }
        Ok(true)
    }

    /// Goes on behind a value: closes what ends there, up to where the next value begins.
    fn after_value(&mut self) -> Result<Step, Error> {
        loop {
            self.blank();
            let is_array = match self.nodes.get_mut(self.open as usize) {
                None if self.at == self.bytes.len() => return Ok(Step::End),
                None => return Err(self.unexpected()),
                Some(Node::Array { length, .. }) => {
                    *length += 1;
                    true
                }
                Some(Node::Object { length, .. }) => {
                    *length += 1;
                    false
                }
                Some(_) => unreachable!("only containers are open"),
            };
            match (self.peek(), is_array) {
                (Some(b','), _) => return self.after_comma(is_array),
                (Some(b']'), true) | (Some(b'}'), false) => self.close(),
                _ => return Err(self.unexpected()),
            }
        }
    }

    fn after_comma(&mut self, is_array: bool) -> Result<Step, Error> {
        self.at += 1;
        if !is_array {
            self.blank();
            self.name()?;
        }
        Ok(Step::Value)
    }

    /// Opens a container and, when there is nothing in it, closes it at once.
    fn container(&mut self, node: Node, end: u8) -> Result<bool, Error> {
        self.depth += 1;
        if self.depth > self.limits.depth {
            return Err(Error::range_error(format!("A message nests more than {} levels.", self.limits.depth)));
        }
        self.open = self.position();
        self.push(node)?;
        self.at += 1;
        self.blank();
        if self.peek() == Some(end) {
            self.close();
            return Ok(true);
        }
        if end == b'}' {
            self.name()?;
        }
        Ok(false)
    }

    fn close(&mut self) {
        self.at += 1;
        self.depth -= 1;
        let end = self.position();
        if let Some(Node::Array { after, .. } | Node::Object { after, .. }) = self.nodes.get_mut(self.open as usize) {
            self.open = std::mem::replace(after, end);
        }
    }

    fn name(&mut self) -> Result<(), Error> {
        if self.peek() != Some(b'"') {
            return Err(self.unexpected());
        }
        self.string()?;
        self.blank();
        if self.peek() != Some(b':') {
            return Err(self.unexpected());
        }
        self.at += 1;
        Ok(())
    }

    fn string(&mut self) -> Result<(), Error> {
        let start = self.at + 1;
        let rest = self.bytes.get(start..).unwrap_or_default();
        let Some((length, escaped)) = text::scan(rest) else { return Err(self.unexpected()) };
        self.at = start + length + 1;
        self.push(Node::Text { start: start as u32, end: (start + length) as u32, escaped })
    }

    fn number(&mut self) -> Result<(), Error> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let Some((number, length)) = super::number::read(rest) else { return Err(self.unexpected()) };
        self.at += length;
        self.push(Node::Number(number))
    }

    fn word(&mut self, word: &str, node: Node) -> Result<(), Error> {
        if !self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(word.as_bytes())) {
            return Err(self.unexpected());
        }
        self.at += word.len();
        self.push(node)
    }

    fn push(&mut self, node: Node) -> Result<(), Error> {
        if self.nodes.len() >= self.limits.message_work {
            return Err(Error::range_error(format!("A message exceeds {} values.", self.limits.message_work)));
        }
        self.nodes.push(node);
        Ok(())
    }

    /// Fits: there are fewer nodes than bytes.
    fn position(&self) -> u32 {
        self.nodes.len() as u32
    }

    fn blank(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn unexpected(&self) -> Error {
        Error::new("SyntaxError", format!("A message is not valid JSON at byte {}.", self.at))
    }
}
