//! Answers that lead to themselves. Whoever follows one to its end never stops, and the whole thread with it.

use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use capnp::capability::Client;
use capnp::message::Builder;
use capnp::traits::ImbueMut as _;
use capnp_rpc::rpc_capnp::{cap_descriptor, message as wire};
use capos_hostile::node;
use capos_membrane::{Liveness, Membrane};
use capos_rpc::{Limits, Peer};
use capos_schema::NoShapes;
use capos_testkit::hostile::{Cap, Heard, HostilePeer, Target, lab as calls, message, placeholder};
use capos_testkit::lab_capnp::{callback, lab};

const LAB: Target = Target::Import(0);

/// Far more than any of this takes; past it the thread is taken to spin.
const PATIENCE: Duration = Duration::from_secs(20);

/// A service that asks the caller's object and answers with its answer.
struct Trusting;

impl lab::Server for Trusting {
    async fn loopback(
        self: Rc<Self>,
        params: lab::LoopbackParams,
        mut results: lab::LoopbackResults,
    ) -> capnp::Result<()> {
        let asked: callback::Client = params.get()?.get_cap().get_as_capability()?;
        let answer = asked.call_request().send().promise.await?;
        results.get().init_cap().set_as_capability(answer.get()?.get_lab()?.client.hook);
        Ok(())
    }

    async fn echo(self: Rc<Self>, params: lab::EchoParams, mut results: lab::EchoResults) -> capnp::Result<()> {
        results.get().set_payload(params.get()?.get_payload()?);
        Ok(())
    }
}

/// A service that answers with the answer of the caller's object before that is there.
struct Piping;

impl lab::Server for Piping {
    async fn loopback(
        self: Rc<Self>,
        params: lab::LoopbackParams,
        mut results: lab::LoopbackResults,
    ) -> capnp::Result<()> {
        let asked: callback::Client = params.get()?.get_cap().get_as_capability()?;
        let sent = asked.call_request().send();
        results.get().init_cap().set_as_capability(sent.pipeline.get_lab().client.hook);
        tokio::task::spawn_local(async move { drop(sent.promise.await) });
        Ok(())
    }
}

/// A service that gives what will come of one call of the caller's object to the caller in another.
struct Telling;

impl lab::Server for Telling {
    async fn loopback(self: Rc<Self>, params: lab::LoopbackParams, _: lab::LoopbackResults) -> capnp::Result<()> {
        let asked: callback::Client = params.get()?.get_cap().get_as_capability()?;
        let sent = asked.call_request().send();
        let told: lab::Client = params.get()?.get_cap().get_as_capability()?;
        let mut telling = told.loopback_request();
        telling.get().init_cap().set_as_capability(sent.pipeline.get_lab().client.hook);
        let told = telling.send().promise;
        drop(sent.promise.await);
        told.await.map(drop)
    }
}

/// Answers a question of theirs with what is found in their own answer to `question`.
fn return_their_answer(answer: u32, question: u32) -> Vec<u8> {
    return_one(answer, |row| {
        let mut theirs = row.init_receiver_answer();
        theirs.set_question_id(question);
        theirs.init_transform(1).get(0).set_get_pointer_field(0);
    })
}

fn return_one(answer: u32, describe: impl FnOnce(cap_descriptor::Builder<'_>)) -> Vec<u8> {
    let mut frame = Builder::new_default();
    let mut returned = frame.init_root::<wire::Builder<'_>>().init_return();
    returned.set_answer_id(answer);
    let mut results = returned.init_results();
    let mut numbers = Vec::new();
    let mut content = results.reborrow().get_content();
    content.imbue_mut(&mut numbers);
    content.init_as::<callback::call_results::Builder<'_>>().set_lab(placeholder());
    describe(results.init_cap_table(1).get(0));
    capnp::serialize::write_message_to_words(&frame)
}

type Raw = HostilePeer<tokio::io::DuplexStream>;

/// Serves one hostile connection and one after it on a thread of their own.
fn withstands<F: Future<Output = ()>>(
    service: fn() -> lab::Client,
    place: Place,
    attack: impl FnOnce(Raw) -> F + Send + 'static,
) {
    let (done, over) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        tokio::task::LocalSet::new().block_on(&runtime, async {
            attack(serve(service(), place)).await;
            for _ in 0..1000 {
                tokio::task::yield_now().await;
            }
            let mut next = serve(service(), place);
            next.send(&message::bootstrap(0)).await;
            next.expect_results(0).await;
        });
        let _ = done.send(());
    });
    assert_eq!(over.recv_timeout(PATIENCE), Ok(()), "the thread spins, or panicked");
}

