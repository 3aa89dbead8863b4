//! `capos audit`: written once, over whatever implements [`Journal`].

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use capos_schema::{Registry, Type};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::args::audit::{Audit, AuditVerb};
use crate::args::target::Target;
use crate::commands::admin::connected::Connected;
use crate::commands::admin::model::as_hex;
use crate::commands::admin::ungranted;
use crate::failure::{Exit, Failure};
use crate::input;
use crate::output::Output;
use crate::output::when::utc;
use crate::remote::within;

/// The audit journal of a node one is signed in to, or of a data directory.
pub(crate) trait Journal {
    /// Rows from a sequence on, some of them, and the sequence of the last row there is. None where `from` is beyond.
    async fn rows(&self, from: u64) -> Result<(Vec<Row>, u64), Failure>;
    /// Gives every row from a sequence on and each that is written later, until `each` fails or the journal ends.
    async fn follow(&self, from: u64, each: &mut dyn FnMut(Row) -> Result<(), Failure>) -> Result<(), Failure>;
    /// Reads the whole journal and tells what is wrong with it.
    async fn verify(&self, checkpoints: &[Checkpoint]) -> Result<Verdict, Failure>;
    /// Signs the journal's end.
    async fn checkpoint(&self) -> Result<Checkpoint, Failure>;
}

/// One row.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) sequence: u64,
    pub(crate) at_ms: u64,
    pub(crate) kind: String,
    /// JSON text, as a rule.
    pub(crate) payload: Vec<u8>,
    pub(crate) hash: Vec<u8>,
}

/// The journal's end, signed by the node.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Checkpoint {
    pub(crate) sequence: u64,
    #[serde(serialize_with = "as_hex")]
    pub(crate) hash: Vec<u8>,
    pub(crate) at_ms: u64,
    #[serde(serialize_with = "as_hex")]
    pub(crate) signature: Vec<u8>,
}

/// What a check found.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Verdict {
    pub(crate) rows: u64,
    pub(crate) sound: bool,
    /// Each in one sentence; the first hundred.
    pub(crate) faults: Vec<String>,
}

/// Reads and checks, connected or with `--data`.
pub(crate) async fn run(arguments: Audit, output: &Output) -> Result<Exit, Failure> {
    let Audit { place, verb } = arguments;
    match &place.data {
        Some(data) => act(&crate::offline::open(data).await?, verb, output).await,
        None => {
            let target = Target::from(place.target);
            let acted = within(&target, output, async |remote| act(&Connected::new(remote), verb, output).await);
            acted.await.map_err(|failure| ungranted(failure, "the audit journal"))
        }
    }
}

async fn act(journal: &impl Journal, verb: AuditVerb, output: &Output) -> Result<Exit, Failure> {
    match verb {
        AuditVerb::Tail { follow, rows } => tail(journal, follow, rows, output).await?,
        AuditVerb::Export { from } => {
            every_row(journal, from.max(1), &mut |row| output.json_record(&record(&row))).await?
        }
        AuditVerb::Verify { checkpoint } => return verify(journal, &checkpoint, output).await,
        AuditVerb::Checkpoint => {
            let checkpoint = journal.checkpoint().await?;
            output.json_line(&checkpoint)?;
        }
    }
    Ok(Exit::Done)
}

async fn tail(journal: &impl Journal, follow: bool, count: u64, output: &Output) -> Result<(), Failure> {
    let (_, end) = journal.rows(u64::MAX).await?;
    let from = end.saturating_sub(count).saturating_add(1);
    let mut show =
        |row: Row| if output.is_json() { output.json_record(&record(&row)) } else { output.text(&line(&row)) };
    if follow {
        return journal.follow(from, &mut show).await;
    }
    // That the journal was read is in it, too, by the time it is read again.
    let mut shown = |row: Row| if row.sequence <= end { show(row) } else { Ok(()) };
    every_row(journal, from, &mut shown).await
}

/// Every row from a sequence on, to the end that the journal has when it is reached.
async fn every_row(
    journal: &impl Journal,
    from: u64,
    each: &mut dyn FnMut(Row) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut next = from;
    loop {
        let (rows, end) = journal.rows(next).await?;
        let Some(last) = rows.last().map(|row| row.sequence).filter(|&last| last >= next) else {
            return Ok(());
        };
        rows.into_iter().try_for_each(&mut *each)?;
        if last >= end {
            return Ok(());
        }
        next = last + 1;
    }
}

