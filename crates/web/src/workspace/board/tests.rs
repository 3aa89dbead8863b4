//! Windows as a page has them, against the board.

use std::collections::{BTreeMap, BTreeSet};

use futures::FutureExt as _;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::workspace::view::{Text, shown};

shown! {
    struct Item { number: u64 }
    struct Items { items: Vec<Item> }
}

/// The latest items.
struct Latest(Vec<Item>);

impl Model for Latest {
    type Delta = Item;
    type Whole = Items;

    fn apply(&mut self, delta: &Item) {
        self.0.push(delta.clone());
        let surplus = self.0.len().saturating_sub(5);
        self.0.drain(..surplus);
    }

    fn whole(&self) -> Items {
        Items { items: self.0.clone() }
    }
}

/// A page: what it has, and where it was.
struct Page {
    key: Key,
    topics: BTreeMap<String, Value>,
    wants: BTreeSet<String>,
    place: Option<String>,
    begun_anew: u32,
    ended: Option<Value>,
    window: Option<Window>,
}

impl Page {
    fn new(wants: &[&str]) -> Self {
        let wants = wants.iter().map(|&topic| topic.to_owned()).collect();
        let (topics, place, ended, window) = (BTreeMap::new(), None, None, None);
        Self { key: Key::new(), topics, wants, place, begun_anew: 0, ended, window }
    }

    fn connect(&mut self, board: &Board) {
        let opening = Opening { window: self.key, topics: self.wants.clone(), after: self.place.clone() };
        self.window = Some(board.window(opening).unwrap());
    }

    fn opened(board: &Board, wants: &[&str]) -> Self {
        let mut page = Self::new(wants);
        page.connect(board);
        page
    }

    /// Reads all there is to read. Of the last piece only so much arrives, and then the stream is broken.
    fn read(&mut self, cut: Option<usize>) {
        let mut heard = Vec::new();
        while let Some(Some(Some(piece))) = self.window.as_mut().map(|window| window.next().now_or_never()) {
            heard.push(String::from_utf8(piece.to_vec()).unwrap());
        }
        let mut heard = heard.concat();
        if let Some(cut) = cut {
            heard.truncate(cut % (heard.len() + 1));
            self.window = None;
        }
        let (whole, _) = heard.rsplit_once("\n\n").unwrap_or_default();
        whole.split("\n\n").filter(|block| !block.is_empty()).for_each(|block| self.hear(block));
    }

    fn hear(&mut self, block: &str) {
        for line in block.lines() {
            if let Some(place) = line.strip_prefix("id: ") {
                self.place = Some(place.to_owned());
            } else {
                let event: Value = serde_json::from_str(line.strip_prefix("data: ").unwrap()).unwrap();
                self.apply(event);
            }
        }
    }

    fn apply(&mut self, event: Value) {
        if let Some(begin) = event.get("begin") {
            if begin["anew"] == true {
                self.topics.clear();
                self.begun_anew += 1;
            }
            return;
        }
        if event.get("ended").is_some() {
            self.ended = Some(event["ended"].clone());
            return;
        }
        let topic = event["topic"].as_str().unwrap().to_owned();
        if event.get("gone").is_some() {
            self.topics.remove(&topic);
        } else if let Some(whole) = event.get("whole") {
            self.topics.insert(topic, whole.clone());
        } else {
            let known = self.topics.get_mut(&topic).expect("no delta comes before its whole");
            let items = known["items"].as_array_mut().unwrap();
            items.push(event["delta"].clone());
            let surplus = items.len().saturating_sub(5);
            items.drain(..surplus);
        }
    }
}

fn board(events: usize, bytes: usize) -> Board {
    Board::new(&WorkspaceLimits { log_events: events, log_bytes: bytes, ..WorkspaceLimits::default() })
}

fn item(number: u64) -> Item {
    Item { number }
}

fn numbers(page: &Page, topic: &str) -> Option<Vec<u64>> {
    let items = page.topics.get(topic)?["items"].as_array()?;
    Some(items.iter().map(|item| item["number"].as_u64().unwrap()).collect())
}

#[derive(Clone, Debug)]
enum Act {
    Put(usize, u64),
    PutWanted(usize, u64),
    Remove(usize),
    Open(usize, bool),
    Send(usize, u64),
    Close(usize),
    Connect(usize),
    Disconnect(usize),
    Want(usize, Vec<usize>),
    Read(usize, Option<usize>),
}

