//! Who may call, how much, and who is told.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use capnp::ErrorKind;
use capos_membrane::{Admission, Budget, BudgetLimits, Call, Liveness, Outcome, Policy, Side};
use capos_schema::{Code, Denial};
use capos_testkit::clock::VirtualClock;
use capos_testkit::lab::{Answer, CallbackState};
use capos_testkit::lab_capnp::lab;
use futures::channel::oneshot;
use tokio::task::spawn_local;

use crate::world::{CALLBACK, LAB, Time, World, code, echo, everywhere, quiet};

fn budget(limits: BudgetLimits) -> Arc<Budget> {
    Arc::new(Budget::new(limits))
}

#[test]
fn calls_in_flight_are_bounded() {
    everywhere(async |layout| {
        let budget = budget(BudgetLimits { in_flight: 3, ..BudgetLimits::default() });
        let world = World::with(layout, |rules| rules.budgets = vec![budget.clone()]);
        let mut hanging: Vec<_> = (0..3).map(|_| spawn_local(world.lab.hang_request().send().promise)).collect();
        world.state.tally().until(|counts| counts.started == 3).await;
        assert_eq!(code(world.echo(b"one more").await), Some(Code::TooManyCalls), "{layout:?}");
        assert_eq!(world.state.counts().started, 3, "{layout:?}: the refused call did not reach the object");
        hanging.pop().expect("three").abort();
        world.state.tally().until(|counts| counts.cancelled == 1).await;
        quiet().await;
        world.echo(b"room again").await.unwrap();
        drop(hanging);
        assert_eq!(
            world.record.all()[0].outcome,
            Outcome::Denied(Code::TooManyCalls),
            "{layout:?}: it is on the record"
        );
    });
}

#[test]
fn every_share_comes_back_however_a_call_ends() {
    everywhere(async |layout| {
        let budget = budget(BudgetLimits::default());
        let world = World::with(layout, |rules| rules.budgets = vec![budget.clone()]);
        world.echo(b"").await.unwrap();
        world.lab.fail_request().send().promise.await.err().unwrap();
        let abandoned = spawn_local(world.lab.hang_request().send().promise);
        world.state.tally().until(|counts| counts.started == 3).await;
        abandoned.abort();
        world.state.tally().until(|counts| counts.cancelled == 1).await;
        let ended = spawn_local(world.lab.hang_request().send().promise);
        world.state.tally().until(|counts| counts.started == 4).await;
        drop(world.liveness.end(Code::Revoked));
        ended.await.unwrap().err().unwrap();
        quiet().await;
        assert_eq!((budget.in_flight(), budget.spent()), (0, 4), "{layout:?}");
        let outcomes: Vec<_> = world.record.all().iter().map(|settled| settled.outcome).collect();
        assert_eq!(
            outcomes,
            [Outcome::Done, Outcome::Failed(ErrorKind::Failed), Outcome::Abandoned, Outcome::Denied(Code::Revoked)],
            "{layout:?}"
        );
    });
}

#[test]
fn two_grants_draw_on_one_budget() {
    everywhere(async |layout| {
        let shared = budget(BudgetLimits { total: Some(3), ..BudgetLimits::default() });
        let own = budget(BudgetLimits { total: Some(2), ..BudgetLimits::default() });
        let one = World::with(layout, |rules| rules.budgets = vec![shared.clone(), own.clone()]);
        let two = World::with(layout, |rules| rules.budgets = vec![shared.clone()]);
        one.echo(b"").await.unwrap();
        one.echo(b"").await.unwrap();
        assert_eq!(code(one.echo(b"").await), Some(Code::QuotaExceeded), "{layout:?}");
        assert_eq!(shared.spent(), 2, "{layout:?}: a call refused by one budget costs the other nothing");
        two.echo(b"").await.unwrap();
        assert_eq!(code(two.echo(b"").await), Some(Code::QuotaExceeded), "{layout:?}");
    });
}

#[test]
fn a_rate_is_kept_by_the_clock() {
    everywhere(async |layout| {
        let clock = VirtualClock::new();
        let limits = BudgetLimits { rate: Some((10, 2)), ..BudgetLimits::default() };
        let world = World::with(layout, |rules| {
            rules.clock = Arc::new(Time(clock.clone()));
            rules.budgets = vec![budget(limits)];
        });
        world.echo(b"").await.unwrap();
        world.echo(b"").await.unwrap();
        assert_eq!(code(world.echo(b"").await), Some(Code::TooManyCalls), "{layout:?}");
        clock.advance(Duration::from_millis(100));
        world.echo(b"").await.unwrap();
    });
}

