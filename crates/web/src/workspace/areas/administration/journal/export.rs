//! The journal as a file.

use capos_schema::audit_capnp::audit_log;

use super::row::RowView;
use super::{Nothing, end, rows};
use crate::workspace::areas::administration::AdministrationArea;
use crate::workspace::command::{Command, Outcome, Reply};
use crate::workspace::problem::Problem;
use crate::workspace::view::{Key, json, shown};

/// The latest rows that one file has, and their bytes.
const MOST_ROWS: u64 = 50_000;
const MOST_BYTES: usize = 16 << 20;

shown! {
    /// A file to fetch.
    struct Exported {
        /// What it is fetched by.
        key: Key,
        /// The first row in it; 0 where there is none.
        first: u64,
        /// The last.
        last: u64,
        /// Whether it begins with the journal's first row.
        is_whole: bool,
    }
}

impl AdministrationArea {
    /// A line of JSON for each row, as it may be told here.
    pub(in crate::workspace::areas::administration) async fn export(&self, command: &Command) -> Outcome {
        let Nothing {} = command.read()?;
        let log: audit_log::Client = self.grant().await?;
        let (first, last, lines) = self.lines(&log).await?;
        let key = self.core.downloads.put("audit.jsonl", lines.into());
        Ok(Reply::of(&Exported { key, first, last, is_whole: first <= 1 }))
    }

    async fn lines(&self, log: &audit_log::Client) -> Result<(u64, u64, String), Problem> {
        let end = end(log).await.map_err(self.judge("audit.rows"))?;
        let first = end.saturating_sub(MOST_ROWS - 1).max(1);
        let (mut next, mut lines) = (first, String::new());
        while next <= end && lines.len() < MOST_BYTES {
            let page = rows(log, next, 0).await.map_err(self.judge("audit.rows"))?;
            let page: Vec<&RowView> = page.iter().filter(|row| (next..=end).contains(&row.sequence)).collect();
            let Some(after) = page.last().map(|row| row.sequence + 1) else { break };
            for row in page {
                lines.push_str(&json(row));
                lines.push('\n');
            }
            next = after;
        }
        Ok((first, next - 1, lines))
    }
}
