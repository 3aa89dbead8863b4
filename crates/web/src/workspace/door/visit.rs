//! One browser's session.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyper::StatusCode;
use tokio::sync::watch;
use tokio::time::Instant;

use super::places::{Other, Reservation};
use super::repeats::{Repeats, Turn};
use super::token::Token;
use crate::workspace::command::{Command, Outcome};
use crate::workspace::desk::{DeskHandle, over};
use crate::workspace::entry::Entering;
use crate::workspace::limits::WorkspaceLimits;
use crate::workspace::problem::Problem;

/// Where a browser's session is.
pub(crate) enum Stage {
    /// An answer is wanted until then.
    Entering(Entering, Instant),
    /// It is signed in.
    In(DeskHandle),
}

/// What a request uses a session for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// Somebody does something.
    Acts,
    /// A page looks, by itself.
    Reads,
}

/// A browser's session.
pub(crate) struct Visit {
    token: Token,
    since: Instant,
    used: Mutex<Instant>,
    /// Nothing once it is over, or while somebody works on the sign-in.
    stage: Mutex<Option<(Stage, Reservation)>>,
    ended: watch::Sender<Option<Problem>>,
    repeats: Repeats,
}

impl Visit {
    pub(super) fn new(token: Token, stage: Stage, mut reservation: Reservation, limits: &WorkspaceLimits) -> Self {
        if let Stage::In(_) = stage {
            reservation.settle();
        }
        let now = Instant::now();
        Self {
            token,
            since: now,
            used: Mutex::new(now),
            stage: Mutex::new(Some((stage, reservation))),
            ended: watch::Sender::new(None),
            repeats: Repeats::new(limits.answers, limits.answers_bytes),
        }
    }

    pub(super) fn token(&self) -> &Token {
        &self.token
    }

    /// The desk, where it is signed in.
    pub(crate) fn desk(&self) -> Result<DeskHandle, Problem> {
        match &*lock(&self.stage) {
            Some((Stage::In(desk), _)) => Ok(desk.clone()),
            _ => Err(over()),
        }
    }

    pub(super) fn is_entering(&self) -> bool {
        matches!(&*lock(&self.stage), Some((Stage::Entering(..), _)))
    }

    pub(super) fn as_other(&self) -> Other {
        if self.is_entering() { Other::Entering } else { Other::In }
    }

    pub(super) fn take_entering(&self) -> Result<(Entering, Reservation), Problem> {
        let mut stage = lock(&self.stage);
        match stage.take() {
            Some((Stage::Entering(entering, _), reservation)) => {
                drop(stage);
                self.ended.send_replace(Some(over()));
                Ok((entering, reservation))
            }
            other => {
                *stage = other;
                Err(nothing_asked())
            }
        }
    }

    pub(super) fn touch(&self, using: Use) {
        if using == Use::Acts {
            *lock(&self.used) = Instant::now();
            if let Some((Stage::In(desk), _)) = &*lock(&self.stage) {
                desk.touch();
            }
        }
    }

    /// When it is over by itself, as it is now.
    pub(super) fn due(&self, limits: &WorkspaceLimits) -> Instant {
        match &*lock(&self.stage) {
            Some((Stage::Entering(_, until), _)) => *until,
            _ => (*lock(&self.used) + limits.idle_time).min(self.since + limits.whole_time),
        }
    }

    pub(super) fn is_due(&self, limits: &WorkspaceLimits) -> Option<Problem> {
        let now = Instant::now();
        if now < self.due(limits) {
            return None;
        }
        let what = if self.is_entering() {
            "The time for this sign-in is over."
        } else if now >= self.since + limits.whole_time {
            "This session has lasted as long as one may in a browser."
        } else {
            "You were signed out because nothing was done here for a while."
        };
        Some(Problem::new(StatusCode::UNAUTHORIZED, "sessionExpired", what, "Sign in again."))
    }

    /// Ends all that it does. The desk is given up with its last handle.
    pub(super) fn end(&self, why: &Problem) {
        let stage = lock(&self.stage).take();
        let why = match &stage {
            // What ended by itself has said why already, and that stands.
            Some((Stage::In(desk), _)) => {
                desk.board.end(why);
                desk.over()
            }
            _ => why.clone(),
        };
        self.ended.send_replace(Some(why));
    }

    /// Tells of its end.
    pub(crate) fn ended(&self) -> Ended {
        Ended(self.ended.subscribe())
    }

    /// Has the desk do something, for as long as somebody waits for it.
    pub(crate) async fn ask(&self, area: String, command: Command) -> Outcome {
        let (mut ended, desk) = (self.ended(), self.desk()?);
        tokio::select! {
            biased;
            why = ended.why() => Err(why),
            outcome = desk.ask(area, command) => outcome,
        }
    }

    /// The same once, however often it is asked for, and whether or not somebody waits.
    pub(crate) async fn ask_once(self: Arc<Self>, key: String, area: String, command: Command) -> Outcome {
        let mut ended = self.ended();
        let first = match self.repeats.turn(&key, &area, &command)? {
            Turn::Again(answer) => answer,
            Turn::First(promise) => {
                let visit = self.clone();
                let asking = tokio::spawn(async move {
                    let outcome = visit.ask(area, command).await;
                    visit.repeats.keep(&key, promise, outcome)
                });
                return asking.await.unwrap_or_else(|_| Err(over()));
            }
        };
        tokio::select! {
            biased;
            why = ended.why() => Err(why),
            outcome = first.outcome() => outcome,
        }
    }
}

/// Tells of a session's end by the door.
#[derive(Clone)]
pub(crate) struct Ended(watch::Receiver<Option<Problem>>);

impl Ended {
    /// Of a session that ends when it is told to.
    #[cfg(test)]
    pub(crate) fn pending() -> (watch::Sender<Option<Problem>>, Self) {
        let (end, ended) = watch::channel(None);
        (end, Self(ended))
    }

    /// Why, once it has come.
    pub(crate) async fn why(&mut self) -> Problem {
        match self.0.wait_for(Option::is_some).await {
            Ok(why) => why.clone().unwrap_or_else(over),
            Err(_) => over(),
        }
    }
}

fn nothing_asked() -> Problem {
    Problem::new(StatusCode::CONFLICT, "nothingAsked", "No answer is wanted here.", "Reload the page.")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::workspace::command::Reply;
    use crate::workspace::door::places::Places;
    use crate::workspace::reach::Place;

    #[tokio::test]
    async fn an_answer_that_is_kept_is_given_again_until_the_session_ends() {
        let limits = WorkspaceLimits::default();
        let (desk, _taken) = DeskHandle::of_nothing(&limits);
        let reservation = Arc::new(Places::new(&limits, Place::Node)).reserve(Other::None, true).unwrap();
        let visit = Arc::new(Visit::new(Token::new(), Stage::In(desk), reservation, &limits));
        let command = || Command { name: "say".to_owned(), body: Bytes::new() };
        let Ok(Turn::First(promise)) = visit.repeats.turn("a", "chat", &command()) else { panic!("it is the first") };
        visit.repeats.keep("a", promise, Ok(Reply::done())).unwrap();
        let again = || visit.clone().ask_once("a".to_owned(), "chat".to_owned(), command());
        assert!(again().await.is_ok());
        visit.end(&Problem::not_found("It is over."));
        assert_eq!(again().await.unwrap_err(), Problem::not_found("It is over."));
    }
}
