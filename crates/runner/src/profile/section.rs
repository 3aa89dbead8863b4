//! One table of a profile as it is read: what it must have, what it may have, and nothing else.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::keys::Keys;
use crate::error::Fault;

/// Further faults would not be read by anybody.
const MOST_FAULTS: usize = 100;

/// Where something is in a file, from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// The text that is read, and what was found wrong with it.
pub(super) struct Page<'a> {
    pub(super) file: &'a Path,
    pub(super) text: &'a str,
    faults: RefCell<Vec<Fault>>,
    places: RefCell<BTreeMap<String, Place>>,
}

impl<'a> Page<'a> {
    pub(super) fn new(file: &'a Path, text: &'a str) -> Self {
        Self { file, text, faults: RefCell::default(), places: RefCell::default() }
    }

    pub(super) fn fault(&self, span: &Range<usize>, what: String) {
        let Place { line, column } = self.place(span);
        let mut faults = self.faults.borrow_mut();
        if faults.len() < MOST_FAULTS {
            faults.push(Fault { file: self.file.to_owned(), line, column, what });
        }
    }

    fn place(&self, span: &Range<usize>) -> Place {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let begin = before.rfind('\n').map_or(0, |at| at + 1);
        Place { line, column: before.get(begin..).unwrap_or_default().chars().count() + 1 }
    }

    /// Everything that was wrong, in the order of the lines, or where things are.
    pub(super) fn finish(self) -> Result<BTreeMap<String, Place>, Vec<Fault>> {
        let mut faults = self.faults.into_inner();
        faults.sort_by_key(|fault| (fault.line, fault.column));
        if faults.is_empty() { Ok(self.places.into_inner()) } else { Err(faults) }
    }
}

/// A table with the path to it, as `limits` or `exports[0]`.
pub(super) struct Section<'a> {
    page: &'a Page<'a>,
    path: String,
    span: Range<usize>,
    table: &'a DeTable<'a>,
}

impl<'a> Section<'a> {
    pub(super) fn new(
        page: &'a Page<'a>,
        path: String,
        span: Range<usize>,
        table: &'a DeTable<'a>,
        keys: Keys,
    ) -> Self {
        for (name, _) in table {
            if !keys.contains(&name.get_ref().as_ref()) {
                let of = if path.is_empty() { "a profile".to_owned() } else { path.clone() };
                let typed = name.get_ref();
                let what = match meant(typed, keys) {
                    Some(meant) => format!("{of} has no key {typed:?}; did you mean {meant:?}?"),
                    None => format!("{of} has no key {typed:?}; it has {}", keys.join(", ")),
                };
                page.fault(&name.span(), what);
            }
        }
        Self { page, path, span, table }
    }

    /// Whether there is nothing under that key, not even something that is wrong.
    pub(super) fn is_empty(&self, key: &str) -> bool {
        self.table.get(key).is_none_or(|value| value.get_ref().as_array().is_some_and(|items| items.is_empty()))
    }

    fn key(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// A value that may be missing; nothing too where it is wrong, which has been noted then.
    pub(super) fn optional<T>(&self, key: &str, take: impl FnOnce(&'a DeValue<'a>) -> Result<T, String>) -> Option<T> {
        let value = self.table.get(key)?;
        let place = self.page.place(&value.span());
        self.page.places.borrow_mut().insert(self.key(key), place);
        match take(value.get_ref()) {
            Ok(taken) => Some(taken),
            Err(wrong) => {
                self.page.fault(&value.span(), format!("{} {wrong}", self.key(key)));
                None
            }
        }
    }

    /// A value with its place, for whoever looks into it by itself; faults of it go to [`Section::note`].
    pub(super) fn value(&self, key: &str) -> Option<&'a toml::Spanned<DeValue<'a>>> {
        let value = self.table.get(key)?;
        self.page.places.borrow_mut().insert(self.key(key), self.page.place(&value.span()));
        Some(value)
    }

    /// Notes something wrong at a place within the table.
    pub(super) fn note(&self, span: &Range<usize>, wrong: &str) {
        self.page.fault(span, wrong.to_owned());
    }

    /// A value that must be there.
    pub(super) fn required<T>(&self, key: &str, take: impl FnOnce(&'a DeValue<'a>) -> Result<T, String>) -> Option<T> {
        if self.table.get(key).is_none() {
            let of = if self.path.is_empty() { "the profile" } else { &self.path };
            self.page.fault(&self.span, format!("{of} needs the key {key:?}"));
        }
        self.optional(key, take)
    }

    /// A list whose members are taken one by one.
    pub(super) fn list<T>(
        &self,
        key: &str,
        most: usize,
        mut take: impl FnMut(&'a DeValue<'a>) -> Result<T, String>,
    ) -> Vec<T> {
        let mut taken = Vec::new();
        let Some(items) = self.optional(key, |value| items(value, most)) else { return taken };
        for item in items {
            match take(item.get_ref()) {
                Ok(value) => taken.push(value),
                Err(wrong) => self.page.fault(&item.span(), format!("each of {} {wrong}", self.key(key))),
            }
        }
        taken
    }

    /// A table in this one, or nothing where there is none.
    pub(super) fn section(&self, key: &str, keys: Keys) -> Option<Section<'a>> {
        let table = self.optional(key, |value| value.as_table().ok_or_else(|| "must be a table".to_owned()))?;
        let span = self.table.get(key).map(toml::Spanned::span).unwrap_or_default();
        Some(Section::new(self.page, self.key(key), span, table, keys))
    }

