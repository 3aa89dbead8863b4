//! What single windows are told, as they come and go.

use std::collections::BTreeSet;

use super::*;

#[test]
fn a_window_that_comes_back_is_told_only_what_it_missed() {
    let board = board(100, 10_000);
    let channel = board.open("list", Audience::All, Latest(Vec::new()));
    let mut page = Page::opened(&board, &[]);
    channel.send(&item(1));
    page.read(None);
    page.window = None;
    channel.send(&item(2));
    page.connect(&board);
    page.read(None);
    assert_eq!((page.begun_anew, numbers(&page, "list")), (1, Some(vec![1, 2])));
}

#[test]
fn a_window_that_lags_past_the_log_begins_anew() {
    let board = board(3, 10_000);
    let channel = board.open("list", Audience::All, Latest(Vec::new()));
    let mut page = Page::opened(&board, &[]);
    page.read(None);
    (1..=3).for_each(|number| channel.send(&item(number)));
    page.read(None);
    assert_eq!(page.begun_anew, 1, "what the log holds is told");
    (4..=7).for_each(|number| channel.send(&item(number)));
    page.read(None);
    assert_eq!((page.begun_anew, numbers(&page, "list")), (2, Some(vec![3, 4, 5, 6, 7])));
}

#[test]
fn a_window_of_another_board_begins_anew() {
    let (one, other) = (board(9, 900), board(9, 900));
    let mut page = Page::opened(&one, &[]);
    one.put("topic", item(1));
    page.read(None);
    page.connect(&other);
    page.read(None);
    assert!(page.topics.is_empty());
}

#[test]
fn a_place_that_cannot_be_is_none() {
    let board = board(9, 900);
    board.put("topic", item(1));
    for place in
        ["", "-", "x-0", "0000000000000000-0", &format!("{}-99", board.0.epoch), &format!("{}--1", board.0.epoch)]
    {
        let mut page = Page::new(&[]);
        page.place = Some(place.to_owned());
        page.connect(&board);
        page.read(None);
        assert_eq!((page.begun_anew, page.topics.len()), (1, 1), "{place}");
    }
}

#[test]
fn what_only_some_want_is_sent_to_them_alone_and_fills_no_log_for_nobody() {
    let board = board(4, 10_000);
    let channel = board.open("list", Audience::Wanting, Latest(Vec::new()));
    let (mut wanting, mut other) = (Page::opened(&board, &["list"]), Page::opened(&board, &[]));
    wanting.read(None);
    other.read(None);
    channel.send(&item(1));
    wanting.read(None);
    other.read(None);
    assert_eq!((numbers(&wanting, "list"), numbers(&other, "list")), (Some(vec![1]), None));
    drop(wanting);
    (0..20).for_each(|number| channel.send(&item(number)));
    other.read(None);
    assert_eq!(other.begun_anew, 1);
}

#[test]
fn what_is_not_wanted_any_more_is_gone_and_wanted_again_is_whole() {
    let board = board(9, 900);
    let channel = board.open("list", Audience::Wanting, Latest(Vec::new()));
    let mut page = Page::opened(&board, &["list"]);
    page.read(None);
    board.want(page.key, BTreeSet::new()).unwrap();
    channel.send(&item(1));
    page.read(None);
    assert_eq!(numbers(&page, "list"), None);
    board.want(page.key, ["list".to_owned()].into()).unwrap();
    page.read(None);
    assert_eq!(numbers(&page, "list"), Some(vec![1]));
}

#[test]
fn areas_learn_what_any_window_wants() {
    let board = board(9, 900);
    let wanted = board.wanted();
    let (one, other) = (Page::opened(&board, &["a"]), Page::opened(&board, &["a", "b"]));
    assert_eq!(*wanted.borrow(), ["a".to_owned(), "b".to_owned()].into());
    drop(other);
    assert_eq!(*wanted.borrow(), ["a".to_owned()].into());
    drop(one);
    assert!(wanted.borrow().is_empty());
}

#[test]
fn a_window_that_opens_again_ends_its_stream_before_and_keeps_its_place() {
    let board = board(9, 900);
    let mut page = Page::opened(&board, &["list"]);
    let mut before = page.window.take().unwrap();
    assert!(before.next().now_or_never().flatten().is_some());
    page.connect(&board);
    assert_eq!(before.next().now_or_never(), Some(None), "it ends");
    drop(before);
    board.want(page.key, BTreeSet::new()).expect("the later one is open still");
}

#[tokio::test]
async fn a_stream_that_waits_ends_when_its_window_opens_again() {
    let board = board(9, 900);
    let mut page = Page::opened(&board, &[]);
    let mut before = page.window.take().unwrap();
    before.next().await.unwrap();
    let waiting = tokio::spawn(async move { before.next().await });
    tokio::task::yield_now().await;
    page.connect(&board);
    assert_eq!(waiting.await.unwrap(), None);
}

#[test]
fn at_the_end_every_window_is_told_why_and_shows_nothing_else() {
    let board = board(9, 900);
    let channel = board.open("list", Audience::All, Latest(Vec::new()));
    let mut page = Page::opened(&board, &[]);
    page.read(None);
    channel.send(&item(1));
    let why = Problem::not_found("It is over.");
    board.end(&why);
    board.end(&Problem::not_found("Something else."));
    board.put("late", item(1));
    channel.send(&item(2));
    page.read(None);
    let mut late = Page::opened(&board, &[]);
    late.read(None);
    for page in [&mut page, &mut late] {
        assert_eq!(page.ended.as_ref().unwrap()["message"], "It is over.");
        assert!(!page.topics.contains_key("late"));
        assert_eq!(page.window.as_mut().unwrap().next().now_or_never(), Some(None));
    }
    assert!(late.topics.is_empty());
    assert_eq!(board.ended(), Some(why));
}

#[test]
fn it_is_known_whether_any_window_is_open() {
    let board = board(9, 900);
    let attended = board.attended();
    assert!(!*attended.borrow());
    let (mut one, mut other) = (Page::opened(&board, &[]), Page::opened(&board, &[]));
    assert!(*attended.borrow());
    one.window = None;
    assert!(*attended.borrow(), "another is");
    other.window = None;
    assert!(!*attended.borrow());
    // One that comes back before its last stream is gone is one all the time.
    one.connect(&board);
    one.connect(&board);
    assert!(*attended.borrow());
}
