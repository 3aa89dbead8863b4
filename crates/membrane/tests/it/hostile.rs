//! What holders, services and rules do that nobody should, and what must not come of it.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Wake, Waker};

use capnp::capability::FromClientHook;
use capos_membrane::{Admission, Budget, BudgetLimits, Call, Liveness, Membrane, Policy, Rules};
use capos_schema::{Code, Denial};
use capos_testkit::lab::{Answer, CallbackState, LabState};
use capos_testkit::lab_capnp::{callback, lab};
use futures::channel::oneshot;
use tokio::task::spawn_local;

use crate::world::{Layout, World, code, echo, everywhere, link, quiet, run, settled};

#[test]
fn a_policy_that_ends_the_grant_and_allows_starts_nothing() {
    /// Ends the grant, and says yes all the same.
    struct Absent(Liveness);
    impl Policy for Absent {
        fn admit(&self, _: &Call<'_>) -> Admission {
            drop(self.0.end(Code::StaleSession));
            Admission::Allow
        }
    }
    everywhere(async |layout| {
        let world = World::with(layout, |rules| rules.policy = Some(Rc::new(Absent(rules.liveness.clone()))));
        assert_eq!(code(world.echo(b"").await), Some(Code::StaleSession), "{layout:?}");
        quiet().await;
        assert_eq!(world.state.counts().started, 0, "{layout:?}");
    });
}

#[test]
fn an_end_that_is_met_with_a_new_child_is_no_trap() {
    /// Opens a child of what is ending, as soon as it is told.
    struct Heir(Liveness);
    impl Wake for Heir {
        fn wake(self: Arc<Self>) {
            assert_eq!(self.0.child().check(), Err(Code::StaleSession.into()));
        }
    }
    run(async {
        let session = Liveness::new();
        let world = World::with(Layout::InProcess, |rules| rules.liveness = session.child());
        let later = world.lab.later_request().send().promise.await.unwrap().get().unwrap().get_lab().unwrap();
        let mut promise = later.client.hook.when_more_resolved().expect("a promise");
        let waker = Waker::from(Arc::new(Heir(session.clone())));
        assert!(Pin::new(&mut promise).poll(&mut Context::from_waker(&waker)).is_pending());
        assert!(session.end(Code::StaleSession).is_complete());
    });
}

/// Counts how often a task is woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_stream_that_waits_for_room_sleeps_until_there_is_some() {
    run(async {
        let wide = || Arc::new(Budget::new(BudgetLimits::default()));
        let narrow = || Arc::new(Budget::new(BudgetLimits { in_flight: 1, ..BudgetLimits::default() }));
        for budgets in [vec![narrow()], vec![wide(), narrow()], vec![narrow(), wide()]] {
            let world = World::with(Layout::InProcess, |rules| rules.budgets = budgets.clone());
            let hanging = spawn_local(world.lab.hang_request().send().promise);
            world.state.tally().until(|counts| counts.started == 1).await;
            let woken = Arc::new(Woken::default());
            let waker = Waker::from(woken.clone());
            let mut sent = pin!(world.lab.sink_request().send());
            assert!(sent.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
            assert_eq!(woken.0.load(Ordering::SeqCst), 0, "nothing was given back");
            hanging.abort();
            quiet().await;
            assert!(woken.0.load(Ordering::SeqCst) > 0, "there is room");
            sent.await.unwrap();
            assert!(budgets.iter().all(|budget| budget.in_flight() == 0));
        }
    });
}

#[test]
fn a_message_full_of_references_to_one_object_is_not_blown_up() {
    everywhere(async |layout| {
        let world = World::new(layout);
        let mut request = world.lab.loopback_request();
        let mut labs: capnp::capability_list::Builder<'_, lab::Client> = request.get().init_cap().initn_as(10_000);
        for index in 0..10_000 {
            labs.set(index, world.lab.client.hook.add_ref());
        }
        assert_eq!(code(request.send().promise.await.map(drop)), Some(Code::BadRequest), "{layout:?}");
        assert_eq!(world.state.counts().started, 0, "{layout:?}");
        let many = async |count| {
            let mut request = world.lab.many_request();
            request.get().set_count(count);
            request.send().promise.await.map(drop)
        };
        many(1_024).await.unwrap();
        assert!(many(1_025).await.is_err(), "{layout:?}");
        world.echo(b"alive").await.unwrap();
    });
}

