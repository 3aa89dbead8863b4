//! Every bound of the chat, with its reason.

use serde::Deserialize;

/// What a seat, a channel and the whole chat may cost. `CHAT_LIMITS` in the environment, which a profile can set, holds a JSON object with those that are to be others.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of what is said at once. A screenful; longer things have better places.
    pub text_bytes: usize,
    /// Bytes of a topic, or of a moderator's reason.
    pub topic_bytes: usize,
    /// Letters of a handle. It stands before every line.
    pub handle_chars: usize,
    /// Seats, one for each session that has the chat. Each may have a full queue.
    pub seats: usize,
    /// Channels, whether anybody is in them or not. Each may have a full history in memory.
    pub channels: usize,
    /// Channels that one seat may be in. The largest game has a channel for each of its rooms.
    pub channels_per_seat: usize,
    /// Channels that all seats of one pseudonym may be in together before they open no further ones.
    pub channels_per_person: usize,
    /// Members of one channel: what a message there costs grows with them.
    pub members: usize,
    /// Members up to which a channel is told who comes and goes. In a crowd, that would be most of what is said, and
    /// come to its size squared while it gathers.
    pub presence_members: usize,
    /// Messages that a channel keeps.
    pub history_messages: usize,
    /// Bytes that a channel's messages may take together; its file may take four times as much before it is written
    /// anew.
    pub history_bytes: usize,
    /// Messages told to whoever joins.
    pub history_replayed: usize,
    /// Messages in one answer of `history`.
    pub history_page: usize,
    /// Seconds after which a channel that nobody is in, and that no moderator has touched, may make room for a new one.
    pub idle_seconds: u64,
    /// Events that wait for one seat. Past it the oldest is dropped, and counted.
    pub queue_events: usize,
    /// Bytes of text of the events that wait for one seat.
    pub queue_bytes: usize,
    /// Events in one call of a listener, and in one answer of `poll`.
    pub batch_events: usize,
    /// Bytes of text in one call of a listener, and in one answer of `poll`; a single event is never too large.
    pub batch_bytes: usize,
    /// Messages that one seat may send at once, after a rest.
    pub send_burst: u32,
    /// Messages a minute that one seat may go on with.
    pub sends_per_minute: u32,
    /// How much more all seats of one pseudonym may do together than a single one.
    pub person_factor: u32,
    /// Joins and leaves that one seat may make at once, after a rest. Members of small channels are told of each.
    pub move_burst: u32,
    /// Joins and leaves a minute that one seat may go on with.
    pub moves_per_minute: u32,
    /// Channels in which one seat may say the first word at once, after a rest: from then on they are kept. Enough for
    /// every room of a game.
    pub opening_burst: u32,
    /// First words a minute that one seat may go on with.
    pub openings_per_minute: u32,
    /// Looks at members, channels and history that one seat may take at once, after a rest.
    pub look_burst: u32,
    /// Looks a minute that one seat may go on with.
    pub looks_per_minute: u32,
    /// Pseudonyms whose rates are remembered.
    pub persons: usize,
    /// Bans, and mutes, of one channel.
    pub sanctions: usize,
    /// Handles of one channel that are remembered after their holder has left.
    pub departed: usize,
    /// Seconds for which a handle stays reserved for the pseudonym that has left under it.
    pub departed_seconds: u64,
    /// Milliseconds that a change waits for others before it is written. What a power cut can lose.
    pub linger_ms: u64,
    /// Milliseconds between two tries to write once one has failed.
    pub retry_ms: u64,
    /// Times in a row that a listener may be too busy for a call before its subscription ends.
    pub listener_tries: u32,
    /// Milliseconds between two such tries.
    pub listener_retry_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            text_bytes: 2048,
            topic_bytes: 256,
            handle_chars: 32,
            seats: 4096,
            channels: 512,
            channels_per_seat: 64,
            channels_per_person: 128,
            members: 2048,
            presence_members: 256,
            history_messages: 1000,
            history_bytes: 128 << 10,
            history_replayed: 20,
            history_page: 100,
            idle_seconds: 86_400,
            queue_events: 512,
            queue_bytes: 64 << 10,
            batch_events: 64,
            batch_bytes: 32 << 10,
            send_burst: 20,
            sends_per_minute: 300,
            person_factor: 4,
            move_burst: 80,
            moves_per_minute: 120,
            opening_burst: 64,
            openings_per_minute: 3,
            look_burst: 100,
            looks_per_minute: 1200,
            persons: 8192,
            sanctions: 256,
            departed: 256,
            departed_seconds: 600,
            linger_ms: 50,
            retry_ms: 1000,
            listener_tries: 20,
            listener_retry_ms: 250,
        }
    }
}

impl Limits {
    /// The defaults, but for what a JSON object says otherwise.
    ///
    /// # Errors
    ///
    /// What is wrong with the text, and where.
    pub fn parse(json: &str) -> Result<Self, crate::Error> {
        serde_json::from_str(json).map_err(crate::Error::Limits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_keeps_its_default_and_what_is_unknown_is_refused() {
        let limits = Limits::parse(r#"{"sends_per_minute": 9000, "members": 3}"#).unwrap();
        assert_eq!(limits, Limits { sends_per_minute: 9000, members: 3, ..Limits::default() });
        assert!(Limits::parse(r#"{"member": 3}"#).is_err());
        assert!(Limits::parse(r#"{"members": -3}"#).is_err());
    }
}
