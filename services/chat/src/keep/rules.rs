//! A channel's rules as JSON.

use capos_service::Pseudonym;
use serde::{Deserialize, Serialize};

use crate::Limits;
use crate::channel::Rules;
use crate::handle::Handle;
use crate::person::Person;
use crate::sanctions::Ban;
use crate::words::parse_note;

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Record {
    topic: Option<String>,
    closed: bool,
    bans: Vec<BanRecord>,
    mutes: Vec<MuteRecord>,
}

#[derive(Serialize, Deserialize)]
struct BanRecord {
    handle: String,
    pseudonym: Option<[u8; 32]>,
    until: u64,
}

#[derive(Serialize, Deserialize)]
struct MuteRecord {
    pseudonym: [u8; 32],
    until: u64,
}

/// Reads rules. What cannot be read is as if it had never been said, but for a file that is no rules at all: then
/// nobody is let in until a moderator has looked.
pub(super) fn parse(bytes: &[u8], limits: &Limits) -> Rules {
    if bytes.is_empty() {
        return Rules::default();
    }
    let Ok(record) = serde_json::from_slice::<Record>(bytes) else {
        tracing::error!("the rules of a channel cannot be read: it is closed");
        return Rules { is_closed: true, ..Rules::default() };
    };
    let topic = record.topic.and_then(|topic| parse_note(&topic, limits.topic_bytes).ok());
    let mut rules = Rules { topic, is_closed: record.closed, ..Rules::default() };
    for ban in record.bans {
        let Ok(handle) = Handle::parse(&ban.handle, limits.handle_chars) else { continue };
        let person = ban.pseudonym.map(|bytes| Person::Known(Pseudonym::new(bytes)));
        // Those that are over are let go with the next one.
        let _ = rules.bans.add(Ban { handle, person, until_ms: ban.until }, limits, 0);
    }
    for mute in record.mutes {
        let _ = rules.mutes.set(Person::Known(Pseudonym::new(mute.pseudonym)), mute.until, limits, 0);
    }
    rules
}

/// Rules as they are written; empty where there are none. Seats without a pseudonym do not outlast the process, and
/// neither does what was laid down for them alone.
pub(super) fn of(rules: &Rules, now_ms: u64) -> Vec<u8> {
    if rules.is_empty(now_ms) {
        return Vec::new();
    }
    let known = |person: Person| match person {
        Person::Known(pseudonym) => Some(*pseudonym.as_bytes()),
        Person::Visitor(_) => None,
    };
    let bans = rules.bans.iter(now_ms).map(|ban| BanRecord {
        handle: ban.handle.as_str().to_owned(),
        pseudonym: ban.person.and_then(known),
        until: ban.until_ms,
    });
    let mutes =
        rules.mutes.iter(now_ms).filter_map(|(person, until)| Some(MuteRecord { pseudonym: known(person)?, until }));
    let record = Record {
        topic: rules.topic.as_deref().map(str::to_owned),
        closed: rules.is_closed,
        bans: bans.collect(),
        mutes: mutes.collect(),
    };
    serde_json::to_vec(&record).expect("numbers and text can always be written")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::person::SeatNumber;

    #[test]
    fn what_is_written_is_read_again_but_for_visitors() {
        let limits = Limits::default();
        let (known, visitor) = (Person::Known(Pseudonym::new([7; 32])), Person::Visitor(SeatNumber(3)));
        let mut rules = Rules { topic: Some("tea".into()), is_closed: true, ..Rules::default() };
        for (handle, person, until_ms) in [("ann", Some(known), 50), ("ben", Some(visitor), 60), ("old", None, 5)] {
            rules.bans.add(Ban { handle: Handle::parse(handle, 32).unwrap(), person, until_ms }, &limits, 0).unwrap();
        }
        rules.mutes.set(known, 70, &limits, 0).unwrap();
        rules.mutes.set(visitor, 70, &limits, 0).unwrap();
        let read = parse(&of(&rules, 10), &limits);
        assert_eq!((read.topic.as_deref(), read.is_closed), (Some("tea"), true));
        let bans: Vec<_> = read.bans.iter(10).map(|ban| (ban.handle.as_str(), ban.person, ban.until_ms)).collect();
        assert_eq!(bans, [("ann", Some(known), 50), ("ben", None, 60)]);
        assert_eq!(read.mutes.iter(10).collect::<Vec<_>>(), [(known, 70)]);
        assert_eq!(of(&Rules::default(), 10), b"");
    }

    #[test]
    fn a_file_that_is_no_rules_lets_nobody_in() {
        assert!(parse(b"{\"topic\":", &Limits::default()).is_closed);
        assert!(!parse(b"", &Limits::default()).is_closed);
        let odd =
            parse(br#"{"topic":"\u001b[2J","bans":[{"handle":"@","pseudonym":null,"until":9}]}"#, &Limits::default());
        assert!(odd.topic.is_none() && odd.bans.is_empty(0));
    }
}
