//! Pages, and how to name one.

use std::fmt;

/// Where a page's text comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// An interface's schema.
    Schema,
    /// Somebody who wrote it.
    Prose,
}

/// One page.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its name.
    pub name: String,
    /// Its section, 1 to 9.
    pub section: u8,
    /// One line that says what it is about.
    pub title: String,
    /// The text, in Markdown, examples aside.
    pub body: String,
    /// Examples, each to be shown as it is.
    pub examples: Vec<String>,
    /// Where to read on.
    pub see_also: Vec<PageRef>,
    /// The keys of the topics that it belongs to.
    pub topics: Vec<String>,
    /// The date of the last review; empty when never.
    pub reviewed: String,
    /// Where the text comes from.
    pub source: Source,
    /// The interface that it was drawn from.
    pub interface: Option<u64>,
}

/// Where a page is. It reads and prints as `audit(5)`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageRef {
    /// The page's section.
    pub section: u8,
    /// Its name.
    pub name: String,
}

impl Page {
    /// How to refer to it.
    #[must_use]
    pub fn reference(&self) -> PageRef {
        PageRef { section: self.section, name: self.name.clone() }
    }

    /// Where it stands in the manual.
    pub(super) fn place(&self) -> (u8, &str) {
        (self.section, &self.name)
    }
}

impl PageRef {
    /// Reads `audit(5)`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, section) = text.strip_suffix(')')?.split_once('(')?;
        let section = section.parse().ok().filter(|section| (1..=9).contains(section))?;
        let named = !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == ')');
        named.then(|| Self { section, name: name.to_owned() })
    }
}

impl fmt::Display for PageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.name, self.section)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_reads_as_it_prints() {
        for text in ["audit(5)", "capos.toml(5)", "sign-in(7)"] {
            assert_eq!(PageRef::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn anything_else_is_no_reference() {
        for text in ["", "audit", "audit()", "audit(0)", "audit(10)", "(5)", "au dit(5)", "audit(5", "a)b(5)"] {
            assert_eq!(PageRef::parse(text), None, "{text}");
        }
    }
}
