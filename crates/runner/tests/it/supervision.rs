//! What becomes of services that end, hang or never come up.

use std::time::Duration;

use capos_runner::{Event, State, Unlaunchable};

use crate::bench::{Bench, SOON, key, opening, profile, profiles, say};

#[tokio::test]
async fn a_crash_ends_its_calls_and_facets_and_it_is_there_again() {
    let bench = Bench::new(&[profile("lab", "good", ""), profile("other", "good", "")]);
    let before = bench.say(1, "lab", "pid").await.unwrap();
    let ends = bench
        .on_vat(0, |runner| async move {
            let (opened, other) = (runner.open(opening(1, "lab")), runner.open(opening(1, "other")));
            say(&other, "hello").await.unwrap();
            say(&opened, "hello").await.unwrap();
            assert!(opened.standing.is_live());
            let (waiting, crashed) = futures::join!(say(&opened, "wait"), say(&opened, "abort"));
            while opened.standing.is_live() {
                tokio::task::yield_now().await;
            }
            let denial = opened.standing.check().unwrap_err();
            (waiting, crashed, say(&opened, "about").await, denial.code.as_str(), say(&other, "hello").await)
        })
        .await;
    for failed in [&ends.0, &ends.1, &ends.2] {
        assert!(failed.as_ref().is_err_and(|why| why.starts_with("Disconnected")), "{failed:?}");
    }
    assert_eq!((ends.3, ends.4), ("serviceUnavailable", Ok("hello".to_owned())));
    bench.until("lab", 1, |event| *event == Event::Restarted).await;
    let _ = before;
    assert_eq!(bench.say(1, "lab", "hello").await.unwrap(), "hello", "the same session gets it again");
}

#[tokio::test]
async fn a_crash_loop_is_given_up_until_an_administrator_says_otherwise() {
    let bench = Bench::new(&[profile("lab", "exit", "[restart]\nfirst = \"1ms\"\ngiveUp = 3\n")]);
    assert!(bench.runner.launch("lab", &key(1), None).await.is_err());
    bench.until("lab", 1, |event| matches!(event, Event::GivenUp(_))).await;
    let why = "it failed 3 times; the last time it ended with code 3";
    let given_up = Unlaunchable::GivenUp(why.to_owned());
    assert_eq!(bench.runner.state("lab", &key(1)), State::Unavailable(given_up));
    let status = bench.runner.status("lab").unwrap();
    assert_eq!((status.state, &*status.reason), ("givenUp", why));
    assert!(bench.runner.launch("lab", &key(1), None).await.is_err(), "whoever asks");
    assert_eq!(bench.events("lab").iter().filter(|event| matches!(event, Event::Ended(_))).count(), 3);
    let error = bench.runner.admin_start("lab").await.unwrap_err();
    assert!(error.to_string().contains("it ended with code 3"), "{error}");
    bench.until("lab", 2, |event| matches!(event, Event::GivenUp(_))).await;
}

#[tokio::test]
async fn one_that_fails_once_comes_up_after_its_wait() {
    let bench = Bench::new(&[profile("lab", "once", "")]);
    assert!(bench.runner.launch("lab", &key(1), None).await.is_err(), "the caller hears of the first try");
    bench.until("lab", 1, |event| *event == Event::Restarted).await;
    assert_eq!(bench.runner.status("lab").unwrap().instances[0].restarts, 1);
}

#[tokio::test]
async fn one_that_hangs_is_replaced() {
    let health = "[health]\nevery = \"50ms\"\nwithin = \"100ms\"\n";
    let bench = Bench::new(&[profile("lab", "good", health)]);
    let answer = bench.say(1, "lab", "hang").await;
    assert!(answer.unwrap_err().starts_with("Disconnected"));
    bench.until("lab", 1, |event| *event == Event::Ended("it does not answer".to_owned())).await;
    bench.until("lab", 1, |event| *event == Event::Restarted).await;
    assert_eq!(bench.say(1, "lab", "hello").await.unwrap(), "hello");
}