#[test]
fn two_interfaces_of_one_server_are_two_objects() {
    /// Serves the public under one interface and the staff under another.
    struct Both;
    impl lab::Server for Both {}
    impl callback::Server for Both {
        async fn call(
            self: Rc<Self>,
            _: callback::CallParams,
            mut results: callback::CallResults,
        ) -> capnp::Result<()> {
            results.get().set_payload(b"called");
            Ok(())
        }
    }
    run(async {
        let server = Rc::new(Both);
        let lab: lab::Client = capnp_rpc::new_client_from_rc(server.clone());
        let callback: callback::Client = capnp_rpc::new_client_from_rc(server);
        let membrane = Membrane::new(Rules::new(Liveness::new()));
        let outside = membrane.wrap(lab.clone());
        let staff = membrane.wrap(callback.clone());
        staff.call_request().send().promise.await.unwrap();
        assert_ne!(outside.client.hook.get_ptr(), staff.client.hook.get_ptr());
        let cast: callback::Client = FromClientHook::new(outside.client.hook.add_ref());
        assert!(cast.call_request().send().promise.await.is_err(), "the public has no staff method");
        assert_eq!(outside.client.hook.get_ptr(), membrane.wrap(lab).client.hook.get_ptr());
    });
}

#[test]
fn a_pipeline_set_twice_is_refused_and_harms_nothing() {
    /// Sets its pipeline twice, with another child in between.
    struct Twice(LabState);
    impl lab::Server for Twice {
        async fn next(self: Rc<Self>, _: lab::NextParams, mut results: lab::NextResults) -> capnp::Result<()> {
            results.get().set_lab(self.0.client());
            results.set_pipeline()?;
            assert!(results.set_pipeline().is_err());
            Ok(())
        }
    }
    run(async {
        for remote in [false, true] {
            let membrane = Membrane::new(Rules::new(Liveness::new()));
            let lab: lab::Client = membrane.wrap(capnp_rpc::new_client(Twice(LabState::new())));
            let lab = if remote { FromClientHook::new(link(lab.client).hook) } else { lab };
            let child = lab.next_request().send().promise.await.unwrap().get().unwrap().get_lab().unwrap();
            assert_eq!(echo(&child, b"whole").await.unwrap(), b"whole");
        }
    });
}

#[test]
fn a_tail_call_after_results_were_written_takes_their_place() {
    /// Writes a result, thinks better of it, and hands on another's.
    struct Fickle(LabState);
    impl lab::Server for Fickle {
        async fn next(self: Rc<Self>, _: lab::NextParams, mut results: lab::NextResults) -> capnp::Result<()> {
            results.get().set_lab(self.0.client());
            results.hook.tail_call(self.0.client().next_request().hook).await
        }
    }
    run(async {
        let membrane = Membrane::new(Rules::new(Liveness::new()));
        let lab: lab::Client = membrane.wrap(capnp_rpc::new_client(Fickle(LabState::new())));
        let remote: lab::Client = FromClientHook::new(link(lab.client).hook);
        let child = remote.next_request().send().promise.await.unwrap().get().unwrap().get_lab().unwrap();
        assert_eq!(echo(&child, b"tail").await.unwrap(), b"tail");
    });
}

/// Leaves every call to the test.
#[derive(Default)]
struct Asking(RefCell<Vec<oneshot::Sender<Result<(), Denial>>>>);

impl Policy for Asking {
    fn admit(&self, _: &Call<'_>) -> Admission {
        let (answer, told) = oneshot::channel();
        self.0.borrow_mut().push(answer);
        Admission::Later(Box::pin(async { told.await.unwrap_or(Err(Code::ApprovalDenied.into())) }))
    }
}

#[test]
fn a_call_that_was_not_approved_costs_nothing() {
    everywhere(async |layout| {
        let budget = Arc::new(Budget::new(BudgetLimits { total: Some(1), ..BudgetLimits::default() }));
        let policy = Rc::new(Asking::default());
        let world = World::with(layout, |rules| {
            rules.policy = Some(policy.clone());
            rules.budgets = vec![budget.clone()];
        });
        let refused = spawn_local(world.lab.hang_request().send().promise);
        quiet().await;
        policy.0.borrow_mut().pop().expect("asked").send(Err(Code::ApprovalDenied.into())).unwrap();
        assert_eq!(code(refused.await.unwrap()), Some(Code::ApprovalDenied), "{layout:?}");
        quiet().await;
        assert_eq!((budget.in_flight(), budget.spent()), (0, 0), "{layout:?}");
    });
}

/// A waker whose last drop runs somebody's code, as the end of a task does.
struct LastWords(RefCell<Option<Box<dyn FnOnce()>>>);

thread_local! {
    static LAST_WORDS: Cell<Option<LastWords>> = const { Cell::new(None) };
}

struct Dropped;
impl Wake for Dropped {
    fn wake(self: Arc<Self>) {}
}
impl Drop for Dropped {
    fn drop(&mut self) {
        if let Some(words) = LAST_WORDS.take()
            && let Some(words) = words.0.take()
        {
            words();
        }
    }
}

