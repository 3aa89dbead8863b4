//! Services that need others, and companions.

use capos_runner::{Event, Unlaunchable};

use crate::bench::{Bench, key, profile, profiles};

fn requires(name: &str, from: &str, more: &str) -> String {
    format!(
        "[[requires]]\nname = \"{name}\"\ninterface = \"TerminalSession\"\nholder = \"serviceOwned\"\nfrom = \"{from}\"\n{more}\n"
    )
}

fn companion(name: &str, mode: &str, from: &str, after: &str) -> String {
    format!(
        "[[companions]]\nname = \"{name}\"\nprogram = \"{}\"\narguments = [\"{mode}\"]\nafter = [{after}]\nrequires = [ {{ name = \"actor\", interface = \"TerminalSession\", from = \"{from}\" }} ]\n",
        crate::bench::LAB
    )
}

#[tokio::test]
async fn what_a_service_needs_is_started_first_and_given_to_it() {
    let told = "disclose = [\"displayName\", \"pseudonym\", \"principalClass\"]\n";
    let bench =
        Bench::new(&[profile("base", "good", told), profile("top", "good", &requires("held", "base/base", ""))]);
    assert_eq!(bench.say(1, "top", "given").await.unwrap(), "held");
    assert_eq!((bench.events("base"), bench.events("top")), (vec![Event::Started], vec![Event::Started]));
    let about = bench.say(1, "top", "ask held about").await.unwrap();
    let told: Vec<&str> = about.splitn(3, ' ').collect();
    assert_eq!((told[1], told[2]), ("3", "The top 32"), "a visitor of its own, not the session: {about}");
    assert_ne!(told[0], "01".repeat(32));
    bench.runner.shut_down().await;
    assert_eq!(bench.sockets(), 0);
}

#[tokio::test]
async fn what_a_service_holds_is_there_again_when_the_other_was_started_anew() {
    let bench = Bench::new(&[profile("base", "good", ""), profile("top", "good", &requires("held", "base/base", ""))]);
    assert_eq!(bench.say(1, "top", "ask held hello").await.unwrap(), "hello");
    assert!(bench.say(1, "top", "ask held abort").await.is_err());
    bench.until("base", 1, |event| *event == Event::Restarted).await;
    let again = async {
        // The holder may hear of the end a moment later.
        while bench.say(1, "top", "ask held hello").await.is_err() {}
    };
    tokio::time::timeout(crate::bench::SOON, again).await.expect("in time");
    assert_eq!(bench.events("top"), [Event::Started], "nothing happened to the holder");
}

#[tokio::test]
async fn a_service_whose_need_cannot_be_met_does_not_start() {
    let base = profile("base", "exit", "[restart]\nfirst = \"1ms\"\ngiveUp = 2\n");
    let bench = Bench::new(&[base, profile("top", "good", &requires("held", "base/base", ""))]);
    assert!(bench.runner.launch("top", &key(1), None).await.is_err());
    bench.until("base", 1, |event| matches!(event, Event::GivenUp(_))).await;
    assert_eq!(bench.events("top"), [Event::Ended("base, which it needs, does not run".to_owned())]);
    assert_eq!(bench.runner.launchable("top"), Err(Unlaunchable::Requires("base".to_owned())));
}

#[tokio::test]
async fn what_is_optional_and_not_there_is_not_given() {
    let top = profile("top", "good", &requires("held", "base/base", "optional = true"));
    let bench = Bench::new(&[top]);
    assert_eq!(bench.say(1, "top", "given").await.unwrap(), "");
}

#[tokio::test]
async fn companions_start_in_their_order_and_hold_facets_of_the_service() {
    let companions = companion("second", "good", "lab/actor.second", "\"first\"")
        + &companion("first", "slow-begin", "lab/actor.first", "");
    let bench = Bench::new(&[profile("lab", "good", &companions)]);
    bench.runner.launch("lab", &key(1), None).await.unwrap();
    let status = bench.runner.status("lab").unwrap();
    let names: Vec<&str> = status.instances[0].processes.iter().map(|process| &*process.name).collect();
    assert_eq!(names, ["lab", "first", "second"]);
    assert_eq!(status.state, "running");
    bench.runner.shut_down().await;
    assert_eq!(bench.events("first"), [Event::Started, Event::Stopped]);
    assert_eq!(bench.sockets(), 0);
}

#[tokio::test]
async fn a_companion_that_fails_is_tried_again_and_the_service_goes_on() {
    let bench = Bench::new(&[profile("lab", "good", &companion("npc", "exit", "lab/actor.npc", ""))]);
    bench
        .runner
        .launch("lab", &key(1), None)
        .await
        .expect("a companion that is given up keeps nobody from the service");
    let events = bench.events("npc");
    assert_eq!(events.iter().filter(|event| matches!(event, Event::Ended(_))).count(), 5);
    assert!(matches!(events.last(), Some(Event::GivenUp(_))));
    assert_eq!(bench.events("lab"), [Event::Started]);
    assert_eq!(bench.runner.status("lab").unwrap().state, "unhealthy");
    assert_eq!(bench.say(1, "lab", "hello").await.unwrap(), "hello");
}

#[tokio::test]
async fn companions_end_with_their_service_and_come_back_with_it() {
    let bench = Bench::new(&[profile("lab", "good", &companion("npc", "good", "lab/actor.npc", ""))]);
    bench.runner.launch("lab", &key(1), None).await.unwrap();
    let _ = bench.say(1, "lab", "abort").await;
    bench.until("lab", 1, |event| *event == Event::Restarted).await;
    bench.until("npc", 2, |event| *event == Event::Started).await;
    bench.runner.set_profiles(profiles(&[]));
    bench.until("npc", 2, |event| *event == Event::Stopped).await;
    bench.until("lab", 1, |event| *event == Event::Stopped).await;
    assert_eq!(bench.sockets(), 0);
}
