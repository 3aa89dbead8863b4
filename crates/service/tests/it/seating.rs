//! One seat for each session, and what ends it.

use std::rc::Rc;

use capos_service::testing::{Bench, Visitor, run};
use capos_service::{Given, Host, Limits};
use capos_testkit::lab_capnp::lab;

use crate::probe::{Probe, echo, info, until};

type Lab = lab::Client;

#[test]
fn a_session_has_one_seat_over_all_exports_and_connections() {
    run(async {
        let probe = Probe::default();
        let seen = probe.seen.clone();
        let host = Host::new(Rc::new(probe), Limits::default());
        let (mut one, other) = (Bench::connect_to(&host), Bench::connect_to(&host));
        one.give(Given::default()).await.unwrap();
        let ann = Visitor::named("Ann");
        let first: Lab = one.open(&ann, "lab").await.unwrap();
        let second: Lab = one.open_lending(&ann, "other", Given::default().with("info", info())).await.unwrap();
        let third: Lab = other.open(&ann, "lab").await.unwrap();
        assert_eq!(seen.seats.get(), 1);
        assert_eq!(*seen.lent.borrow(), ["info"], "what is lent later is heard of");

        let elsewhere: Lab = other.open(&ann.clone().in_session(1), "lab").await.unwrap();
        assert_eq!(seen.seats.get(), 2, "another session of the same person");
        drop((first, third));
        drop(elsewhere);
        until("the other session's seat is left", || seen.seats.get() == 1).await;
        assert_eq!(echo(&second, b"held by one").await.unwrap(), b"held by one");
        drop(second);
        until("the seat goes with its last facet", || seen.seats.get() == 0).await;
    });
}

#[test]
fn what_a_facet_gave_keeps_the_seat() {
    run(async {
        let probe = Probe::default();
        let seen = probe.seen.clone();
        let bench = Bench::begin(probe).await.unwrap();
        let lab: Lab = bench.open(&Visitor::named("Ann"), "lab").await.unwrap();
        let next = lab.next_request().send().promise.await.unwrap().get().unwrap().get_lab().unwrap();
        drop(lab);
        assert_eq!(echo(&next, b"still").await.unwrap(), b"still");
        assert_eq!(seen.seats.get(), 1);
        drop(next);
        until("the seat is left", || seen.seats.get() == 0).await;
    });
}

#[test]
fn the_end_of_a_connection_ends_its_seats() {
    run(async {
        let probe = Probe::default();
        let seen = probe.seen.clone();
        let host = Host::new(Rc::new(probe), Limits::default());
        let (mut cut, kept) = (Bench::connect_to(&host), Bench::connect_to(&host));
        cut.give(Given::default()).await.unwrap();
        let _lost: Lab = cut.open(&Visitor::named("Ann"), "lab").await.unwrap();
        let lab: Lab = kept.open(&Visitor::named("Bea"), "lab").await.unwrap();
        assert_eq!(seen.seats.get(), 2);
        cut.cut();
        until("what the connection held is left", || seen.seats.get() == 1).await;
        assert_eq!(echo(&lab, b"here").await.unwrap(), b"here");
    });
}

#[test]
fn a_panic_ends_one_connection() {
    run(async {
        let probe = Probe::default();
        let seen = probe.seen.clone();
        let host = Host::new(Rc::new(probe), Limits::default());
        let (mut one, other) = (Bench::connect_to(&host), Bench::connect_to(&host));
        one.give(Given::default()).await.unwrap();
        let victim: Lab = one.open(&Visitor::named("Ann"), "lab").await.unwrap();
        let bystander: Lab = other.open(&Visitor::named("Bea"), "lab").await.unwrap();
        victim.hang_request().send().promise.await.map(drop).unwrap_err();
        until("what the connection held is left", || seen.seats.get() == 1).await;
        assert_eq!(echo(&bystander, b"here").await.unwrap(), b"here");
        let again = Bench::connect_to(&host);
        let lab: Lab = again.open(&Visitor::named("Ann"), "lab").await.unwrap();
        assert_eq!(echo(&lab, b"back").await.unwrap(), b"back");
    });
}

#[test]
fn every_place_can_be_taken_and_none_more() {
    run(async {
        let host = Host::new(Rc::new(Probe::default()), Limits { seats: 3, ..Limits::default() });
        let mut bench = Bench::connect_to(&host);
        bench.give(Given::default()).await.unwrap();
        let mut labs: Vec<Lab> = Vec::new();
        for name in ["Ann", "Bea", "Cid"] {
            labs.push(bench.open(&Visitor::named(name), "lab").await.unwrap());
        }
        let full = bench.open::<Lab>(&Visitor::named("Dan"), "lab").await.err().unwrap();
        assert_eq!(full.kind, capnp::ErrorKind::Overloaded);
        assert!(bench.open::<Lab>(&Visitor::named("Ann"), "other").await.is_ok(), "one who sits may have more");
        labs.pop();
        // The release was sent before this call, and is read before it.
        assert!(bench.open::<Lab>(&Visitor::named("Dan"), "lab").await.is_ok(), "a place that was left is free");
    });
}

#[test]
fn seats_that_were_left_take_no_room() {
    run(async {
        let probe = Probe::default();
        let seen = probe.seen.clone();
        let bench = Bench::begin(probe).await.unwrap();
        for number in 0..2000 {
            let _: Lab = bench.open(&Visitor::named(&format!("visitor {number}")), "lab").await.unwrap();
        }
        until("all have left", || seen.seats.get() == 0).await;
    });
}

#[test]
fn a_drained_service_lets_nobody_in_and_drains_once() {
    run(async {
        let probe = Probe::default();
        let seen = probe.seen.clone();
        let bench = Bench::begin(probe).await.unwrap();
        let lab: Lab = bench.open(&Visitor::named("Ann"), "lab").await.unwrap();
        bench.drain().await.unwrap();
        bench.drain().await.unwrap();
        assert_eq!(seen.drained.get(), 1);
        assert!(bench.open::<Lab>(&Visitor::named("Bea"), "lab").await.is_err());
        assert_eq!(echo(&lab, b"to the end").await.unwrap(), b"to the end");
    });
}
