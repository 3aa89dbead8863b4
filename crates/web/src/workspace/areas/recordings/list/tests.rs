//! Lists as a node tells them, honest or not.

use std::rc::Rc;

use super::*;

/// A node that has so many recordings, and gives so many at a time.
struct Node {
    has: u32,
    at_once: u32,
}

impl recordings::Server for Node {
    async fn list(
        self: Rc<Self>,
        params: recordings::ListParams,
        mut results: recordings::ListResults,
    ) -> Result<(), capnp::Error> {
        let cursor = params.get()?.get_cursor()?.to_string()?;
        let from: u32 = cursor.parse().unwrap_or_default();
        let to = (from + self.at_once.min(params.get()?.get_most())).min(self.has);
        if to < self.has {
            results.get().set_cursor(to.to_string());
        }
        let mut list = results.get().init_recordings(to - from);
        for (number, at) in (from..to).zip(0..) {
            let mut one = list.reborrow().get(at);
            one.set_id(format!("id-{number}"));
            one.set_title("a \u{202e}title\u{1b}[31m");
            one.set_owner("bob");
            one.set_state(RecordingState::Finished);
        }
        Ok(())
    }
}

async fn read_from(has: u32, at_once: u32, most: usize) -> (Vec<Listed>, bool) {
    let node: recordings::Client = capnp_rpc::new_client(Node { has, at_once });
    read(&node, 2, most, &BTreeMap::new()).await.unwrap()
}

#[tokio::test]
async fn as_many_are_read_as_are_wanted_and_whether_there_are_more_is_told() {
    for (has, most, listed, more) in [(0, 4, 0, false), (3, 4, 3, false), (4, 4, 4, false), (5, 4, 4, true)] {
        let read = read_from(has, 2, most).await;
        assert_eq!((read.0.len(), read.1), (listed, more), "{has} there, {most} wanted");
    }
}

#[tokio::test]
async fn a_node_that_says_there_are_more_and_gives_none_is_not_asked_for_ever() {
    let (listed, more) = read_from(9, 0, 4).await;
    assert_eq!((listed.len(), more), (0, false));
}

#[tokio::test]
async fn of_everybodys_recordings_each_says_whose_it_is_and_nothing_of_it_acts() {
    let (listed, _) = read_from(1, 2, 4).await;
    let view = &listed[0].view;
    assert_eq!(view.owner.as_str(), "bob");
    assert!(!view.title.as_str().contains(['\u{202e}', '\u{1b}']), "{:?}", view.title);
    let shown = serde_json::to_string(view).unwrap();
    assert!(!shown.contains("id-0"), "the node's name for it stays here: {shown}");
}

#[tokio::test]
async fn what_is_read_again_keeps_its_key_and_what_cannot_be_read_stays() {
    let node: recordings::Client = capnp_rpc::new_client(Node { has: 2, at_once: 2 });
    let mut list = List::default();
    list.learn(Ok(read(&node, 2, 4, &list.keys()).await.unwrap()));
    let before = list.view();
    list.learn(Ok(read(&node, 2, 4, &list.keys()).await.unwrap()));
    assert_eq!(list.view(), before);
    list.learn(Err(Problem::not_found("It is away.")));
    let now = list.view();
    assert_eq!((now.recordings, now.known), (before.recordings, true));
    assert!(now.trouble.is_some());
}
