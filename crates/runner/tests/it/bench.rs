//! A runner with profiles of the laboratory, and a vat thread to use it on.

use std::fmt::Write as _;
use std::future::Future;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use capos_rpc::Vats;
use capos_runner::{
    Draft, Event, Happening, Limits, Opened, Opening, Profiles, Runner, SessionKey, Settings, Visitor, Witness,
};
use capos_sandbox::{Mechanism, Zygote};
use capos_schema::identity_capnp::{AuthStrength, PrincipalKind};
use capos_schema::terminal_capnp::terminal_session;
use tempfile::TempDir;
use tokio::sync::watch;

pub(crate) const LAB: &str = env!("CARGO_BIN_EXE_runner-lab");

/// The interface of the laboratory's facets.
pub(crate) const TERMINAL: u64 = 0x9348_4e80_4b83_f366;

/// Long enough for anything that should happen on a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// One profile of the laboratory.
pub(crate) fn profile(id: &str, mode: &str, more: &str) -> String {
    let mut text = format!("id = \"{id}\"\nlabel = \"The {id}\"\nsummary = \"For tests.\"\nprogram = \"{LAB}\"\n");
    // Tests start where nothing is confined, too.
    text += "sandbox = \"best-effort\"\n";
    let _ = writeln!(text, "arguments = [\"{mode}\"]");
    let tables = if more.starts_with('[') { 0 } else { more.find("\n[").map_or(more.len(), |at| at + 1) };
    let (keys, tables) = more.split_at(tables);
    text += keys;
    if !tables.contains("[restart]") {
        text += "\n[restart]\nfirst = \"10ms\"\n";
    }
    let _ = write!(text, "\n{tables}\n[[exports]]\nname = \"{id}\"\ninterface = \"TerminalSession\"\n");
    text
}

pub(crate) fn drafts(texts: &[String]) -> Vec<(Draft, Option<Arc<[u8]>>)> {
    let draft = |text: &String| Draft::parse(text, Path::new("/t/lab.toml"), &Limits::default());
    texts.iter().map(|text| (draft(text).unwrap_or_else(|faults| panic!("{faults:?}\n{text}")), None)).collect()
}

pub(crate) fn profiles(texts: &[String]) -> Profiles {
    Profiles::check(drafts(texts), &Limits::default()).unwrap_or_else(|faults| panic!("{faults:?}"))
}

/// Remembers what happened.
#[derive(Default)]
pub(crate) struct Diary {
    happened: Mutex<Vec<Happening>>,
    told: watch::Sender<usize>,
}

impl Witness for Diary {
    fn tell(&self, happening: &Happening) {
        self.happened.lock().unwrap().push(happening.clone());
        self.told.send_modify(|count| *count += 1);
    }
}

/// A runner, and where it keeps its things.
pub(crate) struct Bench {
    pub(crate) runner: Runner,
    pub(crate) directory: TempDir,
    diary: Arc<Diary>,
    vats: Vats,
}

impl Bench {
    pub(crate) fn new(texts: &[String]) -> Self {
        Self::with(texts, Limits::default(), &[])
    }

    pub(crate) fn with(texts: &[String], limits: Limits, lacking: &[Mechanism]) -> Self {
        Self::within(tempfile::tempdir().unwrap(), texts, limits, lacking)
    }

