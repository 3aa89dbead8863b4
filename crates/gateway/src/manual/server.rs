//! The manual as a capability.

use std::rc::Rc;
use std::sync::Arc;

use capnp::{Error, struct_list, text};
use capos_schema::manual_capnp::{self, man_page, manual, page_ref};
use capos_schema::{Code, Denial};

use super::page::{Page, PageRef, Source};
use super::{Manual, Shelf};
use crate::words::length;

/// One holder's view of the manual.
pub(super) struct Reading(Arc<Shelf>);

impl Reading {
    pub(super) fn new(shelf: Arc<Shelf>) -> Self {
        Self(shelf)
    }

    fn manual(&self) -> Arc<Manual> {
        self.0.current()
    }
}

fn fill(manual: &Manual, page: &Page, mut to: man_page::Builder<'_>) {
    to.set_name(&page.name);
    to.set_section(page.section);
    to.set_title(&page.title);
    to.set_body(&page.body);
    fill_references(&page.see_also, |count| to.reborrow().init_see_also(count));
    let mut examples = to.reborrow().init_examples(length(page.examples.len()));
    for (example, at) in page.examples.iter().zip(0..) {
        examples.set(at, example);
    }
    to.set_source(match page.source {
        Source::Schema => manual_capnp::Source::SchemaReflection,
        Source::Prose => manual_capnp::Source::Prose,
    });
    to.set_last_reviewed(&page.reviewed);
    to.set_build_id(&manual.build().commit);
}

fn fill_references<'b>(references: &[PageRef], init: impl FnOnce(u32) -> struct_list::Builder<'b, page_ref::Owned>) {
    let mut list = init(length(references.len()));
    for (reference, at) in references.iter().zip(0..) {
        let mut to = list.reborrow().get(at);
        to.set_name(&reference.name);
        to.set_section(reference.section);
    }
}

fn read<'t>(text: capnp::Result<text::Reader<'t>>) -> Result<&'t str, Error> {
    text?.to_str().map_err(|_| Denial::new(Code::BadRequest, "the text is not UTF-8").into())
}

const UNKNOWN: &str = "no interface of that id is known";

fn refused(sentence: &'static str) -> Error {
    Denial::new(Code::BadRequest, sentence).into()
}

impl manual::Server for Reading {
    async fn page(self: Rc<Self>, params: manual::PageParams, mut results: manual::PageResults) -> Result<(), Error> {
        let params = params.get()?;
        let manual = self.manual();
        let found = manual.page(read(params.get_name())?, params.get_section());
        let page = found.ok_or_else(|| refused("the manual has no such page; search it with apropos"))?;
        fill(&manual, page, results.get().init_page());
        Ok(())
    }

    async fn apropos(
        self: Rc<Self>,
        params: manual::AproposParams,
        mut results: manual::AproposResults,
    ) -> Result<(), Error> {
        let query = read(params.get()?.get_query())?;
        let manual = self.manual();
        let found = manual.apropos(query).ok_or_else(|| refused("say a few words to look for"))?;
        let found: Vec<_> = found.into_iter().map(Page::reference).collect();
        let mut result = results.get().init_result();
        result.set_query(query);
        fill_references(&found, |count| result.init_matches(count));
        Ok(())
    }

    async fn topics(self: Rc<Self>, _: manual::TopicsParams, mut results: manual::TopicsResults) -> Result<(), Error> {
        let manual = self.manual();
        let topics = manual.topics();
        let mut list = results.get().init_topics(length(topics.len()));
        for (topic, at) in topics.iter().zip(0..) {
            let mut to = list.reborrow().get(at);
            to.set_key(topic.key);
            to.set_title(topic.title);
            fill_references(&topic.pages, |count| to.init_pages(count));
        }
        Ok(())
    }

    async fn section(
        self: Rc<Self>,
        params: manual::SectionParams,
        mut results: manual::SectionResults,
    ) -> Result<(), Error> {
        let section = params.get()?.get_section();
        let manual = self.manual();
        let pages: Vec<_> = manual.section(section).map(Page::reference).collect();
        fill_references(&pages, |count| results.get().init_pages(count));
        Ok(())
    }

    async fn describe(
        self: Rc<Self>,
        params: manual::DescribeParams,
        mut results: manual::DescribeResults,
    ) -> Result<(), Error> {
        let manual = self.manual();
        let found = manual.interface(params.get()?.get_interface_id());
        let page = found.ok_or_else(|| refused(UNKNOWN))?;
        fill(&manual, page, results.get().init_page());
        Ok(())
    }

    async fn build_info(
        self: Rc<Self>,
        _: manual::BuildInfoParams,
        mut results: manual::BuildInfoResults,
    ) -> Result<(), Error> {
        let mut to = results.get();
        let manual = self.manual();
        to.set_commit(&manual.build().commit);
        to.set_built_at(&manual.build().built_at);
        Ok(())
    }

    async fn schema(
        self: Rc<Self>,
        params: manual::SchemaParams,
        mut results: manual::SchemaResults,
    ) -> Result<(), Error> {
        let manual = self.manual();
        let found = manual.schema(params.get()?.get_interface_id());
        results.get().set_request(found.ok_or_else(|| refused(UNKNOWN))?);
        Ok(())
    }
}
