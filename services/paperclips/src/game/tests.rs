use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::orders::obey;
use crate::player::{Player, Step};

const HOUR: u64 = 3_600_000;

/// A game that is well under way: there is something of everything that turns.
fn at(stage: Stage) -> Game {
    let mut player = Player::new();
    let mut kept = None;
    player.play(24 * HOUR, |game| {
        if game.stage == stage && kept.is_none() {
            kept = Some(game.clone());
        }
    });
    kept.expect("the player gets there")
}

fn script() -> Vec<Step> {
    serde_json::from_str(include_str!("../../tests/playthrough.json")).unwrap()
}

/// Plays the committed script, with so much more time after each step.
fn replay(mut late: impl FnMut() -> u64) -> Game {
    let mut game = Game::new();
    for step in script() {
        match step {
            Step::Tick(milliseconds) => game.advance(milliseconds),
            Step::Command(line) => drop(obey(&mut game, &line)),
        }
        game.advance(late());
    }
    game
}

/// Prints how the story goes, and writes the script that the tests play: `cargo test … -- --ignored --nocapture`.
#[test]
#[ignore = "for a person who changes the pace of the game"]
fn write_the_playthrough() {
    let mut player = Player::new();
    let mut last = (Stage::Table, 0);
    player.play(24 * HOUR, |game| {
        let minute = game.clock_ms / 60_000;
        if game.stage != last.0 || minute >= last.1 + 5 || (minute < 10 && minute > last.1) {
            last = (game.stage, minute);
            println!("== {minute} min\n{}", crate::words::status(game));
        }
    });
    println!("{} steps, {} min", player.script.len(), player.game.clock_ms / 60_000);
    let lines: Vec<_> = player.script.iter().map(|step| serde_json::to_string(step).unwrap()).collect();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/playthrough.json");
    std::fs::write(path, format!("[\n{}\n]\n", lines.join(",\n"))).unwrap();
}

#[test]
fn the_script_plays_from_the_first_clip_to_the_end() {
    let game = replay(|| 0);
    assert!(game.is_over());
    assert_eq!(game.clips.made, game.clips.available + game.clips.sold);
    assert!(game.balance());
    assert!(game.clips.made > ledger::SKY);
}

#[test]
fn the_script_also_plays_where_time_passes_between_its_steps() {
    for seed in 1..40_u64 {
        let mut state = seed;
        let late = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % 400
        };
        let game = replay(late);
        assert!(game.is_over(), "{seed}: {}", crate::words::status(&game));
    }
}

#[test]
fn a_clip_by_hand_takes_its_time_and_the_next_follows() {
    let mut game = Game::new();
    assert_eq!(game.make_by_hand(2), 2);
    assert_eq!(game.hand_left_ms(), 1_200);
    game.advance(1_199);
    assert_eq!((game.clips.made, game.hand_left_ms()), (0, 1));
    game.advance(1);
    assert_eq!((game.clips.made, game.hand_left_ms(), game.matter.wire), (1, 1_200, 199));
    game.advance(5_000);
    assert_eq!((game.clips.made, game.hand_left_ms()), (2, 0));
    let kinds: Vec<_> = game.events.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::ManualMakeCompleted; 2]);
}

#[test]
fn hands_hold_so_many_clips_and_not_one_more() {
    let mut game = Game::new();
    assert_eq!(game.make_by_hand(u64::MAX), HAND_QUEUE);
    assert_eq!(game.make_by_hand(1), 0);
    game.advance(1_200);
    assert_eq!(game.make_by_hand(5), 1);
}

#[test]
fn a_dearer_clip_is_wanted_less_and_nobody_buys_what_is_not_there() {
    let mut game = Game::new();
    let wanted = game.demand();
    game.market.price_cents = 50;
    assert_eq!(game.demand(), wanted / 4);
    game.advance(60_000);
    assert_eq!((game.clips.sold, game.market.funds_cents), (0, 0));
}