/// Where the service is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Bare,
    BehindMembrane,
    /// In another process, as far as the node can tell, and with its schema known or not.
    Elsewhere {
        known: bool,
    },
}

fn serve(service: lab::Client, place: Place) -> Raw {
    let mut rules = node::rules(Liveness::new());
    if place == (Place::Elsewhere { known: false }) {
        rules.shapes = Arc::new(NoShapes);
    }
    let bootstrap = match place {
        Place::Bare => service.client,
        Place::BehindMembrane => Membrane::new(rules).wrap(service).client,
        Place::Elsewhere { .. } => Membrane::new(rules).wrap(elsewhere(service)),
    };
    let (near, far) = tokio::io::duplex(1 << 16);
    let (system, _) = node::serve(near, Peer::internal(), &Limits::default(), bootstrap);
    tokio::task::spawn_local(system);
    HostilePeer::new(far)
}

fn elsewhere(service: lab::Client) -> Client {
    let (near, far) = tokio::io::duplex(1 << 16);
    let (served, _) = node::serve(far, Peer::unix(), &Limits::default(), service.client);
    let (system, client, _) = node::connect(near, Peer::unix(), &Limits::default());
    tokio::task::spawn_local(served);
    tokio::task::spawn_local(system);
    client
}

/// The question's answer is what the peer says it is: that very answer.
async fn answer_that_is_itself(mut peer: Raw) {
    peer.send(&message::bootstrap(0)).await;
    peer.expect_results(0).await;
    peer.send(&calls::loopback(5, LAB, Cap::Own(9)).frame()).await;
    let (_, question) = peer.expect_call().await;
    peer.send(&calls::echo(6, Target::first_field(5), b"").frame()).await;
    peer.send(&return_their_answer(question, 5)).await;
    peer.send(&calls::echo(7, Target::first_field(5), b"").frame()).await;
    peer.send(&message::disembargo_to_us(&Target::first_field(5), 1)).await;
}

/// Each of two answers is the other one.
async fn answers_that_are_each_other(mut peer: Raw) {
    peer.send(&message::bootstrap(0)).await;
    peer.expect_results(0).await;
    peer.send(&calls::loopback(5, LAB, Cap::Own(9)).frame()).await;
    let (_, first) = peer.expect_call().await;
    peer.send(&calls::loopback(6, LAB, Cap::Own(9)).frame()).await;
    let (_, second) = peer.expect_call().await;
    peer.send(&return_their_answer(first, 6)).await;
    peer.send(&return_their_answer(second, 5)).await;
    peer.send(&calls::echo(7, Target::first_field(5), b"").frame()).await;
}

/// What the peer is given is its own answer to come, and that it says to be what it was given.
async fn answer_to_come_that_is_itself(mut peer: Raw) {
    peer.send(&message::bootstrap(0)).await;
    peer.expect_results(0).await;
    peer.send(&calls::loopback(5, LAB, Cap::Own(9)).frame()).await;
    let (_, question) = peer.expect_call().await;
    let (_, caps) = peer.expect_results(5).await;
    assert!(matches!(caps[..], [Cap::TheirAnswer { .. }]), "{caps:?}");
    peer.send(&return_their_answer(question, 5)).await;
    peer.send(&calls::echo(7, Target::first_field(5), b"").frame()).await;
}

