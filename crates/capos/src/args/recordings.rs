//! `capos recordings` and `capos replay`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::target::{AdminTarget, Target};

/// List what was recorded of your terminals, or remove some of it
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  capos recordings
  capos recordings --all                    everybody's, where that was granted
  capos recordings remove 5fd1              the one whose name begins so")]
pub(crate) struct Recordings {
    #[command(subcommand)]
    pub(crate) verb: Option<RecordingsVerb>,
    /// Everybody's, with whose they are.
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) target: AdminTarget,
}

/// What to do with recordings.
#[derive(Debug, Subcommand)]
pub(crate) enum RecordingsVerb {
    /// Remove recordings of your own, for good
    #[command(after_help = "Example:\n  capos recordings remove 5fd1 80a2")]
    Remove {
        /// Their names, or how they begin.
        #[arg(value_name = "ID", required = true)]
        ids: Vec<String>,
    },
}

/// Play a recording of a terminal
///
/// Space stops and goes on, `.` shows what comes next while it is stopped, and `q` ends. What a recording draws goes
/// through a filter: it cannot make this terminal do more than show it.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  capos replay 5fd1                         the one whose name begins so
  capos replay --speed 4 --idle-limit 1s 5fd1
  capos replay -o monday.cast 5fd1          save it, for any asciicast player
  capos replay --cat monday.cast | less -R  what was shown, without the waiting")]
pub(crate) struct Replay {
    /// A recording's name, or how it begins; or a file in the format asciicast v2.
    #[arg(value_name = "ID|FILE")]
    pub(crate) what: String,
    /// One of everybody's, where that was granted; it is written down that you have read it.
    #[arg(long)]
    pub(crate) all: bool,
    /// So many times as fast.
    #[arg(long, value_name = "TIMES", default_value = "1", value_parser = parse_speed)]
    pub(crate) speed: f64,
    /// Wait no longer than this where nothing happened.
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(crate) idle_limit: Option<Duration>,
    /// Show everything at once.
    #[arg(long, conflicts_with_all = ["speed", "idle_limit"])]
    pub(crate) cat: bool,
    /// Save the recording itself there instead; `-` is standard output.
    #[arg(short, long, value_name = "FILE", conflicts_with_all = ["speed", "idle_limit", "cat"])]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) target: Target,
}

fn parse_speed(text: &str) -> Result<f64, String> {
    let speed = text.parse::<f64>().ok().filter(|speed| (0.01..=1_000.0).contains(speed));
    speed.ok_or_else(|| "a number from 0.01 to 1000".to_owned())
}
