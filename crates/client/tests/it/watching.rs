//! What a node tells of its own accord, and a principal's own: other sessions, other profiles.

use std::rc::Rc;
use std::time::Duration;

use capos_client::{Cause, Ended, Error, News, Session, Watch};
use capos_testkit::link::{Direction, Link};
use tokio::time::Instant;

use crate::gateway::Node;
use crate::ground::{signed_in, virtual_time};

async fn tell_changed(node: &Node, bundle: bool, services: bool) {
    let mut request = node.listeners.borrow()[0].changed_request();
    request.get().set_bundle(bundle);
    request.get().set_services(services);
    request.send().promise.await.unwrap();
}

async fn tell_stopping(node: &Node, grace_ms: u64) {
    let mut request = node.listeners.borrow()[0].stopping_request();
    request.get().set_grace_ms(grace_ms);
    request.send().promise.await.unwrap();
}

async fn tell_ended(node: &Node, code: &str, sentence: &str) {
    let mut request = node.listeners.borrow()[0].ended_request();
    request.get().set_code(code);
    request.get().set_sentence(sentence);
    request.send().promise.await.unwrap();
}

async fn watched(node: &Rc<Node>) -> (capos_client::Connection, Session, Link, Watch) {
    let (connection, session, link) = signed_in(node).await;
    let watch = session.watch().await.unwrap();
    (connection, session, link, watch)
}

#[test]
fn news_between_two_looks_are_one_and_the_end_is_the_last() {
    virtual_time(async {
        let node = Node::new();
        let (_connection, _session, _link, watch) = watched(&node).await;
        tell_changed(&node, true, false).await;
        assert_eq!(watch.next().await, Ok(News::Changed { bundle: true, services: false }));
        tell_changed(&node, true, false).await;
        tell_changed(&node, false, true).await;
        assert_eq!(watch.next().await, Ok(News::Changed { bundle: true, services: true }));
        tell_changed(&node, false, false).await;
        tell_changed(&node, true, false).await;
        tell_ended(&node, "expired", "the time\x1b is over").await;
        tell_ended(&node, "logout", "another end").await;
        let ended = Ended { code: "expired".to_owned(), sentence: "the time\u{fffd} is over".to_owned() };
        assert_eq!(watch.next().await, Ok(News::Ended(ended.clone())), "what changed does not matter any more");
        assert_eq!(watch.next().await, Ok(News::Ended(ended)));
        drop(watch);
        while node.unwatched.get() == 0 {
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn a_stop_is_news_with_what_is_left_of_the_time_and_no_time_is_too_long() {
    virtual_time(async {
        let node = Node::new();
        let (_connection, _session, _link, watch) = watched(&node).await;
        tell_changed(&node, true, false).await;
        tell_stopping(&node, 5000).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(watch.next().await, Ok(News::Stopping { within: Duration::from_secs(3) }));
        assert_eq!(watch.next().await, Ok(News::Changed { bundle: true, services: false }));
        tell_stopping(&node, u64::MAX).await;
        assert_eq!(watch.next().await, Ok(News::Stopping { within: Duration::from_secs(24 * 60 * 60) }));
        tell_stopping(&node, 5000).await;
        tell_ended(&node, "nodeStopping", "it stops").await;
        assert!(matches!(watch.next().await, Ok(News::Ended(_))), "the end is all that matters");
    });
}

#[test]
fn an_end_that_was_told_comes_before_that_of_the_connection() {
    virtual_time(async {
        let node = Node::new();
        let (_connection, _session, link, watch) = watched(&node).await;
        tell_ended(&node, "nodeStopping", "it stops").await;
        link.reset();
        assert!(matches!(watch.next().await, Ok(News::Ended(_))));
        let node = Node::new();
        let (_connection, session, link, watch) = watched(&node).await;
        session.info().await.unwrap();
        link.reset();
        assert_eq!(watch.next().await.err().unwrap().code(), "gatewayDisconnected");
        assert_eq!(session.view(), capos_client::View::default());
    });
}

#[test]
fn a_node_that_falls_silent_is_noticed_while_a_session_is_watched() {
    virtual_time(async {
        let node = Node::new();
        let (connection, session, link, watch) = watched(&node).await;
        drop(watch);
        tokio::time::sleep(Duration::from_secs(600)).await;
        assert_eq!(node.asked_methods.get(), 0, "nobody asks while nobody waits");
        let watch = session.watch().await.unwrap();
        tokio::time::sleep(Duration::from_secs(600)).await;
        assert!(node.asked_methods.get() > 20 && !connection.is_closed(), "a quiet node that answers is there");
        let since = Instant::now();
        link.swallow(Direction::RightToLeft);
        let error = watch.next().await.err().unwrap();
        assert!(matches!(error, Error::Disconnected { cause: Cause::Silent, .. }), "{error}");
        assert!(since.elapsed() <= Duration::from_secs(35), "{:?}", since.elapsed());
    });
}

#[test]
fn other_sessions_and_profiles_are_plain_data_within_bounds() {
    virtual_time(async {
        let node = Node::new();
        let (_connection, session, _link) = signed_in(&node).await;
        let others = session.others().await.unwrap();
        assert_eq!((others.len(), others[0].session_id.as_str(), others[0].idle_ms), (2, &*"cd".repeat(16), 7));
        assert!(session.end_other(&others[0].session_id, "left open").await.unwrap());
        assert_eq!(*node.ended.borrow(), [vec![0xcd; 16]]);
        for bad in ["", "cd", "no", &"c".repeat(33)] {
            assert_eq!(session.end_other(bad, "").await.err().unwrap().code(), "invalidInput", "{bad:?}");
        }
        let profiles = session.profiles().await.unwrap();
        assert_eq!((profiles[0].name.as_str(), profiles[0].label.as_str()), ("p0", "La\u{fffd}bel"));
        assert!(profiles[0].current && !profiles[1].current);
        node.listed.set(64);
        assert_eq!((session.others().await.unwrap().len(), session.profiles().await.unwrap().len()), (64, 64));
        node.listed.set(65);
        assert_eq!(session.others().await.err().unwrap().code(), "tooManySessionsListed");
        assert_eq!(session.profiles().await.err().unwrap().code(), "tooManyProfiles");
    });
}

#[test]
fn another_profile_is_another_session_and_a_refusal_leaves_the_one_there_is() {
    virtual_time(async {
        let node = Node::new();
        let (connection, session, _link) = signed_in(&node).await;
        session.info().await.unwrap();
        assert_eq!(session.enter("vault").await.err().unwrap().code(), "authenticationDenied");
        assert!(session.view().info.is_some());
        let entered = session.enter("p1").await.unwrap();
        entered.info().await.unwrap();
        assert_eq!(session.view(), capos_client::View::default());
        assert_eq!(connection.view(), entered.view());
        assert_eq!(session.info().await.err().unwrap().code(), "staleSession");
    });
}
