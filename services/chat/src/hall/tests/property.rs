//! Whatever is done, in whatever order: what must hold holds.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

const NAMES: [&str; 4] = ["Ann", "ann-2", "Bob", "b0b"];
const CHANNELS: [&str; 3] = [LOBBY, "tea", "den"];

#[derive(Clone, Debug)]
enum Step {
    Sit(usize, bool),
    StandUp(usize),
    Join(usize, usize, Option<usize>),
    Leave(usize, usize),
    Send(usize, usize),
    Direct(usize, usize),
    Poll(usize, usize),
    Moderate(usize, usize, u8),
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let (seat, channel, name) = (0..8_usize, 0..CHANNELS.len(), 0..NAMES.len());
    prop_oneof![
        2 => (name.clone(), any::<bool>()).prop_map(|(name, known)| Step::Sit(name, known)),
        1 => seat.clone().prop_map(Step::StandUp),
        6 => (seat.clone(), channel.clone(), proptest::option::of(name.clone()))
            .prop_map(|(seat, channel, name)| Step::Join(seat, channel, name)),
        2 => (seat.clone(), channel.clone()).prop_map(|(seat, channel)| Step::Leave(seat, channel)),
        8 => (seat.clone(), channel.clone()).prop_map(|(seat, channel)| Step::Send(seat, channel)),
        1 => (seat.clone(), name.clone()).prop_map(|(seat, name)| Step::Direct(seat, name)),
        3 => (seat, 0..9_usize).prop_map(|(seat, most)| Step::Poll(seat, most)),
        2 => (channel, name, 0..7_u8).prop_map(|(channel, name, what)| Step::Moderate(channel, name, what)),
        1 => (0..900_u64).prop_map(Step::Pass),
    ]
}

fn limits() -> Limits {
    Limits {
        seats: 6,
        channels: 2,
        channels_per_seat: 2,
        members: 4,
        history_messages: 5,
        queue_events: 6,
        sanctions: 2,
        departed: 2,
        idle_seconds: 300,
        ..Limits::default()
    }
}

/// A ground with seats by place, and every message in the order in which each seat was told of it.
struct World {
    ground: Ground,
    seats: Vec<SeatNumber>,
    said: u64,
    told: BTreeMap<(SeatNumber, String), Vec<u64>>,
}

impl World {
    fn seat(&self, place: usize) -> Option<SeatNumber> {
        self.seats.get(place).copied()
    }

    fn take(&mut self, step: &Step) {
        let now_ms = self.ground.now_ms;
        match *step {
            Step::Sit(name, known) => {
                let pseudonym = known.then(|| Pseudonym::new([u8::try_from(name).unwrap(); 32]));
                self.seats.extend(self.ground.sit_as(NAMES[name], pseudonym).ok());
            }
            Step::StandUp(place) if place < self.seats.len() => {
                self.ground.hall.stand_up(self.seats.remove(place), now_ms);
            }
            Step::Join(place, channel, handle) => {
                let handle = handle.map_or("", |name| NAMES[name]);
                let _ = self.seat(place).map(|seat| self.ground.try_join(seat, CHANNELS[channel], handle));
            }
            Step::Leave(place, channel) => {
                self.seat(place).map(|seat| self.ground.hall.leave(seat, CHANNELS[channel], now_ms));
            }
            Step::Send(place, channel) => self.send(place, CHANNELS[channel]),
            Step::Direct(place, name) => {
                self.seat(place).map(|seat| self.ground.hall.direct(seat, NAMES[name], "psst", now_ms));
            }
            Step::Poll(place, most) => self.poll(place, most),
            Step::Moderate(channel, name, what) => self.moderate(CHANNELS[channel], NAMES[name], what),
            Step::Pass(seconds) => self.ground.pass(seconds),
            Step::StandUp(_) => {}
        }
    }

    fn send(&mut self, place: usize, channel: &str) {
        let Some(seat) = self.seat(place) else { return };
        self.said += 1;
        let was_in = self.ground.hall.place(seat, channel).is_some();
        let sent = self.ground.hall.send(seat, channel, &self.said.to_string(), self.ground.now_ms);
        assert!(was_in || matches!(sent, Ok(false)), "nobody speaks where it is not");
    }

    fn poll(&mut self, place: usize, most: usize) {
        let Some(seat) = self.seat(place) else { return };
        let events = self.ground.hall.poll(seat, most);
        assert!(events.len() <= most);
        for event in events.iter().filter(|event| event.kind == Kind::Message && !event.channel.starts_with('@')) {
            let key = (seat, event.channel.to_string());
            self.told.entry(key).or_default().push(event.text.parse().unwrap());
        }
    }

    fn moderate(&mut self, channel: &str, handle: &str, what: u8) {
        let (hall, now_ms) = (&mut self.ground.hall, self.ground.now_ms);
        let _ = match what {
            0 => hall.mute(channel, handle, 30, now_ms),
            1 => hall.remove(channel, handle, "", now_ms),
            2 => hall.ban(channel, handle, 30, "", now_ms),
            3 => hall.pardon(channel, handle, now_ms),
            4 => hall.close(channel, ""),
            5 => Ok(hall.reopen(channel, now_ms)),
            _ => Ok(hall.erase(channel, u64::try_from(handle.len()).unwrap())),
        };
    }

    fn check(&self) {
        let (hall, limits) = (&self.ground.hall, &self.ground.hall.limits);
        assert!(hall.seats.len() <= limits.seats && hall.channels.len() <= limits.channels);
        assert!(hall.channels.contains_key(LOBBY));
        for (name, channel) in &hall.channels {
            let mut seats = BTreeSet::new();
            for member in channel.members.iter() {
                assert!(seats.insert(member.seat), "one handle each");
                let seat = hall.seats.get(member.seat).expect("who is present sits");
                assert_eq!(seat.joined.get(name), Some(&member.handle), "both sides say the same");
            }
            assert!(channel.members.len() <= limits.members);
            assert!(channel.history.messages().count() <= limits.history_messages);
        }
        for seat in self.seats.iter().filter_map(|seat| hall.seats.get(*seat)) {
            assert!(seat.joined.len() <= limits.channels_per_seat);
            assert!(seat.joined.keys().all(|name| hall.channels.contains_key(name)));
        }
    }
}

proptest! {
    #[test]
    fn handles_are_unique_orders_are_one_and_bounds_hold(steps in proptest::collection::vec(step(), 1..150)) {
        let (ground, told) = (Ground::new(limits()), BTreeMap::new());
        let mut world = World { ground, seats: Vec::new(), said: 0, told };
        for step in &steps {
            world.take(step);
            world.check();
        }
        for order in world.told.values() {
            prop_assert!(order.is_sorted_by(|one, next| one < next), "{order:?}");
        }
    }
}
