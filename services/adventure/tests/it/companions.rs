//! Actors that processes play: served, slow, absent and hostile.

use std::rc::Rc;
use std::time::Duration;

use capos_adventure::Limits;
use capos_adventure::npc::Npc;
use capos_adventure::world::World;
use capos_schema::adventure_capnp::{AdventureCueKind, adventure_actor};
use capos_service::testing::{Bench, Visitor, run};
use capos_service::{Given, Service};

use crate::support::{Hand, serve, serve_with};

async fn actor(bench: &Bench, name: &str) -> adventure_actor::Client {
    bench.open(&Visitor::guest("the node"), &format!("actor.{name}")).await.unwrap()
}

/// The process that plays an actor, as the runner starts it.
async fn company(bench: &Bench, name: &str) -> Bench {
    let given = Given::default().with("actor", actor(bench, name).await);
    Bench::begin_with(Npc::named(name).unwrap(), given).await.unwrap()
}

async fn reply(actor: &adventure_actor::Client, number: u64, text: &str, deed: &str) -> bool {
    let mut request = actor.reply_request();
    request.get().set_number(number);
    request.get().set_text(text);
    request.get().set_deed(deed);
    request.send().promise.await.unwrap().get().unwrap().get_accepted()
}

/// The number of the next cue of this kind; others are answered with nothing.
async fn next(actor: &adventure_actor::Client, kind: AdventureCueKind) -> u64 {
    loop {
        let answer = actor.cue_request().send().promise.await.unwrap();
        let cue = answer.get().unwrap().get_cue().unwrap();
        if cue.get_kind().unwrap() == kind {
            return cue.get_number();
        }
        reply(actor, cue.get_number(), "", "").await;
    }
}

/// Waits until the process has asked for its first cue.
async fn attended(hand: &Hand, question: &str, answer: &str) {
    for _ in 0..1_000 {
        if hand.told(question).await.contains(answer) {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("nobody came to play the actor");
}

/// In these tests nobody is patient.
fn hasty() -> Limits {
    Limits { patience: Duration::from_millis(50), ..Limits::default() }
}

#[test]
fn a_process_of_its_own_speaks_for_its_actor_and_knows_more_than_the_world() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let bench = serve(home.path()).await;
        let _warden = company(&bench, "warden").await;
        let ada = Hand::of(&bench, &Visitor::named("Ada")).await;
        ada.all("go north\ngo north").await;
        attended(&ada, "ask warden sword", "It is a ruler").await;
        let told = ada.told("ask warden courage").await;
        assert!(told.contains("Most of it is posture") && told.contains("straightens your collar"), "{told}");
        assert!(!ada.told("ask warden courage").await.contains("collar"), "a deed has to wait for its turn");
        ada.does("ask warden clock").await;
        assert!(ada.told("request writ-of-passage").await.contains("granted"), "the rules are the world's");
    });
}

#[test]
fn an_order_is_carried_out_by_the_world_and_answered_by_the_companion() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let bench = serve(home.path()).await;
        let _guide = company(&bench, "guide").await;
        let ada = Hand::of(&bench, &Visitor::named("Ada")).await;
        ada.all(
            "go north\ngo north\nrequest writ-of-passage\naccept writ-of-passage\nask warden clock\ngo north\ngo up",
        )
        .await;
        ada.all("go down\ngo south\ngo south\ngo south\ngo south").await;
        attended(&ada, "ask guide pole", "I haven't grown").await;
        ada.all("request writ-of-reeds\naccept writ-of-reeds").await;
        assert!(ada.told("order guide follow").await.contains("waits for a writ"));
        ada.does("delegate writ-of-reeds guide").await;
        assert!(ada.told("order guide follow").await.contains("already ahead of you"));
        ada.does("go south").await;
        assert!(ada.does("look").await["view"]["actors"].as_array().unwrap().contains(&"guide".into()));
        assert!(ada.told("revoke writ-of-reeds").await.contains("goes home"));
        assert!(!ada.does("look").await["view"]["actors"].as_array().unwrap().contains(&"guide".into()));
    });
}

#[test]
fn without_a_process_or_with_one_that_hangs_the_world_speaks_for_the_actor() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let bench = serve_with(home.path(), hasty(), Given::default()).await;
        let ada = Hand::of(&bench, &Visitor::named("Ada")).await;
        ada.all("go north\ngo north").await;
        assert!(ada.told("ask warden clock").await.contains("It stopped at a quarter to midnight"));
        let hung = actor(&bench, "warden").await;
        // It asks, and never answers.
        let asks = hung.cue_request().send();
        let waits = tokio::task::spawn_local(asks.promise);
        for _ in 0..8 {
            assert!(ada.told("ask warden clock").await.contains("It stopped at a quarter to midnight"));
        }
        waits.abort();
    });
}

