//! Which page has which word.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use super::page::Page;

/// From each word to the pages that have it.
#[derive(Debug, Default)]
pub(super) struct Index(BTreeMap<String, HashMap<usize, Weight>>);

/// How much a word says about a page: a name more than all titles, a title more than all texts.
type Weight = u32;

const NAME: Weight = 1 << 20;
const TITLE: Weight = 1 << 10;
const BODY: Weight = 1;

/// A page that a search found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    /// Its place in the manual.
    pub(super) page: usize,
    /// How well it suits.
    pub(super) weight: Weight,
}

impl Index {
    /// The index of these pages.
    pub(super) fn of(pages: &[Page]) -> Self {
        let mut index = Self::default();
        for (at, page) in pages.iter().enumerate() {
            index.add(at, &page.name, NAME);
            index.add(at, &page.title, TITLE);
            index.add(at, &page.body, BODY);
            page.examples.iter().for_each(|example| index.add(at, example, BODY));
        }
        index
    }

    fn add(&mut self, page: usize, text: &str, weight: Weight) {
        for word in indexed(text) {
            let best = self.0.entry(word).or_default().entry(page).or_insert(0);
            *best = weight.max(*best);
        }
    }

    /// The pages that have every word, in no order; nothing where there is no word.
    pub(super) fn find(&self, query: &str) -> Option<Vec<Found>> {
        let words: Vec<_> = words(query).map(str::to_lowercase).collect();
        let (last, others) = words.split_last()?;
        let mut found = self.beginning_with(last);
        for word in others {
            let having = self.0.get(word);
            found.retain(|page, weight| match having.and_then(|having| having.get(page)) {
                Some(more) => {
                    *weight = weight.saturating_add(*more);
                    true
                }
                None => false,
            });
        }
        Some(found.into_iter().map(|(page, weight)| Found { page, weight }).collect())
    }

    /// The whole word counts double, so that what is named so comes before what merely begins so.
    fn beginning_with(&self, prefix: &str) -> HashMap<usize, Weight> {
        let mut found = HashMap::new();
        let from = self
            .0
            .range::<str, _>((Bound::Included(prefix), Bound::Unbounded))
            .take_while(|(word, _)| word.starts_with(prefix));
        for (word, pages) in from {
            let factor = if word == prefix { 2 } else { 1 };
            for (page, weight) in pages {
                let best = found.entry(*page).or_insert(0);
                *best = (weight * factor).max(*best);
            }
        }
        found
    }
}

/// The words of a text in lower case, and the parts of those that are several in one, as `liveSession`.
fn indexed(text: &str) -> BTreeSet<String> {
    let parts = words(text).flat_map(|word| std::iter::once(word).chain(humps(word)));
    parts.map(str::to_lowercase).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// `OpenSSH` is `Open` and `SSH`.
fn humps(word: &str) -> impl Iterator<Item = &str> {
    let ends = word.char_indices().zip(word.chars().skip(1));
    let ends = ends.filter(|((_, a), b)| a.is_lowercase() && b.is_uppercase());
    let ends: Vec<_> = ends.map(|((at, a), _)| at + a.len_utf8()).chain([word.len()]).collect();
    let mut from = 0;
    ends.into_iter().filter_map(move |end| word.get(std::mem::replace(&mut from, end)..end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_whole_and_in_parts() {
        let words: Vec<_> = indexed("A RemoteSessionGateway, by OpenSSH: capos.toml").into_iter().collect();
        let expected = [
            "a",
            "by",
            "capos",
            "gateway",
            "open",
            "openssh",
            "remote",
            "remotesessiongateway",
            "session",
            "ssh",
            "toml",
        ];
        assert_eq!(words, expected);
    }

    #[test]
    fn letters_beyond_ascii_are_letters() {
        assert!(indexed("Über größeÄnderung").contains("änderung"));
    }
}
