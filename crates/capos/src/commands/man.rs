//! `capos man`.

use std::io::Write;
use std::process::{Command, Stdio};

use capos_schema::manual_capnp::{man_page, manual, page_ref};
use serde::Serialize;
use serde_json::json;
use unicode_width::UnicodeWidthStr;

use crate::args::documentation::Man;
use crate::failure::{Exit, Failure};
use crate::output::{Output, Table, plain};
use crate::remote::{text, within};

/// Where a page is.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Reference {
    name: String,
    section: u8,
    site_only: bool,
}

/// One page.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    name: String,
    section: u8,
    title: String,
    body: String,
    examples: Vec<String>,
    see_also: Vec<Reference>,
    build_id: String,
}

/// Reads, searches or lists the manual.
pub(crate) async fn run(arguments: Man, output: &Output) -> Result<Exit, Failure> {
    let Man { page, apropos, target } = arguments;
    match (apropos, &*page) {
        (Some(words), _) => {
            let query = words.join(" ");
            let found = within(&target, output, async |remote| search(&remote.grant("manual"), &query).await).await?;
            return listed(&found, &format!("No page is about {query}."), output);
        }
        (None, []) => {
            let topics = within(&target, output, async |remote| topics(&remote.grant("manual")).await).await?;
            return list_topics(&topics, output);
        }
        _ => {}
    }
    let (section, name) = parse(&page)?;
    let page = within(&target, output, async |remote| read(&remote.grant("manual"), section, name).await).await?;
    if output.is_json() {
        output.json_line(&page)?;
    } else {
        show(&page, output)?;
    }
    Ok(Exit::Done)
}

/// `PAGE` or `SECTION PAGE`; section 0 is any.
fn parse(words: &[String]) -> Result<(u8, &str), Failure> {
    match words {
        [name] => Ok((0, name)),
        [section, name] => match section.parse() {
            Ok(section @ 1..=9) => Ok((section, name)),
            _ => Err(Failure::usage(format!("`{section}` is no section"))
                .advise("Sections are 1 to 9: capos man 5 profile.")),
        },
        _ => Err(Failure::usage("one page at a time")),
    }
}

fn reference(from: page_ref::Reader<'_>) -> Result<Reference, Failure> {
    Ok(Reference { name: text(from.get_name())?, section: from.get_section(), site_only: from.get_site_only() })
}

async fn read(manual: &manual::Client, section: u8, name: &str) -> Result<Page, Failure> {
    let mut request = manual.page_request();
    request.get().set_name(name);
    request.get().set_section(section);
    let answer = request.send().promise.await.map_err(|error| {
        let failure = Failure::from(error);
        if failure.code == "badRequest" {
            failure.advise(format!("Search with `capos man -k {name}`."))
        } else {
            failure
        }
    })?;
    parse_page(answer.get()?.get_page()?)
}

fn parse_page(from: man_page::Reader<'_>) -> Result<Page, Failure> {
    Ok(Page {
        name: text(from.get_name())?,
        section: from.get_section(),
        title: text(from.get_title())?,
        body: text(from.get_body())?,
        examples: from.get_examples()?.iter().map(text).collect::<Result<_, _>>()?,
        see_also: from.get_see_also()?.iter().map(reference).collect::<Result<_, _>>()?,
        build_id: text(from.get_build_id())?,
    })
}

async fn search(manual: &manual::Client, query: &str) -> Result<Vec<Reference>, Failure> {
    let mut request = manual.apropos_request();
    request.get().set_query(query);
    let answer = request.send().promise.await?;
    answer.get()?.get_result()?.get_matches()?.iter().map(reference).collect()
}

fn listed(pages: &[Reference], nothing: &str, output: &Output) -> Result<Exit, Failure> {
    if pages.is_empty() && !output.is_json() {
        return Err(Failure::failed(nothing.trim_end_matches('.')).advise("`capos man` lists what there is."));
    }
    output.list(&pages, |pages| {
        let rows = pages.iter().map(|page| [page.name.clone(), page.section.to_string()]);
        Table::new(&["PAGE", "SECTION"], "").rows(rows)
    })?;
    Ok(Exit::Done)
}

/// A group of pages.
#[derive(Clone, Debug, Serialize)]
struct Topic {
    key: String,
    title: String,
    pages: Vec<Reference>,
}

