use capos_service::Pseudonym;

use super::*;
use crate::handle::Handle;

mod bounds;
mod moderation;
mod property;

/// A hall, and a time that moves only when told.
struct Ground {
    hall: Hall,
    now_ms: u64,
}

impl Ground {
    fn new(limits: Limits) -> Self {
        Self { hall: Hall::new(Rc::new(limits), [], 1_000_000), now_ms: 1_000_000 }
    }

    /// Seats somebody with an account.
    fn sit(&mut self, name: &str) -> SeatNumber {
        let pseudonym =
            Some(Pseudonym::new(std::array::from_fn(|i| name.as_bytes().get(i).copied().unwrap_or_default())));
        self.sit_as(name, pseudonym).unwrap()
    }

    fn sit_as(&mut self, name: &str, pseudonym: Option<Pseudonym>) -> Result<SeatNumber, Error> {
        self.hall.sit(&Newcomer { display_name: Some(name.to_owned()), pseudonym }, self.now_ms)
    }

    fn try_join(&mut self, seat: SeatNumber, channel: &str, handle: &str) -> Result<bool, Error> {
        let handle = (!handle.is_empty()).then(|| Handle::parse(handle, 32).unwrap());
        self.hall.join(seat, &ChannelName::parse(channel).unwrap(), handle, self.now_ms)
    }

    fn join(&mut self, seat: SeatNumber, channel: &str, handle: &str) -> bool {
        self.try_join(seat, channel, handle).unwrap()
    }

    fn send(&mut self, seat: SeatNumber, channel: &str, text: &str) -> bool {
        self.hall.send(seat, channel, text, self.now_ms).unwrap()
    }

    fn direct(&mut self, seat: SeatNumber, to: &str, text: &str) -> bool {
        self.hall.direct(seat, to, text, self.now_ms).unwrap()
    }

    fn who(&mut self, seat: SeatNumber, channel: &str) -> Vec<String> {
        let names = self.hall.who(seat, channel, self.now_ms).unwrap();
        names.iter().map(ToString::to_string).collect()
    }

    /// What waits for a seat, as a person would write it down.
    fn heard(&mut self, seat: SeatNumber) -> Vec<String> {
        let told = |event: &Rc<Event>| {
            let Event { channel, sender, kind, text } = &**event;
            match kind {
                Kind::Message => format!("{channel} {sender}: {text}"),
                Kind::Joined => format!("{channel} +{sender}"),
                Kind::Left => format!("{channel} -{sender}"),
                Kind::System => format!("{channel} * {text}"),
                Kind::History => format!("{channel} ({sender}: {text})"),
            }
        };
        self.hall.poll(seat, u16::MAX.into()).iter().map(told).collect()
    }

    fn pass(&mut self, seconds: u64) {
        self.now_ms += seconds * 1000;
    }
}

fn ground() -> Ground {
    Ground::new(Limits::default())
}

/// Two in the lobby who have heard nothing yet.
fn two() -> (Ground, SeatNumber, SeatNumber) {
    let mut ground = ground();
    let (alice, bob) = (ground.sit("Alice"), ground.sit("Bob"));
    assert!(ground.join(alice, LOBBY, "") && ground.join(bob, LOBBY, ""));
    ground.heard(alice);
    ground.heard(bob);
    (ground, alice, bob)
}

#[test]
fn what_is_said_reaches_all_who_are_present_in_one_order() {
    let (mut ground, alice, bob) = two();
    assert!(ground.send(alice, LOBBY, "hello") && ground.send(bob, LOBBY, "hi"));
    let expected = ["lobby Alice: hello", "lobby Bob: hi"];
    assert_eq!(ground.heard(alice), expected);
    assert_eq!(ground.heard(bob), expected);
    assert!(ground.heard(bob).is_empty());
}