#[test]
fn a_hostile_process_can_do_nothing_but_what_its_actor_may() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        // What is refused must not be for having come late.
        let patient = Limits { patience: Duration::from_secs(60), ..Limits::default() };
        let bench = serve_with(home.path(), patient, Given::default()).await;
        let ada = Hand::of(&bench, &Visitor::named("Ada")).await;
        let warden = actor(&bench, "warden").await;
        let asks = async {
            ada.all("go north\ngo north").await;
            loop {
                let told = ada.told("ask warden clock").await;
                if told.contains("red") {
                    return told;
                }
                tokio::task::yield_now().await;
            }
        };
        let lies = async {
            let number = next(&warden, AdventureCueKind::Asked).await;
            for deed in ["haggle", "pathfind", "give-all", "\u{1b}[2J", "../../x", "end"] {
                assert!(!reply(&warden, number, "mine", deed).await, "{deed}");
            }
            assert!(!reply(&warden, number + 1_000, "mine", "").await, "no cue of that number");
            let long = "\u{1b}[31mred\u{7}\n".repeat(10_000);
            assert!(reply(&warden, number, &long, "").await);
            assert!(!reply(&warden, number, "again", "").await, "a cue is answered once");
        };
        let (told, ()) = tokio::join!(asks, lies);
        assert!(told.len() <= Limits::default().speech && !told.contains('\u{1b}'), "{told:?}");
        for name in ["smith", "nobody", "", "../warden"] {
            let (visitor, export) = (Visitor::guest("the node"), format!("actor.{name}"));
            let denied = bench.open::<adventure_actor::Client>(&visitor, &export).await;
            assert!(denied.is_err(), "{name} is played by nobody");
        }
    });
}

#[test]
fn an_actor_speaks_to_its_room_and_not_without_end() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let bench = serve(home.path()).await;
        let ada = Hand::of(&bench, &Visitor::named("Ada")).await;
        ada.all("go north\ngo north").await;
        let warden = actor(&bench, "warden").await;
        let mut refusals = 0;
        for _ in 0..20 {
            let mut request = warden.say_request();
            request.get().set_text("Mind the step.");
            refusals += u32::from(request.send().promise.await.is_err());
        }
        assert!(refusals >= 14, "{refusals}");
        assert!(ada.told("status").await.contains("Warden Ysolt: Mind the step."));
    });
}

#[test]
fn an_actor_with_company_is_told_that_nothing_happens() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let limits = Limits { idle: Duration::from_millis(5), ..Limits::default() };
        let bench = serve_with(home.path(), limits, Given::default()).await;
        let ada = Hand::of(&bench, &Visitor::named("Ada")).await;
        ada.all("go north\ngo north").await;
        let warden = actor(&bench, "warden").await;
        let number = next(&warden, AdventureCueKind::Idle).await;
        assert!(reply(&warden, number, "The warden rules a line.", "").await);
        assert!(ada.told("status").await.contains("Warden Ysolt: The warden rules a line."));
    });
}

#[test]
fn the_process_that_comes_last_plays_the_actor() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let bench = serve(home.path()).await;
        let ada = Hand::of(&bench, &Visitor::named("Ada")).await;
        ada.all("go north\ngo north").await;
        let first = actor(&bench, "warden").await;
        let waiting = first.cue_request().send().promise;
        let second = actor(&bench, "warden").await;
        let error = waiting.await.err().unwrap();
        assert!(error.to_string().contains("another process plays this actor"), "{error}");
        let asks = async {
            loop {
                let told = ada.told("ask warden clock").await;
                if told.contains("second") {
                    return;
                }
                assert!(!told.contains("first"), "{told}");
                tokio::task::yield_now().await;
            }
        };
        let answers = async {
            let number = next(&second, AdventureCueKind::Asked).await;
            assert!(!reply(&first, number, "first", "").await, "it plays nobody any more");
            assert!(reply(&second, number, "second", "").await);
        };
        tokio::join!(asks, answers);
    });
}

#[test]
fn a_companion_needs_its_actor_and_offers_nothing() {
    run(async {
        let npc = Rc::new(Npc::named("warden").unwrap());
        assert!(npc.begin(Given::default()).await.is_err());
        assert!(npc.facet(&Rc::new(()), "adventure").is_err());
        assert!(Npc::named("nobody").is_err());
    });
}

#[test]
fn companions_know_every_topic_of_their_actors_and_their_deeds_are_the_worlds() {
    let world = World::bundled().unwrap();
    let played: Vec<_> = world.actors.values().filter(|actor| actor.played).collect();
    assert_eq!(played.len(), Npc::names().count());
    for actor in played {
        let npc = Npc::named(actor.id.as_str()).unwrap();
        let lines = &npc.dialogue().lines;
        for topic in &actor.topics {
            let plain = |line: &&capos_adventure::npc::Line| line.when.is_empty() && line.deed.is_none();
            let knows = lines
                .iter()
                .filter(|line| line.subject.as_ref() == Some(&topic.topic))
                .any(|line| plain(&line) || line.deed.is_some());
            assert!(knows, "{} is not asked about {}", actor.id, topic.topic);
        }
        for deed in lines.iter().filter_map(|line| line.deed.as_ref()) {
            assert!(actor.deeds.iter().any(|known| known.id == *deed), "{} cannot {deed}", actor.id);
        }
        assert!(capos_adventure::PROFILE.contains(&format!("adventure/actor.{}", actor.id)));
    }
}
