//! Each bound of a board, at it and one past it.

use serde_json::json;

use super::*;
use crate::workspace::view::Text;

#[test]
fn four_windows_have_streams_and_the_fifth_is_told_so() {
    let board = board(9, 900);
    let pages: Vec<Page> = (0..4).map(|_| Page::opened(&board, &[])).collect();
    let one_more = || board.window(Opening { window: Key::new(), topics: BTreeSet::new(), after: None });
    assert_eq!(one_more().err().unwrap().code.as_str(), "handlerLimitExceeded");
    drop(pages);
    assert!(one_more().is_ok());
}

#[test]
fn topics_past_the_bound_are_not_shown() {
    let board = Board::new(&WorkspaceLimits { topics: 2, ..WorkspaceLimits::default() });
    board.put("a", item(1));
    let _channel = board.open("b", Audience::All, Latest(Vec::new()));
    board.put("c", item(1));
    let refused = board.open("d", Audience::All, Latest(Vec::new()));
    refused.send(&item(1));
    board.put("a", item(2));
    let mut page = Page::opened(&board, &[]);
    page.read(None);
    assert_eq!(page.topics.keys().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(page.topics["a"], json!({ "number": 2 }));
}

#[test]
fn a_whole_is_shown_up_to_the_bound_and_not_past_it() {
    let bytes = |text: &Text| json(text).len();
    let text = Text::line("fits");
    for (most, is_shown) in [(bytes(&text), true), (bytes(&text) - 1, false)] {
        let board = Board::new(&WorkspaceLimits { topic_bytes: most, ..WorkspaceLimits::default() });
        let mut early = Page::opened(&board, &[]);
        early.read(None);
        board.put("topic", text.clone());
        early.read(None);
        let mut late = Page::opened(&board, &[]);
        late.read(None);
        assert_eq!((early.topics.contains_key("topic"), late.topics.contains_key("topic")), (is_shown, is_shown));
    }
}

#[test]
fn a_window_wants_no_more_than_the_bound() {
    let board = Board::new(&WorkspaceLimits { topics: 2, ..WorkspaceLimits::default() });
    let page = Page::opened(&board, &[]);
    let want = |topics: &[&str]| board.want(page.key, topics.iter().map(|&topic| topic.to_owned()).collect());
    assert!(want(&["a", "b"]).is_ok());
    assert!(want(&["a", "b", "c"]).is_err());
    assert!(want(&[&"x".repeat(128)]).is_ok());
    assert!(want(&[&"x".repeat(129)]).is_err());
}

/// Large wholes for many windows hold nobody up who changes the board.
#[test]
fn much_is_told_in_pieces() {
    let board = Board::new(&WorkspaceLimits::default());
    for topic in 0..8 {
        board.put(&format!("t{topic}"), Text::lines(&"x".repeat(60_000), 100_000));
    }
    let mut window = board.window(Opening { window: Key::new(), topics: BTreeSet::new(), after: None }).unwrap();
    let mut pieces = Vec::new();
    while let Some(Some(piece)) = window.next().now_or_never() {
        pieces.push(piece.len());
    }
    assert!(pieces.len() >= 4 && pieces.iter().all(|&bytes| bytes < 130_000), "{pieces:?}");
}

/// What a window that reads nothing for a while is told of a topic that it wants: wholes and changes, in this order.
fn told_late(lag: usize, changes: u64) -> Vec<&'static str> {
    let board = lagging(1000, 1 << 20, lag);
    let channel = board.open("list", Audience::Wanting, Latest(Vec::new()));
    let mut page = Page::opened(&board, &["list"]);
    page.read(None);
    (1..=changes).for_each(|number| channel.send(&item(number)));
    page.told.clear();
    page.read(None);
    let expected: Vec<u64> = (1..=changes).rev().take(5).collect::<Vec<_>>().into_iter().rev().collect();
    assert_eq!(numbers(&page, "list"), Some(expected));
    assert_eq!(page.begun_anew, 1, "what else it has stays");
    page.told
}

#[test]
fn a_window_is_told_changes_late_up_to_the_bound_and_the_whole_past_it() {
    let change = r#"{"topic":"list","delta":{"number":1}}"#.len();
    assert_eq!(told_late(change * 7, 7), vec!["delta"; 7]);
    assert_eq!(told_late(change * 7 - 1, 7), ["whole"]);
    assert_eq!(told_late(change * 7, 8), ["whole"]);
}

#[test]
fn a_window_is_told_changes_late_where_the_whole_was_more_than_they_are() {
    let board = lagging(1000, 1 << 20, 0);
    let channel = board.open("list", Audience::Wanting, Latest((1..=5).map(item).collect()));
    let mut page = Page::opened(&board, &["list"]);
    page.read(None);
    let (whole, change) =
        (json(&channel.read(Latest::whole).unwrap()).len(), r#"{"topic":"list","delta":{"number":6}}"#.len());
    let fits = whole / change;
    for (changes, told) in [(fits, vec!["delta"; fits]), (fits + 1, vec!["whole"])] {
        (0..changes).for_each(|_| channel.send(&item(6)));
        page.told.clear();
        page.read(None);
        assert_eq!(page.told, told);
    }
}

#[test]
fn of_what_is_for_all_a_slow_window_is_told_what_it_is_by_now() {
    let board = lagging(1000, 1 << 20, 1 << 20);
    let mut page = Page::opened(&board, &[]);
    page.read(None);
    (0..100).for_each(|number| board.put("topic", item(number)));
    (0..100).for_each(|number| board.put("gone", item(number)));
    board.remove("gone");
    page.told.clear();
    page.read(None);
    assert_eq!(page.told, ["whole", "gone"]);
    assert_eq!(page.topics["topic"], json!({ "number": 99 }));
}
