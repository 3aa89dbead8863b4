//! The end at every step of a call, under every order of tasks that a seed gives.
//!
//! Holder, node and service run on one scheduler that picks the next ready task by a seeded choice.
//! The same script is played again and again, and the grant ends one step later each time.
//! The judge is the wire: no answer with results leaves the node beyond those that had been handed over at the end.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

use capnp::capability::FromClientHook;
use capnp_rpc::rpc_capnp::{message, return_};
use capnp_rpc::rpc_twoparty_capnp::Side as Vat;
use capos_membrane::{Admission, Call, Liveness, Membrane, Outcome, Policy, Rules, Side};
use capos_schema::Code;
use capos_testkit::lab::{Answer, CallbackState, LabState};
use capos_testkit::lab_capnp::lab;
use capos_testkit::link::{Direction, Link};

use crate::world::{LabShapes, Record, system};

const SEEDS: u64 = 3;
/// Bytes that fit into a link: so few that every message is interrupted.
const SPLINTER: usize = 48;
const ENOUGH_STEPS: usize = 20_000;

/// What the holder's own object is called with.
const OWN: &[u8] = b"the holder's own";

#[test]
fn no_result_leaves_after_the_end_at_any_step() {
    for between in [false, true] {
        for seed in 1..=SEEDS {
            let mut step = 0;
            while play(seed, step, between) {
                step += 1;
            }
            assert!(step > 100, "the script has steps to interrupt: {step}");
        }
    }
}

/// Plays the script and ends the grant after `steps` steps. `false` when the script was over before.
fn play(seed: u64, steps: usize, between: bool) -> bool {
    let mut scheduler = Scheduler::new(seed);
    let stage = Stage::new(&scheduler, between);
    let mut taken = 0;
    while taken < steps && scheduler.step() {
        taken += 1;
    }
    let interrupted = taken == steps;
    assert!(stage.liveness.end(Code::Revoked).is_complete());
    let (admitted, handed_over) = (stage.admitted.get(), stage.handed_over());
    for _ in 0..ENOUGH_STEPS {
        if !scheduler.step() {
            break;
        }
    }
    let told = format!("seed {seed}, step {steps}, between {between}");
    assert_eq!(stage.admitted.get(), admitted, "{told}: a call started after the end");
    assert_eq!(stage.handed_over(), handed_over, "{told}: a result was handed over after the end");
    assert!(stage.answers_on_the_wire() <= handed_over, "{told}: a result left after the end");
    assert_eq!(stage.open.get(), 0, "{told}: a call was left hanging");
    interrupted
}

/// The parts of one play.
struct Stage {
    liveness: Liveness,
    record: Rc<Record>,
    admitted: Rc<Cell<usize>>,
    open: Rc<Cell<usize>>,
    cable: Link,
    _membrane: Membrane,
}

impl Stage {
    fn new(scheduler: &Scheduler, between: bool) -> Self {
        let state = LabState::new();
        let service: lab::Client = if between {
            let (near, far, _) = Link::pair_with_capacity(SPLINTER);
            scheduler.serve(far, state.client());
            scheduler.connect(near)
        } else {
            state.client()
        };
        let (liveness, record) = (Liveness::new(), Rc::new(Record::default()));
        let admitted = Rc::new(Cell::new(0));
        let mut rules = Rules::new(liveness.clone());
        rules.observer = Some(record.clone());
        rules.policy = Some(Rc::new(Counting(admitted.clone())));
        rules.shapes = Rc::new(LabShapes::new());
        let membrane = Membrane::new(rules);
        let (near, far, cable) = Link::pair_with_capacity(SPLINTER);
        cable.capture(Direction::RightToLeft);
        scheduler.serve(far, membrane.wrap(service));
        let open = Rc::new(Cell::new(0));
        script(scheduler, scheduler.connect(near), &open);
        Self { liveness, record, admitted, open, cable, _membrane: membrane }
    }

    fn handed_over(&self) -> usize {
        let done =
            |settled: &&capos_membrane::Settled| settled.outcome == Outcome::Done && settled.towards == Side::Inside;
        self.record.all().iter().filter(done).count()
    }

    /// Answers with results that the node has sent, but for the one to the bootstrap and those of the holder's own
    /// object, which came home and is no concern of the grant's.
    fn answers_on_the_wire(&self) -> usize {
        let bytes = self.cable.captured(Direction::RightToLeft);
        let mut rest = bytes.as_slice();
        let mut answers = 0usize;
        loop {
            let before = rest;
            let Ok(frame) = capnp::serialize::read_message(&mut rest, Default::default()) else { break };
            let bytes = &before[..before.len() - rest.len()];
            let root: message::Reader<'_> = frame.get_root().unwrap();
            if let message::Return(answer) = root.which().unwrap()
                && matches!(answer.unwrap().which().unwrap(), return_::Results(_))
                && !bytes.windows(OWN.len()).any(|window| window == OWN)
            {
                answers += 1;
            }
        }
        answers.saturating_sub(1)
    }
}

