//! The end: of a session, a grant, a lease, one reference; with calls, streams and promises under way.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use capnp::capability::FromClientHook;
use capos_membrane::{Liveness, Membrane, Outcome, Rules, Side};
use capos_schema::{Code, Denial};
use capos_testkit::clock::VirtualClock;
use capos_testkit::lab::{Answer, CallbackState, LabState};
use capos_testkit::lab_capnp::lab;

use crate::world::{LAB, Layout, Time, World, code, echo, everywhere, link, quiet, run, settled};

#[test]
fn no_call_starts_after_the_end() {
    everywhere(async |layout| {
        let world = World::new(layout);
        world.echo(b"before").await.unwrap();
        let started = world.state.counts().started;
        assert!(world.liveness.end(Code::StaleSession).is_complete());
        assert_eq!(code(world.echo(b"after").await), Some(Code::StaleSession), "{layout:?}");
        let mut chunk = world.lab.sink_request();
        chunk.get().set_chunk(b"after");
        let sent = chunk.send().await;
        let total = world.lab.total_request().send().promise.await;
        assert!(sent.is_err() || total.is_err(), "{layout:?}");
        assert_eq!(world.state.counts().started, started, "{layout:?}");
    });
}

#[test]
fn the_reason_given_is_the_reason_told() {
    everywhere(async |layout| {
        let world = World::new(layout);
        drop(world.liveness.end(Denial::new(Code::Revoked, "the operator took it back")));
        let error = world.echo(b"").await.unwrap_err();
        assert_eq!(Denial::from_error(&error).unwrap().to_string(), "revoked: the operator took it back");
    });
}

#[test]
fn calls_in_flight_are_cancelled_and_told() {
    everywhere(async |layout| {
        let world = World::new(layout);
        let hanging: Vec<_> = (0..3).map(|_| world.lab.hang_request().send()).collect();
        let waiting = tokio::task::spawn_local(futures::future::join_all(hanging.into_iter().map(|sent| sent.promise)));
        world.state.tally().until(|counts| counts.started == 3).await;
        drop(world.liveness.end(Code::Revoked));
        for answer in waiting.await.unwrap() {
            assert_eq!(code(answer), Some(Code::Revoked), "{layout:?}");
        }
        // The object's side of the calls is gone as well.
        world.state.tally().until(|counts| counts.cancelled == 3).await;
        let outcomes: Vec<_> = world.record.all().iter().map(|settled| settled.outcome).collect();
        assert_eq!(outcomes, [Outcome::Denied(Code::Revoked); 3], "{layout:?}");
    });
}

#[test]
fn promises_under_way_break() {
    everywhere(async |layout| {
        let world = World::new(layout);
        let later = world.lab.later_request().send().promise.await.unwrap().get().unwrap().get_lab().unwrap();
        let waiting = tokio::task::spawn_local({
            let later = later.clone();
            async move { echo(&later, b"").await }
        });
        quiet().await;
        drop(world.liveness.end(Code::Revoked));
        assert_eq!(code(waiting.await.unwrap()), Some(Code::Revoked), "{layout:?}");
        world.state.release();
        quiet().await;
        assert_eq!(code(echo(&later, b"").await), Some(Code::Revoked), "{layout:?}");
        assert_eq!(world.state.counts().finished, 1, "{layout:?}: `later` alone");
    });
}

#[test]
fn a_stream_stops() {
    everywhere(async |layout| {
        let world = World::new(layout);
        for _ in 0..5 {
            let mut chunk = world.lab.sink_request();
            chunk.get().set_chunk(&[0; 1000]);
            chunk.send().await.unwrap();
        }
        world.lab.total_request().send().promise.await.unwrap();
        drop(world.liveness.end(Code::Revoked));
        let mut refused = 0;
        for _ in 0..50 {
            let mut chunk = world.lab.sink_request();
            chunk.get().set_chunk(&[0; 1000]);
            refused += u32::from(chunk.send().await.is_err());
            quiet().await;
        }
        assert!(refused > 0, "{layout:?}: the sender is told");
        assert_eq!(world.state.counts().chunks, 5, "{layout:?}");
    });
}

#[test]
fn what_was_derived_dies_and_siblings_live() {
    everywhere(async |layout| {
        let session = Liveness::new();
        let grant = session.child();
        let sibling = session.child();
        let world = World::with(layout, |rules| rules.liveness = grant.clone());
        let other = World::with(layout, |rules| rules.liveness = sibling.clone());
        let child = |lab: &lab::Client| lab.next_request().send().promise;
        let derived = child(&world.lab).await.unwrap().get().unwrap().get_lab().unwrap();
        let grandchild = child(&derived).await.unwrap().get().unwrap().get_lab().unwrap();
        let cousin = child(&other.lab).await.unwrap().get().unwrap().get_lab().unwrap();
        drop(grant.end(Code::Revoked));
        for dead in [&world.lab, &derived, &grandchild] {
            assert_eq!(code(echo(dead, b"").await), Some(Code::Revoked), "{layout:?}");
        }
        echo(&cousin, b"").await.unwrap();
        drop(session.end(Code::StaleSession));
        assert_eq!(code(echo(&cousin, b"").await), Some(Code::StaleSession), "{layout:?}");
        assert_eq!(code(echo(&derived, b"").await), Some(Code::Revoked), "{layout:?}: the first reason stays");
    });
}

