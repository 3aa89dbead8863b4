//! What holds whatever players do.

use std::collections::BTreeSet;

use capos_adventure::player::PlayerId;
use capos_adventure::token::Token;
use proptest::prelude::*;

use crate::support::Yard;

const ROOMS: [&str; 6] = ["causeway-gate", "market-square", "smithy", "writ-hall", "inn-cellar", "drovers-hut"];

/// Words that mean something somewhere.
const WORDS: [&str; 20] = [
    "bread",
    "salve",
    "bearers-knife",
    "iron-mace",
    "mint-drop",
    "peat-brick",
    "drowned-penny",
    "wooden-duck",
    "ada",
    "bob",
    "peddler",
    "smith",
    "warden",
    "hermit",
    "cellar-rat",
    "hide",
    "north",
    "self",
    "lamps",
    "fight",
];

const COMMANDS: [(&str, usize); 30] = [
    ("go", 1),
    ("take", 1),
    ("drop", 1),
    ("use", 1),
    ("attack", 2),
    ("give", 2),
    ("sell", 2),
    ("buy", 2),
    ("trade", 2),
    ("repair", 2),
    ("transfer", 2),
    ("take", 1),
    ("drop", 1),
    ("transfer", 2),
    ("sell", 2),
    ("buy", 2),
    ("retreat", 0),
    ("guard", 1),
    ("partyCreate", 1),
    ("partyInvite", 1),
    ("partyAccept", 1),
    ("partyLeave", 0),
    ("assist", 2),
    ("ask", 2),
    ("order", 2),
    ("leave", 0),
    ("resume", 0),
    ("skill", 2),
    ("inspect", 1),
    ("status", 0),
];

fn command() -> impl Strategy<Value = (usize, Option<&'static str>, String)> {
    let word = proptest::sample::select(&WORDS[..]);
    let words = proptest::collection::vec(word, 2);
    let moves = proptest::option::weighted(0.2, proptest::sample::select(&ROOMS[..]));
    (0..2usize, moves, proptest::sample::select(&COMMANDS[..]), words).prop_map(|(who, moves, (name, takes), words)| {
        let line = [&[name], &words[..takes]].concat().join(" ");
        (who, moves, line)
    })
}

/// The serials of every thing, wherever it is.
fn serials(yard: &Yard) -> Vec<u64> {
    let state = &yard.game.state;
    let carried = state.players.values().flat_map(|player| &player.things);
    carried.chain(state.common.floors.values().flatten()).map(|thing| thing.serial).collect()
}

fn check(yard: &Yard, players: &[PlayerId; 2]) -> Result<(), TestCaseError> {
    let serials = serials(yard);
    let distinct: BTreeSet<_> = serials.iter().collect();
    prop_assert_eq!(distinct.len(), serials.len(), "no thing is in two places");
    prop_assert!(serials.iter().all(|serial| *serial < yard.game.state.common.next_serial));
    for id in players {
        let player = yard.of(id);
        prop_assert!(player.purse.spent <= player.purse.earned, "nobody owes");
        prop_assert!(player.health() > 0, "whoever is beaten wakes up");
        prop_assert!(player.load(&yard.game.world) <= 20);
        prop_assert!(yard.game.world.rooms.contains_key(&player.room));
        let view = yard.view(id);
        let names = view.items.iter().chain(&view.actors).chain(&view.mobs).chain(&view.writs);
        for name in names.chain(&yard.game.inventory(id)) {
            prop_assert!(Token::parse(name.as_str()).is_ok());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn things_and_coins_are_where_they_are_and_nowhere_else(acts in proptest::collection::vec(command(), 1..120)) {
        let mut yard = Yard::new();
        let players = [yard.player("Ada"), yard.player("Bob")];
        for (who, moves, line) in acts {
            if let Some(room) = moves {
                yard.place(&players[who], room);
            }
            yard.act(&players[who], &line);
            check(&yard, &players)?;
        }
    }

    #[test]
    fn the_same_acts_come_to_the_same_end(acts in proptest::collection::vec(command(), 1..60)) {
        let play = || {
            let mut yard = Yard::new();
            let players = [yard.player("Ada"), yard.player("Bob")];
            let told: Vec<_> = acts.iter().map(|(who, _, line)| yard.act(&players[*who], line)).collect();
            (told, yard.of(&players[0]).clone(), yard.of(&players[1]).clone())
        };
        prop_assert_eq!(play(), play());
    }

    #[test]
    fn nothing_is_worth_more_sold_than_bought_or_mended(worn in 0u32..70, cheaper in any::<bool>()) {
        let mut yard = Yard::new();
        let ada = yard.player("Ada");
        let sold: Vec<_> = yard.game.world.actors.values().filter_map(|actor| {
            actor.trade.as_ref().map(|trade| (actor.id.clone(), actor.room.clone(), trade.sells.clone()))
        }).collect();
        for (trader, room, kinds) in sold {
            for kind in kinds {
                yard.of_mut(&ada).purse.earn(1_000);
                yard.place(&ada, room.as_str());
                if cheaper {
                    yard.of_mut(&ada).discount = Some((trader.clone(), 99));
                }
                let before = yard.of(&ada).purse.coins();
                yard.done(&ada, &format!("buy {kind} {trader}"));
                for thing in &mut yard.of_mut(&ada).things {
                    thing.worn = if thing.kind == kind { worn } else { 0 };
                }
                yard.place(&ada, "smithy");
                yard.act(&ada, &format!("repair {kind} smith"));
                yard.act(&ada, &format!("sell {kind} smith"));
                prop_assert!(yard.of(&ada).purse.coins() <= before, "{kind}");
            }
        }
    }
}
