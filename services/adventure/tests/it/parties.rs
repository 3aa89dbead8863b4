//! What players do together.

use capos_adventure::Limits;
use capos_adventure::player::{PlayerId, WritState};
use capos_service::Reference;
use capos_service::testing::{Visitor, run};

use crate::support::{Hand, Yard, serve, token};

fn party(yard: &mut Yard) -> (PlayerId, PlayerId) {
    let (ada, bob) = (yard.player("Ada"), yard.player("Bob"));
    yard.done(&ada, "partyCreate lamps");
    yard.done(&ada, "partyInvite bob");
    yard.done(&bob, "partyAccept lamps");
    (ada, bob)
}

#[test]
fn a_party_is_founded_joined_and_left_over_the_wire() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let bench = serve(home.path()).await;
        let ada = Hand::of(&bench, &Visitor::named("Ada")).await;
        let bob = Hand::of(&bench, &Visitor::named("Bob")).await;
        assert!(bob.told("partyAccept lamps").await.contains("no invitation"));
        ada.does("partyCreate lamps").await;
        ada.does("partyInvite bob").await;
        assert!(bob.told("partyAccept lamps").await.contains("You join lamps"));
        assert!(ada.told("status").await.contains("Party lamps: ada, bob."));

        // Bob does for Ada what her writ says.
        ada.all("go north\ngo west\nrequest writ-of-rats\naccept writ-of-rats").await;
        assert!(ada.told("partyDelegate writ-of-rats bob").await.contains("bob carries the Writ of Rats"));
        assert!(ada.told("status").await.contains("writ-of-rats: delegated to bob"));
        bob.all("go north\ngo west\ngo down").await;
        let view = bob.does("look").await;
        assert_eq!(view["view"]["mission"], "Writ of Rats (for ada)");

        // Ada helps him at it.
        bob.does("attack cellar-rat hide").await;
        ada.does("go down").await;
        if bob.does("look").await["view"]["mobs"][0] == "cellar-rat" {
            assert!(ada.told("assist bob fight").await.contains("at the side of bob"));
        }
        let mut told = String::new();
        while bob.does("look").await["view"]["mobs"][0] == "cellar-rat" {
            told += &bob.told("attack cellar-rat hide").await;
        }
        assert!(told.contains("You have kept the Writ of Rats for ada"), "{told}");
        let news = ada.told("status").await;
        assert!(news.contains("Writ of Rats is kept") && news.contains("writ-of-rats: kept"), "{news}");
        bob.does("partyLeave").await;
        assert!(ada.told("status").await.contains("bob leaves lamps"));
        assert!(ada.told("assist bob mend").await.contains("not in a party with you"));
    });
}

#[test]
fn what_a_member_recovers_under_a_writ_is_found_for_its_owner() {
    let mut yard = Yard::new();
    let (ada, bob) = party(&mut yard);
    yard.of_mut(&ada).writs.insert(token("writ-of-barrow"), WritState::Held);
    yard.equip(&bob, "lantern");
    // Bob was there before, for himself.
    yard.of_mut(&bob).fell(&token("bog-wight"));
    yard.of_mut(&bob).fell(&token("tally-keeper"));
    yard.place(&bob, "bog-barrow");
    yard.done(&bob, "recover lead-weight");
    yard.done(&ada, "partyDelegate writ-of-barrow bob");
    assert!(!yard.of(&ada).relics.contains_key("lead-weight"), "what was done before does not count");
    yard.done(&bob, "recover lead-weight");
    assert!(yard.of(&ada).relics.contains_key("lead-weight"));
    assert_eq!(yard.of(&ada).writs["writ-of-barrow"], WritState::Done);
    assert!(yard.of(&bob).borrowed.is_empty());
}

#[test]
fn a_writ_called_back_counts_for_nobody_else() {
    let mut yard = Yard::new();
    let (ada, bob) = party(&mut yard);
    yard.of_mut(&ada).writs.insert(token("writ-of-rats"), WritState::Held);
    yard.done(&ada, "partyDelegate writ-of-rats bob");
    yard.refused(&ada, "partyDelegate writ-of-rats bob");
    yard.done(&ada, "revoke writ-of-rats");
    assert!(yard.of(&bob).borrowed.is_empty());
    yard.done(&ada, "partyDelegate writ-of-rats bob");
    yard.done(&bob, "partyLeave");
    assert_eq!(yard.of(&ada).writs["writ-of-rats"], WritState::Held);
    assert!(yard.of(&bob).borrowed.is_empty());
}