#[tokio::test]
async fn one_that_is_never_ready_is_ended_in_time() {
    let health = "[health]\nstartWithin = \"500ms\"\n[restart]\npolicy = \"never\"\n";
    let bench = Bench::new(&[profile("lab", "never-begin", health)]);
    let launched = tokio::time::timeout(SOON, bench.runner.launch("lab", &key(1), None)).await.expect("in time");
    assert_eq!(launched.unwrap_err().code.as_str(), "serviceUnavailable");
    assert_eq!(bench.events("lab"), [Event::Ended("it was not ready in time".to_owned())]);
    let status = bench.runner.status("lab").unwrap();
    assert_eq!((status.state, &*status.reason), ("stopped", "it was not ready in time"));
}

#[tokio::test]
async fn one_that_is_unwell_says_so_and_runs_on() {
    let health = "[health]\nevery = \"20ms\"\n";
    let bench = Bench::new(&[profile("lab", "unwell", health)]);
    bench.runner.launch("lab", &key(1), None).await.unwrap();
    let told = async {
        while bench.runner.status("lab").unwrap().state != "unhealthy" {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(SOON, told).await.expect("in time");
    assert_eq!(bench.runner.status("lab").unwrap().reason, "lab: a cold");
    assert_eq!(bench.say(1, "lab", "hello").await.unwrap(), "hello");
}

#[tokio::test]
async fn one_that_ends_well_rests_until_it_is_wanted() {
    let bench = Bench::new(&[profile("lab", "good", "")]);
    let _ = bench.say(1, "lab", "exit 0").await;
    bench.until("lab", 1, |event| matches!(event, Event::Ended(_))).await;
    assert_eq!(bench.say(1, "lab", "hello").await.unwrap(), "hello");
    bench.until("lab", 2, |event| *event == Event::Started).await;
    assert_eq!(bench.events("lab").last(), Some(&Event::Started));
}

#[tokio::test]
async fn a_stop_ends_it_and_it_starts_again_for_whoever_asks() {
    let bench = Bench::new(&[profile("lab", "good", "")]);
    bench.runner.launch("lab", &key(1), None).await.unwrap();
    bench.runner.admin_stop("lab").await.unwrap();
    assert_eq!((bench.sockets(), bench.runner.status("lab").unwrap().state), (0, "stopped"));
    assert_eq!(bench.events("lab"), [Event::Started, Event::Stopped]);
    assert_eq!(bench.say(1, "lab", "hello").await.unwrap(), "hello");
    assert!(bench.runner.admin_stop("nothing").await.is_err());
}

#[tokio::test]
async fn one_that_never_drains_is_ended_all_the_same() {
    let bench = Bench::new(&[profile("lab", "never-drain", "[health]\ndrainWithin = \"50ms\"\n")]);
    bench.runner.launch("lab", &key(1), None).await.unwrap();
    tokio::time::timeout(SOON, bench.runner.shut_down()).await.expect("in time");
    assert_eq!((bench.sockets(), bench.events("lab").last()), (0, Some(&Event::Stopped)));
}

#[tokio::test]
async fn what_it_writes_is_in_its_log_without_what_a_terminal_obeys() {
    let bench = Bench::new(&[profile("lab", "say", "")]);
    let log = bench.runner.log("lab").unwrap();
    let mut follow = log.follow();
    bench.runner.launch("lab", &key(1), None).await.unwrap();
    let mut lines = Vec::new();
    while lines.len() < 3 {
        lines.extend(tokio::time::timeout(SOON, follow.next(100)).await.expect("in time").expect("there is more"));
    }
    let said = |stream: &str| lines.iter().find(|line| line.stream.as_str() == stream).unwrap().text.clone();
    assert_eq!((said("out"), said("err")), ("to out \u{fffd}[2Jplain".to_owned(), "to err".to_owned()));
    assert_eq!(said("node"), "started");
    assert_eq!(log.tail(100).len(), 3);
    bench.runner.shut_down().await;
    let file = bench.directory.path().join("services/lab/log/log");
    let written = async {
        while !std::fs::read_to_string(&file).is_ok_and(|text| text.contains("stopped") && text.contains(" err to err"))
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(SOON, written).await.expect("in time");
}

#[tokio::test]
async fn other_settings_and_surroundings_make_another_service() {
    let bench = Bench::new(&[profile("lab", "good", "[settings]\ncolour = \"red\"\n")]);
    let (before, red) = (bench.say(1, "lab", "pid").await.unwrap(), bench.say(1, "lab", "settings").await.unwrap());
    bench.runner.set_profiles(profiles(&[profile("lab", "good", "[settings]\ncolour = \"red\"\n")]));
    assert_eq!((bench.say(1, "lab", "pid").await.unwrap(), &*red), (before, r#"{"colour":"red"}"#), "it is the same");
    let blue = "account = \"clerk\"\n[settings]\ncolour = \"blue\"\n";
    bench.runner.set_profiles(profiles(&[profile("lab", "good", blue)]));
    bench.until("lab", 2, |event| *event == Event::Started).await;
    assert_eq!(bench.say(1, "lab", "settings").await.unwrap(), r#"{"colour":"blue"}"#);
    let home = bench.say(1, "lab", "environment HOME").await.unwrap();
    assert!(home == "/home/clerk" || !bench.runner.status("lab").unwrap().missing.is_empty(), "{home}");
}

#[tokio::test]
async fn other_profiles_replace_what_changed_and_nothing_else() {
    let texts = [profile("same", "good", ""), profile("lab", "good", ""), profile("gone", "good", "")];
    let bench = Bench::new(&texts);
    for id in ["same", "lab", "gone"] {
        bench.runner.launch(id, &key(1), None).await.unwrap();
    }
    let changed = profile("lab", "good", "[limits]\nopenFiles = 99\n");
    bench.runner.set_profiles(profiles(&[texts[0].clone(), changed]));
    bench.until("lab", 2, |event| *event == Event::Started).await;
    bench.until("gone", 1, |event| *event == Event::Stopped).await;
    assert_eq!(bench.events("lab"), [Event::Started, Event::Stopped, Event::Started]);
    assert_eq!(bench.events("same"), [Event::Started]);
    assert!(bench.runner.profile("gone").is_none() && bench.runner.log("gone").is_none());
}

#[tokio::test]
async fn another_profile_is_another_chance_for_one_that_was_given_up() {
    let never = "[restart]\npolicy = \"never\"\ngiveUp = 1\n";
    let bench = Bench::new(&[profile("lab", "exit", never)]);
    assert!(bench.runner.launch("lab", &key(1), None).await.is_err());
    assert!(matches!(bench.runner.launchable("lab"), Err(Unlaunchable::GivenUp(_))));
    bench.runner.set_profiles(profiles(&[profile("lab", "good", never)]));
    bench.runner.launch("lab", &key(1), None).await.unwrap();
    assert_eq!(bench.runner.launchable("lab"), Ok(()));
}

#[tokio::test]
async fn a_stop_while_it_begins_leaves_nothing() {
    let bench = Bench::new(&[profile("lab", "never-begin", "isolation = \"session\"\n")]);
    let session = key(1);
    let launch = bench.runner.launch("lab", &session, None);
    let stop = async {
        while bench.sockets() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        bench.runner.session_over(&session);
    };
    let (launched, ()) = futures::join!(launch, stop);
    assert_eq!(launched.unwrap_err().code.as_str(), "serviceUnavailable");
    let sessions = bench.directory.path().join("services/lab/sessions");
    let gone = async {
        while bench.sockets() > 0 || std::fs::read_dir(&sessions).unwrap().count() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(SOON, gone).await.expect("in time");
}
