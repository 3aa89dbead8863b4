//! The audit journal by its capability.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use capnp::Error;
use capos_schema::Code;
use capos_schema::audit_capnp::{audit_checkpoint, audit_follow, audit_sink};
use capos_store::Entry;
use tokio::sync::Notify;

use crate::client::{Line, code, run};
use crate::node::Node;
use crate::office::Office;

/// Takes rows, tells who waits for them, and may hold them up.
#[derive(Default)]
struct Sink {
    rows: RefCell<Vec<(u64, String)>>,
    came: Notify,
    held: Cell<bool>,
    go: Notify,
    fails: Cell<bool>,
    gone: Rc<Notify>,
}

struct Serving(Rc<Sink>);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.gone.notify_one();
    }
}

impl audit_sink::Server for Serving {
    async fn row(self: Rc<Self>, params: audit_sink::RowParams) -> Result<(), Error> {
        let row = params.get()?.get_row()?;
        let row = (row.get_sequence(), row.get_kind()?.to_string()?);
        self.0.rows.borrow_mut().push(row);
        self.0.came.notify_one();
        while self.0.held.get() {
            self.0.go.notified().await;
        }
        if self.0.fails.get() { Err(Error::failed("enough".into())) } else { Ok(()) }
    }
}

impl Sink {
    fn new() -> (Rc<Self>, audit_sink::Client) {
        let sink = Rc::new(Self::default());
        (sink.clone(), capnp_rpc::new_client(Serving(sink)))
    }

    fn count(&self) -> usize {
        self.rows.borrow().len()
    }

    async fn until(&self, what: impl Fn(&[(u64, String)]) -> bool) {
        while !what(&self.rows.borrow()) {
            self.came.notified().await;
        }
    }
}

impl Office {
    async fn follow(&self, from: u64, sink: audit_sink::Client) -> capnp::Result<audit_follow::Client> {
        let mut request = self.audit.follow_request();
        request.get().set_from(from);
        request.get().set_sink(sink);
        request.send().promise.await?.get()?.get_following()
    }

    /// Sequences of rows, and the journal's end.
    async fn rows(&self, from: u64, limit: u16) -> capnp::Result<(Vec<u64>, u64)> {
        let mut request = self.audit.rows_request();
        request.get().set_from(from);
        request.get().set_limit(limit);
        let response = request.send().promise.await?;
        let response = response.get()?;
        Ok((response.get_rows()?.iter().map(|row| row.get_sequence()).collect(), response.get_end()))
    }

