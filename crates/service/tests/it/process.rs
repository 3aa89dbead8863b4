//! A service as a process of its own, with the sockets that the runner gives it.

use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use capos_service::testing::{Bench, Visitor, run};
use capos_service::{Given, Home, Limits, run_within};
use capos_testkit::lab_capnp::lab;
use socket2::{Domain, Socket, Type};

use crate::probe::{Probe, echo};

/// Set where this program is to be the service.
const ROLE: &str = "CAPOS_SERVICE_TEST_ROLE";
/// Puts the sockets where they are looked for, and says whose they are.
const LAUNCHER: &str =
    "exec 3<&0 4<&1 </dev/null >&2; LISTEN_FDS=2 LISTEN_PID=$$; export LISTEN_FDS LISTEN_PID; exec \"$@\"";
const PATIENCE: Duration = Duration::from_secs(30);

const ORDINARY: &str = "ordinary";
/// Takes two connections.
const NARROW: &str = "narrow";
/// Does not come to an end of draining.
const STUCK: &str = "stuck";

/// Not a test: what the children of the others run.
#[test]
fn the_service_itself() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let limits = match &*role {
        NARROW => Limits { connections: 2, ..Limits::default() },
        STUCK => Limits { drain: Duration::from_millis(50), ..Limits::default() },
        _ => Limits::default(),
    };
    let code = run_within(limits, |place| {
        Ok(Probe { home: Some(Home::at(place.home)), never_drains: role == STUCK, ..Probe::default() })
    });
    assert_eq!(code, ExitCode::SUCCESS);
}

struct Running {
    child: Child,
    path: std::path::PathBuf,
    connected: Option<UnixStream>,
}

fn start(home: &Path, launcher: &str) -> Running {
    start_as(ORDINARY, home, launcher)
}

fn start_as(role: &str, home: &Path, launcher: &str) -> Running {
    let path = home.join("service.sock");
    let listening: OwnedFd = UnixListener::bind(&path).unwrap().into();
    let (ours, theirs) = UnixStream::pair().unwrap();
    let child = command(role, home, launcher).stdin(listening).stdout(OwnedFd::from(theirs)).spawn().unwrap();
    Running { child, path, connected: Some(ours) }
}

fn command(role: &str, home: &Path, launcher: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", launcher, "sh"]).arg(std::env::current_exe().unwrap());
    command.args(["--exact", "process::the_service_itself", "--nocapture"]);
    command.env("HOME", home).env(ROLE, role).stderr(Stdio::piped());
    command
}

impl Running {
    fn connect(&self) -> Bench {
        let stream = UnixStream::connect(&self.path).unwrap();
        stream.set_nonblocking(true).unwrap();
        Bench::connect(tokio::net::UnixStream::from_std(stream).unwrap())
    }

    fn connected(&mut self) -> Bench {
        let stream = self.connected.take().unwrap();
        stream.set_nonblocking(true).unwrap();
        Bench::connect(tokio::net::UnixStream::from_std(stream).unwrap())
    }

    fn terminate(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").arg(id).status().unwrap().success());
    }

    /// How it ended, and what it said.
    async fn ended(self) -> (bool, String) {
        let waiting = tokio::task::spawn_blocking(move || self.child.wait_with_output().unwrap());
        let output = tokio::time::timeout(PATIENCE, waiting).await.expect("it ends in time").unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

#[test]
fn it_serves_listening_and_connected_sockets_and_drains_on_sigterm() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let mut service = start(home.path(), LAUNCHER);
        let (mut first, second) = (service.connected(), service.connect());
        first.give(Given::default()).await.unwrap();
        for bench in [&first, &second] {
            let lab: lab::Client = bench.open(&Visitor::named("Ann"), "lab").await.unwrap();
            assert_eq!(echo(&lab, b"there").await.unwrap(), b"there");
        }
        let _held: lab::Client = second.open(&Visitor::named("Bea"), "lab").await.unwrap();
        service.terminate();
        let (well, said) = service.ended().await;
        assert!(well, "{said}");
        assert_eq!(std::fs::read(home.path().join("drained")).unwrap(), b"yes");
        assert_eq!(std::fs::read(home.path().join("left")).unwrap(), b"yes", "a seat saved while everything ended");
    });
}

#[test]
fn a_panic_leaves_the_process_and_the_other_connections() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let mut service = start(home.path(), LAUNCHER);
        let (mut one, other) = (service.connected(), service.connect());
        one.give(Given::default()).await.unwrap();
        let victim: lab::Client = one.open(&Visitor::named("Ann"), "lab").await.unwrap();
        let bystander: lab::Client = other.open(&Visitor::named("Bea"), "lab").await.unwrap();
        assert!(victim.hang_request().send().promise.await.is_err());
        assert_eq!(echo(&bystander, b"here").await.unwrap(), b"here");
        service.terminate();
        let (well, said) = service.ended().await;
        assert!(well, "{said}");
        assert!(said.contains("ERROR a connection was cut by a panic"), "{said}");
    });
}

#[test]
fn without_a_listening_socket_it_ends_with_its_last_connection() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let mut service = start(home.path(), &LAUNCHER.replace("3<&0 4<&1", "3<&1").replace("FDS=2", "FDS=1"));
        let mut bench = service.connected();
        bench.give(Given::default()).await.unwrap();
        bench.cut();
        let (well, said) = service.ended().await;
        assert!(well, "{said}");
        assert!(home.path().join("drained").exists());
    });
}

#[test]
fn without_sockets_of_its_own_it_says_how_to_start_it() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        for launcher in ["exec \"$@\"", &LAUNCHER.replace("LISTEN_PID=$$", "LISTEN_PID=1")] {
            let _ = std::fs::remove_file(home.path().join("service.sock"));
            let (well, said) = start(home.path(), launcher).ended().await;
            assert!(!well && said.contains("ERROR there is no socket to serve"), "{said}");
            assert!(said.contains("systemd-socket-activate"), "{said}");
        }
    });
}

#[test]
fn a_socket_of_another_kind_is_refused() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let tcp: OwnedFd = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap().into();
        let one = LAUNCHER.replace("3<&0 4<&1", "3<&0").replace("FDS=2", "FDS=1");
        let child = command(ORDINARY, home.path(), &one).stdin(tcp).stdout(Stdio::null()).spawn().unwrap();
        let (well, said) = Running { child, path: home.path().into(), connected: None }.ended().await;
        assert!(!well && said.contains("ERROR"), "{said}");
    });
}

#[test]
fn as_many_connections_are_served_as_may_be_and_no_more() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let mut service = start_as(NARROW, home.path(), LAUNCHER);
        let (mut first, second) = (service.connected(), service.connect());
        first.give(Given::default()).await.unwrap();
        second.health().await.unwrap();
        service.connect().health().await.unwrap_err();
        second.cut();
        // The end of one is noticed in its own time.
        while service.connect().health().await.is_err() {}
        service.terminate();
        assert!(service.ended().await.0);
    });
}

#[test]
fn a_service_that_does_not_come_to_the_end_of_draining_is_ended() {
    run(async {
        let home = tempfile::tempdir().unwrap();
        let mut service = start_as(STUCK, home.path(), LAUNCHER);
        service.connected().give(Given::default()).await.unwrap();
        service.terminate();
        let (well, said) = service.ended().await;
        assert!(!well && said.contains("ERROR draining took too long"), "{said}");
    });
}
