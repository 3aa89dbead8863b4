//! Listeners are told in order, one call at a time, and what they missed is counted.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use capnp::Error;
use capos_service::push::{Batch, Bounds, Queue};
use futures::channel::oneshot;
use tokio::task::LocalSet;

use crate::probe::until;

type Answer = oneshot::Sender<Result<(), Error>>;

/// A listener that answers when it is told to.
#[derive(Clone, Default)]
struct Listener {
    heard: Rc<RefCell<Vec<Batch<u32>>>>,
    calls: Rc<RefCell<VecDeque<Answer>>>,
    cancelled: Rc<Cell<usize>>,
}

impl Listener {
    fn queue(&self, bounds: Bounds) -> Queue<u32> {
        let listener = self.clone();
        Queue::start(bounds, move |batch| {
            let (answer, answered) = oneshot::channel();
            listener.heard.borrow_mut().push(batch);
            listener.calls.borrow_mut().push_back(answer);
            let call = Call(listener.cancelled.clone());
            async move {
                let outcome = answered.await.expect("the test answers");
                std::mem::forget(call);
                outcome
            }
        })
    }

    fn answer(&self, outcome: Result<(), Error>) {
        let call = self.calls.borrow_mut().pop_front().expect("a call is under way");
        call.send(outcome).expect("it is waited for");
    }

    async fn hears(&self, count: usize) {
        until("the listener is called", || self.heard.borrow().len() == count).await;
    }

    fn last(&self) -> (Vec<u32>, u32) {
        let heard = self.heard.borrow();
        let batch = heard.last().expect("it was told something");
        (batch.items.clone(), batch.missed)
    }
}

/// Counts itself where it is dropped unanswered.
struct Call(Rc<Cell<usize>>);

impl Drop for Call {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    LocalSet::new().block_on(&runtime, test);
}

fn bounds(waiting: usize, batch: usize) -> Bounds {
    Bounds { waiting, batch, ..Bounds::default() }
}

#[test]
fn one_call_is_under_way_and_the_rest_waits() {
    run(async {
        let listener = Listener::default();
        let queue = listener.queue(bounds(10, 2));
        queue.push(1);
        listener.hears(1).await;
        for item in 2..=4 {
            queue.push(item);
        }
        assert_eq!(listener.calls.borrow().len(), 1);
        listener.answer(Ok(()));
        listener.hears(2).await;
        assert_eq!(listener.last(), (vec![2, 3], 0));
        listener.answer(Ok(()));
        listener.hears(3).await;
        assert_eq!(listener.last(), (vec![4], 0));
    });
}

#[test]
fn the_oldest_are_dropped_past_the_bound_and_counted() {
    run(async {
        let listener = Listener::default();
        let queue = listener.queue(bounds(3, 10));
        queue.push(0);
        listener.hears(1).await;
        (1..=3).for_each(|item| assert!(queue.push(item)));
        listener.answer(Ok(()));
        listener.hears(2).await;
        assert_eq!(listener.last(), (vec![1, 2, 3], 0), "the bound itself");
        (4..=7).for_each(|item| assert!(queue.push(item)));
        listener.answer(Ok(()));
        listener.hears(3).await;
        assert_eq!(listener.last(), (vec![5, 6, 7], 1), "one past it");
        queue.push(8);
        listener.answer(Ok(()));
        listener.hears(4).await;
        assert_eq!(listener.last(), (vec![8], 0), "told once");
    });
}

#[test]
fn a_listener_that_fails_is_told_no_more() {
    run(async {
        let listener = Listener::default();
        let queue = listener.queue(Bounds::default());
        queue.push(1);
        listener.hears(1).await;
        listener.answer(Err(Error::disconnected("gone".into())));
        queue.over().await;
        assert!(!queue.push(2));
        assert_eq!(listener.heard.borrow().len(), 1);
    });
}

#[test]
fn a_listener_with_too_much_to_do_gets_a_rest_and_hears_what_it_missed() {
    run(async {
        let listener = Listener::default();
        let queue = listener.queue(Bounds { rest: Duration::from_secs(3), ..bounds(10, 2) });
        (1..=3).for_each(|item| assert!(queue.push(item)));
        listener.hears(1).await;
        let before = tokio::time::Instant::now();
        listener.answer(Err(Error::overloaded("later".into())));
        tokio::time::sleep(Duration::from_millis(2999)).await;
        assert_eq!(listener.heard.borrow().len(), 1);
        tokio::time::sleep(Duration::from_millis(2)).await;
        assert_eq!(listener.last(), (vec![3], 2));
        assert!(before.elapsed() >= Duration::from_secs(3));
    });
}

#[test]
fn a_dropped_queue_ends_the_call_under_way() {
    run(async {
        let listener = Listener::default();
        let queue = listener.queue(Bounds::default());
        queue.push(1);
        listener.hears(1).await;
        drop(queue);
        until("the call is cancelled", || listener.cancelled.get() == 1).await;
    });
}