    /// Rows that were read, and what is wrong.
    async fn verify(&self, checkpoints: &[audit_checkpoint::Reader<'_>]) -> capnp::Result<(u64, Vec<String>)> {
        let mut request = self.audit.verify_request();
        let mut list = request.get().init_checkpoints(u32::try_from(checkpoints.len()).expect("a sound answer"));
        for (checkpoint, at) in checkpoints.iter().zip(0..) {
            list.set_with_caveats(at, *checkpoint)?;
        }
        let response = request.send().promise.await?;
        let verdict = response.get()?.get_verdict()?;
        let faults: Vec<_> = verdict
            .get_faults()?
            .iter()
            .map(|fault| fault.expect("a sound answer").to_string().expect("a sound answer"))
            .collect();
        assert_eq!(verdict.get_sound(), faults.is_empty());
        Ok((verdict.get_rows(), faults))
    }
}

#[test]
fn rows_come_in_pages_with_the_end() {
    run(async {
        let node = Node::start().await;
        let office = Office::open(&node).await;
        let (rows, end) = office.rows(1, 3).await.unwrap();
        assert_eq!(rows, [1, 2, 3]);
        assert!(end > 3);
        assert_eq!(office.rows(0, 1).await.unwrap().0, [1]);
        let (all, end) = office.rows(1, 0).await.unwrap();
        assert_eq!(u64::try_from(all.len()).unwrap(), end);
        assert!(office.rows(end + 100, 0).await.unwrap().0.is_empty());
    });
}

#[test]
fn an_answer_of_rows_stays_below_its_bound() {
    run(async {
        let node = Node::with(|setup| setup.limits.answer_bytes = 1).await;
        let office = Office::open(&node).await;
        assert_eq!(office.rows(2, 0).await.unwrap().0, [2]);
    });
}

#[test]
fn a_sink_is_given_what_is_there_and_what_comes() {
    run(async {
        let node = Node::start().await;
        let office = Office::open(&node).await;
        let (sink, client) = Sink::new();
        let _following = office.follow(1, client).await.unwrap();
        sink.until(|rows| rows.iter().any(|row| row.1 == "session.begun")).await;
        let (_line, ada) = Line::signed_in(&node, "ada").await;
        ada.logout().await.unwrap();
        sink.until(|rows| rows.iter().any(|row| row.1 == "session.ended")).await;
        let rows = sink.rows.borrow();
        assert_eq!(rows[0].0, 1);
        assert!(rows.windows(2).all(|pair| pair[0].0 < pair[1].0), "each after the one before");
    });
}

#[test]
fn zero_begins_with_the_next_row() {
    run(async {
        let node = Node::start().await;
        let office = Office::open(&node).await;
        let end = office.rows(1, 1).await.unwrap().1;
        let (sink, client) = Sink::new();
        let _following = office.follow(0, client).await.unwrap();
        let (_line, _ada) = Line::signed_in(&node, "ada").await;
        sink.until(|rows| rows.iter().any(|row| row.1 == "session.begun")).await;
        assert!(sink.rows.borrow()[0].0 > end);
    });
}

#[test]
fn following_does_not_follow_itself() {
    run(async {
        let node = Node::start().await;
        let office = Office::open(&node).await;
        let (sink, client) = Sink::new();
        let _following = office.follow(1, client).await.unwrap();
        let (_line, ada) = Line::signed_in(&node, "ada").await;
        ada.logout().await.unwrap();
        sink.until(|rows| rows.iter().any(|row| row.1 == "session.ended")).await;
        // Each row given was recorded, since the operator's profile records every call; the records are in the journal.
        let given =
            |journal: &[(String, String)]| journal.iter().filter(|row| row.1.contains("0xbe202a37d8b49b7e")).count();
        while given(&node.journal().await) < sink.count() {
            tokio::task::yield_now().await;
        }
        let (before, end) = (sink.count(), node.journal().await.len());
        assert!(before < end, "{before} of {end}");
        assert!(sink.rows.borrow().iter().filter(|row| row.1 == "call").count() <= 4);
    });
}

#[test]
fn a_following_ends_when_it_is_let_go_of() {
    run(async {
        let node = Node::start().await;
        let office = Office::open(&node).await;
        let (sink, client) = Sink::new();
        let following = office.follow(0, client).await.unwrap();
        drop(following);
        sink.gone.notified().await;
    });
}

#[test]
fn a_following_ends_with_its_session() {
    run(async {
        let node = Node::start().await;
        let office = Office::open(&node).await;
        let (sink, client) = Sink::new();
        let _following = office.follow(0, client).await.unwrap();
        office.held.logout().await.unwrap();
        sink.gone.notified().await;
    });
}

#[test]
fn a_following_ends_when_its_sink_fails() {
    run(async {
        let node = Node::start().await;
        let office = Office::open(&node).await;
        let (sink, client) = Sink::new();
        sink.fails.set(true);
        let _following = office.follow(1, client).await.unwrap();
        // What went wrong with a streamed row is told with a later one.
        let more = async {
            loop {
                let entry = Entry { at_ms: 1, kind: "test".into(), payload: b"{}".to_vec() };
                node.store.commit(Vec::new(), vec![entry]).await.unwrap();
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::select! {
            () = sink.gone.notified() => {}
            () = more => {}
        }
    });
}

/// More than may be under way to a client's callbacks at once: whoever did not wait for the sink would be refused.
#[test]
fn a_sink_that_takes_its_time_is_waited_for_and_misses_nothing() {
    run(async {
        let node = Node::with(|setup| setup.limits.callbacks = 300).await;
        let office = Office::open(&node).await;
        let begun = node.journal().await.len();
        let entry = |at_ms| Entry { at_ms, kind: "test".into(), payload: b"{}".to_vec() };
        for _ in 0..10 {
            node.store.commit(Vec::new(), (0..100).map(entry).collect()).await.unwrap();
        }
        let (sink, client) = Sink::new();
        sink.held.set(true);
        let _following = office.follow(1, client).await.unwrap();
        sink.until(|rows| !rows.is_empty()).await;
        for _ in 0..5 {
            assert!(office.rows(1, 1).await.is_ok(), "others are served meanwhile");
        }
        assert_eq!(sink.count(), 1);
        sink.held.set(false);
        sink.go.notify_one();
        sink.until(|rows| rows.iter().filter(|row| row.1 == "test").count() == 1000).await;
        assert!(sink.count() >= begun + 1000);
    });
}

#[test]
fn followings_are_as_many_as_the_limit() {
    run(async {
        let node = Node::with(|setup| setup.limits.followings = 2).await;
        let office = Office::open(&node).await;
        let (first, client) = Sink::new();
        let one = office.follow(0, client).await.unwrap();
        let _other = office.follow(0, Sink::new().1).await.unwrap();
        assert_eq!(code(office.follow(0, Sink::new().1).await), Code::QuotaExceeded);
        drop(one);
        first.gone.notified().await;
        assert!(office.follow(0, Sink::new().1).await.is_ok());
    });
}

#[test]
fn a_following_needs_a_sink() {
    run(async {
        let node = Node::start().await;
        let office = Office::open(&node).await;
        let response = office.audit.follow_request().send().promise.await.map(drop);
        assert_eq!(code(response), Code::BadRequest);
    });
}

#[test]
fn the_journal_is_checked_against_signed_checkpoints() {
    run(async {
        let node = Node::start().await;
        let office = Office::open(&node).await;
        let response = office.audit.checkpoint_request().send().promise.await.unwrap();
        let checkpoint = response.get().unwrap().get_checkpoint().unwrap();
        let (rows, faults) = office.verify(&[checkpoint]).await.unwrap();
        assert!(rows >= checkpoint.get_sequence());
        assert_eq!(faults, Vec::<String>::new());

        let mut message = capnp::message::Builder::new_default();
        message.set_root(checkpoint).unwrap();
        let mut forged: audit_checkpoint::Builder<'_> = message.get_root().unwrap();
        forged.set_sequence(checkpoint.get_sequence() + 1000);
        let (_, faults) = office.verify(&[forged.into_reader()]).await.unwrap();
        let unsigned =
            format!("the checkpoint of row {} was not signed by this node", checkpoint.get_sequence() + 1000);
        assert_eq!(faults, [unsigned]);
    });
}

#[test]
fn a_check_that_is_refused_for_another_has_cost_nothing() {
    run(async {
        let node = Node::start().await;
        let office = Office::open(&node).await;
        let response = office.audit.checkpoint_request().send().promise.await.unwrap();
        let checkpoint = response.get().unwrap().get_checkpoint().unwrap();
        let checked = Arc::new(AtomicUsize::new(0));
        let count = checked.clone();
        node.gateway.set_signature_check(Arc::new(move |_, _| {
            count.fetch_add(1, Ordering::SeqCst);
            true
        }));
        let all = [checkpoint; 16];
        let verdicts = futures::future::join_all((0..32).map(|_| office.verify(&all))).await;
        let (sound, refused): (Vec<_>, Vec<_>) = verdicts.into_iter().partition(Result::is_ok);
        assert!(!sound.is_empty());
        assert_eq!(checked.load(Ordering::SeqCst), 16 * sound.len());
        for refused in refused {
            assert_eq!(code(refused), Code::TooManyCalls);
        }
    });
}

#[test]
fn checkpoints_are_as_many_as_the_limit_and_whole() {
    run(async {
        let node = Node::with(|setup| setup.limits.checkpoints = 2).await;
        let office = Office::open(&node).await;
        let response = office.audit.checkpoint_request().send().promise.await.unwrap();
        let checkpoint = response.get().unwrap().get_checkpoint().unwrap();
        assert!(office.verify(&[checkpoint; 2]).await.unwrap().1.is_empty());
        assert_eq!(code(office.verify(&[checkpoint; 3]).await), Code::BadRequest);
        let mut message = capnp::message::Builder::new_default();
        let mut short: audit_checkpoint::Builder<'_> = message.init_root();
        short.set_hash(&[0; 31]);
        assert_eq!(code(office.verify(&[short.into_reader()]).await), Code::BadRequest);
    });
}