#[test]
fn a_task_that_dies_with_its_waker_may_abandon_another_call() {
    run(async {
        let world = World::new(Layout::InProcess);
        let other = Rc::new(RefCell::new(Some(Box::pin(world.lab.hang_request().send().promise))));
        let mut idle = Context::from_waker(Waker::noop());
        assert!(other.borrow_mut().as_mut().expect("set").as_mut().poll(&mut idle).is_pending());
        LAST_WORDS.set(Some(LastWords(RefCell::new(Some(Box::new(move || drop(other.take())))))));
        let later = world.lab.later_request().send().promise.await.unwrap().get().unwrap().get_lab().unwrap();
        let mut call = later.client.hook.when_more_resolved().expect("a promise");
        let waker = Waker::from(Arc::new(Dropped));
        assert!(Pin::new(&mut call).poll(&mut Context::from_waker(&waker)).is_pending());
        drop(waker);
        assert!(Pin::new(&mut call).poll(&mut idle).is_pending());
        world.echo(b"alive").await.unwrap();
    });
}

#[test]
fn a_call_in_line_holds_nothing_that_those_before_it_need() {
    run(async {
        let budget = Arc::new(Budget::new(BudgetLimits { in_flight: 1, ..BudgetLimits::default() }));
        let world = World::with(Layout::InProcess, |rules| rules.budgets = vec![budget]);
        let mut hanging = Box::pin(world.lab.hang_request().send().promise);
        assert!(futures::poll!(hanging.as_mut()).is_pending());
        let mut chunk = world.lab.sink_request();
        chunk.get().set_chunk(b"first");
        let sent = spawn_local(chunk.send());
        quiet().await;
        // There is room again, and the chunk's task has not run yet.
        drop(hanging);
        let total = world.lab.total_request().send().promise;
        assert_eq!(total.await.unwrap().get().unwrap().get_chunks(), 1);
        sent.await.unwrap().unwrap();
    });
}

#[test]
fn promises_that_resolve_to_each_other_are_a_broken_object() {
    run(async {
        let (resolve, resolved) = oneshot::channel::<lab::Client>();
        let gone = |_| capnp::Error::failed("gone".into());
        let one: lab::Client = capnp_rpc::new_future_client(async move { resolved.await.map_err(gone) });
        let two: lab::Client = capnp_rpc::new_future_client({
            let one = one.clone();
            async move { Ok(one) }
        });
        assert!(resolve.send(two.clone()).is_ok());
        let (first, second) = (one.client.hook.when_more_resolved(), two.client.hook.when_more_resolved());
        first.expect("a promise").await.unwrap();
        second.expect("a promise").await.unwrap();
        let world = World::new(Layout::InProcess);
        assert!(echo(&world.membrane.wrap(one), b"").await.is_err());
        world.echo(b"alive").await.unwrap();
    });
}

#[test]
fn what_waits_on_a_promise_is_not_overtaken_when_it_has_resolved() {
    run(async {
        let budget = Arc::new(Budget::new(BudgetLimits { in_flight: 1, ..BudgetLimits::default() }));
        let world = World::with(Layout::InProcess, |rules| rules.budgets = vec![budget]);
        let later = world.lab.later_request().send().promise.await.unwrap().get().unwrap().get_lab().unwrap();
        let mut hanging = Box::pin(world.lab.hang_request().send().promise);
        assert!(futures::poll!(hanging.as_mut()).is_pending());
        let mut chunk = later.sink_request();
        chunk.get().set_chunk(b"first");
        let sent = spawn_local(chunk.send());
        quiet().await;
        world.state.release();
        settled(&later.client).await;
        // There is room again, and the chunk's task has not run yet.
        drop(hanging);
        let total = later.total_request().send().promise;
        assert_eq!(total.await.unwrap().get().unwrap().get_chunks(), 1);
        sent.await.unwrap().unwrap();
    });
}

#[test]
fn a_promise_that_is_its_own_argument_resolves_and_stops_nothing() {
    run(async {
        let world = World::new(Layout::InProcess);
        let (resolve, resolved) = oneshot::channel::<lab::Client>();
        let promise: lab::Client =
            capnp_rpc::new_future_client(
                async move { resolved.await.map_err(|_| capnp::Error::failed("gone".into())) },
            );
        let mut request = promise.loopback_request();
        request.get().init_cap().set_as_capability(promise.client.hook.add_ref());
        let sent = spawn_local(request.send().promise);
        quiet().await;
        assert!(resolve.send(world.lab.clone()).is_ok());
        sent.await.unwrap().unwrap();
        world.echo(b"alive").await.unwrap();
    });
}

#[test]
fn a_call_that_nobody_polls_holds_up_none_behind_it() {
    everywhere(async |layout| {
        let world = World::new(layout);
        let (resolve, resolved) = oneshot::channel::<lab::Client>();
        let promise: lab::Client =
            capnp_rpc::new_future_client(
                async move { resolved.await.map_err(|_| capnp::Error::failed("gone".into())) },
            );
        let mut request = promise.keep_request();
        let callback = CallbackState::new(Answer::Echo);
        request.get().set_to(callback.client());
        let unpolled = request.send();
        let polled = spawn_local(async move { echo(&promise, b"behind").await });
        quiet().await;
        assert!(resolve.send(world.lab.clone()).is_ok());
        assert_eq!(polled.await.unwrap().unwrap(), b"behind", "{layout:?}");
        drop(unpolled);
    });
}
