//! Recordings as they are listed, and the reading of a list.

use std::collections::BTreeMap;

use capos_schema::recordings_capnp::{RecordingState, recording_info, recordings};

use crate::workspace::problem::Problem;
use crate::workspace::view::{Key, Text, shown};

shown! {
    /// Recordings that this session may see.
    struct RecordingsView {
        /// Whether they have been asked for.
        known: bool,
        /// Why what is said may be old.
        trouble: Option<Problem>,
        /// The newest first.
        recordings: Vec<RecordingView>,
        /// Whether there are older ones.
        more: bool,
    }

    /// One recording.
    struct RecordingView {
        /// What windows call it by.
        key: Key,
        /// What the terminal was called.
        title: Text,
        /// What was opened.
        command: Text,
        /// Across, at the start.
        columns: u16,
        /// Down, at the start.
        rows: u16,
        /// When it began.
        started_at_ms: u64,
        /// How long it is.
        duration_ms: u64,
        /// How much it takes.
        bytes: u64,
        /// Whether it is whole.
        state: State,
        /// The program's status.
        exit_code: i32,
        /// The signal that ended the program; empty where none did.
        signal: Text,
        /// Whose terminal it was; empty for one's own.
        owner: Text,
    }

    /// Whether a recording is whole.
    words State {
        /// It is being made.
        Running,
        /// It has everything.
        Finished,
        /// It ends before the program did.
        Cut,
    }
}

/// A recording that is listed.
pub(super) struct Listed {
    /// Its name at the node.
    pub(super) id: String,
    pub(super) view: RecordingView,
}

impl Listed {
    /// One that is known already keeps its key.
    fn read(said: recording_info::Reader<'_>, keys: &BTreeMap<String, Key>) -> capnp::Result<Self> {
        let (id, size) = (said.get_id()?.to_str()?.to_owned(), said.get_size()?);
        let view = RecordingView {
            key: keys.get(&id).copied().unwrap_or_else(Key::new),
            title: Text::line(said.get_title()?.to_str()?),
            command: Text::line(said.get_command()?.to_str()?),
            columns: size.get_columns(),
            rows: size.get_rows(),
            started_at_ms: said.get_started_at_ms(),
            duration_ms: said.get_duration_ms(),
            bytes: said.get_bytes(),
            state: match said.get_state() {
                Ok(RecordingState::Running) => State::Running,
                Ok(RecordingState::Finished) => State::Finished,
                _ => State::Cut,
            },
            exit_code: said.get_exit_code(),
            signal: Text::line(said.get_signal()?.to_str()?),
            owner: Text::line(said.get_owner()?.to_str()?),
        };
        Ok(Self { id, view })
    }
}

/// What is known of a list.
#[derive(Default)]
pub(super) struct List {
    known: bool,
    trouble: Option<Problem>,
    pub(super) listed: Vec<Listed>,
    more: bool,
}

impl List {
    /// What came of reading it. Where nothing did, what was known stays.
    pub(super) fn learn(&mut self, read: Result<(Vec<Listed>, bool), Problem>) {
        match read {
            Ok((listed, more)) => *self = Self { known: true, trouble: None, listed, more },
            Err(problem) => self.trouble = Some(problem),
        }
    }

    /// What windows call each by.
    pub(super) fn keys(&self) -> BTreeMap<String, Key> {
        self.listed.iter().map(|listed| (listed.id.clone(), listed.view.key)).collect()
    }

    pub(super) fn view(&self) -> RecordingsView {
        RecordingsView {
            known: self.known,
            trouble: self.trouble.clone(),
            recordings: self.listed.iter().map(|listed| listed.view.clone()).collect(),
            more: self.more,
        }
    }
}

/// As many as are wanted, so many at a time, and whether there are more.
pub(super) async fn read(
    shelf: &recordings::Client,
    page: u32,
    most: usize,
    keys: &BTreeMap<String, Key>,
) -> capnp::Result<(Vec<Listed>, bool)> {
    let (mut listed, mut cursor) = (Vec::new(), String::new());
    // Each answer has at least one, or is the last.
    while listed.len() < most {
        let mut request = shelf.list_request();
        request.get().set_cursor(&*cursor);
        request.get().set_most(page);
        let answer = request.send().promise.await?;
        let (answer, before) = (answer.get()?, listed.len());
        for said in answer.get_recordings()? {
            listed.push(Listed::read(said, keys)?);
        }
        cursor = answer.get_cursor()?.to_str()?.to_owned();
        if cursor.is_empty() || listed.len() == before {
            return Ok((listed, false));
        }
    }
    listed.truncate(most);
    Ok((listed, true))
}

#[cfg(test)]
mod tests;
