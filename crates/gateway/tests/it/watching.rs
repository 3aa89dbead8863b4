//! What a session's listener is told.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::rc::Rc;

use capnp::Error;
use capos_authority::{Actor, EndReason};
use capos_schema::Code;
use capos_schema::session_capnp::{session_listener, session_watch};
use tokio::sync::Notify;

use crate::client::{Held, Line, code, run};
use crate::hall::{BENCH, Hall, start, stop};
use crate::node::{Grants, Node};

/// A listener that remembers.
#[derive(Default)]
struct Ear {
    changed: RefCell<Vec<(bool, bool)>>,
    ended: RefCell<Vec<(String, String)>>,
    stopping: RefCell<Vec<u64>>,
    deaf: Cell<bool>,
    more: Notify,
}

impl Ear {
    /// Waits until the bundle, or services, were told of.
    async fn hears(&self, what: impl Fn(&Self) -> bool) {
        while !what(self) {
            self.more.notified().await;
        }
    }

    async fn bundle(&self) {
        self.hears(|ear| ear.changed.borrow().iter().any(|(bundle, _)| *bundle)).await;
        self.changed.borrow_mut().clear();
    }

    async fn services(&self) {
        self.hears(|ear| ear.changed.borrow().iter().any(|(_, services)| *services)).await;
        self.changed.borrow_mut().clear();
    }

    async fn end(&self) -> String {
        self.hears(|ear| !ear.ended.borrow().is_empty()).await;
        let ended = self.ended.borrow();
        assert_eq!(ended.len(), 1, "once");
        assert!(!ended[0].1.is_empty());
        ended[0].0.clone()
    }
}

impl session_listener::Server for Ear {
    async fn changed(
        self: Rc<Self>,
        params: session_listener::ChangedParams,
        _: session_listener::ChangedResults,
    ) -> Result<(), Error> {
        let params = params.get()?;
        self.changed.borrow_mut().push((params.get_bundle(), params.get_services()));
        self.more.notify_one();
        match self.deaf.get() {
            true => pending().await,
            false => Ok(()),
        }
    }

    async fn ended(
        self: Rc<Self>,
        params: session_listener::EndedParams,
        _: session_listener::EndedResults,
    ) -> Result<(), Error> {
        let params = params.get()?;
        self.ended.borrow_mut().push((params.get_code()?.to_string()?, params.get_sentence()?.to_string()?));
        self.more.notify_one();
        Ok(())
    }

    async fn stopping(
        self: Rc<Self>,
        params: session_listener::StoppingParams,
        _: session_listener::StoppingResults,
    ) -> Result<(), Error> {
        self.stopping.borrow_mut().push(params.get()?.get_grace_ms());
        self.more.notify_one();
        match self.deaf.get() {
            true => Err(Error::unimplemented("never heard of it".to_owned())),
            false => Ok(()),
        }
    }
}

async fn watch(held: &Held) -> capnp::Result<(Rc<Ear>, session_watch::Client)> {
    let ear = Rc::new(Ear::default());
    let mut request = held.0.watch_request();
    request.get().set_listener(capnp_rpc::new_client_from_rc(ear.clone()));
    let response = request.send().promise.await?;
    Ok((ear, response.get()?.get_watch()?))
}

#[test]
fn a_listener_is_told_why_the_session_ended_after_everything_of_it_stopped() {
    run(async {
        let node = Node::start().await;
        let line = Line::plain(&node).await;
        let ends: [(&str, EndReason); 5] = [
            ("logout", EndReason::Logout),
            ("administrator", EndReason::Administrator),
            ("expired", EndReason::Expired),
            ("accountChanged", EndReason::AccountChanged),
            ("policyChanged", EndReason::PolicyChanged),
        ];
        for (code, why) in ends {
            let held = line.password("ada", crate::node::PASSWORD, "").await.unwrap();
            let (ear, _watch) = watch(&held).await.unwrap();
            let session = node.authority.session(&held.handle().await).unwrap();
            session.end(why).await;
            assert_eq!(ear.end().await, code);
            assert_eq!(crate::client::code(held.list().await), Code::StaleSession);
        }
        let held = line.password("ada", crate::node::PASSWORD, "").await.unwrap();
        let (ear, _watch) = watch(&held).await.unwrap();
        held.logout().await.unwrap();
        assert_eq!(ear.end().await, "logout");
        let held = line.password("ada", crate::node::PASSWORD, "").await.unwrap();
        let (ear, _watch) = watch(&held).await.unwrap();
        node.authority.shut_down().await;
        assert_eq!(ear.end().await, "nodeStopping");
    });
}

