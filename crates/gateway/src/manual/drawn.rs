//! Pages drawn from schemas: one for each interface.
//!
//! **Invariant:** the node's own interfaces are drawn first, so that a service's schema never takes a page from them.

mod describe;

use capos_schema::Registry;
use capos_schema::model::{Kind, Node};

use super::limits::ManualLimits;
use super::page::{Page, PageRef, Source};
use super::topics;
use describe::{Drawing, Text};

/// The files that declare what the node itself serves; those of services are in the contract beside them.
const OWN_FILES: &[&str] = &[
    "accounts.capnp",
    "audit.capnp",
    "catalog.capnp",
    "gateway.capnp",
    "identity.capnp",
    "manual.capnp",
    "recordings.capnp",
    "services.capnp",
    "session.capnp",
    "sessions.capnp",
    "system_info.capnp",
];

const OWN_SECTION: u8 = 2;
const SERVICES_SECTION: u8 = 3;

/// A title is cut past this many bytes.
const TITLE_BYTES: usize = 160;

/// References to read on are cut past so many.
const SEE_ALSO: usize = 64;

/// A page for each interface, for as long as the limits allow.
pub(super) fn pages(registry: &Registry, written: &[Page], limits: &ManualLimits) -> Vec<Page> {
    let mut interfaces: Vec<_> = registry.nodes().filter(|node| matches!(node.kind, Kind::Interface(_))).collect();
    interfaces.sort_by_key(|node| {
        let second = registry.interface_id(&node.name) != Some(node.id);
        (section(node.id), &node.name, second, node.id)
    });
    let mut left = limits.drawn_bytes;
    let mut pages = Vec::new();
    for node in interfaces.into_iter().take(limits.pages.saturating_sub(written.len())) {
        let page = page(registry, written, node, limits.page_bytes);
        let Some(rest) = left.checked_sub(page.body.len()) else { break };
        left = rest;
        pages.push(page);
    }
    let drawn: Vec<_> = pages.iter().map(Page::reference).collect();
    for page in &mut pages {
        page.see_also.retain(|other| drawn.contains(other) || written.iter().any(|page| page.reference() == *other));
    }
    pages
}

/// The section of an interface's page. That of the published contract says so, whatever a service calls its files.
fn section(id: u64) -> u8 {
    let published = Registry::builtin().node(id);
    if published.is_some_and(|node| OWN_FILES.contains(&node.file.as_str())) { OWN_SECTION } else { SERVICES_SECTION }
}

fn page(registry: &Registry, written: &[Page], node: &Node, page_bytes: usize) -> Page {
    let section = section(node.id);
    let mut drawing = Drawing::new(registry, Text::new(page_bytes));
    drawing.interface(node);
    let topic = if section == OWN_SECTION { topics::NODE } else { topics::SERVICES };
    let mut page = Page {
        name: node.name.clone(),
        section,
        title: title(&node.doc),
        body: String::new(),
        examples: Vec::new(),
        see_also: Vec::new(),
        topics: vec![topic.to_owned()],
        reviewed: String::new(),
        source: Source::Schema,
        interface: Some(node.id),
    };
    let (body, others) = drawing.finish();
    page.body = body;
    page.see_also = see_also(registry, written, &page.reference(), &others);
    page
}

/// What the text speaks of, and the written pages that speak of it.
fn see_also(registry: &Registry, written: &[Page], page: &PageRef, others: &[u64]) -> Vec<PageRef> {
    let others = others.iter().filter_map(|id| registry.node(*id));
    let others = others.map(|node| PageRef { section: section(node.id), name: node.name.clone() });
    let speaking = written.iter().filter(|other| other.see_also.contains(page)).map(Page::reference);
    let mut all: Vec<_> = others.chain(speaking).collect();
    all.sort();
    all.dedup();
    all.truncate(SEE_ALSO);
    all
}

/// The first sentence of a comment, in one line.
fn title(comment: &str) -> String {
    let line = comment.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = line.find(". ").unwrap_or(line.trim_end_matches('.').len());
    let end = line.floor_char_boundary(end.min(TITLE_BYTES));
    match line.get(..end) {
        None | Some("") => "an interface without a comment".to_owned(),
        Some(sentence) => sentence.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_the_first_sentence_in_one_line() {
        assert_eq!(
            title("Takes rows; made by\nwhoever follows.\nMore. And more."),
            "Takes rows; made by whoever follows"
        );
        assert_eq!(title("All of it."), "All of it");
        assert_eq!(title(" \n"), "an interface without a comment");
        assert_eq!(title(&"ä".repeat(200)), "ä".repeat(80));
    }
}
