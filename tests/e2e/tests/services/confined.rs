//! The example as its profile says, confined, behind a runner.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use capos_rpc::Vats;
use capos_runner::{Happening, Limits, Opening, Profiles, Runner, SessionKey, Settings, Source, Visitor, Witness};
use capos_sandbox::Zygote;
use capos_schema::identity_capnp::{AuthStrength, PrincipalKind};

use crate::object::{GREETER, Greeter};

/// Longer than a slow machine takes to start Python.
const PATIENCE: Duration = Duration::from_secs(60);

struct Told;

impl Witness for Told {
    fn tell(&self, happening: &Happening) {
        println!("{}: {}", happening.process, happening.event);
    }
}

/// The example's profile, as far as this machine confines.
fn profile(directory: &Path, zygote: &Zygote) -> PathBuf {
    let strictness = if zygote.survey().missing.is_empty() { "required" } else { "best-effort" };
    let path = directory.join("greeter.toml");
    std::fs::write(&path, capos_e2e::greeter::profile(strictness)).expect("the directory is ours");
    path
}

fn visit(session: u8) -> Opening {
    let visitor = Visitor {
        reference: [session; 32],
        created_at_ms: 1_700_000_000_000,
        expires_at_ms: 1_700_003_600_000,
        class: PrincipalKind::Human,
        strength: AuthStrength::Password,
        profile: "user".to_owned(),
        display_name: "Ann".to_owned(),
        pseudonym: Some([7; 32]),
    };
    let session = SessionKey([session; 16]);
    let (service, export) = ("greeter".to_owned(), "greeter".to_owned());
    Opening { service, export, interface: GREETER, session, visitor, grants: Vec::new() }
}

fn runner(directory: &Path) -> Runner {
    let this = std::env::current_exe().expect("a program has a path");
    let zygote = Zygote::start(&this).expect("this program is its own helper");
    let profiles = Profiles::read(&[Source::File(profile(directory, &zygote))], &Limits::default());
    let profiles = profiles.unwrap_or_else(|faults| panic!("{faults:?}"));
    let settings = Settings {
        data: directory.join("data"),
        sockets: directory.join("sockets"),
        bundled: this.clone(),
        limits: Limits::default(),
    };
    Runner::new(settings, zygote, profiles, Arc::new(Told)).expect("a runner")
}

pub(crate) fn greeter_serves_from_its_profile() {
    let directory = tempfile::tempdir().expect("a directory");
    let runner = runner(directory.path());
    let vats = Vats::start(1).expect("a thread");
    let (done, finished) = mpsc::channel();
    let used = runner.clone();
    vats.place(move || async move {
        use_it(&used).await;
        used.shut_down().await;
        done.send(()).expect("it is waited for");
    });
    let outcome = finished.recv_timeout(PATIENCE);
    assert!(outcome.is_ok(), "the service fails or takes too long: {:?}", lines(&runner));
}

async fn use_it(runner: &Runner) {
    let registry = runner.profiles().registry().clone();
    let described = registry.methods(&capos_schema::Type::interface(GREETER)).expect("its schema is known");
    assert_eq!(described.len(), 5, "all its methods can be described");

    let opened = runner.open(visit(1));
    let ann = Greeter::new(opened.facet.clone(), registry.clone());
    assert_eq!(ann.hello().await, ("Hello, Ann!".to_owned(), "1".to_owned()));
    ann.does_all_the_rest().await;

    // What is kept for a person outlasts the process.
    runner.admin_restart("greeter").await.expect("it starts again");
    let opened = runner.open(visit(2));
    let ann = Greeter::new(opened.facet.clone(), registry);
    assert_eq!(ann.hello().await.1, "2");
}

fn lines(runner: &Runner) -> Vec<String> {
    let log = runner.log("greeter").expect("it has a log");
    log.tail(40).iter().map(|line| line.text.clone()).collect()
}
