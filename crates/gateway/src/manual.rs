//! The built-in manual: pages drawn from schemas, pages written by people, and an index of both.
//!
//! A manual is made once, from a registry and the build's own facts, and never changes: it knows nothing of sessions,
//! grants or the state of the node. That is why any holder may read all of it. Where the interfaces change, another one
//! takes its place on the [`Shelf`].
//!
//! **Invariants:** pages are in the order of their sections and names; what a page or a list may come to is
//! bounded when the manual is made, so that every answer fits into a message.

mod drawn;
mod index;
mod limits;
mod page;
mod prose;
mod server;
mod shelf;
mod topics;
mod written;

use std::collections::HashMap;
use std::sync::Arc;

use capos_schema::model::{Kind, Node};
use capos_schema::{Registry, manual_capnp};

use index::Index;
pub use limits::ManualLimits;
pub use page::{Page, PageRef, Source};
pub use shelf::Shelf;
pub use topics::Topic;

/// What the node was built from.
#[derive(Clone, Debug, Default)]
pub struct Build {
    /// The commit.
    pub commit: String,
    /// When, as its builder says it.
    pub built_at: String,
}

/// Every page, and the ways to find one.
#[derive(Debug)]
pub struct Manual {
    build: Build,
    limits: ManualLimits,
    pages: Vec<Page>,
    interfaces: HashMap<u64, usize>,
    schemas: HashMap<u64, Arc<[u8]>>,
    index: Index,
    topics: Vec<Topic>,
}

impl Manual {
    /// The manual of a build that knows these interfaces.
    #[must_use]
    pub fn new(registry: &Registry, build: Build) -> Self {
        Self::with_limits(registry, build, ManualLimits::default())
    }

    /// The same within other limits.
    #[must_use]
    pub fn with_limits(registry: &Registry, build: Build, limits: ManualLimits) -> Self {
        let mut pages = written::pages();
        pages.extend(drawn::pages(registry, &pages, &limits));
        // Stable: of several interfaces of one name, the one that the registry means by it stays first.
        pages.sort_by(|a, b| a.place().cmp(&b.place()));
        let interfaces = pages.iter().enumerate().filter_map(|(at, page)| Some((page.interface?, at)));
        Self {
            interfaces: interfaces.collect(),
            schemas: schemas(registry, &limits),
            index: Index::of(&pages),
            topics: topics::of(&pages),
            build,
            limits,
            pages,
        }
    }

    /// A capability to read it.
    #[must_use]
    pub fn client(self: &Arc<Self>) -> manual_capnp::manual::Client {
        Shelf::of(Arc::clone(self)).client()
    }

    /// Every page.
    #[must_use]
    pub fn pages(&self) -> &[Page] {
        &self.pages
    }

    /// The page of that name in that section, or in the first that has one for 0.
    /// A name that nothing has exactly is looked for again without regard to case.
    #[must_use]
    pub fn page(&self, name: &str, section: u8) -> Option<&Page> {
        let mut there = self.pages.iter().filter(|page| section == 0 || page.section == section);
        let exact = there.clone().find(|page| page.name == name);
        exact.or_else(|| there.find(|page| page.name.eq_ignore_ascii_case(name)))
    }

    /// The page of that interface.
    #[must_use]
    pub fn interface(&self, id: u64) -> Option<&Page> {
        self.pages.get(*self.interfaces.get(&id)?)
    }

    /// The compiled schema that an interface comes from.
    #[must_use]
    pub fn schema(&self, id: u64) -> Option<&[u8]> {
        self.schemas.get(&id).map(|schema| &**schema)
    }

    /// The pages of one section.
    pub fn section(&self, section: u8) -> impl Iterator<Item = &Page> {
        self.pages.iter().filter(move |page| page.section == section)
    }

    /// Pages that have all the words of `query`, the last of which may be the beginning of one; best first.
    /// None where `query` has no word or is too long.
    #[must_use]
    pub fn apropos(&self, query: &str) -> Option<Vec<&Page>> {
        if query.len() > self.limits.query_bytes {
            return None;
        }
        let mut found = self.index.find(query)?;
        // Of pages that suit equally well, the one that comes first in the manual.
        found.sort_by_key(|found| (std::cmp::Reverse(found.weight), found.page));
        found.truncate(self.limits.matches);
        Some(found.iter().filter_map(|found| self.pages.get(found.page)).collect())
    }

    /// Groups of pages.
    #[must_use]
    pub fn topics(&self) -> &[Topic] {
        &self.topics
    }

    /// What the node was built from.
    #[must_use]
    pub fn build(&self) -> &Build {
        &self.build
    }
}

/// The schemas of all interfaces that fit into an answer.
fn schemas(registry: &Registry, limits: &ManualLimits) -> HashMap<u64, Arc<[u8]>> {
    let schema = |node: &Node| Some((node.id, registry.request_of(node.id)?.clone()));
    let interfaces = registry.nodes().filter(|node| matches!(node.kind, Kind::Interface(_)));
    interfaces.filter_map(schema).filter(|(_, schema)| schema.len() <= limits.schema_bytes).collect()
}

#[cfg(test)]
mod tests;
