//! What waits for one reader: bounded by number and by bytes, and past either of them lost as a whole.
//!
//! A reader that has missed one thing can rely on none of what waits behind it, so that is dropped too and the
//! memory is free at once.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use futures::Stream;
use futures::task::AtomicWaker;

use crate::Limits;

/// What the reader gets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Mail<T> {
    Item(T),
    /// Things were dropped between what came before and what comes after.
    Lagged,
}

struct Shared<T> {
    waiting: Mutex<Waiting<T>>,
    waker: AtomicWaker,
    /// The reader has gone.
    deserted: AtomicBool,
}

struct Waiting<T> {
    items: VecDeque<(T, usize)>,
    bytes: usize,
    lagged: bool,
    closed: bool,
}

/// Where things are put in.
pub(crate) struct Sender<T> {
    shared: Arc<Shared<T>>,
    most_items: usize,
    most_bytes: usize,
}

/// Where they come out, in their order.
pub(crate) struct Mailbox<T> {
    shared: Arc<Shared<T>>,
}

pub(crate) fn mailbox<T>(limits: &Limits) -> (Sender<T>, Mailbox<T>) {
    let waiting = Waiting { items: VecDeque::new(), bytes: 0, lagged: false, closed: false };
    let shared =
        Arc::new(Shared { waiting: Mutex::new(waiting), waker: AtomicWaker::new(), deserted: AtomicBool::new(false) });
    let sender = Sender { shared: shared.clone(), most_items: limits.backlog_items, most_bytes: limits.backlog_bytes };
    (sender, Mailbox { shared })
}

impl<T> Shared<T> {
    fn waiting(&self) -> MutexGuard<'_, Waiting<T>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Sender<T> {
    /// Puts one thing in; never waits.
    pub(crate) fn send(&self, item: T, bytes: usize) {
        let mut waiting = self.shared.waiting();
        if waiting.items.len() >= self.most_items || waiting.bytes + bytes > self.most_bytes {
            waiting.items = VecDeque::new();
            waiting.bytes = 0;
            waiting.lagged = true;
        } else {
            waiting.bytes += bytes;
            waiting.items.push_back((item, bytes));
        }
        drop(waiting);
        self.shared.waker.wake();
    }

    /// Whether nobody will read any more.
    pub(crate) fn is_deserted(&self) -> bool {
        self.shared.deserted.load(Ordering::Acquire)
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.shared.waiting().closed = true;
        self.shared.waker.wake();
    }
}

impl<T> Mailbox<T> {
    /// What is there, without waiting.
    pub(crate) fn take(&mut self) -> Option<Mail<T>> {
        self.take_if(|_| true)
    }

    /// What is there, if it is the kind that is wanted. A lag always is.
    pub(crate) fn take_if(&mut self, wanted: impl FnOnce(&T) -> bool) -> Option<Mail<T>> {
        let mut waiting = self.shared.waiting();
        if waiting.lagged {
            waiting.lagged = false;
            return Some(Mail::Lagged);
        }
        waiting.items.front().filter(|(item, _)| wanted(item))?;
        let (item, bytes) = waiting.items.pop_front()?;
        waiting.bytes -= bytes;
        Some(Mail::Item(item))
    }
}

impl<T> Stream for Mailbox<T> {
    type Item = Mail<T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Mail<T>>> {
        self.shared.waker.register(context.waker());
        // Asked before taking: what came before the closing is still given.
        let closed = self.shared.waiting().closed;
        match self.take() {
            Some(mail) => Poll::Ready(Some(mail)),
            None if closed => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

impl<T> Drop for Mailbox<T> {
    fn drop(&mut self) {
        self.shared.deserted.store(true, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> (Sender<u8>, Mailbox<u8>) {
        mailbox(&Limits { backlog_items: 2, backlog_bytes: 10, ..Limits::default() })
    }

    #[test]
    fn as_many_as_allowed_wait_and_one_more_is_a_lag() {
        let (sender, mut mailbox) = small();
        sender.send(1, 1);
        sender.send(2, 1);
        assert_eq!(mailbox.take(), Some(Mail::Item(1)));
        sender.send(3, 1);
        sender.send(4, 1);
        sender.send(5, 1);
        assert_eq!(mailbox.take(), Some(Mail::Lagged));
        assert_eq!(mailbox.take(), Some(Mail::Item(5)));
        assert_eq!(mailbox.take(), None);
    }

    #[test]
    fn bytes_are_bounded_too() {
        let (sender, mut mailbox) = small();
        sender.send(1, 10);
        sender.send(2, 1);
        assert_eq!(mailbox.take(), Some(Mail::Lagged));
        assert_eq!(mailbox.take(), None);
    }

    #[test]
    fn what_came_before_the_end_is_read() {
        let (sender, mut mailbox) = small();
        sender.send(1, 1);
        drop(sender);
        let mut next = || futures::executor::block_on(futures::StreamExt::next(&mut mailbox));
        assert_eq!(next(), Some(Mail::Item(1)));
        assert_eq!(next(), None);
    }
}
