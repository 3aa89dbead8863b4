//! The manual as its readers find it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use capos_schema::manual_capnp::{self, man_page, manual};
use capos_schema::{Code, Denial, Registry};

use super::{Build, Manual, ManualLimits, PageRef, Source, prose, topics, written};

fn build() -> Build {
    Build { commit: "c0ffee".to_owned(), built_at: "2026-11-21T00:00:00Z".to_owned() }
}

fn stock() -> Manual {
    Manual::new(Registry::builtin(), build())
}

fn places(pages: Vec<&super::Page>) -> Vec<String> {
    pages.into_iter().map(|page| page.reference().to_string()).collect()
}

#[test]
fn every_written_page_can_be_read_and_is_named_as_its_file() {
    for (name, text) in written::FILES {
        let page = prose::parse(text).unwrap_or_else(|fault| panic!("{name}: {fault:?}"));
        assert_eq!(format!("{}.{}", page.name, page.section), *name);
        let known = |key: &String| topics::TOPICS.iter().any(|(topic, _)| topic == key);
        assert!(page.topics.iter().all(known), "{name} has a topic that there is not");
    }
}

#[test]
fn every_file_of_the_directory_is_in_the_manual() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("manual");
    let there = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let listed = written::FILES.iter().map(|(name, _)| format!("{name}.md"));
    assert_eq!(there.collect::<BTreeSet<_>>(), listed.collect::<BTreeSet<_>>());
}

#[test]
fn every_reference_leads_to_a_page() {
    let manual = stock();
    for page in manual.pages() {
        assert!(!page.see_also.is_empty() || page.source == Source::Schema, "{} leads nowhere", page.name);
        for other in page.see_also.iter().chain(&in_text(&page.body)) {
            assert!(manual.page(&other.name, other.section).is_some(), "{} refers to {other}", page.name);
            assert_ne!(*other, page.reference(), "{} refers to itself", page.name);
        }
    }
}

/// Whatever looks like `audit(5)`.
fn in_text(text: &str) -> Vec<PageRef> {
    let words = text.split(|c: char| c.is_whitespace() || c == '`');
    words.filter_map(|word| PageRef::parse(word.trim_end_matches([',', '.', ';', ':']))).collect()
}

#[test]
fn every_denial_code_is_explained_and_no_other() {
    let manual = stock();
    let body = &manual.page("errors", 7).unwrap().body;
    let explained: Vec<_> = body.lines().filter_map(|line| line.strip_prefix("- `")?.split_once("`: ")).collect();
    let codes: Vec<_> = explained.iter().filter_map(|(code, _)| Code::parse(code)).collect();
    assert_eq!(codes, Code::ALL);
    assert_eq!(codes.len(), explained.len());
}

#[test]
fn every_interface_of_the_contract_has_a_page_with_every_method() {
    let (registry, manual) = (Registry::builtin(), stock());
    for node in registry.nodes().filter(|node| registry.interface(node.id).is_ok()) {
        let page = manual.interface(node.id).unwrap();
        assert_eq!(manual.page(&node.name, 0).unwrap().interface, Some(node.id));
        assert_eq!((&page.name, page.source), (&node.name, Source::Schema));
        assert!(page.body.contains(node.doc.trim()), "{} has its comment", node.name);
        for method in &registry.interface(node.id).unwrap().methods {
            assert!(page.body.contains(&format!("\n### {}\n", method.name)), "{}.{}", node.name, method.name);
            assert!(page.body.contains(method.doc.trim()));
        }
    }
}

#[test]
fn a_drawn_page_shows_signatures_and_the_fields_of_types() {
    let manual = stock();
    let page = manual.page("Manual", 2).unwrap();
    for part in [
        "`page @0 (name :Text, section :UInt8) -> (page :ManPage)`",
        "Interface id: `0xa47540e09e7d1f31`.",
        "### struct ManPage",
        "- `seeAlso :List(PageRef)`: Where to read on.",
        "### enum Source",
        "- `prose`: Written by hand.",
    ] {
        assert!(page.body.contains(part), "{part} in\n{}", page.body);
    }
    assert_eq!(page.title, "The node's manual");
    let sink = manual.page("AuditSink", 2).unwrap();
    assert!(sink.body.contains("`row @0 (row :AuditRow) -> stream`"), "{}", sink.body);
}

#[test]
fn pages_of_interfaces_lead_to_what_they_speak_of_and_to_what_speaks_of_them() {
    let manual = stock();
    let others: Vec<_> = manual.page("AuditLog", 2).unwrap().see_also.iter().map(ToString::to_string).collect();
    assert_eq!(others, ["audit(1)", "AuditFollow(2)", "AuditSink(2)", "audit(5)", "audit(7)"]);
}

