//! Groups of pages, by what a reader wants to do.

use super::page::{Page, PageRef};

/// A group of pages.
#[derive(Clone, Debug)]
pub struct Topic {
    /// Its stable name.
    pub key: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What belongs to it, in the order of the manual.
    pub pages: Vec<PageRef>,
}

/// Every topic there is, in the order of reading.
pub(super) const TOPICS: &[(&str, &str)] = &[
    ("start", "First steps"),
    ("sign-in", "Signing in and sessions"),
    ("authority", "What is granted, and how it ends"),
    ("using", "Services and how to use them"),
    ("commands", "Commands"),
    ("administration", "Accounts, profiles and the audit journal"),
    ("operations", "Running a node"),
    (NODE, "Interfaces of the node"),
    (SERVICES, "Interfaces of services"),
];

/// Where pages of the node's own interfaces belong.
pub(super) const NODE: &str = "interfaces";

/// Where pages of services' interfaces belong.
pub(super) const SERVICES: &str = "services";

/// The topics with their pages.
pub(super) fn of(pages: &[Page]) -> Vec<Topic> {
    let topic = |&(key, title): &(&'static str, &'static str)| {
        let members = pages.iter().filter(|page| page.topics.iter().any(|topic| topic == key));
        Topic { key, title, pages: members.map(Page::reference).collect() }
    };
    TOPICS.iter().map(topic).collect()
}
