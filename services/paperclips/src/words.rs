//! A game in words.

use crate::game::{Aim, EventKind, Game, Kind, Progress, Project};

/// A number as people write it: digits in threes, and a word where there are too many of them.
pub(crate) fn number(value: u64) -> String {
    const LARGE: [(u64, &str); 4] = [
        (1_000_000_000_000_000_000, "quintillion"),
        (1_000_000_000_000_000, "quadrillion"),
        (1_000_000_000_000, "trillion"),
        (1_000_000_000, "billion"),
    ];
    match LARGE.iter().find(|(unit, _)| value >= *unit) {
        Some((unit, word)) => format!("{}.{:03} {word}", value / unit, value % unit / (unit / 1_000)),
        None => in_threes(value),
    }
}

fn in_threes(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Money.
pub(crate) fn money(cents: u64) -> String {
    format!("${}.{:02}", in_threes(cents / 100), cents % 100)
}

/// `1 clip`, `2 clips`.
pub(crate) fn counted(count: u64, one: &str, more: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { more })
}

/// What a project costs.
pub(crate) fn cost(project: &Project) -> String {
    let cost = &project.cost;
    let mut parts = Vec::new();
    let mut add = |amount: u64, text: String| {
        if amount > 0 {
            parts.push(text);
        }
    };
    add(cost.funds_cents, money(cost.funds_cents));
    add(cost.operations, format!("{} operations", number(cost.operations)));
    add(cost.design, format!("{} design", number(cost.design)));
    add(cost.strategy, format!("{} strategy", number(cost.strategy)));
    add(cost.trust, format!("{} trust earned", number(cost.trust)));
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}

/// The projects in sight that are not done, each in two lines, and how many are.
pub(crate) fn projects(game: &Game) -> String {
    let mut lines = Vec::new();
    let mut done = 0_u64;
    for (project, progress) in game.projects() {
        let mark = match progress {
            Progress::Done => {
                done += 1;
                continue;
            }
            Progress::Ready => "ready",
            Progress::NeedsResources => "not yet",
        };
        lines.push(format!("{} ({mark}): {}, for {}", project.id, project.label, cost(project)));
        lines.push(format!("    {}", project.description));
    }
    lines.push(format!("{} done.", counted(done, "project", "projects")));
    lines.join("\n")
}

/// Where things stand, in a few lines.
pub(crate) fn status(game: &Game) -> String {
    let mut lines = vec![game.stage.label().to_owned(), clips(game)];
    if game.stage.trades() {
        lines.push(trade(game));
        lines.push(wire_market(game));
    }
    if game.trust() > 0 {
        lines.push(mind(game));
    }
    if !game.stage.trades() && !game.is_over() {
        lines.push(industry(game));
    }
    if game.shows_probes() {
        lines.push(probes(game));
    }
    if game.is_stalled() && !game.is_over() {
        lines.push("The machines stand still: there is no wire.".to_owned());
    }
    lines.join("\n")
}

fn clips(game: &Game) -> String {
    let (made, stock) = (counted(game.clips.made, "clip", "clips"), number(game.clips.available));
    let hand = match game.hand_left_ms() {
        0 => String::new(),
        left => format!(" The next by hand in {}.{} s.", left / 1_000, left % 1_000 / 100),
    };
    format!("{made} made, {stock} in stock, {} wire.{hand}", number(game.matter.wire))
}

fn trade(game: &Game) -> String {
    let market = &game.market;
    format!(
        "{} in the till. A clip costs {}; demand is {}%. {} sold. Marketing {}.",
        money(market.funds_cents),
        money(market.price_cents),
        number(game.demand()),
        number(game.clips.sold),
        market.marketing,
    )
}

fn wire_market(game: &Game) -> String {
    let bundle = number(game.gains.bundle);
    let wire = format!("A bundle of {bundle} wire costs {}.", money(game.bundle_cents()));
    match game.machines.autoclippers {
        0 => wire,
        count => format!("{wire} {} at work.", counted(count, "autoclipper", "autoclippers")),
    }
}

fn mind(game: &Game) -> String {
    let mind = &game.mind;
    let mut line = format!(
        "Trust {} ({} free): {}, {}. Operations {} of {}.",
        game.trust(),
        game.trust_free(),
        counted(mind.clerks, "clerk", "clerks"),
        counted(mind.cabinets, "cabinet", "cabinets"),
        number(mind.operations()),
        number(mind.capacity()),
    );
    if game.gains.design {
        line += &format!(" Design {}.", number(mind.design));
    }
    if game.gains.strategy {
        line += &format!(" Strategy {}.", number(mind.strategy));
    }
    line
}

fn industry(game: &Game) -> String {
    let machines = &game.machines;
    format!(
        "{}, {}{}. Matter within reach {}, beyond {}.",
        counted(machines.drones, "drone", "drones"),
        counted(machines.factories, "factory", "factories"),
        if machines.foremen { ", foremen at work" } else { "" },
        number(game.matter.local),
        number(game.matter.cosmic),
    )
}

fn probes(game: &Game) -> String {
    let points = |aim| game.probes.points(aim);
    format!(
        "{}: reach {}, copy {}, shield {}; {} free.",
        counted(game.probes.count, "probe", "probes"),
        points(Aim::Reach),
        points(Aim::Copy),
        points(Aim::Shield),
        counted(game.points_free(), "point", "points"),
    )
}

/// What happened since an event of that number, for those who were away.
pub(crate) fn since(game: &Game, sequence: u64) -> String {
    let worth = |kind: EventKind| kind != EventKind::ManualMakeCompleted;
    let new = game.events.iter().filter(|event| event.sequence >= sequence && worth(event.kind));
    new.map(|event| format!("{}: {}\n", event.label, event.detail)).collect()
}

/// A span of time, in the two largest units of it.
pub(crate) fn span(milliseconds: u64) -> String {
    let minutes = milliseconds / 60_000;
    match (minutes / 60, minutes % 60) {
        (0, minutes) => counted(minutes, "minute", "minutes"),
        (hours, 0) => counted(hours, "hour", "hours"),
        (hours, minutes) => {
            format!("{} and {}", counted(hours, "hour", "hours"), counted(minutes, "minute", "minutes"))
        }
    }
}

/// What one machine is called.
pub(crate) fn machines(kind: Kind, count: u64) -> String {
    match kind {
        Kind::Drone => counted(count, "drone", "drones"),
        Kind::Factory => counted(count, "factory", "factories"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        let cases = [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567"), (999_999_999, "999,999,999")];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
        assert_eq!(number(1_000_000_000), "1.000 billion");
        assert_eq!(number(1_234_567_890_123), "1.234 trillion");
        assert_eq!(number(u64::MAX), "18.446 quintillion");
        assert_eq!((money(5), money(123_456_789)), ("$0.05".to_owned(), "$1,234,567.89".to_owned()));
    }

    #[test]
    fn every_stage_of_the_story_has_words() {
        let mut game = Game::new();
        game.advance(60_000);
        assert!(
            status(&game).starts_with("The kitchen table\n0 clips made, 0 in stock, 200 wire.\n$0.00 in the till.")
        );
    }
}