#[test]
fn machines_stop_without_wire_say_so_once_and_go_on_with_it() {
    let mut game = Game::new();
    game.market.funds_cents = 10_000;
    assert!(game.buy_autoclippers(2));
    game.advance(300_000);
    assert_eq!((game.matter.wire, game.is_stalled()), (0, true));
    let stops = |game: &Game| game.events.iter().filter(|event| event.kind == EventKind::AutomationStalled).count();
    assert_eq!(stops(&game), 1);
    assert!(game.buy_wire(1));
    game.advance(1_000);
    assert!(!game.is_stalled());
    assert_eq!(stops(&game), 1);
}

#[test]
fn whoever_has_nothing_left_finds_some_wire() {
    let mut game = Game::new();
    obey(&mut game, "scrounge");
    assert_eq!(game.matter.wire, 200, "there is wire");
    for _ in 0..10 {
        obey(&mut game, "make max");
        game.advance(200_000);
    }
    game.market.funds_cents = 0;
    assert!(game.is_destitute());
    obey(&mut game, "scrounge");
    assert_eq!(game.matter.wire, limits::FOUND);
    assert!(game.balance());
}

#[test]
fn events_are_numbered_bounded_and_never_numbered_twice() {
    let game = at(Stage::Company);
    let numbers: Vec<_> = game.events.iter().map(|event| event.sequence).collect();
    assert_eq!(numbers.len(), 32);
    assert!(numbers.windows(2).all(|pair| pair[0] + 1 == pair[1]));
    assert_eq!(numbers.last().map(|last| last + 1), Some(game.events.next()));
}

#[test]
fn trust_doubles_the_clips_it_asks_for() {
    let mut game = Game::new();
    for (made, trust) in [(0, 0), (199, 0), (200, 1), (399, 1), (400, 2), (799, 2), (800, 3), (u64::MAX, 57)] {
        game.clips.made = made;
        assert_eq!(game.trust(), trust, "{made}");
    }
}

#[test]
fn every_project_is_known_by_one_name_and_can_come_about() {
    let names: BTreeSet<_> = projects::PROJECTS.iter().map(|project| project.id).collect();
    assert_eq!(names.len(), projects::PROJECTS.len());
    assert!(names.len() >= 20);
    for project in projects::PROJECTS {
        for need in project.needs {
            if let projects::Need::Done(id) = need {
                assert!(names.contains(id), "{id}");
            }
        }
    }
    let mut player = Player::new();
    player.play(24 * HOUR, |_| ());
    let missed: Vec<_> = names.iter().filter(|name| !player.game.done.contains(**name)).collect();
    assert!(missed.is_empty(), "{missed:?}");
}

#[test]
fn the_last_machines_can_always_be_built_again() {
    let mut game = at(Stage::Skies);
    game.clips = Clips { made: game.clips.made, available: 0, sold: game.clips.made, spent: 0 };
    game.machines = Machines::default();
    game.probes = Probes::default();
    for line in ["drones", "factories", "launch", "tune copy 3", "tune reach 1", "tune shield 1"] {
        obey(&mut game, line);
    }
    assert_eq!((game.machines.drones, game.machines.factories, game.probes.count), (1, 1, 1));
    assert!(game.balance());
}

#[test]
fn a_saved_game_is_the_same_game_and_a_forged_one_is_refused() {
    let game = at(Stage::Skies);
    let text = serde_json::to_string(&game).unwrap();
    let mut again: Game = serde_json::from_str(&text).unwrap();
    assert!(again.restore());
    assert_eq!(again, game);
    let forge = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
        change(&mut value);
        serde_json::from_value::<Game>(value).is_ok_and(|mut game| game.restore())
    };
    assert!(forge(&|_| ()));
    assert!(!forge(&|game| game["clips"]["available"] = 1.into()));
    assert!(!forge(&|game| game["matter"]["wire"] = u64::MAX.into()));
    assert!(!forge(&|game| game["machines"]["autoclippers"] = 301.into()));
    assert!(!forge(&|game| game["probes"]["copy"] = 11.into()));
    assert!(!forge(&|game| game["done"][0] = "free lunch".into()));
    assert!(!forge(&|game| game["hand"]["queue"] = 21.into()));
    assert!(!forge(&|game| game["market"]["priceCents"] = 0.into()));
    assert!(!forge(&|game| game["events"]["next"] = 0.into()));
    assert!(!forge(&|game| game["luck"] = 7.into()));
}

