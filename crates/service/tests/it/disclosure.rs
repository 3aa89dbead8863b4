//! What a service is told and given.

use capos_schema::Denial;
use capos_schema::system_info_capnp::system_info;
use capos_service::testing::{Bench, Visitor, run};
use capos_service::{Disclosure, Given, Health, bad_request, quota_exceeded, serve_stream, unavailable};
use capos_testkit::lab_capnp::lab;

use crate::probe::{Probe, echo, info};

#[test]
fn a_service_is_told_what_is_disclosed_and_nothing_else() {
    run(async {
        let probe = Probe::default();
        let seen = probe.seen.clone();
        let bench = Bench::begin(probe).await.unwrap();
        let (ann, guest) = (Visitor::named("Ann"), Visitor::guest("Gus"));
        let _ann: lab::Client = bench.open(&ann, "lab").await.unwrap();
        let _guest: lab::Client = bench.open(&guest, "lab").await.unwrap();
        let contexts = seen.contexts.borrow();
        let [first, second] = &contexts[..] else { panic!("two sessions") };
        assert_eq!(first.display_name.as_deref(), Some("Ann"));
        assert_eq!(first.pseudonym.as_ref().map(|who| *who.as_bytes()), ann.pseudonym());
        assert_eq!((first.class, first.strength, first.profile.as_deref()), (None, None, None));
        assert_eq!(second.pseudonym, None, "a guest is nobody who could be recognised");
        assert_ne!(first.reference, second.reference);
    });
}

#[test]
fn what_stands_for_people_does_not_reach_a_log() {
    run(async {
        let probe = Probe::default();
        let seen = probe.seen.clone();
        let bench = Bench::begin(probe).await.unwrap();
        let _lab: lab::Client = bench.open(&Visitor::named("Ann"), "lab").await.unwrap();
        let context = seen.contexts.borrow()[0].clone();
        let (shown, pseudonym) = (format!("{context:?}"), context.pseudonym.unwrap());
        assert!(shown.contains("Reference(..)") && shown.contains("Pseudonym(..)"), "{shown}");
        assert_eq!(pseudonym.hex().len(), 64);
        assert!(!shown.contains(&pseudonym.hex()));
    });
}

#[test]
fn a_capability_is_taken_only_as_what_it_is() {
    let mut given = Given::default().with("info", info()).with_interface("lab", 1, info());
    assert!(given.take::<lab::Client>("info").is_err(), "another interface");
    assert!(given.take::<system_info::Client>("lab").is_err(), "another id");
    assert!(given.take::<system_info::Client>("none").is_err());
    assert!(given.take_if_given::<system_info::Client>("none").unwrap().is_none());
    assert!(given.take_if_given::<lab::Client>("info").is_err(), "optional is not anything");
    assert!(given.take::<system_info::Client>("info").is_ok(), "a refusal takes nothing away");
    assert!(given.take::<system_info::Client>("info").is_err(), "it is taken once");
}

#[test]
fn a_service_begins_with_what_it_needs_or_serves_nobody() {
    run(async {
        let needy = || Probe { needs_info: true, ..Probe::default() };
        assert!(Bench::begin(needy()).await.is_err());
        assert!(Bench::begin_with(needy(), Given::default().with("info", info())).await.is_ok());

        let (ours, theirs) = tokio::net::UnixStream::pair().unwrap();
        tokio::task::spawn_local(serve_stream(std::rc::Rc::new(needy()), theirs));
        let mut bench = Bench::connect(ours);
        let early = bench.open::<lab::Client>(&Visitor::named("Ann"), "lab").await;
        assert!(early.is_err(), "nobody is served before it begins");
        bench.give(Given::default()).await.unwrap_err();
        let late = bench.open::<lab::Client>(&Visitor::named("Ann"), "lab").await;
        assert_eq!(late.err().unwrap().kind, capnp::ErrorKind::Disconnected);
    });
}

#[test]
fn settings_are_read_as_the_services_own_type_when_it_begins() {
    run(async {
        let probe = Probe { needs_a_colour: true, ..Probe::default() };
        let seen = probe.seen.clone();
        let settings = |text: &str| Given::default().with_settings(text);
        assert!(Bench::begin_with(probe, settings(r#"{"colour":"red"}"#)).await.is_ok());
        assert_eq!(*seen.colour.borrow(), "red");
        let picky = || Probe { needs_a_colour: true, ..Probe::default() };
        for wrong in ["", r#"{"colour":7}"#, r#"{"colour":"red","shape":"round"}"#, "nonsense"] {
            assert!(Bench::begin_with(picky(), settings(wrong)).await.is_err(), "{wrong}");
        }
    });
}

#[test]
fn a_service_begins_once() {
    run(async {
        let mut bench = Bench::begin(Probe::default()).await.unwrap();
        bench.give(Given::default()).await.unwrap_err();
        let lab: lab::Client = bench.open(&Visitor::named("Ann"), "lab").await.unwrap();
        assert_eq!(echo(&lab, b"still here").await.unwrap(), b"still here");
        assert_eq!(bench.wants(), [Disclosure::DisplayName, Disclosure::Pseudonym]);
    });
}

#[test]
fn no_more_is_handed_over_at_once_than_a_session_may_hold() {
    run(async {
        let many = |count: usize| (0..count).fold(Given::default(), |given, n| given.with(&format!("c{n}"), info()));
        let bench = Bench::begin_with(Probe::default(), many(64)).await.unwrap();
        let ann = Visitor::named("Ann");
        assert!(bench.open_lending::<lab::Client>(&ann, "lab", many(64)).await.is_ok());
        assert!(bench.open_lending::<lab::Client>(&ann, "lab", many(65)).await.is_err());
        assert!(Bench::begin_with(Probe::default(), many(65)).await.is_err());
    });
}

#[test]
fn health_says_what_the_service_says() {
    run(async {
        let bench = Bench::begin(Probe::default()).await.unwrap();
        assert_eq!(bench.health().await.unwrap(), Health::Good);
        let bench = Bench::begin(Probe { ill: Some("no room".into()), ..Probe::default() }).await.unwrap();
        assert_eq!(bench.health().await.unwrap(), Health::Bad("no room".into()));
    });
}

#[test]
fn a_services_own_refusals_carry_a_code() {
    for (error, code) in [
        (bad_request("x"), "badRequest"),
        (quota_exceeded("x"), "quotaExceeded"),
        (unavailable("x"), "serviceUnavailable"),
    ] {
        let denial = Denial::from_error(&error).unwrap();
        assert_eq!((denial.code.as_str(), &*denial.sentence, denial.code.kind()), (code, "x", error.kind));
    }
}