/// Every shape of call, all at once.
fn script(scheduler: &Scheduler, lab: lab::Client, open: &Rc<Cell<usize>>) {
    let play = |call: Pin<Box<dyn Future<Output = ()>>>| {
        let open = open.clone();
        open.set(open.get() + 1);
        scheduler.spawn(async move {
            call.await;
            open.set(open.get() - 1);
        });
    };
    for number in 0..2u8 {
        let mut request = lab.echo_request();
        request.get().set_payload(&[number]);
        let sent = request.send();
        play(Box::pin(async move { drop(sent.promise.await) }));
    }
    let next = lab.next_request().send();
    let further = next.pipeline.get_lab().next_request().send();
    let mut request = further.pipeline.get_lab().echo_request();
    request.get().set_payload(b"end of the chain");
    let end = request.send();
    play(Box::pin(async move {
        drop(end.promise.await);
        drop((next, further));
    }));
    let mut request = lab.call_back_request();
    let callback = CallbackState::new(Answer::Echo);
    request.get().set_to(callback.client());
    let sent = request.send();
    play(Box::pin(async move { drop(sent.promise.await) }));
    let mut request = lab.loopback_request();
    request.get().init_cap().set_as_capability(callback.client().client.hook);
    let looped = request.send();
    let home: capos_testkit::lab_capnp::callback::Client = FromClientHook::new(looped.pipeline.get_cap().as_cap());
    let mut request = home.call_request();
    request.get().set_payload(OWN);
    let called = request.send();
    play(Box::pin(async move {
        drop(called.promise.await);
        drop(looped.promise.await);
    }));
    let mut request = lab.sink_request();
    request.get().set_chunk(&[1; 100]);
    let sent = request.send();
    play(Box::pin(async move { drop(sent.await) }));
    let later = lab.later_request().send();
    let waiting = later.pipeline.get_lab().echo_request().send();
    play(Box::pin(async move {
        drop(waiting.promise.await);
        drop(later);
    }));
    let sent = lab.hang_request().send();
    play(Box::pin(async move { drop(sent.promise.await) }));
}

/// Counts the calls from outside that were let through.
struct Counting(Rc<Cell<usize>>);

impl Policy for Counting {
    fn admit(&self, _: &Call<'_>) -> Admission {
        self.0.set(self.0.get() + 1);
        Admission::Allow
    }
}

type Task = Pin<Box<dyn Future<Output = ()>>>;

/// Runs tasks one poll at a time, in an order that the seed decides.
struct Scheduler {
    tasks: RefCell<Vec<Option<Task>>>,
    ready: Arc<Mutex<BTreeSet<usize>>>,
    random: u64,
}

/// Marks one task as ready.
struct Ready {
    task: usize,
    ready: Arc<Mutex<BTreeSet<usize>>>,
}

impl Wake for Ready {
    fn wake(self: Arc<Self>) {
        self.ready.lock().unwrap().insert(self.task);
    }
}

impl Scheduler {
    fn new(seed: u64) -> Self {
        Self { tasks: RefCell::default(), ready: Arc::default(), random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) }
    }

    fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        let mut tasks = self.tasks.borrow_mut();
        self.ready.lock().unwrap().insert(tasks.len());
        tasks.push(Some(Box::pin(task)));
    }

    fn serve(&self, stream: capos_testkit::link::End, lab: lab::Client) {
        let system = system(stream, Vat::Server, Some(lab.client));
        self.spawn(async move { drop(system.await) });
    }

    fn connect(&self, stream: capos_testkit::link::End) -> lab::Client {
        let mut system = system(stream, Vat::Client, None);
        let lab = system.bootstrap(Vat::Server);
        self.spawn(async move { drop(system.await) });
        lab
    }

    /// Polls one ready task; `false` when none is.
    fn step(&mut self) -> bool {
        let ready: Vec<usize> = self.ready.lock().unwrap().iter().copied().collect();
        if ready.is_empty() {
            return false;
        }
        let chosen = ready[self.roll(ready.len())];
        self.ready.lock().unwrap().remove(&chosen);
        let taken = self.tasks.borrow_mut()[chosen].take();
        if let Some(mut task) = taken {
            let waker = Waker::from(Arc::new(Ready { task: chosen, ready: self.ready.clone() }));
            if task.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
                self.tasks.borrow_mut()[chosen] = Some(task);
            }
        }
        true
    }

    fn roll(&mut self, sides: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        usize::try_from(self.random % sides as u64).unwrap()
    }
}
