//! Written pages: some lines about the page, then Markdown.
//!
//! ```text
//! ---
//! name: up
//! section: 1
//! title: start a node
//! see-also: connect(1), capos.toml(5)
//! topics: commands, operations
//! reviewed: 2026-11-21
//! ---
//! The text.
//!
//! ## Examples
//!
//! Indented lines, each block of them an example.
//! ```

use super::page::{Page, PageRef, Source};

const FENCE: &str = "---\n";
const EXAMPLES: &str = "\n## Examples\n";

/// What is wrong with a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It does not begin with lines about itself.
    NoHead,
    /// One of those lines cannot be read.
    Line(String),
    /// One of those lines is missing.
    Missing(&'static str),
    /// There is no text.
    Empty,
    /// Under the examples is something that is none.
    Example(String),
}

/// Reads a page.
pub(super) fn parse(text: &str) -> Result<Page, Fault> {
    let rest = text.strip_prefix(FENCE).ok_or(Fault::NoHead)?;
    let (head, text) = rest.split_once(&format!("\n{FENCE}")).ok_or(Fault::NoHead)?;
    let (body, examples) = text.split_once(EXAMPLES).unwrap_or((text, ""));
    if body.trim().is_empty() {
        return Err(Fault::Empty);
    }
    let mut page = blank();
    for line in head.lines() {
        read_line(&mut page, line).ok_or_else(|| Fault::Line(line.to_owned()))?;
    }
    page.body = body.trim().to_owned();
    page.examples = parse_examples(examples)?;
    match missing(&page) {
        None => Ok(page),
        Some(what) => Err(Fault::Missing(what)),
    }
}

fn blank() -> Page {
    Page {
        name: String::new(),
        section: 0,
        title: String::new(),
        body: String::new(),
        examples: Vec::new(),
        see_also: Vec::new(),
        topics: Vec::new(),
        reviewed: String::new(),
        source: Source::Prose,
        interface: None,
    }
}

fn read_line(page: &mut Page, line: &str) -> Option<()> {
    let (key, value) = line.split_once(": ")?;
    match key {
        "name" => page.name = value.to_owned(),
        "section" => page.section = value.parse().ok().filter(|section| (1..=9).contains(section))?,
        "title" => page.title = value.to_owned(),
        "see-also" => page.see_also = value.split(", ").map(PageRef::parse).collect::<Option<_>>()?,
        "topics" => page.topics = value.split(", ").map(str::to_owned).collect(),
        "reviewed" => page.reviewed = Some(value).filter(|value| is_date(value))?.to_owned(),
        _ => return None,
    }
    Some(())
}

fn missing(page: &Page) -> Option<&'static str> {
    let needed = [
        ("name", page.name.is_empty()),
        ("section", page.section == 0),
        ("title", page.title.is_empty()),
        ("topics", page.topics.is_empty()),
        ("reviewed", page.reviewed.is_empty()),
    ];
    needed.into_iter().find(|(_, missing)| *missing).map(|(name, _)| name)
}

/// Blocks of lines that are indented by four.
fn parse_examples(text: &str) -> Result<Vec<String>, Fault> {
    let blocks = text.split("\n\n").map(|block| block.trim_matches('\n')).filter(|block| !block.is_empty());
    blocks.map(parse_example).collect()
}

fn parse_example(block: &str) -> Result<String, Fault> {
    let lines = block.lines().map(|line| line.strip_prefix("    "));
    let lines = lines.collect::<Option<Vec<_>>>().ok_or_else(|| Fault::Example(block.to_owned()))?;
    Ok(lines.join("\n"))
}

/// As 2026-11-21.
fn is_date(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let digits = |part: &&str, length| part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
    matches!(&parts[..], [year, month, day] if digits(year, 4) && digits(month, 2) && digits(day, 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "---\nname: up\nsection: 1\ntitle: start a node\nsee-also: connect(1), audit(5)\n\
        topics: commands\nreviewed: 2026-11-21\n---\nText.\n\nMore.\n\n## Examples\n\n    one\n    two\n\n    three\n";

    #[test]
    fn a_page_has_its_facts_its_text_and_its_examples() {
        let page = parse(PAGE).unwrap();
        assert_eq!((page.name.as_str(), page.section, page.title.as_str()), ("up", 1, "start a node"));
        assert_eq!(page.body, "Text.\n\nMore.");
        assert_eq!(page.examples, ["one\ntwo", "three"]);
        assert_eq!(page.see_also.iter().map(ToString::to_string).collect::<Vec<_>>(), ["connect(1)", "audit(5)"]);
        assert_eq!(page.reviewed, "2026-11-21");
    }

    #[test]
    fn what_is_wrong_with_a_page_is_told() {
        let without = |line: &str| PAGE.replace(line, "");
        let cases = [
            ("no head".to_owned(), Fault::NoHead),
            (PAGE.replace("section: 1", "section: 0"), Fault::Line("section: 0".to_owned())),
            (PAGE.replace("audit(5)", "audit"), Fault::Line("see-also: connect(1), audit".to_owned())),
            (PAGE.replace("reviewed: 2026-11-21", "reviewed: soon"), Fault::Line("reviewed: soon".to_owned())),
            (PAGE.replace("title", "heading"), Fault::Line("heading: start a node".to_owned())),
            (without("title: start a node\n"), Fault::Missing("title")),
            (without("topics: commands\n"), Fault::Missing("topics")),
            (
                without("reviewed: 2026-11-21\n").replace("topics: commands\n", "topics: a\n"),
                Fault::Missing("reviewed"),
            ),
            (without("Text.\n\nMore.\n"), Fault::Empty),
            (PAGE.replace("    two", "two"), Fault::Example("    one\ntwo".to_owned())),
        ];
        for (text, fault) in cases {
            assert_eq!(parse(&text).unwrap_err(), fault, "{text}");
        }
    }
}
