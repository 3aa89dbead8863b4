//! A connection for hosts with many threads.

use std::sync::Arc;
use std::sync::mpsc;
use std::thread;

use capos_client::{Credentials, Handle, Limits, NoConfirm, Options, Peer, Target, View};
use capos_testkit::LAB_REQUEST;
use capos_testkit::lab::Tally;
use capos_testkit::link::{End, Link};
use capos_testkit::stock;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::gateway::{Node, PASSWORD};
use crate::ground::{Listening, Says, options};

/// What the thread of a little node tells of it.
struct Elsewhere {
    stream: Option<End>,
    tally: Arc<Tally>,
    ended: oneshot::Receiver<()>,
}

/// A little node on a thread of its own, behind a link.
fn elsewhere() -> Elsewhere {
    let (left, right, _link) = Link::pair();
    let (told, tally) = mpsc::channel();
    let (over, ended) = oneshot::channel();
    thread::spawn(move || {
        crate::ground::real_time(async move {
            let node = Node::new();
            told.send(node.lab.tally()).unwrap();
            let _ = stock::serve(right, node.client()).await;
            let _ = over.send(());
        });
    });
    Elsewhere { stream: Some(left), tally: tally.recv().unwrap(), ended }
}

impl Elsewhere {
    async fn handle(&mut self, limits: &Limits) -> Handle {
        let handle = Handle::start(limits).unwrap();
        handle.connect_over(self.stream.take().unwrap(), Peer::internal(), options()).await.unwrap();
        handle.load_schema(LAB_REQUEST.to_vec()).await.unwrap();
        handle
    }
}

fn password(text: &str) -> Credentials {
    Credentials::Password { account: "ada".to_owned(), profile: String::new(), answers: Box::new(Says::new(&[text])) }
}

fn lab() -> Target {
    Target::Grant("lab".to_owned())
}

fn on_many_threads(body: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap().block_on(body);
}

fn number(value: &Value, at: &str) -> u64 {
    value.pointer(at).and_then(|cap| cap["$cap"].as_u64()).unwrap()
}

#[test]
fn many_callers_on_many_threads_share_one_session() {
    on_many_threads(async {
        let mut node = elsewhere();
        let handle = node.handle(&Limits { calls: 8, ..Limits::default() }).await;
        assert_eq!(handle.methods().await.unwrap().len(), 9);
        assert_eq!(handle.sign_in(password(PASSWORD)).await.unwrap().display_name, "Ada");
        let calls = (0..64_u8).map(|call| {
            let handle = handle.clone();
            tokio::spawn(async move {
                let params = json!({ "payload": base64_of(call) });
                assert_eq!(handle.call(lab(), "echo", params.clone()).await.unwrap(), params);
                assert_eq!(handle.info().await.unwrap().profile, "user");
            })
        });
        for call in calls.collect::<Vec<_>>() {
            call.await.unwrap();
        }
        assert!(handle.refresh().await.unwrap().baseline);
        assert_eq!(handle.view().await.unwrap().caps.unwrap().len(), 2);
    });
}

fn base64_of(byte: u8) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode([byte; 3])
}

#[test]
fn capabilities_of_results_are_called_by_number_until_they_are_dropped() {
    on_many_threads(async {
        let mut node = elsewhere();
        let handle = node.handle(&Limits::default()).await;
        handle.sign_in(password(PASSWORD)).await.unwrap();
        let next = number(&handle.call(lab(), "next", json!({})).await.unwrap(), "/lab");
        let nested = handle.call(Target::Kept(next), "nested", json!({})).await.unwrap();
        let deeper = number(&nested, "/inner/deeper/lab");
        let back = handle.call(lab(), "loopback", json!({ "cap": { "$cap": deeper } })).await.unwrap();
        let untyped = Target::KeptAs(number(&back, "/cap"), crate::gateway::LAB);
        handle.call(untyped, "total", json!({})).await.unwrap();

        assert!(handle.drop_kept(next).await.unwrap() && !handle.drop_kept(next).await.unwrap());
        assert_eq!(handle.call(Target::Kept(next), "total", json!({})).await.err().unwrap().code(), "invalidInput");
        handle.sign_in(password(PASSWORD)).await.unwrap();
        let error = handle.call(Target::Kept(deeper), "total", json!({})).await.err().unwrap();
        assert_eq!(error.code(), "invalidInput", "capabilities die with their session");
        let again = number(&handle.call(lab(), "next", json!({})).await.unwrap(), "/lab");
        assert!(again > deeper, "and their numbers with them");
    });
}

