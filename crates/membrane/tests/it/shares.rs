//! What one side may pile up on the other: references, bytes, answers.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use capos_membrane::{Budget, BudgetLimits, Liveness, Membrane, Outcome, Outlet, Rules, Tally};
use capos_schema::{Code, Denial};
use capos_testkit::lab::{Answer, CallbackState, LabState};
use capos_testkit::lab_capnp::lab;
use tokio::task::spawn_local;

use crate::world::{Layout, World, code, echo, everywhere, quiet, run};

/// Asks the laboratory to call back, and leaves it waiting.
fn call_back(
    lab: &lab::Client,
    callback: &CallbackState,
    payload: &[u8],
) -> tokio::task::JoinHandle<capnp::Result<()>> {
    let mut request = lab.call_back_request();
    request.get().set_to(callback.client());
    request.get().set_payload(payload);
    let sent = request.send();
    spawn_local(async move { sent.promise.await.map(drop) })
}

/// Until so many callbacks were called.
async fn called(callbacks: &[CallbackState], count: usize) {
    while callbacks.iter().map(|callback| callback.payloads().len()).sum::<usize>() < count {
        tokio::task::yield_now().await;
    }
}

#[test]
fn what_the_inside_holds_of_the_outside_is_bounded_and_given_back() {
    everywhere(async |layout| {
        let tally = Arc::new(Tally::new(2));
        let world = World::with(layout, |rules| rules.holding = vec![tally.clone()]);
        let callbacks = [(); 3].map(|()| CallbackState::new(Answer::Hang));
        let mut held: Vec<_> = callbacks.iter().take(2).map(|to| call_back(&world.lab, to, b"")).collect();
        called(&callbacks, 2).await;
        assert_eq!(tally.held(), 2, "{layout:?}");
        let started = world.state.counts().started;
        let refused = call_back(&world.lab, &callbacks[2], b"").await.unwrap();
        assert_eq!(code(refused), Some(Code::QuotaExceeded), "{layout:?}");
        assert_eq!(world.state.counts().started, started, "{layout:?}: nothing of it reached the object");
        assert!(world.record.all().iter().any(|one| one.outcome == Outcome::Denied(Code::QuotaExceeded)));
        world.echo(b"what brings nothing in passes").await.unwrap();
        held.pop().expect("two").abort();
        while tally.held() > 1 {
            tokio::task::yield_now().await;
        }
        held.push(call_back(&world.lab, &callbacks[2], b""));
        called(&callbacks, 3).await;
        drop(world.liveness.end(Code::Revoked));
        for call in held {
            call.abort();
        }
        world.membrane.dissolve();
        drop(world.lab);
        while tally.held() > 0 {
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn one_capability_that_is_handed_in_often_is_held_once() {
    everywhere(async |layout| {
        let tally = Arc::new(Tally::new(1));
        let world = World::with(layout, |rules| rules.holding = vec![tally.clone()]);
        let callback = CallbackState::new(Answer::Hang);
        let client = callback.client();
        let calls: Vec<_> = (0..20)
            .map(|_| {
                let mut request = world.lab.call_back_request();
                request.get().set_to(client.clone());
                spawn_local(request.send().promise)
            })
            .collect();
        called(std::slice::from_ref(&callback), 20).await;
        assert_eq!(tally.held(), 1, "{layout:?}");
        drop(calls);
    });
}

/// A promise and what it becomes take one place: an honest holder is not refused for its promise being kept.
#[test]
fn a_promise_and_its_resolution_are_held_as_one() {
    run(async {
        let tally = Arc::new(Tally::new(1));
        let world = World::with(Layout::InProcess, |rules| rules.holding = vec![tally.clone()]);
        let callback = CallbackState::new(Answer::Hang);
        let (resolve, resolved) = futures::channel::oneshot::channel();
        let promised: capos_testkit::lab_capnp::callback::Client =
            capnp_rpc::new_future_client(
                async move { resolved.await.map_err(|_| capnp::Error::failed("gone".into())) },
            );
        let mut request = world.lab.keep_request();
        request.get().set_to(promised);
        request.send().promise.await.unwrap();
        let ring = spawn_local(world.lab.ring_request().send().promise);
        quiet().await;
        assert!(resolve.send(callback.client()).is_ok());
        called(std::slice::from_ref(&callback), 1).await;
        // What it has become takes the next call, and finds that there is one place taken, its own.
        let again = spawn_local(world.lab.ring_request().send().promise);
        tokio::task::yield_now().await;
        called(std::slice::from_ref(&callback), 2).await;
        assert_eq!(tally.held(), 1);
        ring.abort();
        again.abort();
    });
}

#[test]
fn an_answer_of_a_callback_is_counted_like_arguments() {
    everywhere(async |layout| {
        let tally = Arc::new(Tally::new(1));
        let world = World::with(layout, |rules| rules.holding = vec![tally.clone()]);
        let callback = CallbackState::new(Answer::EchoWith(LabState::new().client()));
        let error = call_back(&world.lab, &callback, b"").await.unwrap().unwrap_err();
        assert!(error.extra.contains("quotaExceeded"), "{layout:?}: {error}");
        assert_eq!(callback.payloads().len(), 1, "{layout:?}: the callback itself was let pass");
    });
}

#[test]
fn what_the_outside_holds_of_the_inside_is_bounded_too() {
    everywhere(async |layout| {
        // The granted object itself takes a place, and each promise of a child until it is kept.
        let tally = Arc::new(Tally::new(6));
        let world = World::with(layout, |rules| rules.giving = vec![tally.clone()]);
        let many = async |count| {
            let mut request = world.lab.many_request();
            request.get().set_count(count);
            request.send().promise.await
        };
        let five = many(5).await.unwrap();
        assert_eq!(tally.held(), 6, "{layout:?}");
        assert_eq!(code(many(1).await), Some(Code::QuotaExceeded), "{layout:?}");
        world.echo(b"").await.unwrap();
        drop(five);
        while tally.held() > 1 {
            tokio::task::yield_now().await;
        }
        many(5).await.unwrap();
        assert_eq!(code(many(6).await), Some(Code::QuotaExceeded), "{layout:?}");
    });
}

#[test]
fn bytes_of_calls_in_flight_are_bounded() {
    everywhere(async |layout| {
        let limits = BudgetLimits { bytes: Some(4_096), ..BudgetLimits::default() };
        let budget = Arc::new(Budget::new(limits));
        let world = World::with(layout, |rules| rules.budgets = vec![budget.clone()]);
        let callback = CallbackState::new(Answer::Hang);
        let held = call_back(&world.lab, &callback, &[0; 3_000]);
        called(std::slice::from_ref(&callback), 1).await;
        let taken = budget.bytes();
        assert!((3_000..3_100).contains(&taken), "{layout:?}: {taken}");
        // A payload takes its words, and the arguments two pointers and the struct's own.
        let room = usize::try_from(4_096 - taken).unwrap();
        let fits = (room - 16) / 8 * 8;
        world.echo(&vec![0; fits - 8]).await.unwrap();
        assert_eq!(code(world.echo(&vec![0; fits + 16]).await), Some(Code::Overloaded), "{layout:?}");
        assert_eq!(code(world.echo(&[0; 5_000]).await), Some(Code::QuotaExceeded), "{layout:?}: it never fits");
        held.abort();
        while budget.bytes() > 0 {
            tokio::task::yield_now().await;
        }
        world.echo(&[0; 4_000]).await.unwrap();
        quiet().await;
        assert_eq!((budget.bytes(), budget.in_flight()), (0, 0), "{layout:?}");
    });
}

#[test]
fn a_stream_waits_for_bytes_as_it_waits_for_calls() {
    everywhere(async |layout| {
        let limits = BudgetLimits { bytes: Some(4_096), ..BudgetLimits::default() };
        let budget = Arc::new(Budget::new(limits));
        let world = World::with(layout, |rules| rules.budgets = vec![budget.clone()]);
        let callback = CallbackState::new(Answer::Hang);
        let held = call_back(&world.lab, &callback, &[0; 4_000]);
        called(std::slice::from_ref(&callback), 1).await;
        let sending: Vec<_> = (0..8)
            .map(|_| {
                let mut chunk = world.lab.sink_request();
                chunk.get().set_chunk(&[1; 1_000]);
                spawn_local(chunk.send())
            })
            .collect();
        quiet().await;
        assert_eq!(world.state.counts().chunks, 0, "{layout:?}");
        held.abort();
        for sent in sending {
            sent.await.unwrap().unwrap();
        }
        let total = world.lab.total_request().send().promise.await.unwrap();
        assert_eq!(total.get().unwrap().get_chunks(), 8, "{layout:?}");
    });
}

#[test]
fn bytes_of_callbacks_are_bounded_for_whoever_calls_back() {
    everywhere(async |layout| {
        let limits = BudgetLimits { bytes: Some(4_096), ..BudgetLimits::default() };
        let world = World::with(layout, |rules| rules.callback_budgets = vec![Arc::new(Budget::new(limits))]);
        let callbacks = [CallbackState::new(Answer::Hang), CallbackState::new(Answer::Echo)];
        let held = call_back(&world.lab, &callbacks[0], &[0; 3_000]);
        called(&callbacks, 1).await;
        let error = call_back(&world.lab, &callbacks[1], &[0; 2_000]).await.unwrap().unwrap_err();
        assert!(error.extra.contains("overloaded"), "{layout:?}: {error}");
        call_back(&world.lab, &callbacks[1], &[0; 900]).await.unwrap().unwrap();
        assert_eq!(callbacks[1].payloads().len(), 1, "{layout:?}: the refused one did not reach it");
        held.abort();
    });
}

/// Has room for so many bytes at once.
struct Narrow(u64, Cell<u64>);

impl Outlet for Narrow {
    fn admit(&self, bytes: u64) -> Result<(), Denial> {
        self.1.set(self.1.get() + 1);
        if bytes > self.0 { Err(Code::Overloaded.into()) } else { Ok(()) }
    }
}

#[test]
fn what_the_inside_sends_finds_room_or_is_refused() {
    everywhere(async |layout| {
        let narrow = Rc::new(Narrow(1_100, Cell::new(0)));
        let world = World::with(layout, |rules| rules.outlet = Some(narrow.clone()));
        world.echo(&[7; 1_000]).await.unwrap();
        assert_eq!(code(world.echo(&[7; 1_200]).await), Some(Code::Overloaded), "{layout:?}");
        let callback = CallbackState::new(Answer::Echo);
        let error = call_back(&world.lab, &callback, &[7; 1_200]).await.unwrap().unwrap_err();
        assert!(error.extra.contains("overloaded"), "{layout:?}: {error}");
        assert!(callback.payloads().is_empty(), "{layout:?}");
        call_back(&world.lab, &callback, &[7; 900]).await.unwrap().unwrap();
        assert!(narrow.1.get() >= 3, "{layout:?}");
    });
}

#[test]
fn what_the_outside_sends_finds_room_or_is_refused() {
    everywhere(async |layout| {
        let narrow = Rc::new(Narrow(1_100, Cell::new(0)));
        let world = World::with(layout, |rules| rules.inlet = Some(narrow.clone()));
        world.echo(&[7; 900]).await.unwrap();
        assert_eq!(code(world.echo(&[7; 1_200]).await), Some(Code::Overloaded), "{layout:?}");
        let callback = CallbackState::new(Answer::Large(1_200));
        let error = call_back(&world.lab, &callback, b"").await.unwrap().unwrap_err();
        assert!(error.extra.contains("overloaded"), "{layout:?}: {error}");
        assert_eq!(callback.payloads().len(), 1, "{layout:?}: it was called, and its answer refused");
        let callback = CallbackState::new(Answer::Large(900));
        call_back(&world.lab, &callback, b"").await.unwrap().unwrap();
        assert!(narrow.1.get() >= 6, "{layout:?}");
    });
}

#[test]
fn an_end_is_awaited_without_a_call() {
    run(async {
        let liveness = Liveness::new();
        let membrane = Membrane::new(Rules::new(liveness.child()));
        let (one, two) = (spawn_local(membrane.ended()), spawn_local(membrane.ended()));
        quiet().await;
        assert!(!one.is_finished());
        two.abort();
        quiet().await;
        drop(liveness.end(Code::Revoked));
        assert_eq!(one.await.unwrap().code, Code::Revoked);
        assert_eq!(membrane.ended().await.code, Code::Revoked, "and one who asks afterwards is told");
        let lab = membrane.wrap(LabState::new().client());
        assert_eq!(code(echo(&lab, b"").await), Some(Code::Revoked));
    });
}
