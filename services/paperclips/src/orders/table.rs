//! The rows.

use std::ops::RangeInclusive;

use capos_service::commands::{Arguments, Choice, Outcome, Parameter};

use super::Order;
use crate::game::{Aim, Desk, Focus, Game, Kind, Progress, Stage, limits};
use crate::words::{self, counted, machines, money, number};

const NONE: fn(&Game) -> Vec<Parameter> = |_| Vec::new();
const ALWAYS: fn(&Game) -> Option<String> = |_| None;
const PLAYING: fn(&Game) -> bool = |game| !game.is_over();
const TRADING: fn(&Game) -> bool = |game| game.stage.trades();
const TRUSTED: fn(&Game) -> bool = |game| !game.is_over() && game.trust() > 0;
const BUILDING: fn(&Game) -> bool = |game| !game.is_over() && game.stage >= Stage::Stewardship;
const FLYING: fn(&Game) -> bool = |game| game.stage == Stage::Skies;

pub(super) const ORDERS: &[Order] = &[
    Order {
        name: "make",
        label: "Make clips",
        summary: "Bend clips by hand, one after the other.",
        group: "hands",
        shown: PLAYING,
        takes: |game| vec![count(game.hand_room()).optional()],
        refusal: |game| (game.hand_room() == 0).then(|| no_room_in_hand(game)),
        act: |game, given| {
            let made = game.make_by_hand(amount(given));
            Outcome::done(format!("{} in hand.", counted(made, "clip", "clips")))
        },
    },
    Order {
        name: "scrounge",
        label: "Look through the drawers",
        summary: "Find some wire where there is none, and nothing to buy it with.",
        group: "hands",
        shown: TRADING,
        takes: NONE,
        refusal: |game| (!game.is_destitute()).then(|| "You are not as poor as that.".to_owned()),
        act: |game, _| {
            game.scrounge();
            Outcome::done(format!("{} of wire, behind the string and the candles.", limits::FOUND))
        },
    },
    Order {
        name: "price",
        label: "Set the price",
        summary: "What a clip costs, in cents. Demand falls with the square of it.",
        group: "trade",
        shown: TRADING,
        takes: |_| vec![Parameter::integer("cents", "Cents", range(*limits::PRICES.start(), *limits::PRICES.end()))],
        refusal: ALWAYS,
        act: |game, given| {
            game.market.price_cents = natural(given, "cents");
            Outcome::done(format!(
                "A clip costs {}. Demand: {}%.",
                money(game.market.price_cents),
                number(game.demand())
            ))
        },
    },
    Order {
        name: "wire",
        label: "Buy wire",
        summary: "Buy bundles of wire. Its price moves; buying much makes it dearer.",
        group: "trade",
        shown: TRADING,
        takes: |game| vec![count(bundles_affordable(game)).optional()],
        refusal: |game| short_of(game, game.bundle_cents(), "A bundle"),
        act: |game, given| {
            let bought = game.buy_wire(amount(given));
            told(bought, || format!("Delivered: {} of wire in the shed.", number(game.matter.wire)))
        },
    },
    Order {
        name: "advertise",
        label: "Advertise",
        summary: "Take marketing one step further: half as many buyers again.",
        group: "trade",
        shown: TRADING,
        takes: NONE,
        refusal: |game| {
            let most = game.market.marketing >= limits::MARKETING_MOST;
            let known = || "Everybody has heard of you.".to_owned();
            most.then(known).or_else(|| short_of(game, game.market.marketing_cents(), "The next step"))
        },
        act: |game, _| {
            let bought = game.advertise();
            told(bought, || format!("Marketing {}. Demand: {}%.", game.market.marketing, number(game.demand())))
        },
    },
    Order {
        name: "clippers",
        label: "Buy autoclippers",
        summary: "Buy machines that make clips. Each costs a tenth more than the one before.",
        group: "machines",
        shown: |game| game.stage.trades() && game.shows_autoclippers(),
        takes: |game| vec![count(game.autoclippers_affordable()).optional()],
        refusal: |game| {
            let full = game.machines.autoclippers >= limits::AUTOCLIPPERS_MOST;
            let no_room = || "There is no room for more of them.".to_owned();
            full.then(no_room).or_else(|| short_of(game, game.autoclippers_cents(1), "An autoclipper"))
        },
        act: |game, given| {
            let bought = game.buy_autoclippers(amount(given));
            told(bought, || counted(game.machines.autoclippers, "autoclipper", "autoclippers") + " at work.")
        },
    },
    Order {
        name: "assign",
        label: "Spend trust",
        summary: "Turn trust into clerks, who think, or into cabinets, which hold what they think.",
        group: "thinking",
        shown: TRUSTED,
        takes: |game| vec![desk(), count(game.trust_free()).optional()],
        refusal: |game| {
            (game.trust_free() == 0).then(|| "All trust is spent; it grows with the clips made.".to_owned())
        },
        act: |game, given| {
            game.assign(the_desk(given), amount(given));
            Outcome::done(desks(game))
        },
    },
    Order {
        name: "dismiss",
        label: "Take trust back",
        summary: "Free the trust in clerks or cabinets. What no cabinet holds any more is forgotten.",
        group: "thinking",
        shown: TRUSTED,
        takes: |game| vec![desk(), count(game.mind.clerks.max(game.mind.cabinets)).optional()],
        refusal: |game| {
            (game.mind.clerks.max(game.mind.cabinets) == 0).then(|| "There is nobody to send away.".to_owned())
        },
        act: |game, given| {
            let from = the_desk(given);
            let there = game.mind.at(from) > 0;
            game.dismiss(from, amount(given));
            told(there, || desks(game))
        },
    },
    Order {
        name: "ponder",
        label: "Direct idle thoughts",
        summary: "What clerks think about while the cabinets are full.",
        group: "thinking",
        shown: |game| !game.is_over() && game.gains.strategy,
        takes: |_| vec![Parameter::choice("subject", "Subject", ["design", "strategy", "both"])],
        refusal: ALWAYS,
        act: |game, given| {
            game.mind.focus = match given.text("subject") {
                Some("design") => Focus::Design,
                Some("strategy") => Focus::Strategy,
                _ => Focus::Both,
            };
            Outcome::done("The clerks nod.")
        },
    },
    Order {
        name: "project",
        label: "Carry out a project",
        summary: "Carry out a project that is ready.",
        group: "thinking",
        shown: PLAYING,
        takes: |game| {
            let ready = game.projects().filter(|(_, progress)| *progress == Progress::Ready);
            vec![Parameter::choice("id", "Project", ready.map(|(project, _)| Choice::new(project.id, project.label)))]
        },
        refusal: |game| {
            let ready = game.projects().any(|(_, progress)| progress == Progress::Ready);
            (!ready).then(|| "No project is ready.".to_owned())
        },
        act: |game, given| match game.carry_out(given.text("id").unwrap_or_default()) {
            Some(project) if game.is_over() => {
                Outcome::done(format!("{}\n{}", project.label, Stage::Silence.opening()))
            }
            Some(project) => Outcome::done(format!("{}. {}", project.label, project.description)),
            None => Outcome::refused("That project is not ready."),
        },
    },
    Order {
        name: "drones",
        label: "Build drones",
        summary: "Build drones out of clips: they draw wire from the matter within reach.",
        group: "machines",
        shown: BUILDING,
        takes: |game| vec![count(game.machines_affordable(Kind::Drone)).optional()],
        refusal: |game| unaffordable(game, Kind::Drone, "A drone"),
        act: |game, given| build(game, Kind::Drone, given),
    },
    Order {
        name: "factories",
        label: "Build factories",
        summary: "Build factories out of clips: they make wire into clips.",
        group: "machines",
        shown: BUILDING,
        takes: |game| vec![count(game.machines_affordable(Kind::Factory)).optional()],
        refusal: |game| unaffordable(game, Kind::Factory, "A factory"),
        act: |game, given| build(game, Kind::Factory, given),
    },
    Order {
        name: "scrap",
        label: "Take machines apart",
        summary: "Take drones or factories apart: their clips come back.",
        group: "machines",
        shown: BUILDING,
        takes: |game| {
            let most = game.machines.drones.max(game.machines.factories);
            vec![Parameter::choice("kind", "Kind", ["drones", "factories"]), count(most).optional()]
        },
        refusal: |game| {
            (game.machines.drones.max(game.machines.factories) == 0)
                .then(|| "There is nothing to take apart.".to_owned())
        },
        act: |game, given| {
            let kind = if given.text("kind") == Some("drones") { Kind::Drone } else { Kind::Factory };
            let there = game.machines.count(kind) > 0;
            game.scrap(kind, amount(given));
            told(there, || format!("{} left.", machines(kind, game.machines.count(kind))))
        },
    },
    Order {
        name: "foremen",
        label: "Direct the foremen",
        summary: "Whether the foremen build from half of the stock whatever there is too little of.",
        group: "machines",
        shown: |game| !game.is_over() && game.gains.foremen,
        takes: |_| vec![Parameter::boolean("at_work", "At work")],
        refusal: ALWAYS,
        act: |game, given| {
            game.machines.foremen = given.boolean("at_work").unwrap_or_default();
            Outcome::done(if game.machines.foremen { "They begin at once." } else { "They put down their tools." })
        },
    },
    Order {
        name: "launch",
        label: "Launch probes",
        summary: "Build probes out of clips and send them out.",
        group: "sky",
        shown: FLYING,
        takes: |game| vec![count(game.probes_affordable()).optional()],
        refusal: |game| {
            let clips = number(limits::PROBE_CLIPS);
            (game.probes_affordable() == 0).then(|| format!("A probe takes {clips} clips."))
        },
        act: |game, given| {
            let launched = game.launch(amount(given));
            told(launched, || format!("{} under way.", counted(game.probes.count, "probe", "probes")))
        },
    },
    Order {
        name: "tune",
        label: "Tune the probes",
        summary: "What probes are built for: reach brings matter, copy makes more probes, shield loses fewer.",
        group: "sky",
        shown: FLYING,
        takes: |game| {
            let most = [Aim::Reach, Aim::Copy, Aim::Shield].map(|aim| game.points_possible(aim)).into_iter().max();
            vec![
                Parameter::choice("aim", "Aim", ["reach", "copy", "shield"]),
                Parameter::integer("points", "Points", range(0, most.unwrap_or(0))),
            ]
        },
        refusal: ALWAYS,
        act: |game, given| {
            let aim = match given.text("aim") {
                Some("reach") => Aim::Reach,
                Some("copy") => Aim::Copy,
                _ => Aim::Shield,
            };
            let tuned = game.tune(aim, natural(given, "points"));
            let free = counted(game.points_free(), "point", "points");
            if tuned { Outcome::done(format!("{free} free.")) } else { Outcome::refused(format!("Only {free} free.")) }
        },
    },
    Order {
        name: "status",
        label: "Look around",
        summary: "Tell where things stand.",
        group: "looking",
        shown: |_| true,
        takes: NONE,
        refusal: ALWAYS,
        act: |game, _| Outcome::done(words::status(game)),
    },
    Order {
        name: "projects",
        label: "List the projects",
        summary: "Tell which projects there are, and what they cost.",
        group: "looking",
        shown: |_| true,
        takes: NONE,
        refusal: ALWAYS,
        act: |game, _| Outcome::done(words::projects(game)),
    },
    Order {
        name: "again",
        label: "Begin again",
        summary: "Clear the table and begin anew, with nothing.",
        group: "looking",
        shown: Game::is_over,
        takes: NONE,
        refusal: ALWAYS,
        act: |game, _| {
            *game = Game::new();
            Outcome::done(format!("{}. {}", game.stage.label(), game.stage.opening()))
        },
    },
];

