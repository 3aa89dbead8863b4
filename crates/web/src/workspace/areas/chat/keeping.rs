//! Keeping the seat for as long as there is a chat: waiting for one that has gone away, and coming back to it.

use std::rc::{Rc, Weak};
use std::time::Duration;

use capnp::traits::HasTypeId as _;
use capos_schema::chat_capnp::chat;
use hyper::StatusCode;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout};

use super::seat::{Event, Seat};
use super::talks::Talks;
use super::{ChatArea, Phase};
use crate::workspace::areas::moment::now_ms;
use crate::workspace::problem::Problem;

/// The first wait before a chat that has gone away is tried again; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// Whoever stops being told sooner than this was pushed aside, and would be again.
const PUSHED_WITHIN: Duration = Duration::from_secs(10);
/// Between two looks at the list of channels at least.
const PACE: Duration = Duration::from_millis(250);

/// What is said to whoever is there again, or was not let in.
#[derive(Clone, Copy)]
struct Words {
    is_in: &'static str,
    is_out: &'static str,
}

/// The chat was away.
const IS_BACK: Words = Words {
    is_in: "The chat was away and is back; you are here again.",
    is_out: "The chat was away and is back, and did not let you in again. Join to try once more.",
};
/// The session was.
const CAME_BACK: Words = Words {
    is_in: "You had no window open for a while, and had left; you are here again.",
    is_out: "You had no window open for a while, and had left; you were not let in again. Join to try once more.",
};

/// Keeps the seat for as long as there is the chat, and the area.
pub(super) async fn keep(area: Weak<ChatArea>) {
    let mut wait = FIRST_WAIT;
    loop {
        let Some(here) = area.upgrade() else { return };
        match here.sit().await {
            Ok((seat, ended)) => {
                wait = FIRST_WAIT;
                let since = Instant::now();
                here.turn(Phase::Here(seat.clone()));
                drop(here);
                attend(&area, &seat, ended).await;
                let Some(here) = area.upgrade() else { return };
                if !here.lost(&seat, since).await {
                    return;
                }
            }
            Err(problem) if is_the_end(&problem) => return here.turn(Phase::Gone(problem)),
            Err(_) => here.turn(Phase::Away(away())),
        }
        sleep(wait).await;
        let longest = area.upgrade().map_or(wait, |area| area.core.limits.chat_retry_time);
        wait = (wait * 2).min(longest);
    }
}

/// Keeps the list of channels up to date until nobody is told anything any more.
async fn attend(area: &Weak<ChatArea>, seat: &Rc<Seat>, mut ended: oneshot::Receiver<()>) {
    loop {
        let Some(here) = area.upgrade() else { return };
        if let Ok(listed) = seat.channels().await {
            here.list(listed);
        }
        let (again, look_time, is_looked_at) =
            (here.again.clone(), here.core.limits.chat_look_time, here.is_looked_at());
        drop(here);
        if timeout(PACE, &mut ended).await.is_ok() {
            return;
        }
        tokio::select! {
            _ = &mut ended => return,
            () = again.notified() => {}
            () = sleep(look_time), if is_looked_at => {}
        }
    }
}

impl ChatArea {
    /// Takes a seat, and joins where the session was before.
    async fn sit(&self) -> Result<(Rc<Seat>, oneshot::Receiver<()>), Problem> {
        let entry = self.core.grant_of(chat::Client::TYPE_ID);
        let entry = entry.ok_or_else(|| Problem::not_found("The chat is not granted to this session any more."))?;
        self.given_back.take(&entry.name);
        let area = self.me.clone();
        let tell = move |events: Vec<Event>, missed| {
            if let Some(area) = area.upgrade() {
                area.tell(&events, missed);
            }
        };
        let words = if self.is_absent.replace(false) { CAME_BACK } else { IS_BACK };
        let (seat, ended) = Seat::take(&self.core.session, &entry.name, Rc::new(tell)).await?;
        let before: Vec<(String, String)> = {
            let talks = self.talks.borrow();
            let joined = talks.all.iter().filter(|talk| talk.joined && !talk.is_direct);
            joined.map(|talk| (talk.name.clone(), talk.own.as_str().to_owned())).collect()
        };
        for (channel, own) in before {
            self.come_again(&seat, &channel, &own, words).await?;
        }
        Ok((Rc::new(seat), ended))
    }

    async fn come_again(&self, seat: &Seat, channel: &str, own: &str, words: Words) -> Result<(), Problem> {
        let is_in = self.come_in(seat, channel, own).await? || self.come_in(seat, channel, "").await?;
        let mut talks = self.talks.borrow_mut();
        if let Some(talk) = talks.find(channel, false) {
            talk.joined &= is_in;
            talk.note(if is_in { words.is_in } else { words.is_out }, now_ms());
        }
        Ok(())
    }

    /// Nobody tells this session anything any more. Whether to take a seat again.
    async fn lost(&self, seat: &Seat, since: Instant) -> bool {
        let grant = self.core.grant_of(chat::Client::TYPE_ID).map(|entry| entry.name);
        if grant.is_none_or(|name| self.given_back.take(&name)) {
            // Its person stopped it, and has it again by looking in.
            self.talks.replace(Talks::new(&self.core.board, &self.core.limits));
            self.turn(Phase::Idle);
            return false;
        }
        let answers = seat.channels().await.is_ok();
        if answers && since.elapsed() < PUSHED_WITHIN {
            self.turn(Phase::Taken);
            return false;
        }
        if !answers {
            let mut talks = self.talks.borrow_mut();
            for talk in talks.all.iter_mut().filter(|talk| talk.joined) {
                talk.note("The chat has gone away. It is waited for.", now_ms());
            }
            drop(talks);
            self.turn(Phase::Away(away()));
            // The list of services knows of it, too.
            self.core.look_again();
        }
        true
    }
}

/// Whether waiting does not help.
fn is_the_end(problem: &Problem) -> bool {
    let ends = [
        "staleSession",
        "revoked",
        "leaseExpired",
        "unknownCap",
        "interfaceMismatch",
        "methodDenied",
        "notFound",
        "gatewayDisconnected",
    ];
    ends.contains(&problem.code.as_str())
}

pub(super) fn away() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "serviceUnavailable",
        "The chat has gone away for the moment.",
        "It is waited for, and goes on here by itself. What you typed is kept.",
    )
}
