//! Services start when they are asked for, and not before.

use capos_runner::{Event, State, Unlaunchable};

use crate::bench::{Bench, key, opening, profile, profiles, say};

#[tokio::test]
async fn looking_starts_nothing_and_launching_does() {
    let bench = Bench::new(&[profile("lab", "good", "")]);
    assert_eq!(bench.runner.state("lab", &key(1)), State::Startable);
    assert_eq!(bench.runner.launchable("lab"), Ok(()));
    assert!(bench.events("lab").is_empty() && bench.sockets() == 0);
    bench.runner.launch("lab", &key(1), None).await.unwrap();
    assert_eq!(bench.runner.state("lab", &key(1)), State::Attachable);
    assert_eq!(bench.events("lab"), [Event::Started]);
    bench.runner.launch("lab", &key(2), None).await.unwrap();
    assert_eq!(bench.events("lab"), [Event::Started], "it is shared");
    bench.runner.shut_down().await;
    assert_eq!(bench.sockets(), 0);
    assert!(bench.runner.launch("lab", &key(1), None).await.is_err(), "nothing starts any more");
}

#[tokio::test]
async fn a_session_holds_its_facet_and_is_told_of_as_its_profile_says() {
    let told = "disclose = [\"displayName\", \"authStrength\"]\n";
    let bench = Bench::new(&[profile("lab", "good", told)]);
    let about = bench.say(7, "lab", "about").await.unwrap();
    let reference = "07".repeat(32);
    assert_eq!(about, format!("{reference} 1 Ada 0"), "what is disclosed and asked for, and nothing else");
    let running = bench
        .on_vat(1, |runner| async move {
            let opened = runner.open(opening(7, "lab"));
            let exported = say(&opened, "export").await;
            (exported, runner.state("lab", &key(7)), runner.state("lab", &key(8)), runner.status("lab").unwrap())
        })
        .await;
    assert_eq!((running.0, running.1, running.2), (Ok("lab".to_owned()), State::Running, State::Attachable));
    assert_eq!((running.3.state, running.3.instances[0].facets), ("running", 1));
    assert!(running.3.instances[0].processes[0].running);
}

#[tokio::test]
async fn what_was_not_exported_is_not_there() {
    let bench = Bench::new(&[profile("lab", "good", "")]);
    let codes = bench
        .on_vat(0, |runner| async move {
            let mut codes = Vec::new();
            for (service, export, interface) in [("lab", "secret", 0), ("lab", "lab", 7), ("other", "other", 0)] {
                let asked = capos_runner::Opening {
                    export: export.to_owned(),
                    interface: if interface == 0 { crate::bench::TERMINAL } else { interface },
                    ..opening(1, service)
                };
                let opened = runner.open(asked);
                codes.push(opened.standing.check().unwrap_err().code.as_str());
                assert!(say(&opened, "about").await.is_err());
            }
            codes
        })
        .await;
    assert_eq!(codes, ["unknownCap", "interfaceMismatch", "serviceUnavailable"]);
    assert!(bench.events("lab").is_empty(), "nothing was started");
}

#[tokio::test]
async fn a_missing_program_and_an_unknown_service_are_told_beforehand() {
    let missing = profile("lab", "good", "").replace(crate::bench::LAB, "/nowhere/lab");
    let bench = Bench::new(&[missing]);
    assert_eq!(bench.runner.launchable("lab"), Err(Unlaunchable::MissingBinary));
    assert_eq!(bench.runner.launchable("other"), Err(Unlaunchable::Unknown));
    assert_eq!(bench.runner.state("lab", &key(1)), State::Unavailable(Unlaunchable::MissingBinary));
    let denial = bench.runner.launch("lab", &key(1), None).await.unwrap_err();
    let said = "serviceUnavailable: the service could not be started; its operator finds the reason in its log";
    assert_eq!(denial.to_string(), said);
    let error = bench.runner.admin_start("lab").await.unwrap_err().to_string();
    assert_eq!(error, "the service does not come up: its program is not there, or cannot be executed");
}

