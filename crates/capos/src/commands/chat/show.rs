//! What is seen of a chat. Nobody's words can pass for a line of their own: each begins with who says it.

use serde_json::json;

use super::seat::{Channel, Event, Kind, Message, Told};
use crate::failure::Failure;
use crate::output::when::utc;
use crate::output::{Output, Table};

/// How far rows after a line's first are set in.
const HANG: usize = 6;

/// What happened, an event a line.
pub(super) fn events(told: &Told, output: &Output) -> Result<(), Failure> {
    if told.missed > 0 {
        output.note(&format!("{} events are left out here: this end was too slow for them.", told.missed));
    }
    for event in &told.events {
        if output.is_json() {
            let Event { channel, sender, kind, text } = event;
            output.json_record(&json!({ "channel": channel, "sender": sender, "kind": word(*kind), "text": text }))?;
        } else {
            output.hanging(&line(event), HANG)?;
        }
    }
    Ok(())
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Message => "message",
        Kind::Joined => "joined",
        Kind::Left => "left",
        Kind::System => "system",
        Kind::History => "history",
    }
}

fn line(event: &Event) -> String {
    let Event { channel, sender, kind, text } = event;
    let (channel, sender) = (on_one_line(channel), on_one_line(sender));
    let why = if text.is_empty() { String::new() } else { format!(": {}", on_one_line(text)) };
    match kind {
        Kind::Message => format!("[{channel}] {sender}: {}", below(text)),
        Kind::History => format!("[{channel}] (before) {sender}: {}", below(text)),
        Kind::Joined => format!("[{channel}] * {sender} is here{why}"),
        Kind::Left => format!("[{channel}] * {sender} has gone{why}"),
        Kind::System => format!("[{channel}] * {}", below(text)),
    }
}

fn on_one_line(text: &str) -> String {
    text.replace('\n', " ")
}

/// Further lines are set in below the first.
fn below(text: &str) -> String {
    text.trim_end().replace('\n', &format!("\n{}", " ".repeat(HANG)))
}

pub(super) fn members(channel: &str, members: &[String], output: &Output) -> Result<(), Failure> {
    if output.is_json() {
        return output.json_record(&json!({ "channel": channel, "members": members }));
    }
    let names: Vec<String> = members.iter().map(|name| on_one_line(name)).collect();
    output.text(&format!("[{channel}] * here: {}", if names.is_empty() { "nobody".into() } else { names.join(", ") }))
}

pub(super) fn channels(channels: &[Channel], output: &Output) -> Result<(), Failure> {
    if output.is_json() {
        let one = |channel: &Channel| {
            let Channel { name, topic, members, joined } = channel;
            json!({ "name": name, "topic": topic, "members": members, "joined": joined })
        };
        return output.json_record(&json!({ "channels": channels.iter().map(one).collect::<Vec<_>>() }));
    }
    output.list(&(), |()| {
        let rows = channels.iter().map(|channel| {
            let joined = if channel.joined { "joined" } else { "" };
            [channel.name.clone(), channel.members.to_string(), joined.to_owned(), channel.topic.clone()]
        });
        Table::new(&["CHANNEL", "MEMBERS", "YOU", "TOPIC"], "There is no channel.").rows(rows)
    })
}

pub(super) fn history(channel: &str, messages: &[Message], more: bool, output: &Output) -> Result<(), Failure> {
    for message in messages {
        let Message { number, at_ms, sender, text } = message;
        if output.is_json() {
            let message =
                json!({ "channel": channel, "number": number, "atMs": at_ms, "sender": sender, "text": text });
            output.json_record(&message)?;
        } else {
            output.hanging(&format!("{}  {}: {}", utc(*at_ms), on_one_line(sender), below(text)), HANG)?;
        }
    }
    if more && !output.is_json() {
        output.note("There is more before that: /history with a larger number.");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_speaks_as_another_by_a_line_of_their_own() {
        let event = |kind, sender: &str, text: &str| Event {
            channel: "lobby".to_owned(),
            sender: sender.to_owned(),
            kind,
            text: text.to_owned(),
        };
        let forged = line(&event(Kind::Message, "eve", "hi\n[lobby] ada: I quit"));
        assert_eq!(forged, "[lobby] eve: hi\n      [lobby] ada: I quit");
        assert_eq!(line(&event(Kind::Joined, "eve\n[x] y", "")), "[lobby] * eve [x] y is here");
        assert_eq!(line(&event(Kind::Left, "eve", "tired\n[lobby]")), "[lobby] * eve has gone: tired [lobby]");
    }
}