#[test]
fn interfaces_of_the_node_and_of_services_are_apart() {
    let manual = stock();
    let node: BTreeSet<_> = manual.section(2).map(|page| page.name.as_str()).collect();
    let services: Vec<_> = manual.section(3).map(|page| page.name.as_str()).collect();
    for name in ["RemoteSessionGateway", "AccountAdmin", "SystemInfo", "RemoteServiceRunner", "ServiceAdmin"] {
        assert!(node.contains(name), "{name}");
    }
    for name in ["Adventure", "PaperclipsGame", "CommandSurface", "PaperclipsGame", "TerminalSession"] {
        assert!(services.contains(&name) && !node.contains(name), "{name}");
    }
}

#[test]
fn section_zero_takes_the_first_page_of_that_name() {
    let manual = stock();
    assert_eq!(manual.page("audit", 0).unwrap().section, 1);
    assert_eq!(manual.page("audit", 7).unwrap().section, 7);
    assert_eq!(
        manual.page("paperclipsgame", 0).unwrap().name,
        "PaperclipsGame",
        "case does not matter where nothing fits exactly"
    );
    assert!(manual.page("audit", 8).is_none() && manual.page("nonsense", 0).is_none());
}

#[test]
fn a_search_finds_names_before_titles_before_texts() {
    let manual = stock();
    let found = places(manual.apropos("lease").unwrap());
    let place =
        |page: &str| found.iter().position(|other| other == page).unwrap_or_else(|| panic!("{page}: {found:?}"));
    assert_eq!(found.first().unwrap(), "leases(7)");
    let found_of_sign_in = places(manual.apropos("sign in").unwrap());
    assert_eq!(found_of_sign_in.first().unwrap(), "sign-in(7)");
    assert!(place("leases(7)") < place("RemoteCapSet(2)"));
}

#[test]
fn all_words_must_match_and_the_last_may_be_begun() {
    let manual = stock();
    assert_eq!(places(manual.apropos("audit verif").unwrap()).first().unwrap(), "audit(1)");
    assert!(places(manual.apropos("verif audit").unwrap()).is_empty(), "only the last word may be cut");
    assert!(manual.apropos("audit nosuchwordanywhere").unwrap().is_empty());
    let upper = places(manual.apropos("AUDIT VERIFY").unwrap());
    assert_eq!(upper, places(manual.apropos("audit, verify!").unwrap()));
}

#[test]
fn a_query_without_words_or_too_long_is_none() {
    let manual = stock();
    let longest = ManualLimits::default().query_bytes;
    assert!(manual.apropos("").is_none() && manual.apropos(" ,. ").is_none());
    assert!(manual.apropos(&"a".repeat(longest)).is_some());
    assert!(manual.apropos(&"a".repeat(longest + 1)).is_none());
}

#[test]
fn every_page_belongs_to_a_topic_and_every_topic_has_pages() {
    let manual = stock();
    assert!(manual.topics().iter().all(|topic| !topic.pages.is_empty()));
    let all: BTreeSet<_> = manual.topics().iter().flat_map(|topic| &topic.pages).collect();
    assert!(manual.pages().iter().all(|page| all.contains(&page.reference())));
}

fn pages_within(limits: ManualLimits) -> Manual {
    Manual::with_limits(Registry::builtin(), build(), limits)
}

#[test]
fn pages_are_as_many_as_the_limit_and_written_ones_are_never_left_out() {
    let all = stock().pages().len();
    let count = |pages| pages_within(ManualLimits { pages, ..ManualLimits::default() }).pages().len();
    assert_eq!((count(all), count(all - 1)), (all, all - 1));
    assert_eq!(count(0), written::FILES.len());
    let fewer = pages_within(ManualLimits { pages: written::FILES.len() + 3, ..ManualLimits::default() });
    let drawn = fewer.pages().iter().filter(|page| page.source == Source::Schema);
    for other in drawn.flat_map(|page| &page.see_also) {
        assert!(fewer.page(&other.name, other.section).is_some(), "{other} was left out");
    }
}

#[test]
fn a_page_that_is_too_long_is_cut_and_says_so() {
    let drawn = stock().pages().iter().filter(|page| page.interface.is_some()).map(|page| page.body.len()).max();
    let longest = drawn.unwrap();
    let cut = |page_bytes| {
        let manual = pages_within(ManualLimits { page_bytes, ..ManualLimits::default() });
        manual.pages().iter().filter(|page| page.body.ends_with("it is too long.")).count()
    };
    assert_eq!(cut(longest + 16), 0);
    assert!(cut(longest - 1) >= 1);
    let manual = pages_within(ManualLimits { page_bytes: 1000, ..ManualLimits::default() });
    let sizes = manual.pages().iter().filter(|page| page.source == Source::Schema).map(|page| page.body.len());
    assert!(sizes.max().unwrap() < 1000 + 64);
}

