//! Commands that are done once, however often they are asked for: a page that did not hear the answer asks again.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hyper::StatusCode;
use ring::digest::{Context, SHA256};
use tokio::sync::watch;

use crate::workspace::command::{Command, Outcome};
use crate::workspace::desk::{crowded, over};
use crate::workspace::problem::Problem;

/// What was asked for lately in one session, by the names that its pages gave it.
pub(super) struct Repeats {
    most: usize,
    most_bytes: usize,
    known: Mutex<VecDeque<Once>>,
}

struct Once {
    key: String,
    /// Of all that was asked for.
    digest: [u8; 32],
    answer: watch::Receiver<Option<Outcome>>,
}

/// Where the answer goes that was asked for first.
pub(super) type Promise = watch::Sender<Option<Outcome>>;

/// What a request is.
pub(super) enum Turn {
    First(Promise),
    Again(Again),
}

/// The answer to the first one, once it is there.
pub(super) struct Again(watch::Receiver<Option<Outcome>>);

impl Again {
    pub(super) async fn outcome(mut self) -> Outcome {
        match self.0.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone().unwrap_or_else(|| Err(over())),
            Err(_) => Err(over()),
        }
    }
}

impl Once {
    fn bytes(&self) -> usize {
        match &*self.answer.borrow() {
            Some(Ok(reply)) => reply.bytes(),
            _ => 0,
        }
    }

    fn is_answered(&self) -> bool {
        self.answer.borrow().is_some()
    }
}

impl Repeats {
    pub(super) fn new(most: usize, most_bytes: usize) -> Self {
        Self { most, most_bytes, known: Mutex::default() }
    }

    pub(super) fn turn(&self, key: &str, area: &str, command: &Command) -> Result<Turn, Problem> {
        let digest = digest(area, command);
        let mut known = self.lock();
        if let Some(once) = known.iter().find(|once| once.key == key) {
            return if once.digest == digest { Ok(Turn::Again(Again(once.answer.clone()))) } else { Err(another()) };
        }
        while known.len() >= self.most {
            let oldest = known.iter().position(Once::is_answered).ok_or_else(crowded)?;
            known.remove(oldest);
        }
        let promise = Promise::new(None);
        known.push_back(Once { key: key.to_owned(), digest, answer: promise.subscribe() });
        Ok(Turn::First(promise))
    }

    /// Keeps an answer for those who ask again, and gives it back to who asked first.
    pub(super) fn keep(&self, key: &str, promise: Promise, outcome: Outcome) -> Outcome {
        let mut known = self.lock();
        match &outcome {
            // Nothing was done, and it is to be tried again.
            Err(problem) if problem.is_for_now() => known.retain(|once| once.key != key),
            Ok(reply) if reply.bytes() > self.most_bytes => drop(promise.send_replace(Some(Err(too_large())))),
            _ => drop(promise.send_replace(Some(outcome.clone()))),
        }
        while known.iter().map(Once::bytes).sum::<usize>() > self.most_bytes {
            let Some(oldest) = known.iter().position(|once| once.bytes() > 0) else { break };
            known.remove(oldest);
        }
        outcome
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Once>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn digest(area: &str, command: &Command) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for part in [area.as_bytes(), command.name.as_bytes(), &command.body] {
        context.update(&part.len().to_le_bytes());
        context.update(part);
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

fn another() -> Problem {
    let what = "Something else was done by this name already.";
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotencyKeyReused", what, "")
}

fn too_large() -> Problem {
    let what = "This was done already, and its answer is too large to be given twice.";
    Problem::new(StatusCode::CONFLICT, "answerNotKept", what, "Look at what has become of it.")
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::workspace::command::Reply;

    fn command(body: &'static str) -> Command {
        Command { name: "say".to_owned(), body: Bytes::from_static(body.as_bytes()) }
    }

    fn first(repeats: &Repeats, key: &str) -> Promise {
        match repeats.turn(key, "chat", &command("{}")) {
            Ok(Turn::First(promise)) => promise,
            Ok(Turn::Again(_)) => panic!("{key} is known"),
            Err(problem) => panic!("{problem:?}"),
        }
    }

    async fn again(repeats: &Repeats, key: &str) -> Outcome {
        match repeats.turn(key, "chat", &command("{}")) {
            Ok(Turn::Again(again)) => again.outcome().await,
            _ => panic!("{key} is not known"),
        }
    }

    fn reply(bytes: usize) -> Outcome {
        Ok(Reply::of(&10_u64.pow(u32::try_from(bytes - 1).unwrap())))
    }

    #[tokio::test]
    async fn a_repeat_gets_the_first_answer_and_another_command_none() {
        let repeats = Repeats::new(2, 100);
        let promise = first(&repeats, "a");
        repeats.keep("a", promise, reply(3)).unwrap();
        assert_eq!(again(&repeats, "a").await.unwrap().bytes(), 3);
        for (area, body) in [("chat", "{ }"), ("terminals", "{}")] {
            let refused = repeats.turn("a", area, &command(body)).err().unwrap();
            assert_eq!(refused, another());
        }
    }

    #[tokio::test]
    async fn so_many_are_kept_and_those_under_way_are_not_forgotten() {
        let repeats = Repeats::new(2, 100);
        let (one, two) = (first(&repeats, "1"), first(&repeats, "2"));
        assert!(repeats.turn("3", "chat", &command("{}")).is_err_and(|problem| problem.is_for_now()));
        repeats.keep("2", two, reply(1)).unwrap();
        first(&repeats, "3");
        repeats.keep("1", one, reply(1)).unwrap();
        assert!(again(&repeats, "1").await.is_ok());
        first(&repeats, "2");
    }

    #[tokio::test]
    async fn so_many_bytes_are_kept_and_what_is_larger_is_never_done_twice() {
        let repeats = Repeats::new(9, 10);
        let keep = |key: &str, bytes| repeats.keep(key, first(&repeats, key), reply(bytes)).unwrap();
        keep("a", 5);
        keep("b", 5);
        assert!(again(&repeats, "a").await.is_ok());
        keep("c", 1);
        first(&repeats, "a");
        assert!(again(&repeats, "b").await.is_ok());
        assert_eq!(keep("large", 11).bytes(), 11);
        assert_eq!(again(&repeats, "large").await.unwrap_err(), too_large());
    }

    #[tokio::test]
    async fn what_was_refused_for_now_can_be_tried_again() {
        let repeats = Repeats::new(2, 100);
        let promise = first(&repeats, "a");
        assert!(repeats.keep("a", promise, Err(crowded())).is_err());
        first(&repeats, "a");
    }
}
