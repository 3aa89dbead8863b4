//! What was said in a channel, as much as is kept of it.

use std::collections::VecDeque;
use std::rc::Rc;

use crate::Limits;

/// A message as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// From 1; never given twice in one channel.
    pub(crate) number: u64,
    pub(crate) at_ms: u64,
    pub(crate) sender: Rc<str>,
    pub(crate) text: Rc<str>,
}

impl Message {
    fn size(&self) -> usize {
        self.sender.len() + self.text.len() + size_of::<Self>()
    }
}

/// The last messages, within bounds, in the order of their numbers.
#[derive(Clone, Debug)]
pub(crate) struct History {
    messages: VecDeque<Message>,
    bytes: usize,
    next: u64,
}

impl Default for History {
    fn default() -> Self {
        Self { messages: VecDeque::new(), bytes: 0, next: 1 }
    }
}

impl History {
    /// The number that the next message gets.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    pub(crate) fn messages(&self) -> impl DoubleEndedIterator<Item = &Message> {
        self.messages.iter()
    }

    /// Keeps a new message.
    pub(crate) fn say(&mut self, at_ms: u64, sender: Rc<str>, text: Rc<str>, limits: &Limits) -> &Message {
        self.keep(Message { number: self.next, at_ms, sender, text }, limits);
        self.messages.back().expect("it was just put there, and the newest always stays")
    }

    /// Takes back a message that was kept before; not where its number is out of order.
    pub(crate) fn restore(&mut self, message: Message, limits: &Limits) -> bool {
        let fits = message.number >= self.next && message.number < u64::MAX;
        if fits {
            self.keep(message, limits);
        }
        fits
    }

    /// Numbers below this one were given already.
    pub(crate) fn skip_to(&mut self, next: u64) {
        self.next = self.next.max(next);
    }

    fn keep(&mut self, message: Message, limits: &Limits) {
        self.next = message.number.saturating_add(1);
        self.bytes += message.size();
        self.messages.push_back(message);
        let is_over = |history: &Self| {
            history.messages.len() > limits.history_messages.max(1) || history.bytes > limits.history_bytes
        };
        while self.messages.len() > 1 && is_over(self) {
            self.bytes -= self.messages.pop_front().map_or(0, |message| message.size());
        }
    }

    /// Takes a message out for good.
    pub(crate) fn erase(&mut self, number: u64) -> bool {
        let Ok(place) = self.messages.binary_search_by_key(&number, |message| message.number) else { return false };
        self.bytes -= self.messages.remove(place).map_or(0, |message| message.size());
        true
    }

    /// The last messages below a number (0: all), at most so many, and whether there are more before them.
    pub(crate) fn page(&self, before: u64, most: usize) -> (impl Iterator<Item = &Message>, bool) {
        let end = match before {
            0 => self.messages.len(),
            _ => self.messages.partition_point(|message| message.number < before),
        };
        let start = end.saturating_sub(most);
        (self.messages.range(start..end), start > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(limits: &Limits, count: usize) -> History {
        let mut history = History::default();
        (0..count).for_each(|_| {
            history.say(7, "alice".into(), "hello".into(), limits);
        });
        history
    }

    fn numbers(history: &History, before: u64, most: usize) -> (Vec<u64>, bool) {
        let (page, more) = history.page(before, most);
        (page.map(|message| message.number).collect(), more)
    }

    #[test]
    fn so_many_messages_are_kept_and_the_oldest_go() {
        let limits = Limits { history_messages: 3, ..Limits::default() };
        assert_eq!(numbers(&said(&limits, 3), 0, 9), (vec![1, 2, 3], false));
        assert_eq!(numbers(&said(&limits, 4), 0, 9), (vec![2, 3, 4], false));
    }

    #[test]
    fn so_many_bytes_are_kept_but_always_the_last_message() {
        let each = said(&Limits::default(), 1).bytes;
        let limits = Limits { history_bytes: 3 * each, ..Limits::default() };
        assert_eq!(numbers(&said(&limits, 4), 0, 9), (vec![2, 3, 4], false));
        let limits = Limits { history_bytes: 1, ..Limits::default() };
        assert_eq!(numbers(&said(&limits, 4), 0, 9), (vec![4], false));
    }

    #[test]
    fn pages_go_back_to_the_first_message() {
        let history = said(&Limits::default(), 5);
        assert_eq!(numbers(&history, 0, 2), (vec![4, 5], true));
        assert_eq!(numbers(&history, 4, 2), (vec![2, 3], true));
        assert_eq!(numbers(&history, 2, 2), (vec![1], false));
        assert_eq!(numbers(&history, 1, 2), (vec![], false));
        assert_eq!(numbers(&history, u64::MAX, 5), (vec![1, 2, 3, 4, 5], false));
    }

    #[test]
    fn an_erased_message_is_gone_and_its_number_never_comes_back() {
        let mut history = said(&Limits::default(), 2);
        assert!(history.erase(2) && !history.erase(2) && !history.erase(9));
        assert_eq!(history.say(7, "bob".into(), "hi".into(), &Limits::default()).number, 3);
        assert_eq!(numbers(&history, 0, 9), (vec![1, 3], false));
    }

    #[test]
    fn what_comes_back_out_of_order_is_not_taken() {
        let limits = Limits::default();
        let mut history = said(&limits, 2);
        let message = |number| Message { number, at_ms: 0, sender: "a".into(), text: "b".into() };
        assert!(!history.restore(message(2), &limits));
        assert!(history.restore(message(7), &limits));
        assert!(!history.restore(message(u64::MAX), &limits), "there would be no number after it");
        assert_eq!(history.next(), 8);
    }
}
