//! What it costs to be signed in to a real node: coming in, staying, being one of many, running commands.
//!
//! The node is `capos up` in a process of its own, the client is the product's library in this one, always over TLS.

mod commands;
mod crowd;
mod growth;
mod key;
mod keystroke;
mod output;
mod sign_in;
mod sshd;
mod start;
mod steward;
mod up;
mod visit;

use std::path::PathBuf;

use tempfile::TempDir;

use crate::finding::Finding;
use crate::options::Options;
use key::Key;

const SIGN_IN: &str = "sign-in";
const START: &str = "start";
const IDLE: &str = "idle-session";
const CROWD: &str = "10000-idle-sessions";
const SESSIONS: &str = "growth-of-sessions";
const GRANTS: &str = "growth-of-grants";
const TRANSCRIPT: &str = "growth-of-transcript";
const EXEC: &str = "shell-exec";
const SPAWN: &str = "shell-spawn";
const OUTPUT: &str = "shell-output";
const KEYSTROKE: &str = "keystroke";

/// All rows, in their order.
pub(crate) const ROWS: [&str; 11] =
    [SIGN_IN, START, IDLE, CROWD, SESSIONS, GRANTS, TRANSCRIPT, EXEC, SPAWN, OUTPUT, KEYSTROKE];

/// What every row stands on.
struct Ground {
    program: PathBuf,
    /// With this key everybody signs in, to both worlds.
    key: Key,
    directory: TempDir,
}

impl Ground {
    fn new(program: PathBuf) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        Ok(Self { program, key: Key::make(directory.path(), "key")?, directory })
    }
}

/// Measures the rows that are wanted; runs on a `LocalSet`.
pub(crate) async fn measure(options: &Options) -> anyhow::Result<Vec<Finding>> {
    let rows: Vec<&'static str> = ROWS.into_iter().filter(|row| options.wants(row)).collect();
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let program = match up::program() {
        Ok(program) => program,
        Err(reason) => return Ok(rows.into_iter().map(|row| Finding::skipped(row, &reason)).collect()),
    };
    let ground = Ground::new(program)?;
    let mut findings = Vec::new();
    for row in rows {
        // The rows of a crowd are measured on one and the same.
        let is_there = findings.iter().any(|finding: &Finding| finding.row == row);
        if !is_there {
            options.tell(row);
            findings.extend(measure_row(row, &ground, options).await?);
        }
    }
    findings.retain(|finding| options.wants(finding.row));
    Ok(findings)
}

async fn measure_row(row: &str, ground: &Ground, options: &Options) -> anyhow::Result<Vec<Finding>> {
    match row {
        SIGN_IN => Ok(vec![sign_in::measure(ground, options).await?]),
        START => Ok(vec![start::measure(ground, options).await?]),
        GRANTS => Ok(vec![growth::of_grants(ground, options).await?]),
        TRANSCRIPT => Ok(vec![growth::of_transcript(ground, options).await?]),
        EXEC => Ok(vec![commands::exec(ground, options).await?]),
        SPAWN => Ok(vec![commands::spawn(ground, options).await?]),
        OUTPUT => Ok(vec![output::measure(ground, options).await?]),
        KEYSTROKE => Ok(vec![keystroke::measure(ground, options)?]),
        _ => crowd::measure(ground, options).await,
    }
}
