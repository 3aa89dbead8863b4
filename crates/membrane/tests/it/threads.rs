//! An end that comes from another thread: complete when it says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread::{self, ThreadId};
use std::time::Duration;

use capnp::capability::FromClientHook;
use capos_membrane::{Liveness, Membrane, Observer, Outcome, Rules, Settled, Vat};
use capos_schema::Code;
use capos_testkit::lab::LabState;
use capos_testkit::lab_capnp::lab;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::world::{code, echo, link, run};

type Job = Box<dyn FnOnce() + Send>;

/// A vat whose thread takes jobs between the turns of its tasks.
struct Posted {
    thread: ThreadId,
    jobs: UnboundedSender<Job>,
}

impl Vat for Posted {
    fn is_current(&self) -> bool {
        thread::current().id() == self.thread
    }

    fn post(&self, job: Job) -> bool {
        self.jobs.send(job).is_ok()
    }
}

fn vat() -> (Arc<Posted>, UnboundedReceiver<Job>) {
    let (jobs, taken) = unbounded_channel();
    (Arc::new(Posted { thread: thread::current().id(), jobs }), taken)
}

/// Counts the results handed over.
struct HandedOver(Arc<AtomicU64>);

impl Observer for HandedOver {
    fn settled(&self, settled: &Settled) {
        if settled.outcome == Outcome::Done {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
}

#[test]
fn nothing_is_handed_over_once_the_end_has_completed() {
    for round in 0..40 {
        let (handles, taken) = mpsc::channel();
        let count = Arc::new(AtomicU64::new(0));
        let counted = count.clone();
        let vat_thread = thread::spawn(move || {
            run(async move {
                let (vat, mut jobs) = vat();
                tokio::task::spawn_local(async move {
                    while let Some(job) = jobs.recv().await {
                        job();
                    }
                });
                let liveness = Liveness::new();
                let mut rules = Rules::new(liveness.clone());
                rules.vat = vat;
                rules.observer = Some(std::rc::Rc::new(HandedOver(counted)));
                let membrane = Membrane::new(rules);
                let lab: lab::Client = FromClientHook::new(link(membrane.wrap(LabState::new().client()).client).hook);
                let hanging = tokio::task::spawn_local(lab.hang_request().send().promise);
                handles.send(liveness).unwrap();
                // Calls without a pause until one is refused.
                let refused = loop {
                    if let Err(error) = echo(&lab, b"busy").await {
                        break Err::<(), _>(error);
                    }
                };
                assert_eq!(code(refused), Some(Code::Revoked));
                assert_eq!(code(hanging.await.unwrap()), Some(Code::Revoked), "the waiting call is woken");
            });
        });
        let liveness = taken.recv().unwrap();
        thread::sleep(Duration::from_micros(50 * round));
        let ended = liveness.end(Code::Revoked);
        assert!(!ended.is_complete(), "another thread has to be asked");
        futures::executor::block_on(ended);
        let at_the_end = count.load(Ordering::SeqCst);
        vat_thread.join().unwrap();
        assert_eq!(count.load(Ordering::SeqCst), at_the_end);
    }
}

#[test]
fn a_vat_that_is_gone_is_not_waited_for() {
    let liveness = Liveness::new();
    let joined = liveness.clone();
    thread::spawn(move || {
        let (vat, jobs) = vat();
        drop(jobs);
        let mut rules = Rules::new(joined);
        rules.vat = vat;
        std::mem::forget(Membrane::new(rules));
    })
    .join()
    .unwrap();
    assert!(liveness.end(Code::StaleSession).is_complete());
}

#[test]
fn a_membrane_that_is_dropped_leaves_those_of_other_threads_standing() {
    let liveness = Liveness::new();
    let joined = liveness.clone();
    let (told, jobs) = mpsc::channel();
    let (over, wait) = mpsc::channel::<()>();
    let other = thread::spawn(move || {
        let (vat, taken) = vat();
        let mut rules = Rules::new(joined);
        rules.vat = vat;
        let membrane = Membrane::new(rules);
        told.send(taken).unwrap();
        wait.recv().unwrap();
        drop(membrane);
    });
    let mut jobs = jobs.recv().unwrap();
    // A thread of its own, so that its membrane is that thread's first, too.
    let joined = liveness.clone();
    thread::spawn(move || drop(Membrane::new(Rules::new(joined)))).join().unwrap();
    let ended = liveness.end(Code::Revoked);
    assert!(!ended.is_complete(), "the other thread has to be asked");
    assert!(jobs.try_recv().is_ok());
    over.send(()).unwrap();
    other.join().unwrap();
}
