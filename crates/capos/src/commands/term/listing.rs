//! All terminals of a session.

use capos_schema::terminals_capnp::terminal_info;
use serde::Serialize;
use serde_json::json;

use super::wanted::unlisted;
use super::with_terminals;
use crate::args::target::Target;
use crate::failure::{Exit, Failure};
use crate::output::when::utc;
use crate::output::{Output, Table};
use crate::remote::text;

/// One of them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    id: u32,
    title: String,
    command: String,
    columns: u16,
    rows: u16,
    running: bool,
    exit_code: i32,
    signal: String,
    started_at_ms: u64,
    viewers: u32,
    recorded: bool,
    pid: u32,
}

impl Listed {
    fn read(from: terminal_info::Reader<'_>) -> Result<Self, Failure> {
        let size = from.get_size()?;
        Ok(Self {
            id: from.get_id(),
            title: text(from.get_title())?,
            command: text(from.get_command())?,
            columns: size.get_columns(),
            rows: size.get_rows(),
            running: from.get_running(),
            exit_code: from.get_exit_code(),
            signal: text(from.get_signal())?,
            started_at_ms: from.get_started_at_ms(),
            viewers: from.get_viewers(),
            recorded: from.get_recorded(),
            pid: from.get_pid(),
        })
    }

    /// In one word, so that a program can split the row.
    fn state(&self) -> String {
        match (self.running, self.signal.as_str()) {
            (true, _) if self.recorded => "recorded".to_owned(),
            (true, _) => "running".to_owned(),
            (false, "") => format!("ended:{}", self.exit_code),
            (false, signal) => signal.to_owned(),
        }
    }

    fn row(&self) -> [String; 6] {
        [
            self.id.to_string(),
            self.state(),
            format!("{}x{}", self.columns, self.rows),
            self.viewers.to_string(),
            utc(self.started_at_ms),
            if self.title.is_empty() { self.command.clone() } else { self.title.clone() },
        ]
    }
}

/// Lists them.
pub(super) async fn list(cap: &str, target: &Target, output: &Output) -> Result<Exit, Failure> {
    let listed = with_terminals(cap, target, output, async |terminals| {
        let answer = terminals.list_request().send().promise.await?;
        answer.get()?.get_terminals()?.iter().map(Listed::read).collect::<Result<Vec<_>, _>>()
    });
    output.list(&listed.await?, |listed| {
        let headings = ["ID", "STATE", "SIZE", "VIEWERS", "STARTED", "TITLE"];
        Table::new(&headings, "No terminal is open; `capos term` opens one.").rows(listed.iter().map(Listed::row))
    })?;
    Ok(Exit::Done)
}

/// Hangs one up.
pub(super) async fn close(cap: &str, id: u32, target: &Target, output: &Output) -> Result<Exit, Failure> {
    with_terminals(cap, target, output, async |terminals| {
        let mut request = terminals.attach_request();
        request.get().set_id(id);
        let answer = request.send().promise.await.map_err(unlisted)?;
        Ok(answer.get()?.get_terminal()?.close_request().send().promise.await.map(drop)?)
    })
    .await?;
    output.answer(&json!({ "closed": id }), |_| format!("terminal {id} is closed"))?;
    Ok(Exit::Done)
}
