//! `capos ls`: files of the session's home.

use std::time::Duration;

use crate::args::cp::Ls;
use crate::commands::cp::home::{Entry, Home, Kind, Place};
use crate::commands::cp::progress::size;
use crate::failure::{Exit, Failure};
use crate::output::when::utc;
use crate::output::{Output, Table};
use crate::remote::within;

/// Entries that are listed at most: a node could list ever more.
const MOST: usize = 1_000_000;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(300);

pub(crate) async fn run(arguments: Ls, output: &Output) -> Result<Exit, Failure> {
    let path = arguments.path.strip_prefix(':').unwrap_or(&arguments.path);
    let entries = within(&arguments.target, output, async |remote| {
        let home = Home::of(remote, &arguments.cap, PATIENCE);
        let found = home.stat(path, true).await?;
        match found.kind {
            Kind::Nothing => Err(Failure::failed(format!("there is no :{path}"))),
            Kind::Directory => all(&home, path).await,
            _ => Ok(vec![found]),
        }
    })
    .await?;
    output.list(&entries, |entries| table(entries))?;
    Ok(Exit::Done)
}

async fn all(home: &Home, path: &str) -> Result<Vec<Entry>, Failure> {
    let (mut entries, mut place) = (Vec::new(), Some(Place::default()));
    while let Some(from) = place {
        let (mut page, next) = home.page(path, from).await?;
        entries.append(&mut page);
        if entries.len() > MOST {
            return Err(Failure::failed("there are too many files to list"));
        }
        place = next;
    }
    entries.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(entries)
}

fn table(entries: &[Entry]) -> Table {
    let rows = entries.iter().map(|entry| {
        let changed = u64::try_from(entry.modified_seconds).unwrap_or_default().saturating_mul(1000);
        let name = match entry.kind {
            Kind::Directory => format!("{}/", entry.name),
            Kind::Link => format!("{} -> {}", entry.name, entry.target),
            _ => entry.name.clone(),
        };
        let length = if entry.kind == Kind::File { size(entry.size).replace(' ', "") } else { String::new() };
        [mode(entry), length, utc(changed), name]
    });
    Table::new(&["MODE", "SIZE", "CHANGED", "NAME"], "The directory is empty.").rows(rows)
}

/// As `ls -l` writes it.
fn mode(entry: &Entry) -> String {
    let kind = match entry.kind {
        Kind::Directory => 'd',
        Kind::Link => 'l',
        Kind::File => '-',
        Kind::Other | Kind::Nothing => '?',
    };
    let bit = |at: u32, letter| if entry.mode >> at & 1 == 1 { letter } else { '-' };
    std::iter::once(kind).chain((0..9).rev().map(|at| bit(at, ['x', 'w', 'r'][at as usize % 3]))).collect()
}