    /// The same in a directory that is there already.
    pub(crate) fn within(directory: TempDir, texts: &[String], limits: Limits, lacking: &[Mechanism]) -> Self {
        // Without a file tree of its own, a process reaches its home by the host's.
        std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o711)).unwrap();
        let zygote = Zygote::start_lacking(Path::new(LAB), lacking).unwrap();
        let settings = Settings {
            data: directory.path().join("services"),
            sockets: directory.path().join("sockets"),
            bundled: LAB.into(),
            limits,
        };
        let diary = Arc::new(Diary::default());
        let runner = Runner::new(settings, zygote, profiles(texts), diary.clone()).unwrap();
        Self { runner, directory, diary, vats: Vats::start(2).unwrap() }
    }

    /// Runs something on a vat thread, as a session would.
    pub(crate) async fn on_vat<T: Send + 'static, F: Future<Output = T> + 'static>(
        &self,
        vat: usize,
        run: impl FnOnce(Runner) -> F + Send + 'static,
    ) -> T {
        let (answer, told) = tokio::sync::oneshot::channel();
        let runner = self.runner.clone();
        let posted = self.vats.all()[vat].post(Box::new(move || {
            tokio::task::spawn_local(async move {
                let _ = answer.send(run(runner).await);
            });
        }));
        assert!(posted);
        tokio::time::timeout(SOON, told).await.expect("in time").expect("no panic")
    }

    /// Opens a facet and says one line to it.
    pub(crate) async fn say(&self, session: u8, service: &str, line: &str) -> Result<String, String> {
        let (service, line) = (service.to_owned(), line.to_owned());
        self.on_vat(0, move |runner| async move {
            let opened = runner.open(opening(session, &service));
            say(&opened, &line).await
        })
        .await
    }

    /// The same for somebody who may have several sessions, or for a guest.
    pub(crate) async fn say_as(&self, session: u8, who: Option<u8>, service: &str, line: &str) -> String {
        let (service, line) = (service.to_owned(), line.to_owned());
        let said = self.on_vat(0, move |runner| async move {
            let mut opening = opening(session, &service);
            opening.visitor.pseudonym = who.map(|who| [who; 32]);
            say(&runner.open(opening), &line).await
        });
        said.await.unwrap()
    }

    /// Waits until that has happened so often.
    pub(crate) async fn until(&self, service: &str, times: usize, event: impl Fn(&Event) -> bool) {
        let mut told = self.diary.told.subscribe();
        let count = || {
            let happened = self.diary.happened.lock().unwrap();
            happened.iter().filter(|one| one.process == service && event(&one.event)).count()
        };
        let wait = async {
            while count() < times {
                told.changed().await.unwrap();
            }
        };
        if tokio::time::timeout(SOON, wait).await.is_err() {
            panic!("{service} has not: {:?}", self.diary.happened.lock().unwrap());
        }
    }

    pub(crate) fn events(&self, process: &str) -> Vec<Event> {
        let happened = self.diary.happened.lock().unwrap();
        happened.iter().filter(|one| one.process == process).map(|one| one.event.clone()).collect()
    }

    /// What is in the directory of the sockets.
    pub(crate) fn sockets(&self) -> usize {
        std::fs::read_dir(self.directory.path().join("sockets")).unwrap().count()
    }
}

pub(crate) fn key(session: u8) -> SessionKey {
    SessionKey([session; 16])
}

pub(crate) fn opening(session: u8, service: &str) -> Opening {
    Opening {
        service: service.to_owned(),
        export: service.to_owned(),
        interface: TERMINAL,
        session: key(session),
        visitor: Visitor {
            reference: [session; 32],
            created_at_ms: 1,
            expires_at_ms: 2,
            class: PrincipalKind::Human,
            strength: AuthStrength::Password,
            profile: "user".to_owned(),
            display_name: "Ada".to_owned(),
            pseudonym: Some([session; 32]),
        },
        grants: Vec::new(),
    }
}

/// Says one line to a facet; the reason where that fails.
pub(crate) async fn say(opened: &Opened, line: &str) -> Result<String, String> {
    let terminal: terminal_session::Client = terminal(opened);
    let mut request = terminal.read_line_request();
    request.get().init_request().set_prompt(line);
    let response = request.send().promise.await.map_err(|error| format!("{:?} {}", error.kind, error.extra))?;
    let line = response.get().and_then(|answer| answer.get_line()).map_err(|error| error.extra)?;
    Ok(String::from_utf8_lossy(line).into_owned())
}

pub(crate) fn terminal(opened: &Opened) -> terminal_session::Client {
    use capnp::capability::FromClientHook as _;
    terminal_session::Client::new(opened.facet.hook.clone())
}