#[test]
fn a_listener_is_told_of_grants_that_are_taken_away_or_given_anew() {
    run(async {
        let node = Node::start().await;
        let (_line, held) = Line::signed_in(&node, "ada").await;
        let (ear, watch) = watch(&held).await.unwrap();
        let session = node.authority.session(&held.handle().await).unwrap();
        assert!(session.revoke_grant("lab", &Actor::offline(), "").await.unwrap());
        ear.bundle().await;
        node.profile("lab", &["human"], &[Grants::SESSION, Grants::LAB]).await;
        ear.bundle().await;
        assert_eq!(held.list().await.unwrap().len(), 1, "and the bundle says what there is");
        let mut renewal = held.0.renew_request();
        renewal.get().set_proof(crate::node::PASSWORD.as_bytes());
        renewal.send().promise.await.unwrap();
        ear.bundle().await;
        drop(watch);
        // Released before anything else is asked, on the same connection.
        held.id().await.unwrap();
        assert!(session.revoke_grant("session", &Actor::offline(), "").await.unwrap());
        session.end(EndReason::Administrator).await;
        assert_eq!(code(held.id().await), Code::StaleSession);
        assert!(ear.changed.borrow().is_empty() && ear.ended.borrow().is_empty(), "what was released is told nothing");
    });
}

#[test]
fn a_stop_is_told_before_it_comes_once_and_its_end_to_those_who_do_not_know_it() {
    run(async {
        let node = Node::start().await;
        let (_line, held) = Line::signed_in(&node, "ada").await;
        let ((ear, _watch), (old, _old)) = (watch(&held).await.unwrap(), watch(&held).await.unwrap());
        old.deaf.set(true);
        node.gateway.announce_stop(std::time::Duration::from_secs(7));
        for ear in [&ear, &old] {
            ear.hears(|ear| !ear.stopping.borrow().is_empty()).await;
            assert!((1..=7000).contains(&ear.stopping.borrow()[0]), "{:?}", ear.stopping);
        }
        let (late, _late) = watch(&held).await.unwrap();
        late.hears(|ear| !ear.stopping.borrow().is_empty()).await;
        assert!(!held.list().await.unwrap().is_empty(), "what there is goes on");
        node.authority.shut_down().await;
        for ear in [ear, old, late] {
            assert_eq!(ear.end().await, "nodeStopping");
            assert_eq!(ear.stopping.borrow().len(), 1, "once");
        }
    });
}

#[test]
fn a_lease_that_is_over_is_told() {
    run(async {
        let node = Node::start().await;
        let lab = r#"{ "name": "lab", "interface": "0xa6b4c1d5e8f70213", "object": "test:lab", "lease": "1m" }"#;
        node.profile("lab", &["human"], &[Grants::SESSION, lab]).await;
        let (_line, held) = Line::signed_in(&node, "ada").await;
        let (ear, _watch) = watch(&held).await.unwrap();
        node.time.advance(std::time::Duration::from_secs(61));
        ear.bundle().await;
    });
}

#[test]
fn listeners_are_told_of_services_that_start_and_go() {
    run(async {
        let hall = Hall::with(&[BENCH], &[]).await;
        let (_line, ada) = hall.ada().await;
        let (_other, beside) = hall.ada().await;
        let (own, _own) = watch(&ada).await.unwrap();
        let (other, _other) = watch(&beside).await.unwrap();
        start(&ada, "bench", &[]).await.unwrap();
        other.services().await;
        own.hears(|ear| ear.changed.borrow().iter().any(|(bundle, _)| *bundle)).await;
        own.services().await;
        assert!(!other.changed.borrow().iter().any(|(bundle, _)| *bundle), "their own bundle is as it was");
        stop(&ada, "bench").await.unwrap();
        own.bundle().await;
        hall.runner.shut_down().await;
        other.services().await;
        hall.close().await;
    });
}

#[test]
fn a_listener_that_does_not_answer_is_told_no_more_and_watches_are_few() {
    run(async {
        let patience = std::time::Duration::from_millis(50);
        let node = Node::with(|setup| setup.limits.patience = patience).await;
        let (_line, held) = Line::signed_in(&node, "ada").await;
        let mut all = Vec::new();
        for _ in 0..capos_gateway::Limits::default().watches {
            all.push(watch(&held).await.unwrap());
        }
        assert_eq!(code(watch(&held).await), Code::QuotaExceeded);
        for (ear, _) in &all {
            ear.deaf.set(true);
        }
        let session = node.authority.session(&held.handle().await).unwrap();
        session.revoke_grant("lab", &Actor::offline(), "").await.unwrap();
        for (ear, _) in &all {
            ear.bundle().await;
        }
        // Each has lost its place by then.
        while watch(&held).await.is_err() {
            tokio::time::sleep(patience).await;
        }
        all.clear();
        while watch(&held).await.is_err() {
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn there_is_nothing_to_watch_without_a_listener() {
    run(async {
        let node = Node::start().await;
        let (_line, held) = Line::signed_in(&node, "ada").await;
        assert_eq!(code(held.0.watch_request().send().promise.await), Code::BadRequest);
    });
}