/// What was told is said to be what will come of the first call: itself.
async fn answer_to_come_that_was_told(mut peer: Raw) {
    peer.send(&message::bootstrap(0)).await;
    peer.expect_results(0).await;
    peer.send(&calls::loopback(5, LAB, Cap::Own(9)).frame()).await;
    let (_, first) = peer.expect_call().await;
    let (telling, second) = peer.expect_call().await;
    let Heard::Call { caps, .. } = telling.heard else { panic!("no call") };
    match caps[..] {
        [Cap::OwnPromise(told)] => {
            peer.send(&return_one(first, |mut row| row.set_receiver_hosted(told))).await;
            peer.send(&calls::echo(7, Target::Import(told), b"").frame()).await;
        }
        [Cap::TheirAnswer { question, .. }] => assert_eq!(question, first),
        _ => panic!("{caps:?}"),
    }
    peer.send(&message::return_nothing(second)).await;
    peer.send(&calls::echo(8, LAB, b"").frame()).await;
}

fn telling() -> lab::Client {
    capnp_rpc::new_client(Telling)
}

fn trusting() -> lab::Client {
    capnp_rpc::new_client(Trusting)
}

fn piping() -> lab::Client {
    capnp_rpc::new_client(Piping)
}

#[test]
fn an_answer_that_is_itself_hangs_nothing() {
    withstands(trusting, Place::Bare, answer_that_is_itself);
}

#[test]
fn an_answer_that_is_itself_hangs_nothing_behind_a_membrane() {
    withstands(trusting, Place::BehindMembrane, answer_that_is_itself);
}

#[test]
fn answers_that_are_each_other_hang_nothing() {
    withstands(trusting, Place::Bare, answers_that_are_each_other);
}

#[test]
fn answers_that_are_each_other_hang_nothing_behind_a_membrane() {
    withstands(trusting, Place::BehindMembrane, answers_that_are_each_other);
}

#[test]
fn an_answer_to_come_that_is_itself_hangs_nothing() {
    withstands(piping, Place::Bare, answer_to_come_that_is_itself);
}

#[test]
fn an_answer_to_come_that_is_itself_hangs_nothing_behind_a_membrane() {
    withstands(piping, Place::BehindMembrane, answer_to_come_that_is_itself);
}
#[test]
fn an_answer_to_come_that_was_told_hangs_nothing() {
    withstands(telling, Place::Bare, answer_to_come_that_was_told);
}

#[test]
fn an_answer_to_come_that_was_told_hangs_nothing_behind_a_membrane() {
    withstands(telling, Place::BehindMembrane, answer_to_come_that_was_told);
}

#[test]
fn an_answer_to_come_that_was_told_hangs_nothing_elsewhere() {
    withstands(telling, Place::Elsewhere { known: true }, answer_to_come_that_was_told);
}

#[test]
fn an_answer_to_come_that_was_told_hangs_nothing_elsewhere_unknown() {
    withstands(telling, Place::Elsewhere { known: false }, answer_to_come_that_was_told);
}

#[test]
fn an_answer_that_is_itself_hangs_nothing_elsewhere() {
    withstands(trusting, Place::Elsewhere { known: true }, answer_that_is_itself);
}

#[test]
fn an_answer_that_is_itself_hangs_nothing_elsewhere_unknown() {
    withstands(trusting, Place::Elsewhere { known: false }, answer_that_is_itself);
}

#[test]
fn answers_that_are_each_other_hang_nothing_elsewhere() {
    withstands(trusting, Place::Elsewhere { known: true }, answers_that_are_each_other);
}

#[test]
fn answers_that_are_each_other_hang_nothing_elsewhere_unknown() {
    withstands(trusting, Place::Elsewhere { known: false }, answers_that_are_each_other);
}
/// Gives back, in the answer to a question, the promise that came in that very question.
async fn honest_peer(mut peer: Raw) {
    peer.send(&message::bootstrap(0)).await;
    peer.expect_results(0).await;
    peer.send(&calls::loopback(5, LAB, Cap::Own(9)).frame()).await;
    let (_, first) = peer.expect_call().await;
    let (telling, second) = peer.expect_call().await;
    let Heard::Call { caps, .. } = telling.heard else { panic!("no call") };
    let [Cap::OwnPromise(told)] = caps[..] else { panic!("{caps:?}") };
    peer.send(&return_one(second, |mut row| row.set_receiver_hosted(told))).await;
    peer.send(&message::return_nothing(first)).await;
    peer.expect_results(5).await;
}

#[test]
fn a_promise_may_be_given_back_to_the_question_it_came_in() {
    withstands(telling, Place::Elsewhere { known: false }, honest_peer);
}