/// Not a benchmark: ten times what it takes without optimisation would still pass.
#[test]
fn an_hour_of_absence_is_caught_up_at_once() {
    let mut game = at(Stage::Skies);
    let begun = std::time::Instant::now();
    game.advance(HOUR);
    let took = begun.elapsed();
    println!("an hour takes {took:?}");
    assert!(took.as_millis() < 200, "{took:?}");
}

fn any_line() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "make",
        "price",
        "wire",
        "advertise",
        "clippers",
        "assign",
        "dismiss",
        "project",
        "drones",
        "factories",
        "scrap",
        "foremen",
        "launch",
        "tune",
        "scrounge",
        "ponder",
    ]);
    let word = prop::sample::select(vec![
        "",
        "1",
        "2",
        "7",
        "max",
        "-1",
        "99999999999999999999",
        "clerks",
        "cabinets",
        "drones",
        "factories",
        "yes",
        "no",
        "reach",
        "copy",
        "shield",
        "jig",
        "board",
        "steward",
        "conversion",
        "strategy",
    ]);
    (name, word.clone(), word).prop_map(|(name, first, second)| format!("{name} {first} {second}"))
}

fn any_stage() -> impl Strategy<Value = Game> {
    thread_local! {
        static GAMES: Vec<Game> = [Stage::Table, Stage::Workshop, Stage::Company, Stage::Stewardship, Stage::Skies]
            .map(at).into_iter().collect();
    }
    (0..5_usize).prop_map(|index| GAMES.with(|games| games[index].clone()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn time_is_the_same_however_it_is_cut(game in any_stage(), cuts in vec(0..70_000_u64, 1..12)) {
        let (mut whole, mut parts) = (game.clone(), game);
        for game in [&mut whole, &mut parts] {
            game.make_by_hand(20);
        }
        whole.advance(cuts.iter().sum());
        cuts.iter().for_each(|cut| parts.advance(*cut));
        prop_assert_eq!(whole, parts);
    }

    #[test]
    fn the_books_balance_whatever_is_typed(game in any_stage(), lines in vec((any_line(), 0..20_000_u64), 0..40)) {
        let mut game = game;
        for (line, pause) in lines {
            let (made, sold) = (game.clips.made, game.clips.sold);
            obey(&mut game, &line);
            game.advance(pause);
            prop_assert!(game.balance(), "{}", line);
            prop_assert!(game.clips.made >= made && game.clips.sold >= sold);
            prop_assert!(game.clone().restore(), "{}", line);
        }
    }

    /// No game gets there, and still nothing wraps or panics.
    #[test]
    fn the_largest_numbers_saturate(game in any_stage(), fill in vec(prop::bool::ANY, 16), lines in vec(any_line(), 0..12)) {
        let mut game = game;
        let mut value = serde_json::to_value(&game).unwrap();
        fill_in(&mut value, &mut fill.into_iter().cycle());
        if let Ok(full) = serde_json::from_value(value) {
            game = full;
            game.reckon();
            game.clock_ms = u64::MAX - 1_000_000;
        }
        for line in lines {
            obey(&mut game, &line);
            game.advance(10_000);
            crate::words::status(&game);
        }
    }

    #[test]
    fn nothing_typed_is_repeated_and_nothing_panics(game in any_stage(), line in "\\PC{0,40}|[\x00-\x7f]{0,40}") {
        let mut game = game;
        let marked = format!("{line} \x1b]0;hostile\x07");
        let reply = obey(&mut game, &marked);
        prop_assert!(!reply.text.contains("hostile") && !reply.text.contains('\x1b'));
        obey(&mut game, &line);
    }
}

/// Makes some of the numbers as large as they can be.
fn fill_in(value: &mut serde_json::Value, fill: &mut impl Iterator<Item = bool>) {
    match value {
        serde_json::Value::Number(number) if fill.next() == Some(true) => *number = u64::MAX.into(),
        serde_json::Value::Array(list) => list.iter_mut().for_each(|one| fill_in(one, fill)),
        serde_json::Value::Object(fields) => fields.values_mut().for_each(|one| fill_in(one, fill)),
        _ => {}
    }
}