#[test]
fn nobody_shuts_the_gate_for_another() {
    let mut yard = Yard::new();
    let (ada, _) = party(&mut yard);
    yard.of_mut(&ada).writs.insert(token("writ-of-tide"), WritState::Held);
    assert!(yard.refused(&ada, "partyDelegate writ-of-tide bob").contains("your own hand alone"));
}

#[test]
fn a_companion_takes_half_of_what_hits_whom_they_help_or_shield() {
    for help in ["assist ada fight", "guard ada"] {
        let mut yard = Yard::new();
        let (ada, bob) = party(&mut yard);
        yard.place(&ada, "regents-court");
        yard.done(&ada, "attack drowned-regent robes");
        assert!(yard.refused(&bob, help).contains("not here") || yard.of(&bob).guards.is_none());
        yard.place(&bob, "regents-court");
        yard.done(&bob, help);
        for _ in 0..3 {
            yard.done(&ada, "attack drowned-regent robes");
        }
        assert!(yard.of(&bob).hurt > 0, "{help}");
        assert!(yard.of(&bob).health() > 0, "nobody is beaten in another's fight");
    }
}

#[test]
fn whoever_can_hardly_stand_takes_no_more_for_another() {
    let mut yard = Yard::new();
    let (ada, bob) = party(&mut yard);
    for id in [&ada, &bob] {
        yard.place(id, "salt-pans");
    }
    yard.of_mut(&bob).hurt = 29;
    yard.done(&bob, "guard ada");
    for _ in 0..4 {
        let told = yard.act(&ada, "attack salt-hound coat").told();
        assert!(!told.contains("part of the blow"), "{told}");
    }
    assert_eq!(yard.of(&bob).health(), 1);
}

#[test]
fn companions_mend_and_hearten_each_other_at_a_cost() {
    let mut yard = Yard::new();
    let (ada, bob) = party(&mut yard);
    yard.of_mut(&bob).hurt = 20;
    yard.of_mut(&bob).focus = 0;
    yard.done(&ada, "assist bob mend");
    yard.done(&ada, "assist bob hearten");
    assert_eq!((yard.of(&bob).hurt, yard.of(&bob).focus, yard.of(&ada).focus), (12, 4, 6));
    assert!(yard.refused(&ada, "assist bob dance").contains("fight, mend, hearten"));
    yard.all(&ada, "assist bob mend\nassist bob mend");
    assert!(yard.refused(&ada, "assist bob mend").contains("focus"));
}

#[test]
fn parties_and_invitations_have_their_bounds() {
    let mut yard = Yard::within(Limits { party: 2, parties: 1, invitations: 1, ..Limits::default() });
    let (ada, bob) = (yard.player("Ada"), yard.player("Bob"));
    let (cyd, dee) = (yard.player("Cyd"), yard.player("Dee"));
    yard.done(&ada, "partyCreate lamps");
    assert!(yard.refused(&bob, "partyCreate lamps").contains("already"));
    assert!(yard.refused(&bob, "partyCreate other").contains("as many parties"));
    yard.done(&ada, "partyInvite bob");
    assert!(yard.refused(&ada, "partyInvite cyd").contains("more than a party"));
    // An invitation is over at its time, and not before.
    yard.now += 600_000;
    assert!(yard.refused(&bob, "partyAccept lamps").contains("no invitation"));
    yard.done(&ada, "partyInvite bob");
    yard.now += 599_999;
    yard.done(&bob, "partyAccept lamps");
    assert!(yard.refused(&bob, "partyInvite cyd").contains("leads"));
    assert!(yard.refused(&ada, "partyInvite dee").contains("more than a party"));
    let _ = (cyd, dee);
    yard.done(&ada, "partyLeave");
    yard.done(&bob, "partyInvite cyd");
}

#[test]
fn a_guest_who_goes_leaves_no_party_and_no_name_behind() {
    let mut yard = Yard::new();
    let ada = yard.player("Ada");
    let guest = PlayerId::passing(&Reference::new([9; 32]));
    yard.game.arrive(&guest, None, "Gus").unwrap();
    yard.done(&guest, "partyCreate lamps");
    yard.game.state.depart(&guest);
    assert!(yard.game.state.common.parties.is_empty());
    yard.done(&ada, "partyCreate lamps");
    assert!(yard.refused(&ada, "partyInvite gus").contains("nobody called gus"));
}
