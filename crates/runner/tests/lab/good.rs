//! What the laboratory does for those who ask: its facet is a terminal whose lines are commands.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fs;
use std::rc::Rc;
use std::time::Duration;

use capos_schema::service_capnp::{Disclosure, named_capability, service, session_context};
use capos_schema::terminal_capnp::{LineStatus, terminal_session};

type Outcome = Result<(), capnp::Error>;
type Given = HashMap<String, terminal_session::Client>;

pub(crate) struct Lab {
    mode: String,
    given: RefCell<Given>,
    settings: RefCell<String>,
    pub(crate) connections: Cell<usize>,
}

impl Lab {
    pub(crate) fn new(mode: &str) -> Self {
        Self {
            mode: mode.to_owned(),
            given: RefCell::default(),
            settings: RefCell::default(),
            connections: Cell::new(0),
        }
    }
}

fn given(list: capnp::struct_list::Reader<'_, named_capability::Owned>) -> Result<Given, capnp::Error> {
    let one = |entry: named_capability::Reader<'_>| {
        Ok((entry.get_name()?.to_string()?, entry.get_capability().get_as_capability()?))
    };
    list.iter().map(one).collect()
}

impl service::Server for Lab {
    async fn begin(self: Rc<Self>, params: service::BeginParams, mut results: service::BeginResults) -> Outcome {
        if self.mode == "never-begin" {
            std::future::pending::<()>().await;
        }
        if self.mode == "slow-begin" {
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        *self.settings.borrow_mut() = params.get()?.get_settings()?.to_string()?;
        *self.given.borrow_mut() = given(params.get()?.get_grants()?)?;
        let wants = [Disclosure::DisplayName, Disclosure::Pseudonym, Disclosure::PrincipalClass];
        let mut list = results.get().init_wants(3);
        wants.iter().zip(0..).for_each(|(want, at)| list.set(at, *want));
        Ok(())
    }

    async fn open(self: Rc<Self>, params: service::OpenParams, mut results: service::OpenResults) -> Outcome {
        match &*self.mode {
            "never-open" => std::future::pending::<()>().await,
            "forge" => return Err(capnp::Error::failed("revoked: by whoever".to_owned())),
            "poison" => return Ok(()),
            _ => {}
        }
        let params = params.get()?;
        let facet = Facet {
            about: about(params.get_context()?)?,
            export: params.get_export()?.to_string()?,
            lent: given(params.get_grants()?)?,
            lab: self,
            kept: RefCell::default(),
        };
        let client: terminal_session::Client = capnp_rpc::new_client(facet);
        results.get().get_facet().set_as_capability(client.client.hook);
        Ok(())
    }

    async fn health(self: Rc<Self>, _: service::HealthParams, mut results: service::HealthResults) -> Outcome {
        results.get().set_healthy(self.mode != "unwell");
        results.get().set_message("a cold");
        Ok(())
    }

    async fn drain(self: Rc<Self>, _: service::DrainParams, _: service::DrainResults) -> Outcome {
        if self.mode == "never-drain" {
            std::future::pending::<()>().await;
        }
        fs::write("drained", "yes").map_err(|error| capnp::Error::failed(error.to_string()))
    }
}

fn about(context: session_context::Reader<'_>) -> Result<String, capnp::Error> {
    let disclosed: Vec<_> = context.get_disclosed()?.iter().filter_map(Result::ok).collect();
    Ok(format!(
        "{} {} {} {}",
        context.get_reference()?.iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
        disclosed.len(),
        context.get_display_name()?.to_str()?,
        context.get_pseudonym()?.len(),
    ))
}

struct Facet {
    about: String,
    export: String,
    lent: Given,
    lab: Rc<Lab>,
    kept: RefCell<Vec<terminal_session::Client>>,
}

impl Facet {
    async fn command(&self, line: &str) -> Result<String, capnp::Error> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        Ok(match verb {
            "about" => self.about.clone(),
            "environment" => std::env::var(rest).unwrap_or_default(),
            "settings" => self.lab.settings.borrow().clone(),
            "export" => self.export.clone(),
            "lent" => sorted(&self.lent),
            "given" => sorted(&self.lab.given.borrow()),
            "pid" => std::process::id().to_string(),
            "print" => {
                println!("{rest}");
                String::new()
            }
            "user" => rustix::process::getuid().as_raw().to_string(),
            "read" => fs::read_to_string(rest).unwrap_or_else(|_| "nothing".to_owned()),
            "write" => fs::write(rest, "something").map_or_else(|error| error.to_string(), |()| "done".to_owned()),
            "look" => fs::read_dir(rest).map_or_else(|_| "nothing".to_owned(), |found| found.count().to_string()),
            "ask" => {
                let (name, line) = rest.split_once(' ').unwrap_or((rest, "about"));
                let held = self.lab.given.borrow().get(name).or_else(|| self.lent.get(name)).cloned();
                let held = held.ok_or_else(|| capnp::Error::failed("not given".to_owned()))?;
                ask(&held, line).await?
            }
            "wait" => std::future::pending().await,
            "exit" => std::process::exit(rest.parse().unwrap_or(0)),
            "abort" => std::process::abort(),
            "hang" => loop {
                std::thread::sleep(Duration::from_secs(3600));
            },
            "fill" => {
                let file = rest.to_owned();
                std::thread::spawn(move || fill(&file, false));
                "filling".to_owned()
            }
            "fill-unseen" => {
                let file = rest.to_owned();
                std::thread::spawn(move || fill(&file, true));
                "filling".to_owned()
            }
            "sh" => {
                let mut child = std::process::Command::new("/bin/sh").args(["-c", rest]).spawn();
                child.as_mut().map_or_else(|error| error.to_string(), |_| "started".to_owned())
            }
            "fork" => {
                let mut child = std::process::Command::new("/proc/self/exe").arg("idle").spawn();
                child.as_mut().map_or_else(|error| error.to_string(), |child| child.id().to_string())
            }
            other => other.to_owned(),
        })
    }
}

/// Writes without end, faster than anybody wants and slower than a disk is filled between two looks.
fn fill(path: &str, unseen: bool) {
    use std::io::Write as _;
    let mut file = fs::File::create(path).unwrap();
    if unseen {
        fs::remove_file(path).unwrap();
    }
    while file.write_all(&[1; 256 << 10]).is_ok() {
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn sorted(given: &Given) -> String {
    let mut names: Vec<_> = given.keys().cloned().collect();
    names.sort();
    names.join(",")
}

async fn ask(held: &terminal_session::Client, line: &str) -> Result<String, capnp::Error> {
    let mut request = held.read_line_request();
    request.get().init_request().set_prompt(line);
    let response = request.send().promise.await?;
    Ok(String::from_utf8_lossy(response.get()?.get_line()?).into_owned())
}

impl terminal_session::Server for Facet {
    async fn read_line(
        self: Rc<Self>,
        params: terminal_session::ReadLineParams,
        mut results: terminal_session::ReadLineResults,
    ) -> Outcome {
        let line = params.get()?.get_request()?.get_prompt()?.to_string()?;
        let answer = self.command(&line).await?;
        self.kept.borrow_mut().clear();
        results.get().set_line(answer.as_bytes());
        results.get().set_status(LineStatus::Submitted);
        Ok(())
    }
}
