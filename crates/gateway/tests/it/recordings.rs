//! Recordings: made by a service through what it is lent, and had by those who may see them.

mod bounds;
mod ends;
mod seen;

use std::cell::RefCell;
use std::rc::Rc;

use capnp::Error;
use capos_schema::Code;
use capos_schema::recordings_capnp::{RecordingState, recording, recording_info, recording_reader, recordings};
use capos_testkit::lab_capnp::lab;
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::client::{Held, Line};
use crate::hall::{Hall, bench, granted, order};
use crate::node::Setup;

pub(crate) const RECORDINGS: &str =
    r#"{ "name": "recordings", "interface": "Recordings", "object": "builtin:recordings" }"#;
pub(crate) const ALL_RECORDINGS: &str =
    r#"{ "name": "all_recordings", "interface": "Recordings", "object": "builtin:all_recordings", "audit": "all" }"#;

/// A service that the node gives a recorder.
pub(crate) const STUDIO: &str = r#"
    id = "studio"
    isolation = "shared"
    [[requires]]
    name = "recorder"
    interface = "Recorder"
    holder = "node"
    [[exports]]
    name = "studio"
    interface = "Lab"
    transfer = "session"
"#;

/// A hall with a studio for `ada` and `bob`, and with `eve`, who may see all.
async fn studio(change: impl FnOnce(&mut Setup)) -> Hall {
    studio_with(STUDIO, change).await
}

async fn studio_with(service: &str, change: impl FnOnce(&mut Setup)) -> Hall {
    let hall = Hall::set_up(&[service], &[&granted("studio", "studio/studio"), RECORDINGS], change).await;
    hall.node.account("bob", capos_authority::PrincipalKind::Human, &["tester"], "lab").await;
    hall.node.profile("auditor", &["human"], &[RECORDINGS, ALL_RECORDINGS]).await;
    hall.node.role("auditor", &["auditor"]).await;
    hall.node.account("eve", capos_authority::PrincipalKind::Human, &["auditor"], "auditor").await;
    hall
}

/// Somebody in the studio.
struct Artist {
    line: Line,
    held: Held,
    bench: lab::Client,
    own: recordings::Client,
}

impl Artist {
    async fn enter(hall: &Hall, account: &str) -> Self {
        let (line, held) = Line::signed_in(&hall.node, account).await;
        let bench = bench(&held, "studio").await;
        let own = held.get_as("recordings").await.expect("granted");
        Self { line, held, bench, own }
    }

    /// Begins a recording, and gives its number.
    async fn record(&self, title: &str) -> capnp::Result<usize> {
        Ok(order(&self.bench, &format!("record:{title}")).await?.parse().expect("a number"))
    }

    async fn sink(&self, order_: &str) -> capnp::Result<()> {
        order(&self.bench, &format!("sink:{order_}")).await.map(drop)
    }

    /// A whole recording of one line.
    async fn recorded(&self, title: &str) -> String {
        let number = self.record(title).await.expect("there is room");
        self.sink(&format!("{number} write 0 output {title}")).await.expect("there is room");
        self.sink(&format!("{number} finish 0")).await.expect("it is kept");
        let newest = list(&self.own).await;
        newest.into_iter().find(|info| info.title == title).expect("it is listed").id
    }
}

/// What is told of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Info {
    id: String,
    title: String,
    command: String,
    state: RecordingState,
    started: u64,
    duration: u64,
    bytes: u64,
    exit_code: i32,
    owner: String,
    session: String,
}

fn info(from: recording_info::Reader<'_>) -> capnp::Result<Info> {
    Ok(Info {
        id: from.get_id()?.to_string()?,
        title: from.get_title()?.to_string()?,
        command: from.get_command()?.to_string()?,
        state: from.get_state()?,
        started: from.get_started_at_ms(),
        duration: from.get_duration_ms(),
        bytes: from.get_bytes(),
        exit_code: from.get_exit_code(),
        owner: from.get_owner()?.to_string()?,
        session: from.get_session()?.to_string()?,
    })
}

async fn page(from: &recordings::Client, cursor: &str, most: u32) -> capnp::Result<(Vec<Info>, String)> {
    let mut request = from.list_request();
    request.get().set_cursor(cursor);
    request.get().set_most(most);
    let answer = request.send().promise.await?;
    let answer = answer.get()?;
    let all: capnp::Result<Vec<Info>> = answer.get_recordings()?.iter().map(info).collect();
    Ok((all?, answer.get_cursor()?.to_string()?))
}

async fn list(from: &recordings::Client) -> Vec<Info> {
    page(from, "", 0).await.expect("a list").0
}

async fn open(from: &recordings::Client, id: &str) -> capnp::Result<recording::Client> {
    let mut request = from.open_request();
    request.get().set_id(id);
    request.send().promise.await?.get()?.get_recording()
}

async fn remove(from: &recordings::Client, id: &str) -> capnp::Result<()> {
    let mut request = from.remove_request();
    request.get().set_id(id);
    request.send().promise.await.map(drop)
}

/// Takes what is read, piece by piece as it is let.
struct Taker {
    bytes: Rc<RefCell<Vec<u8>>>,
    turns: Rc<Semaphore>,
}

impl recording_reader::Server for Taker {
    async fn write(self: Rc<Self>, params: recording_reader::WriteParams) -> Result<(), Error> {
        self.turns.acquire().await.expect("it is open").forget();
        self.bytes.borrow_mut().extend_from_slice(params.get()?.get_chunk()?);
        Ok(())
    }
}

/// Reads from a byte on, with so many turns; gives what was read and how much the node says it was.
async fn read(from: &recording::Client, offset: u64, turns: &Rc<Semaphore>) -> capnp::Result<(String, u64)> {
    let bytes = Rc::new(RefCell::default());
    let mut request = from.read_request();
    request.get().set_offset(offset);
    request.get().set_reader(capnp_rpc::new_client(Taker { bytes: Rc::clone(&bytes), turns: Rc::clone(turns) }));
    let answer = request.send().promise.await?;
    let count = answer.get()?.get_bytes();
    let text = String::from_utf8(bytes.borrow().clone()).expect("asciicast is UTF-8");
    Ok((text, count))
}

async fn whole(from: &recordings::Client, id: &str) -> String {
    let opened = open(from, id).await.expect("it may be seen");
    read(&opened, 0, &Rc::new(Semaphore::new(1 << 20))).await.expect("it may be read").0
}

/// The events of a recording, after its header.
fn events(cast: &str) -> Vec<(f64, String, String)> {
    cast.lines().skip(1).map(|line| serde_json::from_str(line).expect("a whole event")).collect()
}

/// The code that the service was refused with, which it tells as its own words.
fn refused<T>(result: capnp::Result<T>) -> Code {
    let error = result.err().expect("a refusal").to_string();
    let (_, words) = error.split_once("service: ").unwrap_or_else(|| panic!("no service's words: {error}"));
    let (code, _) = words.split_once(": ").expect("a code and a sentence");
    Code::parse(code).expect("a known code")
}

/// Payloads of a kind's rows.
async fn rows(hall: &Hall, kind: &str, count: usize) -> Vec<Value> {
    let rows = hall.node.journaled(kind, count).await;
    rows.iter().map(|row| serde_json::from_str(row).expect("JSON")).collect()
}

/// Waits until a recording is no more being made.
async fn ended(from: &recordings::Client, id: &str) -> Info {
    loop {
        let found = list(from).await.into_iter().find(|info| info.id == id).expect("it is listed");
        if found.state != RecordingState::Running {
            return found;
        }
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
}