#[test]
fn a_denied_sign_in_leaves_nothing_of_the_session_before() {
    on_many_threads(async {
        let mut node = elsewhere();
        let handle = node.handle(&Limits::default()).await;
        assert_eq!(handle.caps().await.err().unwrap().code(), "unauthenticated");
        handle.sign_in(password(PASSWORD)).await.unwrap();
        assert_eq!(handle.sign_in(password("wrong")).await.err().unwrap().code(), "authenticationDenied");
        assert_eq!(handle.view().await.unwrap(), View::default());
        assert_eq!(handle.call(lab(), "total", json!({})).await.err().unwrap().code(), "unauthenticated");
        handle.sign_in(Credentials::Guest).await.unwrap();
        handle.renew_by_password(Box::new(Says::new(&[PASSWORD])), 5).await.unwrap();
        handle.logout().await.unwrap();
        assert_eq!(handle.info().await.err().unwrap().code(), "staleSession");
        let export = handle.transcript().await.unwrap().export();
        assert!(export.contains("authenticationDenied") && !export.contains("wrong"));
    });
}

#[test]
fn a_call_whose_caller_has_gone_is_cancelled_at_the_node() {
    on_many_threads(async {
        let mut node = elsewhere();
        let handle = node.handle(&Limits { calls: 1, ..Limits::default() }).await;
        handle.sign_in(password(PASSWORD)).await.unwrap();
        let caller = handle.clone();
        let call = tokio::spawn(async move { caller.call(lab(), "hang", json!({})).await });
        node.tally.until(|counts| counts.running() > 0).await;
        let started = node.tally.counts().started;
        let mut one_more = Box::pin(handle.call(lab(), "echo", json!({})));
        assert!(futures::poll!(&mut one_more).is_pending(), "one more waits its turn");
        assert_eq!(node.tally.counts().started, started);
        call.abort();
        node.tally.until(|counts| counts.cancelled > 0).await;
        one_more.await.expect("its place is free again");
    });
}

#[test]
fn the_last_handle_takes_thread_and_connection_with_it() {
    on_many_threads(async {
        let mut node = elsewhere();
        let handle = node.handle(&Limits::default()).await;
        let other = handle.clone();
        drop(handle);
        other.sign_in(password(PASSWORD)).await.unwrap();
        drop(other);
        node.ended.await.unwrap();
    });
}

#[test]
fn a_closed_handle_says_so_and_connects_again() {
    on_many_threads(async {
        let (told, listening) = oneshot::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let server = thread::spawn(move || {
            crate::ground::real_time(async move {
                let listening = Listening::start().await;
                told.send((listening.endpoint.clone(), listening.fingerprint)).unwrap();
                let _ = stopped.await;
            });
        });
        let (endpoint, fingerprint) = listening.await.unwrap();
        let handle = Handle::start(&Limits::default()).unwrap();
        assert_eq!(handle.methods().await.err().unwrap().code(), "invalidInput");
        let connect = async || {
            let options = Options::new(capos_client::Identify::Pinned(fingerprint));
            handle.connect(endpoint.clone(), options, Box::new(NoConfirm)).await
        };
        assert_eq!(connect().await.unwrap(), Some(fingerprint));
        handle.sign_in(password(PASSWORD)).await.unwrap();
        handle.close().await.unwrap();
        assert_eq!(handle.info().await.err().unwrap().code(), "unauthenticated");
        connect().await.unwrap();
        handle.sign_in(Credentials::Anonymous { profile: "anonymous".to_owned() }).await.unwrap();
        stop.send(()).unwrap();
        server.join().unwrap();
        let error = handle.caps().await.err().unwrap();
        assert_eq!(error.code(), "gatewayDisconnected");
        assert!(error.to_string().contains("connect and sign in again"), "{error}");
    });
}

#[test]
fn a_handle_can_go_anywhere() {
    fn is_free<T: Send + Sync + Clone>(_: &T) {}
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let handle = Handle::start(&Limits::default()).unwrap();
    is_free(&handle);
    drop(is_send(handle.call(lab(), "echo", Value::Null)));
}