    /// A list of tables.
    pub(super) fn sections(&self, key: &str, most: usize, keys: Keys) -> Vec<Section<'a>> {
        let mut sections = Vec::new();
        let Some(items) = self.optional(key, |value| items(value, most)) else { return sections };
        for (item, index) in items.iter().zip(0_usize..) {
            let path = format!("{}[{index}]", self.key(key));
            match item.get_ref().as_table() {
                Some(table) => sections.push(Section::new(self.page, path, item.span(), table, keys)),
                None => self.page.fault(&item.span(), format!("{path} must be a table")),
            }
        }
        sections
    }

    /// The members of a table whose keys are free.
    pub(super) fn members(
        &self,
        key: &str,
        most: usize,
        mut take: impl FnMut(&str, &'a DeValue<'a>) -> Result<(String, String), String>,
    ) -> Vec<(String, String)> {
        let wrong = || format!("must be a table of at most {most} values");
        let as_table = |value: &'a DeValue<'a>| value.as_table().filter(|table| table.len() <= most).ok_or_else(wrong);
        let mut members = Vec::new();
        for (name, value) in self.optional(key, as_table).into_iter().flatten() {
            match take(name.get_ref(), value.get_ref()) {
                Ok(member) => members.push(member),
                Err(wrong) => self.page.fault(&value.span(), format!("{} {wrong}", self.key(key))),
            }
        }
        members
    }

    /// Notes something wrong with the table, at one of its keys where it has it.
    pub(super) fn fault(&self, key: &str, wrong: &str) {
        let span = self.table.get(key).map_or_else(|| self.span.clone(), toml::Spanned::span);
        self.page.fault(&span, format!("{} {wrong}", self.key(key)));
    }
}

fn items<'a>(value: &'a DeValue<'a>, most: usize) -> Result<&'a [toml::Spanned<DeValue<'a>>], String> {
    let items = value.as_array().filter(|items| items.len() <= most);
    items.map(|items| &**items).ok_or_else(|| format!("must be a list of at most {most}"))
}

/// The key that was meant by one that is not there: the same in other words' dress, or a slip of the finger away.
fn meant(typed: &str, keys: Keys) -> Option<&'static str> {
    let bare = |word: &str| word.replace(['_', '-'], "").to_lowercase();
    let typed = bare(typed);
    let close = |known: &&&str| bare(known) == typed || slips(&bare(known), &typed) == 1;
    keys.iter().find(close).copied()
}

/// Whether one character more, less or other, or two that changed places, makes one of the other: 0 for none, 1 for
/// one, and 2 for more than that.
fn slips(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let same = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
    let (one, other) = (one.get(same..).unwrap_or_default(), other.get(same..).unwrap_or_default());
    match (one, other) {
        ([], []) => 0,
        ([_, a @ ..], [_, b @ ..]) if a == b => 1,
        ([_, a @ ..], b) if a == b => 1,
        (a, [_, b @ ..]) if a == b => 1,
        ([a, b, rest @ ..], [c, d, others @ ..]) if (a, b) == (d, c) && rest == others => 1,
        _ => 2,
    }
}