fn acts() -> impl Strategy<Value = Act> {
    prop_oneof![
        2 => (0..2_usize, 0..3_u64).prop_map(|(topic, number)| Act::Put(topic, number)),
        2 => (0..4_usize, 0..3_u64).prop_map(|(topic, number)| Act::PutWanted(topic, number)),
        1 => (0..2_usize).prop_map(Act::Remove),
        2 => (0..4_usize, any::<bool>()).prop_map(|(topic, all)| Act::Open(topic, all)),
        8 => (0..4_usize, 0..100_u64).prop_map(|(topic, number)| Act::Send(topic, number)),
        1 => (0..4_usize).prop_map(Act::Close),
        2 => (0..3_usize).prop_map(Act::Connect),
        1 => (0..3_usize).prop_map(Act::Disconnect),
        2 => (0..3_usize, prop::collection::vec(0..4_usize, 0..4)).prop_map(|(page, topics)| Act::Want(page, topics)),
        4 => (0..3_usize, prop::option::weighted(0.4, 0..2000_usize)).prop_map(|(page, cut)| Act::Read(page, cut)),
    ]
}

/// A board, what it should show, and who looks at it.
struct World {
    board: Board,
    pages: [Page; 3],
    puts: BTreeMap<String, Value>,
    channels: [Option<(Audience, Channel<Latest>)>; 4],
    wanted: [Option<Value>; 4],
}

impl World {
    fn new() -> Self {
        let pages = [Page::new(&[]), Page::new(&["list/0", "list/1"]), Page::new(&["list/2"])];
        Self {
            board: board(9, 600),
            pages,
            puts: BTreeMap::new(),
            channels: [const { None }; 4],
            wanted: Default::default(),
        }
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Put(topic, number) => {
                self.board.put(&format!("put/{topic}"), item(number));
                self.puts.insert(format!("put/{topic}"), json!({ "number": number }));
            }
            Act::PutWanted(topic, number) => {
                self.channels[topic] = None;
                self.board.put_wanted(&format!("list/{topic}"), &Items { items: vec![item(number)] });
                self.wanted[topic] = Some(json!({ "items": [{ "number": number }] }));
            }
            Act::Remove(topic) => {
                self.board.remove(&format!("put/{topic}"));
                self.puts.remove(&format!("put/{topic}"));
            }
            Act::Open(topic, all) => {
                let audience = if all { Audience::All } else { Audience::Wanting };
                let channel = self.board.open(&format!("list/{topic}"), audience, Latest(vec![item(7)]));
                // The one before is dropped after it, and takes nothing away.
                self.channels[topic] = Some((audience, channel));
                self.wanted[topic] = None;
            }
            Act::Send(topic, number) => {
                self.channels[topic].iter().for_each(|(_, channel)| channel.send(&item(number)));
            }
            Act::Close(topic) => self.channels[topic] = None,
            Act::Connect(page) => self.pages[page].connect(&self.board),
            Act::Disconnect(page) => self.pages[page].window = None,
            Act::Want(page, topics) => {
                let page = &mut self.pages[page];
                page.wants = topics.into_iter().map(|topic| format!("list/{topic}")).collect();
                // Where it is not connected it says so when it comes back.
                assert_eq!(self.board.want(page.key, page.wants.clone()).is_ok(), page.window.is_some());
            }
            Act::Read(page, cut) => self.pages[page].read(cut),
        }
    }

    /// What such a page has to have.
    fn expected(&self, wants: &BTreeSet<String>) -> BTreeMap<String, Value> {
        let mut expected = self.puts.clone();
        for (number, (audience, channel)) in
            self.channels.iter().enumerate().filter_map(|(number, channel)| Some((number, channel.as_ref()?)))
        {
            let name = format!("list/{number}");
            if *audience == Audience::All || wants.contains(&name) {
                let items = channel.read(|model| serde_json::to_value(model.whole()).unwrap());
                expected.insert(name, items.unwrap());
            }
        }
        for (number, whole) in self.wanted.iter().enumerate() {
            let name = format!("list/{number}");
            expected.extend(whole.clone().filter(|_| wants.contains(&name)).map(|whole| (name, whole)));
        }
        expected
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..ProptestConfig::default() })]
    #[test]
    fn whatever_windows_do_they_come_to_have_what_the_board_has(acts in prop::collection::vec(acts(), 1..60)) {
        let mut world = World::new();
        for act in acts {
            world.act(act);
        }
        for number in 0..world.pages.len() {
            if world.pages[number].window.is_none() {
                world.act(Act::Connect(number));
            }
            world.act(Act::Read(number, None));
            let (page, expected) = (&world.pages[number], world.expected(&world.pages[number].wants));
            // Of what it wanted before it came back it may have kept something, which nothing shows.
            let shown = page.topics.iter().filter(|(topic, _)| topic.starts_with("put") || expected.contains_key(*topic));
            let shown: BTreeMap<_, _> = shown.map(|(topic, whole)| (topic.clone(), whole.clone())).collect();
            prop_assert_eq!(shown, expected);
        }
    }
}

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
    let bytes = |text: &Text| serde_json::to_string(text).unwrap().len();
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
