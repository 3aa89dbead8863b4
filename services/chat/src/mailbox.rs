//! Events that wait for one seat.

use std::collections::VecDeque;
use std::rc::Rc;

use crate::Limits;
use crate::event::Event;

/// A bounded queue. What no longer fits pushes out the oldest, which is counted.
#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    waiting: VecDeque<Rc<Event>>,
    bytes: usize,
    missed: u32,
}

/// Events taken out together, and how many were dropped before them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Batch {
    pub(crate) events: Vec<Rc<Event>>,
    pub(crate) missed: u32,
}

impl Batch {
    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty() && self.missed == 0
    }
}

impl Mailbox {
    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.missed == 0
    }

    pub(crate) fn push(&mut self, event: Rc<Event>, limits: &Limits) {
        self.bytes += event.size();
        self.waiting.push_back(event);
        while self.waiting.len() > limits.queue_events || self.bytes > limits.queue_bytes {
            let Some(oldest) = self.waiting.pop_front() else { break };
            self.bytes -= oldest.size();
            self.missed = self.missed.saturating_add(1);
        }
    }

    /// How many were dropped since this was asked.
    pub(crate) fn take_missed(&mut self) -> u32 {
        std::mem::take(&mut self.missed)
    }

    /// The oldest, at most so many, and no more bytes than one batch may have.
    pub(crate) fn take(&mut self, most: usize, limits: &Limits) -> Batch {
        if most == 0 {
            return Batch::default();
        }
        let most = most.min(limits.batch_events.max(1));
        let mut batch = Batch { events: Vec::new(), missed: self.take_missed() };
        let mut bytes = 0;
        while let Some(next) = self.waiting.front() {
            bytes += next.size();
            if batch.events.len() == most || (bytes > limits.batch_bytes && !batch.events.is_empty()) {
                break;
            }
            batch.events.extend(self.waiting.pop_front());
        }
        self.bytes -= batch.events.iter().map(|event| event.size()).sum::<usize>();
        batch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(text: &str) -> Rc<Event> {
        Event::system("lobby".into(), text)
    }

    fn texts(batch: &Batch) -> Vec<&str> {
        batch.events.iter().map(|event| &*event.text).collect()
    }

    #[test]
    fn a_queue_holds_so_many_events_and_one_more_pushes_out_the_oldest() {
        let limits = Limits { queue_events: 3, batch_events: 2, ..Limits::default() };
        let mut mailbox = Mailbox::default();
        ["1", "2", "3"].into_iter().for_each(|text| mailbox.push(event(text), &limits));
        assert_eq!(mailbox.missed, 0);
        mailbox.push(event("4"), &limits);
        assert_eq!(mailbox.take(0, &limits), Batch::default(), "who asks for nothing is told of nothing");
        let first = mailbox.take(9, &limits);
        assert_eq!((texts(&first), first.missed), (vec!["2", "3"], 1));
        let second = mailbox.take(9, &limits);
        assert_eq!((texts(&second), second.missed), (vec!["4"], 0));
        assert!(mailbox.is_empty() && mailbox.bytes == 0);
        assert!(mailbox.take(9, &limits).is_empty());
    }

    #[test]
    fn a_queue_holds_so_many_bytes() {
        let size = event("1").size();
        let limits = Limits { queue_bytes: 2 * size, ..Limits::default() };
        let mut mailbox = Mailbox::default();
        ["1", "2"].into_iter().for_each(|text| mailbox.push(event(text), &limits));
        assert_eq!(mailbox.missed, 0);
        mailbox.push(event("3"), &limits);
        let batch = mailbox.take(9, &limits);
        assert_eq!((texts(&batch), batch.missed), (vec!["2", "3"], 1));
    }

    #[test]
    fn a_batch_has_so_many_bytes_but_always_one_event() {
        let limits = Limits { batch_bytes: event("1").size() + 1, ..Limits::default() };
        let mut mailbox = Mailbox::default();
        ["1", "2", "a longer one", "4"].into_iter().for_each(|text| mailbox.push(event(text), &limits));
        let batches: Vec<usize> = (0..5).map(|_| mailbox.take(9, &limits).events.len()).collect();
        assert_eq!(batches, [1, 1, 1, 1, 0]);
    }
}
