//! `capos audit`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::admin::Place;

/// Read and check the audit journal
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  capos audit tail -f
  capos audit checkpoint > monday.json      keep it elsewhere
  capos audit verify --checkpoint monday.json
  capos audit --data /var/lib/capos verify  of a node that is stopped")]
pub(crate) struct Audit {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(subcommand)]
    pub(crate) verb: AuditVerb,
}

/// What to do with the journal.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditVerb {
    /// Show the last rows
    #[command(after_help = "Example:\n  capos audit tail\n  capos audit tail -f -n 50")]
    Tail {
        /// Wait for more.
        #[arg(short, long)]
        follow: bool,
        /// How many rows.
        #[arg(short = 'n', long = "rows", default_value_t = 20)]
        rows: u64,
    },
    /// Read the whole journal and tell what is wrong with it
    #[command(after_help = "Example:\n  capos audit verify --checkpoint monday.json")]
    Verify {
        /// A checkpoint that was kept; shows a cut-off end and a journal written anew.
        #[arg(long, value_name = "FILE")]
        checkpoint: Vec<PathBuf>,
    },
    /// Write the rows to standard output, each a line of JSON
    #[command(after_help = "Example:\n  capos audit export --from 1 > journal.jsonl")]
    Export {
        /// The first row.
        #[arg(long, value_name = "SEQUENCE", default_value_t = 1)]
        from: u64,
    },
    /// Sign the journal's end, to be kept elsewhere
    #[command(after_help = "Example:\n  capos audit checkpoint > monday.json")]
    Checkpoint,
}