#[test]
fn whoever_has_not_joined_says_and_hears_nothing() {
    let (mut ground, alice, _) = two();
    let carol = ground.sit("Carol");
    assert!(!ground.send(carol, LOBBY, "let me in"));
    assert!(!ground.send(carol, "nowhere", "hello") && !ground.send(carol, "No Channel", "hello"));
    assert!(ground.send(alice, LOBBY, "secret"));
    assert!(ground.heard(carol).is_empty() && ground.who(carol, LOBBY).is_empty());
    assert_eq!(ground.hall.history(carol, LOBBY, 0, 9, 0).unwrap(), Page::default());
    assert!(!ground.hall.leave(carol, LOBBY, 0));
    assert!(!ground.direct(carol, "Alice", "psst"));
}

#[test]
fn coming_and_going_is_told() {
    let mut ground = ground();
    let (alice, bob) = (ground.sit("Alice"), ground.sit("Bob"));
    assert!(ground.join(alice, "tea", ""));
    ground.send(alice, "tea", "anybody?");
    assert!(ground.join(bob, "tea", "Bobby"));
    assert_eq!(ground.heard(bob), ["tea (Alice: anybody?)", "tea +Bobby"]);
    assert_eq!(ground.who(alice, "tea"), ["Alice", "Bobby"]);
    ground.hall.stand_up(bob, ground.now_ms);
    assert!(ground.hall.leave(alice, "tea", ground.now_ms) && !ground.hall.leave(alice, "tea", ground.now_ms));
    assert_eq!(ground.heard(alice), ["tea +Alice", "tea Alice: anybody?", "tea +Bobby", "tea -Bobby"]);
}

#[test]
fn nobody_takes_a_handle_that_is_taken_or_would_be_taken_for_it() {
    let (mut ground, _, bob) = two();
    let mallory = ground.sit("Mallory");
    for handle in ["Alice", "ALICE", "a lice", "A1ice", "Álice"] {
        assert!(!ground.join(mallory, LOBBY, handle), "{handle}");
        assert!(!ground.join(bob, LOBBY, handle), "{handle}");
    }
    assert_eq!(ground.who(bob, LOBBY), ["Alice", "Bob"]);
    for reserved in ["System", "operator", "m0derator"] {
        assert!(!ground.join(mallory, LOBBY, reserved), "{reserved}");
    }
    assert!(ground.join(mallory, LOBBY, "Alicia"));
}

#[test]
fn a_handle_stays_its_accounts_for_a_while() {
    let (mut ground, alice, _) = two();
    ground.hall.stand_up(alice, ground.now_ms);
    let mallory = ground.sit("Mallory");
    ground.pass(599);
    assert!(!ground.join(mallory, LOBBY, "alice"));
    let again = ground.sit("Alice");
    assert!(ground.join(again, LOBBY, "alice"));
    ground.hall.stand_up(again, ground.now_ms);
    ground.pass(600);
    assert!(ground.join(mallory, LOBBY, "alice"));
}

#[test]
fn without_a_handle_one_is_made_of_the_name() {
    let mut ground = ground();
    let sessions = [ground.sit("Alice"), ground.sit("Alice"), ground.sit("👩")];
    sessions.iter().for_each(|seat| assert!(ground.join(*seat, LOBBY, "")));
    assert_eq!(ground.who(sessions[0], LOBBY), ["Alice", "Alice-2", "visitor-3"]);
}

#[test]
fn a_reserved_name_is_for_the_account_that_is_called_so() {
    let mut ground = ground();
    let visitor = ground.sit_as("operator", None).unwrap();
    assert!(!ground.join(visitor, LOBBY, "operator"));
    assert!(ground.join(visitor, LOBBY, ""));
    let operator = ground.sit("operator");
    assert!(ground.join(operator, LOBBY, ""));
    assert_eq!(ground.who(operator, LOBBY), ["operator", "operator-2"]);
}

#[test]
fn in_a_services_channels_nobody_passes_for_the_service() {
    let mut ground = ground();
    let (mallory, game) = (ground.sit("Mallory"), ground.sit("Adventure"));
    assert!(!ground.join(mallory, "adventure.hall", "ADVENTURE") && ground.join(mallory, LOBBY, "Adventure"));
    assert!(ground.join(mallory, "adventure.hall", "") && ground.join(game, "adventure.hall", ""));
    assert_eq!(ground.who(game, "adventure.hall"), ["Adventure", "Mallory"]);
}