#[test]
fn drawn_pages_come_to_a_bounded_size_in_all() {
    let sizes = |manual: &Manual| -> Vec<usize> {
        manual.pages().iter().filter(|page| page.interface.is_some()).map(|page| page.body.len()).collect()
    };
    let all = sizes(&stock());
    let total = all.iter().sum();
    let within = |drawn_bytes| sizes(&pages_within(ManualLimits { drawn_bytes, ..ManualLimits::default() })).len();
    assert_eq!((within(total), within(total - 1)), (all.len(), all.len() - 1));
}

#[test]
fn a_search_tells_of_as_many_pages_as_the_limit() {
    let found =
        |matches| pages_within(ManualLimits { matches, ..ManualLimits::default() }).apropos("the").unwrap().len();
    let all = found(usize::MAX);
    assert_eq!((found(all), found(all - 1)), (all, all - 1));
}

async fn page_of(client: &manual::Client, name: &str, section: u8) -> capnp::Result<String> {
    let mut request = client.page_request();
    request.get().set_name(name);
    request.get().set_section(section);
    let response = request.send().promise.await?;
    Ok(shown(response.get()?.get_page()?))
}

fn shown(page: man_page::Reader<'_>) -> String {
    let text = |text: capnp::Result<capnp::text::Reader<'_>>| text.unwrap().to_string().unwrap();
    assert_eq!(text(page.get_build_id()), "c0ffee");
    format!("{}({}) {}", text(page.get_name()), page.get_section(), text(page.get_title()))
}

#[tokio::test]
async fn a_holder_reads_pages() {
    let client = Arc::new(stock()).client();
    assert_eq!(page_of(&client, "audit", 5).await.unwrap(), "audit(5) the form of the audit journal");
    let mut request = client.describe_request();
    request.get().set_interface_id(0xa475_40e0_9e7d_1f31);
    let response = request.send().promise.await.unwrap();
    let page = response.get().unwrap().get_page().unwrap();
    assert_eq!(shown(page), "Manual(2) The node's manual");
    assert_eq!(page.get_source().unwrap(), manual_capnp::Source::SchemaReflection);
}

#[tokio::test]
async fn written_pages_come_with_examples_and_the_date_of_their_review() {
    let client = Arc::new(stock()).client();
    let mut request = client.page_request();
    request.get().set_name("call");
    let response = request.send().promise.await.unwrap();
    let page = response.get().unwrap().get_page().unwrap();
    assert_eq!(page.get_examples().unwrap().get(0).unwrap(), "capos call system_info motd");
    assert_eq!(page.get_see_also().unwrap().get(0).get_name().unwrap(), "caps");
    assert_eq!(page.get_last_reviewed().unwrap(), "2026-11-21");
    assert_eq!(page.get_source().unwrap(), manual_capnp::Source::Prose);
}

#[tokio::test]
async fn a_holder_searches_and_browses() {
    let client = Arc::new(stock()).client();
    let mut request = client.apropos_request();
    request.get().set_query("lease");
    let response = request.send().promise.await.unwrap();
    let result = response.get().unwrap().get_result().unwrap();
    assert_eq!(result.get_query().unwrap(), "lease");
    assert_eq!(result.get_matches().unwrap().get(0).get_name().unwrap(), "leases");

    let response = client.topics_request().send().promise.await.unwrap();
    let topics = response.get().unwrap().get_topics().unwrap();
    assert_eq!(topics.get(0).get_key().unwrap(), "start");
    assert!(!topics.get(0).get_pages().unwrap().is_empty());

    let count = async |section: u8| {
        let mut request = client.section_request();
        request.get().set_section(section);
        let response = request.send().promise.await.unwrap();
        response.get().unwrap().get_pages().unwrap().len()
    };
    assert_eq!((count(5).await, count(0).await, count(200).await), (3, 0, 0));

    let response = client.build_info_request().send().promise.await.unwrap();
    assert_eq!(response.get().unwrap().get_built_at().unwrap(), "2026-11-21T00:00:00Z");
}

#[tokio::test]
async fn what_is_not_there_is_a_bad_request() {
    let client = Arc::new(stock()).client();
    let code = |error: capnp::Error| Denial::from_error(&error).unwrap().code;
    assert_eq!(code(page_of(&client, "nonsense", 0).await.unwrap_err()), Code::BadRequest);
    let mut request = client.describe_request();
    request.get().set_interface_id(7);
    assert_eq!(code(request.send().promise.await.map(|_| ()).unwrap_err()), Code::BadRequest);
    for query in [String::new(), "a".repeat(1 << 20)] {
        let mut request = client.apropos_request();
        request.get().set_query(&query);
        assert_eq!(code(request.send().promise.await.map(|_| ()).unwrap_err()), Code::BadRequest);
    }
    let mut request = client.page_request();
    request.get().init_name(2).as_bytes_mut().copy_from_slice(&[0xff, 0xfe]);
    assert_eq!(code(request.send().promise.await.map(|_| ()).unwrap_err()), Code::BadRequest);
}
