use capos_store::{Error, Heard, Limits};

use crate::ground::*;

fn message(subject: &str, text: &str) -> Heard {
    Heard::Message { subject: key(subject), message: text.as_bytes().into() }
}

#[test]
fn a_message_reaches_whoever_listens_to_its_subject_or_above() {
    block_on(async {
        let ground = Ground::new();
        let store = ground.open();
        let mut exact = store.subscribe("a.b").await.unwrap();
        let mut below = store.subscribe("a.>").await.unwrap();
        let mut all = store.subscribe(">").await.unwrap();
        for subject in ["a.b", "ab.b", "a.c.d", "a"] {
            store.publish(&key(subject), *b"x").await.unwrap();
        }
        drop(store);
        let heard = async |subscription: &mut capos_store::Subscription| {
            let mut subjects = Vec::new();
            while let Some(Heard::Message { subject, .. }) = subscription.next().await {
                subjects.push(subject.to_string());
            }
            subjects
        };
        assert_eq!(heard(&mut exact).await, ["a.b"]);
        assert_eq!(heard(&mut below).await, ["a.b", "a.c.d"]);
        assert_eq!(heard(&mut all).await.len(), 4);
    });
}

#[test]
fn a_slow_subscriber_is_told_and_hears_on() {
    block_on(async {
        let ground = Ground::new();
        let store = ground.open_with(Limits { backlog_items: 1, ..Limits::default() });
        let mut slow = store.subscribe("a").await.unwrap();
        store.publish(&key("a"), *b"1").await.unwrap();
        store.publish(&key("a"), *b"2").await.unwrap();
        assert_eq!(slow.next().await, Some(Heard::Lagged));
        store.publish(&key("a"), *b"3").await.unwrap();
        assert_eq!(slow.next().await, Some(message("a", "3")));
    });
}

#[test]
fn a_subscriber_that_has_left_makes_room_for_another() {
    block_on(async {
        let ground = Ground::new();
        let store = ground.open_with(Limits { watchers: 1, ..Limits::default() });
        let first = store.subscribe("a").await.unwrap();
        assert!(matches!(store.subscribe("b").await, Err(Error::Overloaded)));
        drop(first);
        assert!(store.subscribe("b").await.is_ok());
    });
}

#[test]
fn what_is_no_subject_is_refused() {
    block_on(async {
        let ground = Ground::new();
        let store = ground.open();
        for pattern in ["", "a..b", ".>", "a.*", "a>"] {
            assert!(matches!(store.subscribe(pattern).await, Err(Error::Misused(_))), "{pattern}");
        }
    });
}