#[test]
fn another_handle_is_told_as_leaving_and_coming() {
    let (mut ground, alice, bob) = two();
    assert!(ground.join(alice, LOBBY, "") && ground.join(alice, LOBBY, "Alice"));
    assert!(ground.heard(bob).is_empty());
    assert!(ground.join(alice, LOBBY, "ALICE") && ground.join(alice, LOBBY, "Queen"));
    assert_eq!(ground.heard(bob), ["lobby -Alice", "lobby +ALICE", "lobby -ALICE", "lobby +Queen"]);
    ground.send(alice, LOBBY, "it is I");
    assert_eq!(ground.heard(bob), ["lobby Queen: it is I"]);
    assert!(!ground.join(bob, LOBBY, "alice"), "it is still hers for a while");
}

#[test]
fn a_direct_word_reaches_one_and_nobody_else() {
    let (mut ground, alice, bob) = two();
    let carol = ground.sit("Carol");
    ground.join(carol, LOBBY, "");
    [alice, bob].iter().for_each(|seat| drop(ground.heard(*seat)));
    assert!(ground.direct(alice, "bob", "psst") && ground.send(alice, "@Bob", "again"));
    assert!(!ground.direct(alice, "dave", "psst") && !ground.direct(alice, "@", "psst"));
    assert_eq!(ground.heard(bob), ["@Alice Alice: psst", "@Alice Alice: again"]);
    assert!(ground.heard(alice).is_empty());
    assert_eq!(ground.heard(carol), ["lobby +Carol"]);
    assert!(ground.hall.take_changes().is_empty(), "nobody keeps it");
}

#[test]
fn a_handle_that_is_two_peoples_is_nobodys_until_the_channel_is_said() {
    let (mut ground, alice, bob) = two();
    let other = ground.sit("Robert");
    assert!(ground.join(other, "tea", "Bob") && ground.join(alice, "tea", "Queen"));
    [bob, other].iter().for_each(|seat| drop(ground.heard(*seat)));
    assert!(!ground.direct(alice, "Bob", "which one?"));
    assert!(ground.direct(alice, "Bob@tea", "you") && ground.direct(alice, "@Bob@lobby", "and you"));
    assert_eq!(ground.heard(other), ["@Queen Queen: you"]);
    assert_eq!(ground.heard(bob), ["@Alice Alice: and you"]);
}

#[test]
fn a_channel_in_which_nothing_was_said_goes_with_its_last_member() {
    let mut ground = ground();
    let alice = ground.sit("Alice");
    let names = |ground: &mut Ground| -> Vec<String> {
        ground.hall.list(alice, 0).unwrap().iter().map(|channel| channel.name.to_string()).collect()
    };
    ground.join(alice, "tea", "");
    ground.join(alice, "adventure.great-hall", "");
    ground.send(alice, "tea", "milk?");
    assert_eq!(names(&mut ground), ["adventure.great-hall", "lobby", "tea"]);
    ["tea", "adventure.great-hall"].iter().for_each(|name| assert!(ground.hall.leave(alice, name, ground.now_ms)));
    assert_eq!(names(&mut ground), ["lobby", "tea"]);
}

#[test]
fn a_listener_takes_what_poll_would_give() {
    let (mut ground, alice, bob) = two();
    ground.hall.set_listening(alice, true);
    ground.send(bob, LOBBY, "one");
    assert_eq!(ground.hall.take_woken(), [alice]);
    ground.send(bob, LOBBY, "two");
    assert!(ground.hall.take_woken().is_empty(), "it was woken already");
    assert!(ground.heard(alice).is_empty());
    assert_eq!(ground.hall.take_batch(alice).events.len(), 2);
    ground.send(bob, LOBBY, "three");
    assert_eq!(ground.hall.take_woken(), [alice]);
    ground.hall.set_listening(alice, false);
    assert_eq!(ground.heard(alice), ["lobby Bob: three"]);
}
