//! Listeners: quick, slow, hanging, failing and gone.

use capnp::Error;
use capos_chat::Limits;

use crate::ground::{Ear, Person, subscribe, with_chat};

/// Far more than one moment's share.
fn generous() -> Limits {
    Limits { send_burst: 10_000, queue_events: 8, ..Limits::default() }
}

#[test]
fn a_listener_is_told_everything_in_order_for_as_long_as_the_subscription_is_held() {
    with_chat(generous(), async |bench, _home| {
        let (alice, bob) = (Person::in_lobby(&bench, "Alice").await, Person::in_lobby(&bench, "Bob").await);
        let ear = Ear::open();
        alice.heard().await;
        let subscription = subscribe(&alice, &ear).await;
        for text in ["one", "two", "three"] {
            bob.send("lobby", text).await.unwrap();
        }
        assert_eq!(ear.heard(3).await, ["lobby Bob: one", "lobby Bob: two", "lobby Bob: three"]);
        assert!(alice.heard().await.is_empty());
        drop(subscription);
        alice.who("lobby").await;
        bob.send("lobby", "four").await.unwrap();
        assert_eq!(alice.heard().await, ["lobby Bob: four"]);
        assert_eq!(ear.heard(0).await.len(), 3);
    });
}

#[test]
fn what_waits_already_is_told_first() {
    with_chat(generous(), async |bench, _home| {
        let alice = Person::named(&bench, "Alice").await;
        alice.join("lobby", "").await.unwrap();
        let ear = Ear::open();
        let _subscription = subscribe(&alice, &ear).await;
        assert_eq!(ear.heard(1).await, ["lobby +Alice"]);
    });
}

#[test]
fn a_hanging_listener_has_one_call_and_harms_nobody() {
    with_chat(generous(), async |bench, _home| {
        let (alice, bob) = (Person::in_lobby(&bench, "Alice").await, Person::in_lobby(&bench, "Bob").await);
        let (hanging, quick) = (Ear::hanging(), Ear::open());
        alice.heard().await;
        let _hung = subscribe(&alice, &hanging).await;
        let _quick = subscribe(&bob, &quick).await;
        bob.send("lobby", "0").await.unwrap();
        hanging.heard(1).await;
        for n in 1..=20 {
            bob.send("lobby", &n.to_string()).await.unwrap();
            quick.heard(n + 1).await;
        }
        assert_eq!(hanging.calls.borrow().len(), 1, "it has not answered the first");
        hanging.let_answer(2);
        let heard = hanging.heard(9).await;
        assert_eq!((heard[1].as_str(), heard[8].as_str()), ("lobby Bob: 13", "lobby Bob: 20"));
        assert_eq!((hanging.missed(), quick.missed()), (12, 0));
    });
}

#[test]
fn another_subscription_takes_the_place_of_the_one_before() {
    with_chat(generous(), async |bench, _home| {
        let alice = Person::in_lobby(&bench, "Alice").await;
        let (first, second) = (Ear::hanging(), Ear::open());
        let earlier = subscribe(&alice, &first).await;
        alice.send("lobby", "one").await.unwrap();
        first.heard(1).await;
        let _later = subscribe(&alice, &second).await;
        alice.send("lobby", "two").await.unwrap();
        assert_eq!(second.heard(1).await, ["lobby Alice: two"]);
        drop(earlier);
        alice.send("lobby", "three").await.unwrap();
        assert_eq!(second.heard(2).await[1], "lobby Alice: three", "the earlier one ends nothing but itself");
        assert_eq!(first.calls.borrow().len(), 1);
    });
}

#[test]
fn a_listener_that_fails_is_told_no_more_and_poll_gives_again() {
    with_chat(generous(), async |bench, _home| {
        let alice = Person::in_lobby(&bench, "Alice").await;
        let ear = Ear::open();
        ear.outcomes.borrow_mut().push(Error::failed("I am out of order".into()));
        let _subscription = subscribe(&alice, &ear).await;
        alice.send("lobby", "one").await.unwrap();
        let mut heard = Vec::new();
        while heard.is_empty() {
            alice.send("lobby", "two").await.unwrap();
            heard = alice.heard().await;
        }
        assert_eq!(heard[0], "lobby Alice: two");
        assert!(ear.calls.borrow().is_empty());
    });
}

#[test]
fn a_listener_that_is_busy_for_a_moment_is_told_again() {
    let limits = Limits { listener_retry_ms: 1, listener_tries: 3, ..generous() };
    with_chat(limits, async |bench, _home| {
        let alice = Person::in_lobby(&bench, "Alice").await;
        let ear = Ear::open();
        ear.outcomes.borrow_mut().extend([(); 2].map(|()| Error::overloaded("not now".into())));
        let _subscription = subscribe(&alice, &ear).await;
        alice.send("lobby", "one").await.unwrap();
        assert_eq!(ear.heard(1).await, ["lobby Alice: one"]);
        ear.outcomes.borrow_mut().extend([(); 3].map(|()| Error::overloaded("not now".into())));
        let mut heard = Vec::new();
        while heard.is_empty() {
            alice.send("lobby", "two").await.unwrap();
            heard = alice.heard().await;
        }
        assert_eq!(ear.heard(1).await, ["lobby Alice: one"], "three times in a row is once too often");
    });
}

#[test]
fn a_session_that_ends_with_a_listener_leaves_and_is_told_no_more() {
    with_chat(generous(), async |bench, _home| {
        let (alice, bob) = (Person::in_lobby(&bench, "Alice").await, Person::in_lobby(&bench, "Bob").await);
        let ear = Ear::open();
        let subscription = subscribe(&bob, &ear).await;
        drop((bob, subscription));
        assert_eq!(alice.who("lobby").await, ["Alice"]);
        alice.send("lobby", "alone").await.unwrap();
        assert_eq!(alice.heard().await, ["lobby +Bob", "lobby -Bob", "lobby Alice: alone"]);
        assert!(ear.calls.borrow().is_empty());
    });
}