fn range(least: u64, most: u64) -> RangeInclusive<i64> {
    i64::try_from(least).unwrap_or(i64::MAX)..=i64::try_from(most).unwrap_or(i64::MAX)
}

/// How many: from one to what is possible now. Where that is none, the command is refused, and any number describes it.
fn count(most: u64) -> Parameter {
    Parameter::integer("count", "How many", range(1, most.max(1))).summary("One, unless said otherwise.")
}

fn natural(given: &Arguments, name: &str) -> u64 {
    given.integer(name).and_then(|number| u64::try_from(number).ok()).unwrap_or(1)
}

fn amount(given: &Arguments) -> u64 {
    natural(given, "count")
}

fn desk() -> Parameter {
    Parameter::choice("desk", "Desk", ["clerks", "cabinets"])
}

fn the_desk(given: &Arguments) -> Desk {
    if given.text("desk") == Some("clerks") { Desk::Clerks } else { Desk::Cabinets }
}

fn desks(game: &Game) -> String {
    let mind = &game.mind;
    let (clerks, free) = (counted(mind.clerks, "clerk", "clerks"), counted(game.trust_free(), "trust", "trust"));
    format!("{clerks}, {}; {free} free.", counted(mind.cabinets, "cabinet", "cabinets"))
}

fn bundles_affordable(game: &Game) -> u64 {
    (game.market.funds_cents / game.bundle_cents()).min(limits::BUNDLES_MOST)
}

fn no_room_in_hand(game: &Game) -> String {
    if game.matter.wire == 0 { "There is no wire.".to_owned() } else { "Your hands are full.".to_owned() }
}

fn short_of(game: &Game, cents: u64, what: &str) -> Option<String> {
    (game.market.funds_cents < cents).then(|| format!("{what} costs {}.", money(cents)))
}

fn unaffordable(game: &Game, kind: Kind, what: &str) -> Option<String> {
    let clips = number(game.machine_clips(kind));
    (game.machines_affordable(kind) == 0).then(|| format!("{what} takes {clips} clips."))
}

fn build(game: &mut Game, kind: Kind, given: &Arguments) -> Outcome {
    let built = game.build(kind, amount(given));
    told(built, || format!("{} at work.", machines(kind, game.machines.count(kind))))
}

fn told(done: bool, text: impl FnOnce() -> String) -> Outcome {
    if done { Outcome::done(text()) } else { Outcome::refused("There is not enough for that.") }
}