#[tokio::test]
async fn what_a_profile_shows_of_the_host_is_there_and_is_not_the_nodes_own() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("place");
    let write = format!("write = [{place:?}]\n");
    let bench = Bench::new(&[profile("lab", "good", &write)]);
    let reason = || bench.runner.status("lab").unwrap().reason;
    let told = format!("{}, which its profile lets it write, is not there", place.display());
    assert_eq!(bench.runner.launchable("lab"), Err(Unlaunchable::Surroundings(told.clone())));
    assert_eq!(reason(), told);
    let said = bench.runner.launchable("lab").unwrap_err().to_string();
    assert!(!said.contains('/'), "no client hears of a path: {said}");
    assert!(bench.runner.launch("lab", &key(1), None).await.is_err());
    std::fs::create_dir(&place).unwrap();
    assert_eq!(bench.runner.launchable("lab"), Ok(()));
    for own in ["services", "services/lab/home", "sockets", "."] {
        let own = bench.directory.path().join(own);
        for key in ["write", "read"] {
            std::fs::create_dir_all(&own).unwrap();
            bench.runner.set_profiles(profiles(&[profile("lab", "good", &format!("{key} = [{own:?}]\n"))]));
            assert!(reason().ends_with("has what is the node's own"), "{own:?}: {}", reason());
        }
    }
    let root = |path: &str| profiles(&[profile("lab", "good", &format!("root = {path:?}\n"))]);
    bench.runner.set_profiles(root("/nowhere/at/all"));
    assert!(reason().ends_with("is no directory"), "{}", reason());
    bench.runner.set_profiles(root("/"));
    assert!(reason().ends_with("has what is the node's own"), "{}", reason());
    bench.runner.set_profiles(profiles(&[profile("lab", "good", "user = \"no-such-user-anywhere\"\n")]));
    assert!(reason().contains("who is not in /etc/passwd"), "{}", reason());
}

#[tokio::test]
async fn a_service_runs_as_the_user_that_its_profile_names() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let bench = Bench::new(&[profile("lab", "good", "user = \"nobody\"\n")]);
    assert_eq!(bench.say(1, "lab", "write mine").await.unwrap(), "done");
    let home = bench.directory.path().join("services/lab/home/mine");
    use std::os::unix::fs::MetadataExt as _;
    assert_eq!(std::fs::metadata(home).unwrap().uid(), 65_534);
}

#[tokio::test]
async fn one_that_is_only_launched_is_not_started_by_a_grant() {
    let bench = Bench::new(&[profile("lab", "good", "start = \"launch\"\n")]);
    assert!(bench.say(1, "lab", "about").await.unwrap_err().contains("serviceUnavailable"));
    assert!(bench.events("lab").is_empty());
    bench.runner.launch("lab", &key(1), None).await.unwrap();
    assert!(bench.say(1, "lab", "about").await.is_ok());
}

#[tokio::test]
async fn one_that_starts_with_the_node_is_kept_up() {
    let bench = Bench::new(&[profile("lab", "good", "start = \"node\"\n")]);
    bench.runner.start();
    bench.until("lab", 1, |event| *event == Event::Started).await;
    let _ = bench.say(1, "lab", "exit 0").await;
    bench.until("lab", 1, |event| *event == Event::Restarted).await;
}

#[tokio::test]
async fn a_bundled_service_is_the_nodes_own_executable() {
    let bundled = profile("lab", "good", "").replace(crate::bench::LAB, "bundled:lab");
    let bench = Bench::new(&[bundled]);
    assert_eq!(bench.say(1, "lab", "hello").await.unwrap(), "hello");
}

#[tokio::test]
async fn where_names_could_be_seen_sockets_are_connected_beforehand() {
    use capos_sandbox::Mechanism::{MountNamespace, ReadOnlyRoot};
    let limits = capos_runner::Limits { pairs: 2, ..capos_runner::Limits::default() };
    let bench = Bench::with(&[profile("lab", "good", "")], limits, &[MountNamespace, ReadOnlyRoot]);
    assert_eq!(bench.say(1, "lab", "hello").await.unwrap(), "hello");
    assert_eq!(bench.sockets(), 0, "there is no name");
    let other = bench.on_vat(1, |runner| async move { say(&runner.open(opening(2, "lab")), "hello").await }).await;
    assert!(other.unwrap_err().contains("serviceUnavailable"), "one past the pairs there are");
    assert_eq!(bench.say(1, "lab", "again").await.unwrap(), "again", "and nobody else notices");
}

#[tokio::test]
async fn a_service_has_a_home_that_stays() {
    let bench = Bench::new(&[profile("lab", "good", "")]);
    assert_eq!(bench.say(1, "lab", "write kept").await.unwrap(), "done");
    bench.runner.admin_restart("lab").await.unwrap();
    assert_eq!(bench.say(1, "lab", "read kept").await.unwrap(), "something");
    assert_eq!(bench.say(1, "lab", "read drained").await.unwrap(), "yes", "it was told beforehand");
}
