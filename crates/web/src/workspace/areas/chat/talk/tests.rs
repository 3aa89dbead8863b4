use super::*;
use crate::workspace::view::json;

fn fresh(lines: usize) -> Talk {
    let limits = WorkspaceLimits { chat_lines: lines, ..WorkspaceLimits::default() };
    Talk::new(&Board::new(&limits), &limits, "lobby", false)
}

fn event(kind: Kind, sender: &str, text: &str) -> Event {
    Event { channel: "lobby".to_owned(), sender: Text::line(sender), kind, text: Text::line(text) }
}

fn page(words: &[&str], more: bool) -> Page {
    let message =
        |(number, text): (u64, &&str)| Message { number, at_ms: 1, sender: Text::line("ada"), text: Text::line(text) };
    Page { messages: (1..).zip(words).map(message).collect(), more }
}

fn shown(talk: &Talk) -> Vec<(LineKind, String, Option<u64>)> {
    talk.read(|model| model.lines.iter().map(|line| (line.kind, line.text.as_str().to_owned(), line.number)).collect())
}

fn words(talk: &Talk) -> String {
    shown(talk).iter().map(|(_, text, _)| text.clone()).collect::<Vec<_>>().join(" ")
}

/// Comes into a channel in which `before` was said.
fn come(before: &[&str]) -> Talk {
    let mut talk = fresh(100);
    talk.arrive();
    before.iter().for_each(|text| talk.tell(&event(Kind::History, "ada", text), 5));
    talk.tell(&event(Kind::Joined, "me", ""), 5);
    talk
}

#[test]
fn who_comes_in_sees_what_was_before_once_and_knows_the_own_handle() {
    let mut talk = come(&["a", "b"]);
    talk.begin(page(&["a", "b"], true));
    assert_eq!(words(&talk), "a b ");
    assert_eq!((talk.own.as_str(), talk.joined, talk.is_arriving()), ("me", true, false));
    talk.tell(&event(Kind::Message, "ada", "c"), 6);
    assert_eq!(shown(&talk).last().unwrap(), &(LineKind::Message, "c".to_owned(), Some(3)));
}

#[test]
fn what_is_said_while_one_comes_in_is_shown_once_and_numbered() {
    // The page has what was told as well.
    let mut talk = come(&["a"]);
    talk.tell(&event(Kind::Message, "ada", "b"), 6);
    talk.begin(page(&["a", "b"], false));
    assert_eq!(words(&talk), "a  b");
    assert_eq!(shown(&talk).last().unwrap().2, Some(2));
    // The page comes before anything is told.
    let mut talk = fresh(100);
    talk.arrive();
    talk.begin(page(&["a", "b"], false));
    assert!(talk.is_arriving() && shown(&talk).is_empty());
    talk.tell(&event(Kind::History, "ada", "a"), 5);
    talk.tell(&event(Kind::Joined, "me", ""), 5);
    talk.tell(&event(Kind::Message, "ada", "b"), 5);
    assert_eq!(words(&talk), "a  b");
}

#[test]
fn what_was_said_while_one_was_away_is_counted_and_before_the_first_time_nothing_is() {
    let mut talk = come(&["a", "b"]);
    talk.begin(page(&["a", "b"], false));
    assert_eq!(talk.unread, 0);
    let come_again = |talk: &mut Talk, said: &[&str]| {
        talk.arrive();
        said.iter().for_each(|text| talk.tell(&event(Kind::History, "ada", text), 7));
        talk.tell(&event(Kind::Joined, "me", ""), 7);
        talk.begin(page(said, false));
    };
    come_again(&mut talk, &["a", "b", "c", "d", "e"]);
    assert_eq!((talk.unread, talk.joined), (3, true));
    // Whoever has left is told nothing of what is said meanwhile, and wants to know none of it.
    talk.tell(&event(Kind::Left, "me", ""), 8);
    come_again(&mut talk, &["a", "b", "c", "d", "e", "f"]);
    assert_eq!(talk.unread, 3);
}

#[test]
fn a_chat_that_does_not_tell_that_one_is_there_is_used_all_the_same() {
    let mut talk = fresh(100);
    talk.arrive();
    talk.begin(page(&["a"], false));
    talk.arrive_untold();
    assert_eq!((talk.joined, talk.is_arriving()), (true, false));
    talk.tell(&event(Kind::Joined, "ada", ""), 5);
    assert_eq!(talk.own.as_str(), "", "somebody else's name is not taken for the own one");
}

