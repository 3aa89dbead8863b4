//! Windows as a page has them, against the board.

mod bounds;
mod property;
mod windows;

use std::collections::{BTreeMap, BTreeSet};

use futures::FutureExt as _;
use serde_json::Value;

use super::*;
use crate::workspace::view::shown;

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
    /// What kind of events there were.
    told: Vec<&'static str>,
    ended: Option<Value>,
    window: Option<Window>,
}

impl Page {
    fn new(wants: &[&str]) -> Self {
        let wants = wants.iter().map(|&topic| topic.to_owned()).collect();
        let (topics, place, ended, window) = (BTreeMap::new(), None, None, None);
        Self { key: Key::new(), topics, wants, place, begun_anew: 0, told: Vec::new(), ended, window }
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
        self.told.extend(["gone", "whole", "delta"].into_iter().find(|&kind| event.get(kind).is_some()));
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
    // As little lag as there can be, so that every test has both: changes, and wholes in their place.
    lagging(events, bytes, 0)
}

fn lagging(events: usize, bytes: usize, lag: usize) -> Board {
    let limits = WorkspaceLimits::default();
    Board::new(&WorkspaceLimits { log_events: events, log_bytes: bytes, lag_bytes: lag, ..limits })
}

fn item(number: u64) -> Item {
    Item { number }
}

fn numbers(page: &Page, topic: &str) -> Option<Vec<u64>> {
    let items = page.topics.get(topic)?["items"].as_array()?;
    Some(items.iter().map(|item| item["number"].as_u64().unwrap()).collect())
}