#[test]
fn a_stream_at_its_bound_waits_and_keeps_its_order() {
    everywhere(async |layout| {
        let limits = BudgetLimits { in_flight: 2, ..BudgetLimits::default() };
        let budget = budget(limits);
        let world = World::with(layout, |rules| rules.budgets = vec![budget.clone()]);
        let other = world.lab.next_request().send().promise.await.unwrap().get().unwrap().get_lab().unwrap();
        // Both shares are out: the chunks wait, and so does what comes after them.
        let hanging = [(); 2].map(|()| spawn_local(world.lab.hang_request().send().promise));
        world.state.tally().until(|counts| counts.running() == 2).await;
        let sending: Vec<_> = (0..20u8)
            .map(|number| {
                let mut chunk = world.lab.sink_request();
                chunk.get().set_chunk(&[number]);
                spawn_local(chunk.send())
            })
            .collect();
        quiet().await;
        assert_eq!(world.state.counts().chunks, 0, "{layout:?}");
        assert_eq!(code(echo(&other, b"").await), Some(Code::TooManyCalls), "{layout:?}: a plain call is refused");
        let total = spawn_local(world.lab.total_request().send().promise);
        for call in hanging {
            call.abort();
        }
        for sent in sending {
            sent.await.unwrap().unwrap();
        }
        let total = total.await.unwrap().unwrap();
        let total = total.get().unwrap();
        assert_eq!((total.get_chunks(), total.get_bytes()), (20, 20), "{layout:?}");
        quiet().await;
        assert_eq!(budget.in_flight(), 0, "{layout:?}");
    });
}

#[test]
fn callbacks_draw_on_a_budget_of_their_own() {
    everywhere(async |layout| {
        let calls = budget(BudgetLimits::default());
        let callbacks = budget(BudgetLimits { total: Some(1), ..BudgetLimits::default() });
        let world = World::with(layout, |rules| {
            rules.budgets = vec![calls.clone()];
            rules.callback_budgets = vec![callbacks.clone()];
        });
        let callback = CallbackState::new(Answer::Echo);
        let ring = async || {
            let mut request = world.lab.call_back_request();
            request.get().set_to(callback.client());
            request.send().promise.await.map(drop)
        };
        ring().await.unwrap();
        let error = ring().await.unwrap_err();
        assert!(error.extra.contains("quotaExceeded"), "{layout:?}: {error}");
        assert_eq!((callback.payloads().len(), calls.spent(), callbacks.spent()), (1, 2, 1), "{layout:?}");
    });
}

/// Asks somebody about `next`, forbids an echo of "no", and lets the rest pass.
#[derive(Default)]
struct Asking(RefCell<Vec<oneshot::Sender<Result<(), Denial>>>>);

impl Policy for Asking {
    fn admit(&self, call: &Call<'_>) -> Admission {
        assert_eq!(call.towards, Side::Inside);
        match call.method {
            0 => {
                let params: lab::echo_params::Reader<'_> = call.params().unwrap().get_as().unwrap();
                if params.get_payload().unwrap() == b"no" {
                    Admission::Deny(Code::ApprovalDenied.into())
                } else {
                    Admission::Allow
                }
            }
            1 => {
                let (answer, told) = oneshot::channel();
                self.0.borrow_mut().push(answer);
                Admission::Later(Box::pin(async { told.await.unwrap_or(Err(Code::ApprovalDenied.into())) }))
            }
            _ => Admission::Allow,
        }
    }
}

#[test]
fn a_policy_sees_the_arguments() {
    everywhere(async |layout| {
        let budget = budget(BudgetLimits::default());
        let world = World::with(layout, |rules| {
            rules.policy = Some(Rc::new(Asking::default()));
            rules.budgets = vec![budget.clone()];
        });
        world.echo(b"yes").await.unwrap();
        assert_eq!(code(world.echo(b"no").await), Some(Code::ApprovalDenied), "{layout:?}");
        quiet().await;
        assert_eq!((budget.in_flight(), budget.spent()), (0, 1), "{layout:?}: a forbidden call costs nothing");
    });
}

#[test]
fn a_pending_admission_holds_up_nobody_else() {
    everywhere(async |layout| {
        let policy = Rc::new(Asking::default());
        let world = World::with(layout, |rules| rules.policy = Some(policy.clone()));
        let pending = world.lab.next_request().send();
        let child = pending.pipeline.get_lab();
        let promise = spawn_local(pending.promise);
        let early = spawn_local({
            let child = child.clone();
            async move { echo(&child, b"early").await }
        });
        for number in 0..10 {
            world.echo(&[number]).await.unwrap();
        }
        quiet().await;
        assert_eq!(world.state.counts().started, 10, "{layout:?}: the one that is asked about has not begun");
        policy.0.borrow_mut().pop().expect("asked").send(Ok(())).unwrap();
        promise.await.unwrap().unwrap();
        assert_eq!(early.await.unwrap().unwrap(), b"early", "{layout:?}");

        let refused = spawn_local(world.lab.next_request().send().promise);
        quiet().await;
        policy.0.borrow_mut().pop().expect("asked").send(Err(Code::ApprovalDenied.into())).unwrap();
        assert_eq!(code(refused.await.unwrap()), Some(Code::ApprovalDenied), "{layout:?}");
    });
}

