//! What a window asks of the chat.

use std::rc::Rc;

use hyper::StatusCode;
use serde::Deserialize;

use super::order::Order;
use super::seat::Seat;
use super::{ChatArea, PAGE};
use crate::workspace::areas::moment::now_ms;
use crate::workspace::command::{Command, Outcome, Reply};
use crate::workspace::problem::Problem;
use crate::workspace::view::{Key, shown};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Join {
    channel: String,
    #[serde(default)]
    handle: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    key: Key,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Say {
    key: Key,
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Begin {
    handle: String,
    channel: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

shown! {
    /// Where the lines of a conversation are.
    struct Opened {
        /// Under this key.
        key: Key,
    }
}

impl ChatArea {
    pub(super) async fn take(&self, command: &Command) -> Outcome {
        match &*command.name {
            "join" => self.join(command.read()?).await,
            "leave" => self.leave_one(command.read::<Named>()?.key).await,
            "send" => self.say(command.read()?).await,
            "talk" => self.begin_talk(command.read()?),
            "close" => self.close(command.read::<Named>()?.key),
            "read" => self.read(command.read::<Named>()?.key),
            "earlier" => self.earlier(command.read::<Named>()?.key).await,
            "fill" => self.fill(command.read::<Named>()?.key).await,
            "members" => {
                let (seat, channel) = self.channel(command.read::<Named>()?.key).await?;
                self.read_members(&seat, &channel).await;
                Ok(Reply::done())
            }
            "listen" => {
                command.read::<Nothing>()?;
                self.seat().await.map(|_| Reply::done())
            }
            "order" => self.order(command.read()?).await,
            _ => Err(command.unknown()),
        }
    }

    /// The channel of a conversation, and the seat.
    async fn channel(&self, key: Key) -> Result<(Rc<Seat>, String), Problem> {
        let name = {
            let mut talks = self.talks.borrow_mut();
            let talk = talks.by_key(key).filter(|talk| !talk.is_direct).ok_or_else(closed)?;
            talk.name.clone()
        };
        Ok((self.seat().await?, name))
    }

    async fn join(&self, Join { channel, handle }: Join) -> Outcome {
        let seat = self.seat().await?;
        let (key, is_there) = {
            let mut talks = self.talks.borrow_mut();
            let talk = talks.open(&channel, false).ok_or_else(crowded)?;
            if talk.joined && (handle.is_empty() || handle == talk.own.as_str()) {
                return Ok(Reply::of(&Opened { key: talk.key }));
            }
            talk.rename(talk.joined);
            (talk.key, talk.joined)
        };
        let is_in = match is_there {
            true => seat.join(&channel, &handle).await,
            false => self.come_in(&seat, &channel, &handle).await,
        };
        if matches!(is_in, Ok(true)) {
            self.show();
            return Ok(Reply::of(&Opened { key }));
        }
        self.not_in(key);
        is_in?;
        Err(Problem::new(
            StatusCode::FORBIDDEN,
            "notJoined",
            "The channel did not let you in under that name.",
            "The name is taken, reserved or too like another one there, or the channel is closed to you. Try another name.",
        ))
    }

    /// A conversation that did not come about leaves nothing behind.
    fn not_in(&self, key: Key) {
        let mut talks = self.talks.borrow_mut();
        let Some(talk) = talks.by_key(key) else { return };
        talk.rename(false);
        if !talk.joined && talk.first().1 == 0 {
            talks.close(key);
        }
        drop(talks);
        self.show();
    }

    async fn leave_one(&self, key: Key) -> Outcome {
        let (seat, channel) = self.channel(key).await?;
        seat.leave(&channel).await?;
        self.talks.borrow_mut().close(key);
        self.again.notify_one();
        self.show();
        Ok(Reply::done())
    }

    async fn say(&self, Say { key, text }: Say) -> Outcome {
        let to = {
            let mut talks = self.talks.borrow_mut();
            let talk = talks.by_key(key).ok_or_else(closed)?;
            match (&talk.via, talk.is_direct) {
                (Some(channel), true) => Err(format!("{}@{channel}", talk.name)),
                (None, true) => Err(talk.name.clone()),
                (_, false) => Ok(talk.name.clone()),
            }
        };
        let seat = self.seat().await?;
        match to {
            Ok(channel) if seat.send(&channel, &text).await? => Ok(Reply::done()),
            Ok(_) => Err(Problem::new(
                StatusCode::FORBIDDEN,
                "notSent",
                "That was not said: you are not in this channel, or a moderator keeps you silent.",
                "Join again, or wait until you may speak.",
            )),
            Err(handle) if seat.direct(&handle, &text).await? => {
                if let Some(talk) = self.talks.borrow_mut().by_key(key) {
                    talk.said(&text, now_ms());
                }
                Ok(Reply::done())
            }
            Err(_) => Err(Problem::new(
                StatusCode::FORBIDDEN,
                "notSent",
                "That was not said: nobody of that name is in a channel with you, or more than one is.",
                "Choose them from the members of a channel.",
            )),
        }
    }

    fn begin_talk(&self, Begin { handle, channel }: Begin) -> Outcome {
        let key = {
            let mut talks = self.talks.borrow_mut();
            let talk = talks.open(&handle, true).ok_or_else(crowded)?;
            talk.via = channel;
            talk.key
        };
        self.show();
        Ok(Reply::of(&Opened { key }))
    }

    fn close(&self, key: Key) -> Outcome {
        let mut talks = self.talks.borrow_mut();
        if !talks.by_key(key).is_some_and(|talk| talk.is_direct || !talk.joined) {
            return Err(Problem::bad_request("A channel is left, not closed."));
        }
        talks.close(key);
        drop(talks);
        self.show();
        Ok(Reply::done())
    }

    fn read(&self, key: Key) -> Outcome {
        self.talks.borrow_mut().by_key(key).ok_or_else(closed)?.unread = 0;
        self.show();
        Ok(Reply::done())
    }

    async fn earlier(&self, key: Key) -> Outcome {
        let (first, lines) = self.talks.borrow_mut().by_key(key).ok_or_else(closed)?.first();
        if lines.saturating_add(PAGE.into()) > self.core.limits.chat_lines {
            return Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "quotaExceeded",
                "As many lines are shown here as can be.",
                "Leave the channel and join again to begin with the latest ones.",
            ));
        }
        let Some(first) = first else { return self.fill(key).await };
        let (seat, channel) = self.channel(key).await?;
        let page = seat.history(&channel, first, PAGE).await?;
        let mut talks = self.talks.borrow_mut();
        let talk = talks.by_key(key).ok_or_else(closed)?;
        // Where another window asked for the same, it is there.
        if talk.first().0 == Some(first) {
            talk.earlier(&page);
        }
        Ok(Reply::done())
    }

    async fn fill(&self, key: Key) -> Outcome {
        let (seat, channel) = self.channel(key).await?;
        let page = seat.history(&channel, 0, PAGE).await?;
        self.talks.borrow_mut().by_key(key).ok_or_else(closed)?.fill(&page);
        Ok(Reply::done())
    }

    async fn order(&self, order: Order) -> Outcome {
        let moderation = self.moderation().await.ok_or_else(|| {
            Problem::new(
                StatusCode::FORBIDDEN,
                "unknownCap",
                "This session may not keep order in the chat.",
                "Whoever administers the node can grant `chat_moderation`.",
            )
        })?;
        let place = match order.key() {
            Some(key) => Some(self.channel(key).await?),
            None => None,
        };
        let channel = place.as_ref().map_or("", |(_, channel)| channel);
        if let (Order::Erase { key, number }, Some((seat, channel))) = (&order, &place) {
            self.check_number(seat, channel, *key, *number).await?;
        }
        if !moderation.give(&order, channel).await? {
            return Err(Problem::new(
                StatusCode::NOT_FOUND,
                "notDone",
                "Nothing was done: there is no such channel, name or message.",
                "Look at the members anew.",
            ));
        }
        if let Order::Erase { key, number } = order
            && let Some(talk) = self.talks.borrow_mut().by_key(key)
        {
            talk.erased(number);
        }
        if let Some((seat, channel)) = &place {
            self.read_members(seat, channel).await;
        }
        self.again.notify_one();
        Ok(Reply::done())
    }

    /// What is taken away has to be what the moderator sees.
    async fn check_number(&self, seat: &Seat, channel: &str, key: Key, number: u64) -> Result<(), Problem> {
        let shown = self.talks.borrow_mut().by_key(key).and_then(|talk| talk.message(number)).ok_or_else(closed)?;
        let page = seat.history(channel, number.saturating_add(1), 1).await?;
        let is_it =
            page.messages.iter().any(|one| one.number == number && (&one.sender, &one.text) == (&shown.0, &shown.1));
        if is_it {
            return Ok(());
        }
        Err(Problem::new(
            StatusCode::CONFLICT,
            "notDone",
            "Nothing was taken away: the chat has something else there by now.",
            "Load the messages anew, then choose again.",
        ))
    }
}

fn closed() -> Problem {
    Problem::not_found("This conversation is not open any more.")
}

fn crowded() -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "quotaExceeded",
        "There are as many conversations as there can be.",
        "Leave a channel first.",
    )
}
