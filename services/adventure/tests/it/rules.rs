//! The rules, each by what it allows and what it forbids.

use capos_adventure::Limits;

use crate::support::{Yard, token};

#[test]
fn what_lies_in_a_room_is_there_for_each_player_and_once() {
    let mut yard = Yard::new();
    let (ada, bob) = (yard.player("Ada"), yard.player("Bob"));
    for id in [&ada, &bob] {
        yard.place(id, "writ-hall");
        yard.done(id, "take mint-drop");
        yard.refused(id, "take mint-drop");
    }
}

#[test]
fn what_is_put_down_is_one_thing_for_whoever_comes_first() {
    let mut yard = Yard::new();
    let (ada, bob) = (yard.player("Ada"), yard.player("Bob"));
    let serial = yard.of(&ada).thing(&token("bearers-knife")).unwrap().serial;
    yard.done(&ada, "drop bearers-knife");
    yard.done(&bob, "take bearers-knife");
    yard.refused(&ada, "take bearers-knife");
    assert!(yard.of(&bob).things.iter().any(|thing| thing.serial == serial));
}

#[test]
fn what_belongs_to_the_story_cannot_be_lost() {
    let mut yard = Yard::new();
    let (ada, bob) = (yard.player("Ada"), yard.player("Bob"));
    yard.equip(&ada, "true-watch");
    yard.place(&ada, "market-square");
    yard.place(&bob, "market-square");
    for line in ["drop true-watch", "transfer true-watch bob", "sell true-watch peddler", "trade true-watch peddler"] {
        assert!(yard.refused(&ada, line).contains("keep"), "{line}");
    }
}

#[test]
fn a_pack_holds_its_limit_and_not_one_more() {
    let mut yard = Yard::within(Limits { carried: 4, ..Limits::default() });
    let (ada, bob) = (yard.player("Ada"), yard.player("Bob"));
    yard.equip(&bob, "salve");
    yard.done(&bob, "transfer salve ada");
    assert_eq!(yard.of(&ada).things.len(), 4);
    assert!(yard.refused(&bob, "transfer bread ada").contains("as much as can be carried"));
    yard.place(&ada, "writ-hall");
    assert!(yard.refused(&ada, "take mint-drop").contains("as much as you can"));
    yard.place(&ada, "market-square");
    assert!(yard.refused(&ada, "buy bread peddler").contains("as much as you can"));
}

#[test]
fn a_floor_keeps_its_limit_and_sweeps_the_oldest_away() {
    let mut yard = Yard::within(Limits { floor: 2, ..Limits::default() });
    let ada = yard.player("Ada");
    yard.equip(&ada, "salve");
    yard.done(&ada, "drop bread");
    yard.done(&ada, "drop salve");
    assert!(yard.done(&ada, "drop bread").contains("trodden under: the bread"));
    assert_eq!(yard.view(&ada).items, [token("salve"), token("bread")]);
}

#[test]
fn the_dark_hides_what_is_in_it_until_there_is_light() {
    let mut yard = Yard::new();
    let ada = yard.player("Ada");
    yard.place(&ada, "bog-barrow");
    yard.of_mut(&ada).fell(&token("tally-keeper"));
    assert!(yard.view(&ada).items.is_empty());
    assert!(yard.refused(&ada, "recover lead-weight").contains("dark"));
    yard.refused(&ada, "take drowned-penny");
    yard.of_mut(&ada).arts.insert(token("kindle"));
    yard.done(&ada, "cast kindle");
    yard.done(&ada, "take drowned-penny");
    yard.done(&ada, "recover lead-weight");
    assert!(yard.refused(&ada, "recover lead-weight").contains("already"));
}

#[test]
fn a_mob_bars_the_way_and_will_not_be_turned_away_from() {
    let mut yard = Yard::new();
    let ada = yard.player("Ada");
    yard.place(&ada, "reed-bed");
    assert!(yard.refused(&ada, "go west").contains("in the way"));
    yard.done(&ada, "attack reed-stalker body");
    assert!(yard.refused(&ada, "go east").contains("retreat"));
    yard.done(&ada, "retreat");
    assert_eq!(yard.of(&ada).room, token("reed-causeway"));
    assert!(yard.of(&ada).fights.is_empty(), "it recovers when it is run from");
}

