//! The world as it is written: whole, reachable, and of one piece.

use std::collections::BTreeSet;

use capos_adventure::world::{Sources, World};

#[test]
fn the_bundled_world_is_as_large_as_it_is_said_to_be() {
    let world = World::bundled().unwrap();
    assert!(world.rooms.len() >= 24, "{} rooms", world.rooms.len());
    assert!(world.actors.len() >= 12, "{} actors", world.actors.len());
    assert!(world.mobs.len() >= 10, "{} mobs", world.mobs.len());
    assert!(world.writs.len() >= 8, "{} writs", world.writs.len());
    assert_eq!(world.relics.len(), 5);
    assert!(world.mobs.values().all(|mob| mob.zones.len() >= 2), "each has zones to choose from");
}

/// What a changed text is refused with.
fn faults(file: &str, from: &str, to: &str) -> String {
    let mut sources = Sources::bundled();
    let text = sources.text_mut(file).unwrap();
    assert!(text.contains(from), "{from}");
    *text = text.replacen(from, to, 1);
    World::parse(&sources).unwrap_err().join("\n")
}

#[test]
fn a_world_that_names_what_there_is_not_is_refused() {
    let way = r#"{ direction = "north", to = "market-square" }"#;
    assert!(faults("rooms.toml", way, r#"{ direction = "north", to = "nowhere" }"#).contains("no room nowhere"));
    assert!(faults("rooms.toml", r#"items = ["mint-drop"]"#, r#"items = ["moon"]"#).contains("no item moon"));
    assert!(faults("writs.toml", r#"giver = "registrar""#, r#"giver = "nobody""#).contains("nobody grants it"));
    assert!(faults("writs.toml", "flag:heard-clock", "flag:heard-nothing").contains("nothing brings about"));
    assert!(faults("writs.toml", "slain:cellar-rat", "slain:dragon").contains("nothing brings about"));
    assert!(
        faults("actors.toml", r#"teaches = "feint""#, r#"teaches = "flying""#).contains("teaches what there is not")
    );
    assert!(faults("mobs.toml", r#"bars = ["west"]"#, r#"bars = ["sideways"]"#).contains("bars a way"));
}

#[test]
fn a_way_that_does_not_lead_back_has_to_say_so() {
    assert!(faults("rooms.toml", ", one_way = true", "").contains("does not say if it leads back"));
}

#[test]
fn a_file_that_makes_no_sense_is_told_with_its_name_and_line() {
    let told = faults("items.toml", "price = 40", "price = 'much'");
    assert!(told.contains("items.toml") && told.contains("line "), "{told}");
    assert!(faults("items.toml", "price = 40", "cost = 40").contains("unknown field"));
}

#[test]
fn every_writ_of_the_story_can_be_granted_in_some_order() {
    let world = World::bundled().unwrap();
    let mut granted = BTreeSet::new();
    // What a writ needs besides other writs, the walk through the story shows; here no two may wait for each other.
    loop {
        let ready = |needs: &[capos_adventure::condition::Condition]| {
            needs.iter().all(|need| match need {
                capos_adventure::condition::Condition::Done(writ) => granted.contains(writ),
                _ => true,
            })
        };
        let next: Vec<_> =
            world.writs.values().filter(|writ| !granted.contains(&writ.id) && ready(&writ.needs)).collect();
        if next.is_empty() {
            break;
        }
        granted.extend(next.into_iter().map(|writ| writ.id.clone()));
    }
    assert_eq!(granted.len(), world.writs.len());
}

#[test]
fn no_text_of_the_world_has_characters_that_act() {
    let texts = Sources::bundled();
    let debug = format!("{:?}", World::parse(&texts).unwrap());
    assert!(!debug.contains('\u{1b}') && !debug.contains("\\u{"), "plain words alone");
}
