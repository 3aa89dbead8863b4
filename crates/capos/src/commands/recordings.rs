//! `capos recordings`.

use std::time::Duration;

use capos_schema::recordings_capnp::{RecordingState, recording_info, recordings};
use serde::Serialize;
use serde_json::json;

use crate::args::recordings::{Recordings, RecordingsVerb};
use crate::args::target::Target;
use crate::commands::admin::ungranted;
use crate::failure::{Exit, Failure};
use crate::output::when::{span, utc};
use crate::output::{Output, Table};
use crate::remote::{Remote, text, within};

/// Letters of a name that are enough to mean a recording.
const PREFIX: usize = 4;
/// Letters of a whole name.
const WHOLE: usize = 32;
/// Pages of a list that are asked for: a node that never comes to an end is not followed for ever.
const PAGES: usize = 1_000;

/// One recording.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Recording {
    pub(crate) id: String,
    title: String,
    command: String,
    columns: u16,
    rows: u16,
    started_at_ms: u64,
    duration_ms: u64,
    pub(crate) bytes: u64,
    state: &'static str,
    exit_code: i32,
    signal: String,
    /// Only where everybody's were asked for.
    #[serde(skip_serializing_if = "String::is_empty")]
    owner: String,
    session: String,
}

/// Lists them, or removes some.
pub(crate) async fn run(arguments: Recordings, output: &Output) -> Result<Exit, Failure> {
    let (all, target) = (arguments.all, Target::from(arguments.target));
    match arguments.verb {
        None => {
            let found = within(&target, output, async |remote| list(&shelf(remote, all)).await).await;
            show(&found.map_err(|failure| unshown(failure, all))?, all, output)?;
        }
        Some(RecordingsVerb::Remove { ids }) => {
            let removed = within(&target, output, async |remote| remove(&shelf(remote, all), &ids).await).await;
            let removed = removed.map_err(|failure| unshown(failure, all))?;
            output.answer(&json!({ "removed": removed }), |_| match removed.len() {
                1 => "1 recording removed".to_owned(),
                many => format!("{many} recordings removed"),
            })?;
        }
    }
    Ok(Exit::Done)
}

/// The grant that has them.
pub(crate) fn shelf(remote: &Remote, all: bool) -> recordings::Client {
    remote.grant(if all { "all_recordings" } else { "recordings" })
}

/// The same failure, with what was not granted.
pub(crate) fn unshown(failure: Failure, all: bool) -> Failure {
    ungranted(failure, if all { "everybody's recordings" } else { "recordings" })
}

/// Every recording that may be seen, the newest first.
pub(crate) async fn list(shelf: &recordings::Client) -> Result<Vec<Recording>, Failure> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    for _ in 0..PAGES {
        let mut request = shelf.list_request();
        request.get().set_cursor(&cursor);
        let answer = request.send().promise.await?;
        let answer = answer.get()?;
        for from in answer.get_recordings()? {
            all.push(recording(from)?);
        }
        cursor = text(answer.get_cursor())?;
        if cursor.is_empty() {
            return Ok(all);
        }
    }
    Ok(all)
}

/// The one of that name, or the only one whose name begins so.
pub(crate) async fn find(shelf: &recordings::Client, id: &str) -> Result<String, Failure> {
    if id.len() >= WHOLE {
        return Ok(id.to_owned());
    }
    let all = list(shelf).await?;
    let mut meant = all.iter().filter(|recording| recording.id.starts_with(id));
    match (meant.next(), meant.next()) {
        (Some(one), None) if id.len() >= PREFIX => Ok(one.id.clone()),
        (Some(_), _) => {
            Err(Failure::usage(format!("{id} is not enough of a name")).advise("See `capos recordings` for the whole."))
        }
        (None, _) => {
            Err(Failure::failed(format!("there is no recording {id}"))
                .advise("`capos recordings` lists what there is."))
        }
    }
}

async fn remove(shelf: &recordings::Client, ids: &[String]) -> Result<Vec<String>, Failure> {
    let mut removed = Vec::new();
    for id in ids {
        let id = find(shelf, id).await?;
        let mut request = shelf.remove_request();
        request.get().set_id(&id);
        request.send().promise.await?;
        removed.push(id);
    }
    Ok(removed)
}

fn recording(from: recording_info::Reader<'_>) -> Result<Recording, Failure> {
    let size = from.get_size()?;
    Ok(Recording {
        id: text(from.get_id())?,
        title: text(from.get_title())?,
        command: text(from.get_command())?,
        columns: size.get_columns(),
        rows: size.get_rows(),
        started_at_ms: from.get_started_at_ms(),
        duration_ms: from.get_duration_ms(),
        bytes: from.get_bytes(),
        state: match from.get_state() {
            Ok(RecordingState::Running) => "running",
            Ok(RecordingState::Finished) => "finished",
            Ok(RecordingState::Cut) => "cut",
            Err(_) => "unknown",
        },
        exit_code: from.get_exit_code(),
        signal: text(from.get_signal())?,
        owner: text(from.get_owner())?,
        session: text(from.get_session())?,
    })
}

fn show(found: &[Recording], all: bool, output: &Output) -> Result<(), Failure> {
    let nothing = "Nothing was recorded.";
    output.list(&found, |found| match all {
        true => {
            let headings = ["ID", "OWNER", "STARTED", "LENGTH", "STATE", "SIZE", "WHAT"];
            Table::new(&headings, nothing).rows(found.iter().map(|recording| {
                let [id, started, length, state, size, what] = cells(recording);
                [id, recording.owner.clone(), started, length, state, size, what]
            }))
        }
        false => {
            let headings = ["ID", "STARTED", "LENGTH", "STATE", "SIZE", "WHAT"];
            Table::new(&headings, nothing).rows(found.iter().map(cells))
        }
    })
}

fn cells(recording: &Recording) -> [String; 6] {
    let state = match (recording.state, recording.exit_code, &*recording.signal) {
        ("finished", 0, "") => "finished".to_owned(),
        ("finished", code, "") => format!("exit={code}"),
        ("finished", _, signal) => signal.to_owned(),
        (state, ..) => state.to_owned(),
    };
    let what = if recording.title.is_empty() { &recording.command } else { &recording.title };
    let length = span(Duration::from_millis(recording.duration_ms)).replace(' ', "");
    [recording.id.clone(), utc(recording.started_at_ms), length, state, size(recording.bytes), what.clone()]
}

/// Bytes for a person.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes}B"),
        1_024..1_048_576 => format!("{}KiB", bytes / 1_024),
        _ => format!("{}MiB", bytes / 1_048_576),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_how_it_ended_in_one_word() {
        let finished = Recording {
            id: "ab".into(),
            title: String::new(),
            command: "vim notes".into(),
            columns: 80,
            rows: 24,
            started_at_ms: 1_000,
            duration_ms: 3_725_000,
            bytes: 2_048,
            state: "finished",
            exit_code: 0,
            signal: String::new(),
            owner: String::new(),
            session: String::new(),
        };
        let expected = ["ab", "1970-01-01T00:00:01Z", "1h2m", "finished", "2KiB", "vim notes"];
        assert_eq!(cells(&finished), expected.map(str::to_owned));
        assert_eq!(cells(&Recording { exit_code: 3, ..finished.clone() })[3], "exit=3");
        assert_eq!(cells(&Recording { signal: "SIGHUP".into(), ..finished.clone() })[3], "SIGHUP");
        assert_eq!(cells(&Recording { state: "cut", exit_code: 3, ..finished })[3], "cut");
        assert_eq!((size(1_023), size(1 << 20)), ("1023B".to_owned(), "1MiB".to_owned()));
    }
}