#[test]
fn a_zone_that_is_weak_to_a_blow_takes_it_double() {
    let mut yard = Yard::new();
    let ada = yard.player("Ada");
    yard.place(&ada, "reed-bed");
    assert!(yard.refused(&ada, "attack reed-stalker tail").contains("shanks, body, eye"));
    let told: Vec<_> = (0..6).map(|_| yard.act(&ada, "attack reed-stalker shanks").told()).collect();
    assert!(told.iter().any(|told| told.contains("weak to") && told.contains("reels")), "{told:?}");
}

#[test]
fn whoever_is_beaten_wakes_in_the_last_haven_a_tenth_poorer() {
    let mut yard = Yard::new();
    let ada = yard.player("Ada");
    yard.place(&ada, "regents-court");
    yard.of_mut(&ada).haven = token("lake-landing");
    while yard.of(&ada).room == token("regents-court") {
        yard.act(&ada, "attack drowned-regent robes");
    }
    assert_eq!(yard.of(&ada).room, token("lake-landing"));
    assert_eq!(yard.of(&ada).purse.coins(), 18);
    assert!(yard.of(&ada).health() > 0);
    assert!(yard.of(&ada).fights.is_empty());
}

#[test]
fn a_guard_halves_the_blow() {
    let harm = |guarded: bool| {
        let mut yard = Yard::new();
        let ada = yard.player("Ada");
        yard.place(&ada, "salt-pans");
        yard.done(&ada, "attack salt-hound legs");
        let before = yard.of(&ada).hurt;
        for _ in 0..4 {
            if guarded {
                yard.done(&ada, "guard self")
            } else {
                yard.done(&ada, "skill track")
            };
        }
        yard.of(&ada).hurt - before
    };
    assert!(harm(true) * 3 <= harm(false) * 2, "{} {}", harm(true), harm(false));
}

#[test]
fn arts_cost_focus_and_have_to_be_learned() {
    let mut yard = Yard::new();
    let ada = yard.player("Ada");
    yard.place(&ada, "chapel-of-hours");
    assert!(yard.refused(&ada, "cast kindle").contains("know no spell"));
    assert!(yard.done(&ada, "ask sister light").contains("learned kindle"));
    assert!(!yard.done(&ada, "ask sister hush").contains("learned"), "not before the psalter is read");
    for _ in 0..3 {
        yard.done(&ada, "cast kindle");
    }
    assert!(yard.refused(&ada, "cast kindle").contains("focus"));
    yard.done(&ada, "use candles");
    yard.done(&ada, "cast kindle");
}

#[test]
fn a_weapon_wears_until_it_is_mended() {
    let mut yard = Yard::new();
    let ada = yard.player("Ada");
    for thing in &mut yard.of_mut(&ada).things {
        thing.worn = 40;
    }
    assert!(yard.done(&ada, "status").contains("nothing that would do"));
    yard.place(&ada, "market-square");
    assert!(yard.refused(&ada, "repair bearers-knife peddler").contains("mends nothing"));
    yard.place(&ada, "smithy");
    assert!(yard.done(&ada, "quote bearers-knife smith").contains("Mending yours costs 5 coins"));
    yard.done(&ada, "repair bearers-knife smith");
    assert_eq!(yard.of(&ada).purse.coins(), 15);
    assert!(yard.refused(&ada, "repair bearers-knife smith").contains("no mending"));
}

#[test]
fn a_writ_is_asked_for_taken_on_lent_and_called_back_in_this_order() {
    let mut yard = Yard::new();
    let ada = yard.player("Ada");
    assert!(yard.refused(&ada, "request writ-of-passage").contains("to grant"));
    assert!(yard.refused(&ada, "accept writ-of-passage").contains("Nobody has granted"));
    yard.place(&ada, "writ-hall");
    assert!(yard.refused(&ada, "request writ-of-tide").contains("outstanding"));
    yard.done(&ada, "request writ-of-passage");
    yard.done(&ada, "accept writ-of-passage");
    assert!(yard.refused(&ada, "delegate writ-of-passage warden").contains("hands it back"));
    yard.all(&ada, "ask warden clock\ngo north");
    assert!(yard.done(&ada, "go up").contains("Writ of Passage is kept"));
    assert!(yard.of(&ada).thing(&token("lantern")).is_some());
    assert!(yard.refused(&ada, "revoke writ-of-passage").contains("not lent"));
}