#[test]
fn a_callback_kept_inside_is_dead_after_the_end() {
    everywhere(async |layout| {
        let world = World::new(layout);
        let callback = CallbackState::new(Answer::Echo);
        let mut request = world.lab.keep_request();
        request.get().set_to(callback.client());
        request.send().promise.await.unwrap();
        // The object itself rings, as a service does on its own account.
        let inside = world.state.client();
        let ring = async || {
            let mut request = inside.ring_request();
            request.get().set_payload(b"ding");
            request.send().promise.await.map(drop)
        };
        ring().await.unwrap();
        drop(world.liveness.end(Code::StaleSession));
        let error = ring().await.unwrap_err();
        assert!(error.extra.contains("staleSession"), "{layout:?}: {error}");
        assert_eq!(callback.payloads().len(), 1, "{layout:?}: the client hears nothing any more");
    });
}

#[test]
fn a_call_back_in_flight_is_cancelled_with_the_call() {
    everywhere(async |layout| {
        let world = World::new(layout);
        let callback = CallbackState::new(Answer::Hang);
        let mut request = world.lab.call_back_request();
        request.get().set_to(callback.client());
        let waiting = tokio::task::spawn_local(request.send().promise);
        while callback.payloads().is_empty() {
            tokio::task::yield_now().await;
        }
        drop(world.liveness.end(Code::Revoked));
        assert_eq!(code(waiting.await.unwrap()), Some(Code::Revoked), "{layout:?}");
        while callback.cancelled() == 0 {
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn an_end_from_inside_a_call_denies_that_calls_own_result() {
    /// Ends its own grant, as a logout does, and then answers.
    struct Logout(RefCell<Option<Liveness>>);
    impl lab::Server for Logout {
        async fn echo(self: Rc<Self>, _: lab::EchoParams, mut results: lab::EchoResults) -> capnp::Result<()> {
            if let Some(liveness) = self.0.take() {
                assert!(liveness.end(Code::StaleSession).is_complete());
            }
            results.get().set_payload(b"too late");
            Ok(())
        }
    }
    run(async {
        for remote in [false, true] {
            let liveness = Liveness::new();
            let membrane = Membrane::new(Rules::new(liveness.clone()));
            let lab: lab::Client = membrane.wrap(capnp_rpc::new_client(Logout(RefCell::new(Some(liveness)))));
            let lab = if remote { FromClientHook::new(link(lab.client).hook) } else { lab };
            let others: Vec<_> = (0..3).map(|_| lab.hang_request().send().promise).collect();
            assert_eq!(code(echo(&lab, b"").await), Some(Code::StaleSession));
            for other in others {
                assert!(other.await.is_err());
            }
        }
    });
}

#[test]
fn dropping_the_granted_object_from_within_its_end_is_no_trap() {
    /// Ends a session when it is dropped, in whatever call of the library that happens.
    struct Ender(Liveness);
    impl lab::Server for Ender {}
    impl Drop for Ender {
        fn drop(&mut self) {
            drop(self.0.end(Code::StaleSession));
        }
    }
    run(async {
        let session = Liveness::new();
        let state = LabState::new();
        let membrane = Membrane::new(Rules::new(session.child()));
        let carrier = CarrierOf::new(vec![
            membrane.wrap(capnp_rpc::new_client::<lab::Client, _>(Ender(session.clone()))),
            membrane.wrap(state.client()),
        ]);
        let remote: lab::Client =
            FromClientHook::new(link(capnp_rpc::new_client::<lab::Client, _>(carrier).client).hook);
        let next = async || remote.next_request().send().promise.await.unwrap().get().unwrap().get_lab().unwrap();
        let working = next().await;
        let ender = next().await;
        let hanging = tokio::task::spawn_local(working.hang_request().send().promise);
        state.tally().until(|counts| counts.started == 1).await;
        drop(ender);
        assert_eq!(code(hanging.await.unwrap()), Some(Code::StaleSession));
    });
}

/// Gives away the labs it was made with, the last one first.
struct CarrierOf(RefCell<Vec<lab::Client>>);

impl CarrierOf {
    fn new(labs: Vec<lab::Client>) -> Self {
        Self(RefCell::new(labs))
    }
}

impl lab::Server for CarrierOf {
    async fn next(self: Rc<Self>, _: lab::NextParams, mut results: lab::NextResults) -> capnp::Result<()> {
        let lab = self.0.borrow_mut().pop().ok_or_else(|| capnp::Error::failed("none left".into()))?;
        results.get().set_lab(lab);
        Ok(())
    }
}

#[test]
fn a_lease_ends_by_the_clock_alone() {
    everywhere(async |layout| {
        let clock = VirtualClock::new();
        let until = clock.now() + 1_000;
        let world = World::with(layout, |rules| {
            rules.clock = Arc::new(Time(clock.clone()));
            rules.lease_until = Some(until);
        });
        let child = world.lab.next_request().send().promise.await.unwrap().get().unwrap().get_lab().unwrap();
        clock.advance(Duration::from_nanos(999));
        world.echo(b"last").await.unwrap();
        clock.advance(Duration::from_nanos(1));
        assert_eq!(code(world.echo(b"").await), Some(Code::LeaseExpired), "{layout:?}");
        assert_eq!(code(echo(&child, b"").await), Some(Code::LeaseExpired), "{layout:?}");
    });
}

#[test]
fn a_result_that_comes_after_the_lease_is_not_handed_over() {
    everywhere(async |layout| {
        let clock = VirtualClock::new();
        let world = World::with(layout, |rules| {
            rules.clock = Arc::new(Time(clock.clone()));
            rules.lease_until = Some(clock.now() + 1_000);
        });
        let mut request = world.lab.slow_request();
        request.get().set_milliseconds(20);
        let slow = tokio::task::spawn_local(request.send().promise);
        world.state.tally().until(|counts| counts.started == 1).await;
        clock.advance(Duration::from_nanos(1_000));
        assert_eq!(code(slow.await.unwrap()), Some(Code::LeaseExpired), "{layout:?}");
    });
}

#[test]
fn one_reference_is_cut_off_with_all_that_came_through_it() {
    everywhere(async |layout| {
        let world = World::new(layout);
        let next = async |lab: &lab::Client| {
            lab.next_request().send().promise.await.unwrap().get().unwrap().get_lab().unwrap()
        };
        let (one, two) = (next(&world.lab).await, next(&world.lab).await);
        let below = next(&one).await;
        let lowest = next(&below).await;
        // What was between is dropped: the line of descent holds without it.
        drop(below);
        quiet().await;
        settled(&one.client).await;
        let derived: Vec<_> = world
            .membrane
            .references()
            .into_iter()
            .filter(|reference| reference.lineage.via == Some((LAB, 1)))
            .collect();
        assert!(derived.iter().all(|reference| reference.home == Side::Inside));
        let first = derived.first().expect("`one` is held").lineage.number;
        let hanging = tokio::task::spawn_local(one.hang_request().send().promise);
        world.state.tally().until(|counts| counts.started == 5).await;
        assert!(world.membrane.revoke(first));
        assert_eq!(code(hanging.await.unwrap()), Some(Code::Revoked), "{layout:?}");
        assert_eq!(code(echo(&one, b"").await), Some(Code::Revoked), "{layout:?}");
        assert_eq!(code(echo(&lowest, b"").await), Some(Code::Revoked), "{layout:?}");
        echo(&two, b"").await.unwrap();
        world.echo(b"").await.unwrap();
        assert!(!world.membrane.revoke(9_999));
    });
}

#[test]
fn a_promise_that_was_cut_off_leads_nowhere_though_its_object_lives() {
    run(async {
        let world = World::new(Layout::InProcess);
        let child = world.lab.next_request().send().promise.await.unwrap().get().unwrap().get_lab().unwrap();
        let mut request = world.lab.loopback_request();
        request.get().init_cap().set_as_capability(child.client.hook.clone());
        let sent = request.send();
        let promised: lab::Client = FromClientHook::new(sent.pipeline.get_cap().as_cap());
        let number = world.membrane.references().last().expect("the promise").lineage.number;
        sent.promise.await.unwrap();
        echo(&promised, b"").await.unwrap();
        assert!(world.membrane.revoke(number));
        assert_eq!(code(echo(&promised, b"").await), Some(Code::Revoked));
        echo(&child, b"").await.unwrap();
    });
}

#[test]
fn a_dissolved_membrane_lets_go_of_both_sides() {
    everywhere(async |layout| {
        let world = World::new(layout);
        let callback = CallbackState::new(Answer::Echo);
        let mut request = world.lab.keep_request();
        request.get().set_to(callback.client());
        request.send().promise.await.unwrap();
        assert_eq!(callback.alive(), 1, "{layout:?}");
        drop(world.liveness.end(Code::StaleSession));
        world.membrane.dissolve();
        quiet().await;
        // Somebody inside still keeps the callback's wrapper, and somebody outside the laboratory's.
        assert!(world.state.kept().is_some(), "{layout:?}");
        assert_eq!(callback.alive(), 0, "{layout:?}");
        assert!(world.echo(b"after").await.is_err(), "{layout:?}");
        if [Layout::InProcess, Layout::Remote].contains(&layout) {
            assert_eq!(world.state.counts().alive(), 0, "{layout:?}");
        }
    });
}

#[test]
fn what_has_ended_tells_its_own_reason_though_it_was_cut_off() {
    everywhere(async |layout| {
        let world = World::new(layout);
        drop(world.liveness.end(Code::StaleSession));
        world.membrane.dissolve();
        assert_eq!(code(world.echo(b"").await), Some(Code::StaleSession), "{layout:?}");
    });
}
