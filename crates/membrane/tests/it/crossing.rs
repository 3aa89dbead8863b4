//! What crosses is wrapped, what comes home is not: the checklist of the C++ library's own membrane, and more.

use std::any::Any;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

use capnp::capability::{Client, FromClientHook};
use capnp_rpc::rpc_twoparty_capnp as rpc;
use capos_membrane::{Liveness, Membrane, Methods, Rules, Side, Trust};
use capos_schema::{Code, Denial};
use capos_testkit::lab::{Answer, CallbackState, LabState};
use capos_testkit::lab_capnp::{callback, lab};
use capos_testkit::link::{Direction, Link};

use crate::world::{
    CALLBACK, LAB, LAYOUTS, LabShapes, Layout, World, code, echo, everywhere, link, quiet, run, settled, system,
};

/// How a test comes by a child of the granted object.
const WAYS: [&str; 3] = ["awaited", "promised", "promised and resolved"];

///
/// A pipeline is kept with what it promised: the library resolves nothing for one that was dropped.
async fn child(lab: &lab::Client, way: &str) -> Kept<lab::Client> {
    let sent = lab.next_request().send();
    if way == "awaited" {
        return Kept(sent.promise.await.unwrap().get().unwrap().get_lab().unwrap(), None);
    }
    let promised = sent.pipeline.get_lab();
    if way == "promised and resolved" {
        settled(&promised.client).await;
    }
    Kept(promised, Some(Box::new(sent)))
}