#[test]
fn a_delegation_opens_a_way_and_its_end_closes_it() {
    let mut yard = Yard::new();
    let ada = yard.player("Ada");
    yard.of_mut(&ada).writs.insert(token("writ-of-reeds"), capos_adventure::player::WritState::Held);
    yard.place(&ada, "eel-weir");
    assert!(yard.refused(&ada, "go south").contains("delegate writ-of-reeds guide"));
    yard.place(&ada, "reed-causeway");
    yard.done(&ada, "delegate writ-of-reeds guide");
    yard.all(&ada, "go south\ngo south\ngo north");
    yard.done(&ada, "revoke writ-of-reeds");
    yard.refused(&ada, "go south");
}

#[test]
fn the_gate_asks_for_every_part_and_every_writ_in_hand() {
    let mut yard = Yard::new();
    let ada = yard.player("Ada");
    yard.place(&ada, "water-gate");
    assert!(yard.refused(&ada, "seal water-gate").contains("Writ of the Tide"));
    let held = capos_adventure::player::WritState::Held;
    let lent = capos_adventure::player::WritState::Deputy(token("guide"));
    yard.of_mut(&ada).writs.insert(token("writ-of-tide"), held);
    yard.of_mut(&ada).writs.insert(token("writ-of-reeds"), lent);
    assert!(yard.refused(&ada, "seal water-gate").contains("not whole"));
    yard.place(&ada, "clock-room");
    let relics: Vec<_> = yard.game.world.relics.keys().cloned().collect();
    for relic in relics {
        yard.refused(&ada, &format!("seal {relic}"));
        yard.of_mut(&ada).relics.insert(relic.clone(), false);
        yard.done(&ada, &format!("seal {relic}"));
        yard.refused(&ada, &format!("seal {relic}"));
    }
    yard.place(&ada, "water-gate");
    assert!(yard.refused(&ada, "seal water-gate").contains("revoke writ-of-reeds"));
    yard.done(&ada, "revoke writ-of-reeds");
    let told = yard.done(&ada, "seal water-gate");
    assert!(told.contains("Writ of the Tide is kept") && told.contains("THE END"), "{told}");
    yard.place(&ada, "water-gate");
    assert!(yard.refused(&ada, "seal water-gate").contains("stays shut"));
}

#[test]
fn there_is_a_gentle_way_with_the_regent() {
    let mut yard = Yard::new();
    let ada = yard.player("Ada");
    yard.place(&ada, "regents-court");
    assert!(yard.refused(&ada, "recover iron-hand").contains("Not before my hour"));
    assert!(yard.refused(&ada, "give bread drowned-regent").contains("It takes"));
    yard.equip(&ada, "true-watch");
    assert!(yard.done(&ada, "give true-watch drowned-regent").contains("It is only that"));
    yard.done(&ada, "recover iron-hand");
}

#[test]
fn traders_say_what_they_ask_and_take_it() {
    let mut yard = Yard::new();
    let ada = yard.player("Ada");
    yard.place(&ada, "market-square");
    assert!(yard.done(&ada, "quote salve peddler").contains("asks 8 coins"));
    yard.done(&ada, "buy salve peddler");
    assert_eq!(yard.of(&ada).purse.coins(), 12);
    assert!(yard.refused(&ada, "buy iron-mace peddler").contains("none for sale"));
    yard.done(&ada, "sell salve peddler");
    assert_eq!(yard.of(&ada).purse.coins(), 16);
    yard.equip(&ada, "drowned-penny");
    yard.done(&ada, "trade drowned-penny peddler");
    assert!(yard.of(&ada).thing(&token("grave-candle")).is_some());
    yard.refused(&ada, "trade bread peddler");
    yard.refused(&ada, "buy quilted-coat peddler");
    yard.place(&ada, "writ-hall");
    assert!(yard.refused(&ada, "sell bread warden").contains("does not deal"));
}

#[test]
fn a_deed_is_done_where_the_actor_is_and_not_again_at_once() {
    let mut yard = Yard::new();
    let ada = yard.player("Ada");
    assert!(yard.game.deed(&token("peddler"), "haggle", &ada, 0).is_none(), "the peddler is not here");
    yard.place(&ada, "market-square");
    assert!(yard.game.deed(&token("peddler"), "commend", &ada, 0).is_none(), "not the peddler's to do");
    assert!(yard.game.deed(&token("peddler"), "haggle", &ada, 0).is_some());
    assert!(yard.game.deed(&token("peddler"), "haggle", &ada, 0).is_none());
    assert!(yard.done(&ada, "quote quilted-coat peddler").contains("asks 24 coins"));
}