#[test]
fn a_gap_is_said_and_closed_by_the_page() {
    let mut talk = come(&["a"]);
    talk.begin(page(&["a"], false));
    talk.miss(3, 6);
    talk.tell(&event(Kind::Message, "ada", "d"), 6);
    assert_eq!(shown(&talk).last().unwrap().2, None, "after a gap nobody knows the number");
    assert!(talk.fill(&page(&["a", "b", "c", "d", "e"], false)), "what is still to be told is not shown yet");
    assert_eq!(words(&talk), "a b c d");
    talk.tell(&event(Kind::Message, "ada", "e"), 7);
    assert_eq!(shown(&talk).last().unwrap(), &(LineKind::Message, "e".to_owned(), Some(5)));
}

#[test]
fn a_page_that_fits_nothing_takes_the_place_of_all() {
    let mut talk = come(&[]);
    talk.begin(Page::default());
    talk.miss(900, 6);
    talk.tell(&event(Kind::Message, "ada", "z"), 6);
    assert!(!talk.fill(&page(&["a", "b"], true)));
    assert_eq!(words(&talk), "a b");
}

#[test]
fn as_many_lines_as_may_be_are_kept_and_one_more_pushes_out_the_oldest() {
    let mut talk = fresh(2);
    talk.tell(&event(Kind::Message, "ada", "a"), 1);
    talk.tell(&event(Kind::Message, "ada", "b"), 1);
    assert_eq!((words(&talk), talk.read(|model| model.more)), ("a b".to_owned(), false));
    talk.tell(&event(Kind::Message, "ada", "c"), 1);
    assert_eq!((words(&talk), talk.read(|model| model.more)), ("b c".to_owned(), true));
}

#[test]
fn ones_own_words_are_ones_own_and_count_as_read() {
    let mut talk = come(&[]);
    talk.begin(Page::default());
    talk.tell(&event(Kind::Message, "me", "a"), 1);
    talk.tell(&event(Kind::Message, "ada", "b"), 1);
    assert_eq!(talk.unread, 1);
    talk.rename(true);
    talk.tell(&event(Kind::Left, "me", ""), 1);
    talk.tell(&event(Kind::Joined, "I", ""), 1);
    assert_eq!((talk.own.as_str(), talk.joined), ("I", true));
    talk.tell(&event(Kind::Left, "I", "be quiet"), 1);
    assert!(!talk.joined, "a moderator sent this session out");
}

#[test]
fn who_comes_and_goes_changes_who_is_present() {
    let mut talk = come(&[]);
    talk.begin(Page::default());
    talk.tell(&event(Kind::Joined, "ada", ""), 1);
    let handles =
        |talk: &Talk| talk.read(|model| model.members.iter().map(|one| one.handle.clone()).collect::<Vec<_>>());
    assert_eq!(handles(&talk), [Text::line("ada"), Text::line("me")]);
    talk.tell(&event(Kind::Left, "ada", ""), 1);
    assert_eq!(handles(&talk), [Text::line("me")]);
}

#[test]
fn older_messages_come_before_the_others_and_an_erased_one_has_no_words() {
    let mut talk = come(&["c"]);
    let mut last = page(&["a", "b", "c"], true);
    last.messages.drain(..2);
    talk.begin(last);
    assert_eq!(talk.first(), (Some(3), 2));
    talk.earlier(&page(&["a", "b"], false));
    assert_eq!(words(&talk), "a b c ");
    assert_eq!(talk.message(2), Some((Text::line("ada"), Text::line("b"))));
    talk.erased(2);
    assert_eq!(shown(&talk)[1], (LineKind::Erased, String::new(), Some(2)));
}

#[test]
fn a_megabyte_in_one_line_and_what_would_act_on_a_reader_are_made_harmless() {
    let mut talk = fresh(10);
    talk.tell(&event(Kind::Message, "eve\u{202e}", &format!("\u{1b}]52;\u{7}{}", "x".repeat(1 << 20))), 1);
    let told = talk.read(|model| json(model.lines.back().unwrap()));
    assert!(told.len() < 5000 && !told.contains(['\u{1b}', '\u{7}', '\u{202e}']));
}