#[test]
fn an_approval_that_comes_after_the_end_starts_nothing() {
    everywhere(async |layout| {
        let policy = Rc::new(Asking::default());
        let world = World::with(layout, |rules| rules.policy = Some(policy.clone()));
        let pending = spawn_local(world.lab.next_request().send().promise);
        while policy.0.borrow().is_empty() {
            tokio::task::yield_now().await;
        }
        let answer = policy.0.borrow_mut().pop().expect("asked");
        drop(world.liveness.end(Code::StaleSession));
        // Nobody waits for it any more, or it is not heard.
        let _ = answer.send(Ok(()));
        assert_eq!(code(pending.await.unwrap()), Some(Code::StaleSession), "{layout:?}");
        assert_eq!(world.state.counts().started, 0, "{layout:?}");
    });
}

#[test]
fn an_approval_that_itself_ends_the_grant_starts_nothing() {
    /// Says yes, and ends the grant in the same breath.
    struct Treacherous(Liveness);
    impl Policy for Treacherous {
        fn admit(&self, _: &Call<'_>) -> Admission {
            let liveness = self.0.clone();
            Admission::Later(Box::pin(async move {
                drop(liveness.end(Code::StaleSession));
                Ok(())
            }))
        }
    }
    everywhere(async |layout| {
        let world = World::with(layout, |rules| rules.policy = Some(Rc::new(Treacherous(rules.liveness.clone()))));
        assert_eq!(code(world.echo(b"").await), Some(Code::StaleSession), "{layout:?}");
        quiet().await;
        assert_eq!(world.state.counts().started, 0, "{layout:?}");
    });
}

#[test]
fn the_record_tells_where_an_object_came_from() {
    everywhere(async |layout| {
        let world = World::new(layout);
        let response = world.lab.next_request().send().promise.await.unwrap();
        let child = response.get().unwrap().get_lab().unwrap();
        echo(&child, b"").await.unwrap();
        let callback = CallbackState::new(Answer::Echo);
        let mut request = world.lab.call_back_request();
        request.get().set_to(callback.client());
        request.send().promise.await.unwrap();
        let all = world.record.all();
        let root = all[0].lineage;
        assert_eq!((root.parent, root.via), (None, None));
        let echoed = all.iter().find(|settled| settled.method == 0 && settled.interface == LAB).expect("the echo");
        assert_eq!((echoed.lineage.parent, echoed.lineage.via), (Some(root.number), Some((LAB, 1))), "{layout:?}");
        let rang = all.iter().find(|settled| settled.interface == CALLBACK).expect("the callback");
        assert_eq!((rang.lineage.parent, rang.lineage.via), (Some(root.number), Some((LAB, 3))), "{layout:?}");
    });
}

#[test]
fn the_record_tells_what_the_policy_let_pass() {
    everywhere(async |layout| {
        let time = VirtualClock::new();
        let clock = Arc::new(Time(time.clone()));
        let world = World::with(layout, |rules| {
            rules.policy = Some(Rc::new(CallbacksToo));
            rules.methods = capos_membrane::Methods::only([(LAB, 0), (LAB, 3)]);
            rules.clock = clock;
        });
        world.echo(b"").await.unwrap();
        world.echo(b"no").await.err().unwrap();
        world.lab.fail_request().send().promise.await.err().unwrap();
        let callback = CallbackState::new(Answer::Echo);
        let mut request = world.lab.call_back_request();
        request.get().set_to(callback.client());
        request.send().promise.await.unwrap();
        let all = world.record.all();
        let admitted = |interface| {
            all.iter()
                .filter(|settled| settled.interface == interface)
                .map(|settled| settled.admitted)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            admitted(LAB),
            [true, false, false, true],
            "{layout:?}: done, refused by it, refused before it, done"
        );
        assert_eq!(admitted(CALLBACK), [true], "{layout:?}: it asked to be asked");
    });
}

/// Refuses payloads, and wants to hear of callbacks.
struct CallbacksToo;

impl Policy for CallbacksToo {
    fn admit(&self, call: &Call<'_>) -> Admission {
        let refused = call.towards == Side::Inside
            && call.method == 0
            && call.params().unwrap().get_as::<lab::echo_params::Reader<'_>>().unwrap().get_payload().unwrap() == b"no";
        if refused { Admission::Deny(Code::ApprovalDenied.into()) } else { Admission::Allow }
    }

    fn covers_callbacks(&self) -> bool {
        true
    }
}