struct Kept<C>(C, #[expect(dead_code, reason = "held, not read")] Option<Box<dyn Any>>);

impl<C> Deref for Kept<C> {
    type Target = C;
    fn deref(&self) -> &C {
        &self.0
    }
}

#[test]
fn an_object_that_crossed_is_called_through_the_membrane() {
    everywhere(async |layout| {
        for way in WAYS {
            let world = World::new(layout);
            let child = child(&world.lab, way).await;
            assert_eq!(echo(&child, b"hello").await.unwrap(), b"hello", "{way}");
            assert!(world.record.methods(LAB).contains(&0), "{layout:?}: {way}: the call was seen");
        }
    });
}

#[test]
fn objects_in_lists_and_nested_structs_are_wrapped() {
    everywhere(async |layout| {
        let world = World::new(layout);
        let mut request = world.lab.many_request();
        request.get().set_count(3);
        let response = request.send().promise.await.unwrap();
        let labs = response.get().unwrap().get_labs().unwrap();
        for index in 0..3 {
            let child = labs.get(index).unwrap();
            assert_eq!(echo(&child, &[7]).await.unwrap(), [7]);
        }
        let response = world.lab.nested_request().send().promise.await.unwrap();
        let inner = response.get().unwrap().get_inner().unwrap();
        assert_eq!(inner.get_note().unwrap(), "outer");
        let next = inner.get_next().unwrap();
        for nest in [inner, next] {
            echo(&nest.get_deeper().get_lab().unwrap(), b"x").await.unwrap();
        }
        assert_eq!(world.record.methods(LAB).iter().filter(|method| **method == 0).count(), 5);
    });
}

#[test]
fn a_callback_is_called_through_the_membrane_and_its_results_cross_back() {
    everywhere(async |layout| {
        for tail in [false, true] {
            let world = World::new(layout);
            let callback = CallbackState::new(Answer::Echo);
            let payload = if tail {
                let mut request = world.lab.tail_request();
                request.get().set_to(callback.client());
                request.get().set_payload(b"ring");
                request.send().promise.await.unwrap().get().unwrap().get_payload().unwrap().to_vec()
            } else {
                let mut request = world.lab.call_back_request();
                request.get().set_to(callback.client());
                request.get().set_payload(b"ring");
                request.send().promise.await.unwrap().get().unwrap().get_payload().unwrap().to_vec()
            };
            assert_eq!(payload, b"ring");
            assert_eq!(callback.payloads(), [b"ring".to_vec()]);
            let calls = world.record.all();
            let back = calls.iter().find(|settled| settled.interface == CALLBACK).expect("the callback was seen");
            assert_eq!(back.towards, Side::Outside);
        }
    });
}

#[test]
fn what_a_callback_answers_is_wrapped_for_the_inside() {
    everywhere(async |layout| {
        let outside = LabState::new();
        let world = World::new(layout);
        let callback = CallbackState::new(Answer::EchoWith(outside.client()));
        // Kept inside, the outside's lab is called by the test in the object's place.
        let mut request = world.lab.keep_request();
        request.get().set_to(callback.client());
        request.send().promise.await.unwrap();
        let kept = world.state.kept().unwrap();
        let mut request = kept.call_request();
        request.get().set_payload(b"");
        let given = request.send().promise.await.unwrap().get().unwrap().get_lab().unwrap();
        world.record.clear();
        assert_eq!(echo(&given, b"out").await.unwrap(), b"out");
        let calls = world.record.all();
        assert_eq!((calls.len(), calls[0].towards), (1, Side::Outside), "{layout:?}");
        drop(world.liveness.end(Code::StaleSession));
        assert!(echo(&given, b"out").await.is_err());
        assert_eq!(outside.counts().started, 1);
    });
}

/// Sends a capability in and takes it out again.
async fn loopback(lab: &lab::Client, cap: Client, way: &str) -> Kept<lab::Client> {
    let mut request = lab.loopback_request();
    request.get().init_cap().set_as_capability(cap.hook);
    let sent = request.send();
    if way == "awaited" {
        return Kept(sent.promise.await.unwrap().get().unwrap().get_cap().get_as_capability().unwrap(), None);
    }
    let promised: lab::Client = FromClientHook::new(sent.pipeline.get_cap().as_cap());
    if way == "promised and resolved" {
        settled(&promised.client).await;
    }
    Kept(promised, Some(Box::new(sent)))
}

#[test]
fn a_capability_that_went_in_and_out_is_itself_again() {
    everywhere(async |layout| {
        for way in WAYS {
            let outside = LabState::new();
            let world = World::new(layout);
            let original = outside.client();
            let returned = loopback(&world.lab, original.client.clone(), way).await;
            assert_eq!(echo(&returned, b"mine").await.unwrap(), b"mine", "{layout:?}: {way}");
            quiet().await;
            assert_eq!(
                settled(&returned.client).await.get_ptr(),
                settled(&original.client).await.get_ptr(),
                "{layout:?}: {way}"
            );
            world.record.clear();
            echo(&returned, b"mine").await.unwrap();
            assert!(world.record.all().is_empty(), "{layout:?}: {way}: nothing crosses any more");
            // The connection has taken every disembargo for what it was.
            assert_eq!(world.echo(b"alive").await.unwrap(), b"alive", "{layout:?}: {way}");
        }
    });
}

#[test]
fn an_inside_object_that_went_out_and_in_is_itself_again() {
    everywhere(async |layout| {
        for way in WAYS {
            let world = World::new(layout);
            let child = child(&world.lab, way).await;
            let again = loopback(&world.lab, child.client.clone(), "awaited").await;
            world.record.clear();
            assert_eq!(echo(&again, b"once").await.unwrap(), b"once");
            assert_eq!(world.record.all().len(), 1, "{layout:?}: {way}: one membrane, not two");
        }
    });
}

#[test]
fn calls_keep_their_order_while_a_promise_comes_home() {
    everywhere(async |layout| {
        let outside = LabState::new();
        let world = World::new(layout);
        let callback = CallbackState::new(Answer::Echo);
        drop(outside);
        let promised = {
            let mut request = world.lab.loopback_request();
            request.get().init_cap().set_as_capability(callback.client().client.hook);
            request.send()
        };
        let promised_cap: callback::Client = FromClientHook::new(promised.pipeline.get_cap().as_cap());
        let call = |number: u8| {
            let mut request = promised_cap.call_request();
            request.get().set_payload(&[number]);
            request.send().promise
        };
        let mut calls: Vec<_> = (0..5).map(call).collect();
        let answer = promised.promise.await.unwrap();
        let home: callback::Client = answer.get().unwrap().get_cap().get_as_capability().unwrap();
        let call_home = |number: u8| {
            let mut request = home.call_request();
            request.get().set_payload(&[number]);
            request.send().promise
        };
        calls.extend((5..10).map(|number| if number % 2 == 0 { call(number) } else { call_home(number) }));
        for call in futures::future::join_all(calls).await {
            call.unwrap();
        }
        let order: Vec<u8> = callback.payloads().iter().map(|payload| payload[0]).collect();
        let (evens, odds): (Vec<u8>, Vec<u8>) = order.iter().filter(|n| **n >= 5).partition(|n| **n % 2 == 0);
        assert_eq!(order[..5], [0, 1, 2, 3, 4], "{layout:?}: {order:?}");
        assert_eq!((evens, odds), (vec![6, 8], vec![5, 7, 9]), "{layout:?}: {order:?}");
        world.echo(b"alive").await.unwrap();
    });
}

#[test]
fn a_promise_resolves_and_breaks_through_the_membrane() {
    everywhere(async |layout| {
        let world = World::new(layout);
        let given = |response: capnp::capability::Response<lab::later_results::Owned>| {
            response.get().unwrap().get_lab().unwrap()
        };
        let later = given(world.lab.later_request().send().promise.await.unwrap());
        let early = tokio::task::spawn_local({
            let later = later.clone();
            async move { echo(&later, b"early").await }
        });
        quiet().await;
        world.lab.release_request().send().promise.await.unwrap();
        assert_eq!(early.await.unwrap().unwrap(), b"early", "{layout:?}");
        settled(&later.client).await;
        assert_eq!(echo(&later, b"late").await.unwrap(), b"late", "{layout:?}");

        let later = given(world.lab.later_request().send().promise.await.unwrap());
        let mut request = world.lab.refuse_request();
        request.get().set_text("no child today");
        request.send().promise.await.unwrap();
        let error = echo(&later, b"").await.unwrap_err();
        assert!(error.extra.contains("no child today"), "{layout:?}: {error}");
    });
}

#[test]
fn a_promise_asked_about_twice_resolves_to_one_object() {
    run(async {
        let world = World::new(Layout::InProcess);
        let later = world.lab.later_request().send().promise.await.unwrap().get().unwrap().get_lab().unwrap();
        let one = later.client.hook.when_more_resolved().expect("a promise");
        let two = later.client.hook.when_more_resolved().expect("a promise");
        world.state.release();
        let (one, two) = futures::future::join(one, two).await;
        assert_eq!(one.unwrap().get_ptr(), two.unwrap().get_ptr());
    });
}

#[test]
fn a_chain_of_promises_does_not_wait_for_answers() {
    run(async {
        let state = LabState::new();
        let (near, far, cable) = Link::pair();
        tokio::task::spawn_local(system(far, rpc::Side::Server, Some(state.client().client)));
        let mut node = system(near, rpc::Side::Client, None);
        let service: lab::Client = node.bootstrap(rpc::Side::Server);
        tokio::task::spawn_local(node);
        let mut rules = Rules::new(Liveness::new());
        rules.shapes = Arc::new(LabShapes::new());
        let outside: lab::Client = FromClientHook::new(link(Membrane::new(rules).wrap(service).client).hook);
        echo(&outside, b"warm").await.unwrap();
        // Nothing comes back from the service, and yet the whole chain has to reach it.
        cable.pause(Direction::RightToLeft);
        let one = outside.next_request().send();
        let two = one.pipeline.get_lab().next_request().send();
        let three = two.pipeline.get_lab().next_request().send();
        let end = three.pipeline.get_lab();
        let answer = tokio::task::spawn_local(async move { echo(&end, b"end").await });
        state.tally().until(|counts| counts.started == 5).await;
        cable.resume(Direction::RightToLeft);
        assert_eq!(answer.await.unwrap().unwrap(), b"end");
    });
}

#[test]
fn one_object_behind_two_grants_is_two_objects() {
    run(async {
        let state = LabState::new();
        let inside = state.client();
        let (one, two) = (Liveness::new(), Liveness::new());
        let (first, second) = (Membrane::new(Rules::new(one.clone())), Membrane::new(Rules::new(two)));
        let (a, b) = (first.wrap(inside.clone()), second.wrap(inside.clone()));
        assert_ne!(a.client.hook.get_ptr(), b.client.hook.get_ptr());
        assert_eq!(a.client.hook.get_ptr(), first.wrap(inside.clone()).client.hook.get_ptr(), "stable within a grant");
        // Over one connection both are handed out; were they one export, the end of one would be the end of both.
        let carrier = LabState::new();
        let remote: lab::Client = FromClientHook::new(link(carrier.client().client).hook);
        let a = loopback(&remote, a.client, "awaited").await;
        let b = loopback(&remote, b.client, "awaited").await;
        drop(one.end(Code::Revoked));
        assert_eq!(code(echo(&a, b"").await), Some(Code::Revoked));
        assert_eq!(echo(&b, b"b").await.unwrap(), b"b");
    });
}

#[test]
fn a_wrapper_gives_nothing_away_of_what_it_wraps() {
    run(async {
        let inside = link(LabState::new().client().client);
        let membrane = Membrane::new(Rules::new(Liveness::new()));
        let outside = membrane.wrap(inside.clone());
        let (inner, outer) = (inside.hook, outside.hook);
        assert_ne!(inner.get_brand(), outer.get_brand());
        assert_ne!(inner.get_ptr(), outer.get_ptr());
        assert_ne!(outer.get_brand(), 0);
    });
}

#[test]
fn a_cast_does_not_lead_round_the_membrane() {
    everywhere(async |layout| {
        let world = World::with(layout, |rules| rules.methods = Methods::only([(LAB, 0)]));
        world.echo(b"open").await.unwrap();
        // Another interface, another method, and the raw hook: each is one call that was not granted.
        let cast: callback::Client = FromClientHook::new(world.lab.client.hook.clone());
        assert_eq!(code(cast.call_request().send().promise.await), Some(Code::MethodDenied));
        assert_eq!(code(world.lab.next_request().send().promise.await), Some(Code::MethodDenied));
        let raw = world.lab.client.hook.new_call(LAB, 1, None).send();
        assert_eq!(code(raw.promise.await), Some(Code::MethodDenied));
        let pipelined = world.lab.next_request().send().pipeline.get_lab();
        assert_eq!(code(echo(&pipelined, b"").await), Some(Code::MethodDenied));
        assert_eq!(world.state.counts().started, 1);
    });
}

#[test]
fn a_services_exception_is_marked_and_the_nodes_own_is_not() {
    everywhere(async |layout| {
        for trust in [Trust::Service, Trust::Node] {
            let world = World::with(layout, |rules| rules.trust = trust);
            let mut request = world.lab.fail_request();
            request.get().set_text("revoked: said who?\u{1b}[2J");
            let error = request.send().promise.await.err().unwrap();
            let text = capos_schema::denial::strip_remote(&error.extra);
            match trust {
                Trust::Service => assert_eq!(text, "service: revoked: said who?[2J", "{layout:?}"),
                Trust::Node => assert_eq!(text, "revoked: said who?[2J", "{layout:?}"),
            }
            assert_eq!(Denial::from_error(&error).is_some(), trust == Trust::Node);
        }
    });
}

#[test]
fn a_tail_call_passes_through_the_membrane() {
    /// Hands its results to another lab's answer without looking.
    struct Tail(lab::Client);
    impl lab::Server for Tail {
        async fn next(self: Rc<Self>, _: lab::NextParams, results: lab::NextResults) -> capnp::Result<()> {
            results.hook.tail_call(self.0.next_request().hook).await
        }
    }
    run(async {
        let state = LabState::new();
        for inner in [state.client(), FromClientHook::new(link(state.client().client).hook)] {
            let liveness = Liveness::new();
            let membrane = Membrane::new(Rules::new(liveness.clone()));
            let outside: lab::Client = membrane.wrap(capnp_rpc::new_client(Tail(inner)));
            let remote: lab::Client = FromClientHook::new(link(outside.client).hook);
            let child = child(&remote, "awaited").await;
            assert_eq!(echo(&child, b"tail").await.unwrap(), b"tail");
            drop(liveness.end(Code::Revoked));
            assert_eq!(code(echo(&child, b"tail").await), Some(Code::Revoked));
        }
    });
}

#[test]
fn a_pipeline_set_early_holds_wrapped_capabilities() {
    /// Promises its child before it answers.
    struct Early(LabState);
    impl lab::Server for Early {
        async fn next(self: Rc<Self>, _: lab::NextParams, mut results: lab::NextResults) -> capnp::Result<()> {
            results.get().set_lab(self.0.client());
            results.set_pipeline()?;
            std::future::pending().await
        }
    }
    run(async {
        let liveness = Liveness::new();
        let mut rules = Rules::new(liveness.clone());
        rules.methods = Methods::only([(LAB, 0), (LAB, 1)]);
        let membrane = Membrane::new(rules);
        let outside: lab::Client = membrane.wrap(capnp_rpc::new_client(Early(LabState::new())));
        let remote: lab::Client = FromClientHook::new(link(outside.client).hook);
        let sent = remote.next_request().send();
        let child = sent.pipeline.get_lab();
        assert_eq!(echo(&child, b"early").await.unwrap(), b"early");
        assert_eq!(code(child.total_request().send().promise.await), Some(Code::MethodDenied));
        drop(liveness.end(Code::Revoked));
        assert_eq!(code(echo(&child, b"early").await), Some(Code::Revoked));
    });
}

#[test]
fn no_null_and_no_broken_capability_stops_a_call() {
    /// Answers with nothing, or with a broken capability.
    struct Odd;
    impl lab::Server for Odd {
        async fn next(self: Rc<Self>, _: lab::NextParams, _: lab::NextResults) -> capnp::Result<()> {
            Ok(())
        }
        async fn later(self: Rc<Self>, _: lab::LaterParams, mut results: lab::LaterResults) -> capnp::Result<()> {
            let broken = capnp_rpc::new_broken_cap(capnp::Error::failed("broken from birth".into()));
            results.get().set_lab(FromClientHook::new(broken.hook));
            Ok(())
        }
    }
    for layout in LAYOUTS {
        run(async {
            let membrane = Membrane::new(Rules::new(Liveness::new()));
            let odd: lab::Client = capnp_rpc::new_client(Odd);
            let inside =
                if matches!(layout, Layout::Between | Layout::ToService) { link(odd.client) } else { odd.client };
            let outside = membrane.wrap(inside);
            let held = if matches!(layout, Layout::Remote | Layout::Between) { link(outside) } else { outside };
            let lab: lab::Client = FromClientHook::new(held.hook);
            let response = lab.next_request().send().promise.await.unwrap();
            assert!(!response.get().unwrap().has_lab());
            let response = lab.later_request().send().promise.await.unwrap();
            let broken = response.get().unwrap().get_lab().unwrap();
            let error = echo(&broken, b"").await.unwrap_err();
            assert!(error.extra.contains("broken from birth"), "{layout:?}: {error}");
        });
    }
}

#[test]
fn nothing_is_left_of_what_is_dropped() {
    everywhere(async |layout| {
        let world = World::new(layout);
        for way in WAYS {
            let child = child(&world.lab, way).await;
            echo(&child, b"").await.unwrap();
        }
        let callback = CallbackState::new(Answer::Echo);
        let returned = loopback(&world.lab, callback.client().client, "promised").await;
        drop(returned);
        quiet().await;
        assert_eq!(world.state.counts().alive(), 1, "{layout:?}: only the granted object lives");
        assert_eq!(callback.alive(), 0, "{layout:?}");
        let left = world.membrane.references();
        assert_eq!(left.len(), 1, "{layout:?}: {left:?}");
    });
}

#[test]
fn a_pipeline_asked_after_an_empty_answer_breaks_and_does_not_panic() {
    /// Answers with nothing where a capability is declared.
    struct Empty;
    impl lab::Server for Empty {
        async fn next(self: Rc<Self>, _: lab::NextParams, _: lab::NextResults) -> capnp::Result<()> {
            Ok(())
        }
    }
    for known in [false, true] {
        run(async {
            let mut rules = Rules::new(Liveness::new());
            if known {
                rules.shapes = Arc::new(LabShapes::new());
            }
            let empty: lab::Client = capnp_rpc::new_client(Empty);
            let lab = Membrane::new(rules).wrap::<lab::Client>(FromClientHook::new(link(empty.client).hook));
            let sent = lab.next_request().send();
            let pipeline = sent.pipeline;
            let early = pipeline.get_lab();
            sent.promise.await.unwrap();
            for cap in [early, pipeline.get_lab()] {
                assert!(echo(&cap, b"").await.is_err());
            }
            assert!(lab.client.hook.new_call(LAB, 1, None).send().promise.await.is_ok(), "the connection lives");
        });
    }
}

#[test]
fn a_request_begun_before_a_promise_resolved_goes_where_it_resolved_to() {
    everywhere(async |layout| {
        let callback = CallbackState::new(Answer::Echo);
        let world = World::new(layout);
        let mut request = world.lab.loopback_request();
        request.get().init_cap().set_as_capability(callback.client().client.hook);
        let sent = request.send();
        let home: callback::Client = FromClientHook::new(sent.pipeline.get_cap().as_cap());
        let mut begun = home.call_request();
        begun.get().set_payload(b"late");
        settled(&home.client).await;
        assert_eq!(begun.send().promise.await.unwrap().get().unwrap().get_payload().unwrap(), b"late", "{layout:?}");
        assert_eq!(callback.payloads(), [b"late".to_vec()], "{layout:?}");
    });
}

#[test]
fn what_another_membrane_guards_goes_out_as_it_is_when_it_may() {
    everywhere(async |layout| {
        for may in [true, false] {
            let guarded = World::new(Layout::InProcess);
            let world = World::with(layout, |rules| rules.trust = Trust::Node);
            if may {
                world.membrane.let_out(&guarded.membrane, &guarded.lab);
            }
            let gives: lab::Client = world.membrane.wrap(capnp_rpc::new_client(Gives(guarded.lab.clone())));
            let gives: lab::Client = match layout {
                Layout::Remote | Layout::Between => FromClientHook::new(link(gives.client).hook),
                Layout::InProcess | Layout::ToService => gives,
            };
            let sent = gives.next_request().send();
            let got = sent.pipeline.get_lab();
            sent.promise.await.unwrap();
            world.record.clear();
            assert_eq!(echo(&got, b"x").await.unwrap(), b"x", "{layout:?}");
            assert_eq!(guarded.record.methods(LAB), [0], "{layout:?}: its own membrane sees the call");
            assert_eq!(world.record.methods(LAB).contains(&0), !may, "{layout:?}: the other one does not");
            drop(guarded.liveness.end(Code::Revoked));
            assert_eq!(code(echo(&got, b"x").await), Some(Code::Revoked), "{layout:?}");
        }
    });
}

#[test]
fn a_raw_capability_cannot_be_let_out() {
    run(async {
        let (one, two) = (World::new(Layout::InProcess), World::new(Layout::InProcess));
        let raw = one.state.client();
        two.membrane.let_out(&one.membrane, &raw);
        let gives: lab::Client = two.membrane.wrap(capnp_rpc::new_client(Gives(raw)));
        let got = gives.next_request().send().pipeline.get_lab();
        echo(&got, b"x").await.unwrap();
        drop(two.liveness.end(Code::Revoked));
        assert_eq!(code(echo(&got, b"x").await), Some(Code::Revoked));
    });
}

/// A node's own object that hands on another.
struct Gives(lab::Client);

impl lab::Server for Gives {
    async fn next(self: Rc<Self>, _: lab::NextParams, mut results: lab::NextResults) -> Result<(), capnp::Error> {
        results.get().set_lab(self.0.clone());
        Ok(())
    }
}