async fn topics(manual: &manual::Client) -> Result<Vec<Topic>, Failure> {
    let answer = manual.topics_request().send().promise.await?;
    let topics = answer.get()?.get_topics()?;
    let read = |topic: capos_schema::manual_capnp::topic::Reader<'_>| {
        let pages = topic.get_pages()?.iter().map(reference).collect::<Result<_, _>>()?;
        Ok(Topic { key: text(topic.get_key())?, title: text(topic.get_title())?, pages })
    };
    topics.iter().map(read).collect()
}

fn list_topics(topics: &[Topic], output: &Output) -> Result<Exit, Failure> {
    if output.is_json() {
        output.json_line(&json!(topics))?;
        return Ok(Exit::Done);
    }
    let mut shown = String::new();
    for topic in topics {
        let pages: Vec<String> = topic.pages.iter().map(|page| format!("{}({})", page.name, page.section)).collect();
        shown.push_str(&format!("{}\n{}\n", output.bold(&topic.title), wrapped(&plain(&pages.join(", ")), 78)));
    }
    output.styled(&shown)?;
    Ok(Exit::Done)
}

/// Words in lines of at most that width, two blanks in.
fn wrapped(text: &str, width: usize) -> String {
    let mut lines = String::new();
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() && line.len() + word.len() + 3 > width {
            lines.push_str(&format!("  {line}\n"));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    format!("{lines}  {line}\n")
}

/// A sentence over as many lines as the terminal needs; what follows a dash stays beside it.
fn folded(line: &str, columns: Option<usize>) -> String {
    let Some(columns) = columns else { return line.to_owned() };
    let margin = if line.starts_with("- ") { "  " } else { "" };
    let (mut text, mut used) = (String::new(), 0);
    for word in line.split(' ') {
        let width = word.width();
        if used > margin.len() && used + 1 + width > columns {
            text.push('\n');
            text.push_str(margin);
            used = margin.len();
        } else if !text.is_empty() {
            text.push(' ');
            used += 1;
        }
        text.push_str(word);
        used += width;
    }
    text
}

/// The page as text, through `$PAGER` where there is one and a person reads.
fn show(page: &Page, output: &Output) -> Result<(), Failure> {
    let text = render(page, output);
    let pager = std::env::var("PAGER").ok().filter(|pager| output.is_terminal() && !pager.is_empty());
    match pager {
        Some(pager) => paged(&pager, &text).or_else(|()| output.styled(&text)),
        None => output.styled(&text),
    }
}

fn paged(pager: &str, text: &str) -> Result<(), ()> {
    // As man and git do: what is in PAGER is a command line.
    let mut pager =
        Command::new("sh").args(["-c", pager]).stdin(Stdio::piped()).env("LESS", "FRX").spawn().map_err(drop)?;
    if let Some(mut stdin) = pager.stdin.take() {
        // Who leaves the pager early has read enough.
        let _ = stdin.write_all(text.as_bytes());
    }
    pager.wait().map(drop).map_err(drop)
}

fn render(page: &Page, output: &Output) -> String {
    let mut text = format!("{}\n\n", output.bold(&format!("{}({}) - {}", page.name, page.section, page.title)));
    let mut code = false;
    for line in plain(&page.body).lines() {
        code ^= line.starts_with("```");
        match line.trim_start_matches('#') {
            heading if !code && heading.len() < line.len() => text.push_str(&output.bold(heading.trim())),
            _ if code || line.starts_with(['|', ' ']) => text.push_str(line),
            _ => text.push_str(&folded(line, output.columns())),
        }
        text.push('\n');
    }
    if !page.examples.is_empty() {
        text.push_str(&format!("\n{}\n", output.bold("Examples")));
        page.examples.iter().for_each(|example| {
            plain(example).lines().for_each(|line| text.push_str(&format!("  {line}\n")));
        });
    }
    if !page.see_also.is_empty() {
        let pages: Vec<String> = page.see_also.iter().map(|page| format!("{}({})", page.name, page.section)).collect();
        text.push_str(&format!("\n{}\n{}", output.bold("See also"), wrapped(&plain(&pages.join(", ")), 78)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_fold_between_words_where_the_terminal_ends() {
        assert_eq!(folded("one two three", Some(7)), "one two\nthree");
        assert_eq!(folded("- one two three", Some(9)), "- one two\n  three");
        assert_eq!(folded("a_word_that_is_longer than", Some(7)), "a_word_that_is_longer\nthan");
        assert_eq!(folded("one two three", None), "one two three");
    }
}