async fn verify(journal: &impl Journal, files: &[PathBuf], output: &Output) -> Result<Exit, Failure> {
    let checkpoints = files.iter().map(|file| read_checkpoint(file)).collect::<Result<Vec<_>, _>>()?;
    let verdict = journal.verify(&checkpoints).await?;
    output.answer(&verdict, |verdict| match (verdict.sound, verdict.rows) {
        (true, 1) => "1 row, sound".to_owned(),
        (true, rows) => format!("{rows} rows, sound"),
        (false, _) => verdict.faults.iter().map(|fault| format!("{fault}\n")).collect(),
    })?;
    if verdict.sound {
        return Ok(Exit::Done);
    }
    Err(Failure::failed("the journal is not sound").advise("Keep a copy of the data directory before anything else."))
}

/// A checkpoint has four short members.
const LARGEST_CHECKPOINT: u64 = 4 << 10;

fn read_checkpoint(file: &Path) -> Result<Checkpoint, Failure> {
    let unusable = |problem: String| Failure::usage(format!("{} {problem}", file.display()));
    let text = input::text(file, LARGEST_CHECKPOINT).map_err(|error| unusable(format!("cannot be read: {error}")))?;
    let value: Value = serde_json::from_str(&text).map_err(|_| unusable("is no checkpoint".to_owned()))?;
    let number = |key: &str| value.get(key).and_then(Value::as_u64);
    let bytes = |key: &str| hex::decode(value.get(key)?.as_str()?).ok();
    let read = || {
        let (sequence, at_ms) = (number("sequence")?, number("atMs")?);
        Some(Checkpoint { sequence, hash: bytes("hash")?, at_ms, signature: bytes("signature")? })
    };
    read().ok_or_else(|| unusable("is no checkpoint".to_owned()))
}

/// A row as an export of the store has it: the payload as the very text that was hashed.
fn record(row: &Row) -> Value {
    let mut record = json!({
        "sequence": row.sequence, "atMs": row.at_ms, "kind": row.kind, "hash": hex::encode(&row.hash),
    });
    match std::str::from_utf8(&row.payload) {
        Ok(text) => record["payload"] = text.into(),
        Err(_) => record["payloadBase64"] = STANDARD.encode(&row.payload).into(),
    }
    record
}

/// A row for a person: what happened as `key=value`.
fn line(row: &Row) -> String {
    let mut line = format!("{:>6}  {}  {:24}", row.sequence, utc(row.at_ms), row.kind);
    match serde_json::from_slice(&row.payload) {
        Ok(Value::Object(mut members)) => {
            name_the_call(&mut members);
            for (name, value) in members.iter().filter(|(_, value)| !is_nothing(value)) {
                let value = value.as_str().map_or_else(|| value.to_string(), quoted);
                line.push_str(&format!(" {name}={value}"));
            }
        }
        _ => line.push_str(&String::from_utf8_lossy(&row.payload)),
    }
    line.replace('\n', " ").trim_end().to_owned()
}

/// A call's interface and method by their names, where this program knows them.
fn name_the_call(members: &mut Map<String, Value>) {
    let id = members.get("interface").and_then(Value::as_str).and_then(|id| id.strip_prefix("0x"));
    let Some(id) = id.and_then(|digits| u64::from_str_radix(digits, 16).ok()) else { return };
    let registry = Registry::builtin();
    let Ok(interface) = registry.interface(id) else { return };
    let ordinal = members.get("method").and_then(Value::as_u64).and_then(|ordinal| usize::try_from(ordinal).ok());
    if let Some(method) = ordinal.and_then(|ordinal| interface.methods.get(ordinal)) {
        members.insert("method".to_owned(), method.name.clone().into());
    }
    members.insert("interface".to_owned(), registry.type_name(&Type::interface(id)).into());
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(str::is_empty)
}

fn quoted(text: &str) -> String {
    if text.contains([' ', '"', '=']) { format!("{text:?}") } else { text.to_owned() }
}
