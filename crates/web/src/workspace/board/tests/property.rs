//! Whatever is done, windows come to have what the board has.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

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
    fn new(lag: usize) -> Self {
        let pages = [Page::new(&[]), Page::new(&["list/0", "list/1"]), Page::new(&["list/2"])];
        Self {
            board: lagging(9, 600, lag),
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
                let items = channel.read(|model| serde_json::from_str(&json(&model.whole())).unwrap());
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
    fn whatever_windows_do_they_come_to_have_what_the_board_has(
        acts in prop::collection::vec(acts(), 1..60),
        lag in 0..120_usize,
    ) {
        let mut world = World::new(lag);
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
