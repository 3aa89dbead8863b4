//! One transaction: records of slots, then commits, each whole or refused.

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::read;
use crate::engine::{Commit, Committed};
use crate::error::{Conflict, Unwritable};
use crate::{Change, Entry, Error, Head};

/// How far the database has come, as the writer knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) head: Head,
    pub(super) revision: u64,
}

impl Position {
    pub(super) fn read(database: &Connection) -> Result<Self, Error> {
        Ok(Self { head: read::head(database)?, revision: read::newest(database)? })
    }
}

/// Why nothing of a group was kept.
pub(super) struct Failed {
    pub(super) why: Unwritable,
    /// The failure came when all had been written and was being made durable.
    pub(super) in_doubt: bool,
}

impl Failed {
    fn before_the_end(error: Error) -> Self {
        let why = match error {
            Error::Unwritable(why) => why,
            Error::Database(error) => (&error).into(),
            other => Unwritable { full: false, reason: other.to_string().into() },
        };
        Self { why, in_doubt: false }
    }
}

/// What a group has become: the new position, and an answer to each commit.
pub(super) type Written = (Position, Vec<Result<Committed, Error>>);

/// Writes all of it and waits for the disk.
pub(super) fn write<'a>(
    database: &mut Connection,
    before: Position,
    records: &[Entry],
    commits: impl Iterator<Item = &'a Commit>,
) -> Result<Written, Failed> {
    let early = |error: rusqlite::Error| Failed::before_the_end(error.into());
    let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate).map_err(early)?;
    let mut group = Group { database: &transaction, position: before };
    let answers = group.write_all(records, commits).map_err(Failed::before_the_end)?;
    let after = group.position;
    transaction.commit().map_err(|error| {
        let why = Unwritable::from(&error);
        // Without room the last page of the commit was never written.
        Failed { in_doubt: !why.full, why }
    })?;
    Ok((after, answers))
}

/// Takes room in the file and gives it back, both durably: what fails for want of room fails here.
pub(super) fn probe(database: &Connection) -> Result<(), Failed> {
    let filled = database.execute("INSERT INTO probe VALUES (zeroblob(65536))", []);
    let probed = filled.and_then(|_| database.execute("DELETE FROM probe", []));
    probed.map(drop).map_err(|error| Failed::before_the_end(error.into()))
}

struct Group<'a> {
    database: &'a Transaction<'a>,
    position: Position,
}

impl Group<'_> {
    fn write_all<'a>(
        &mut self,
        records: &[Entry],
        commits: impl Iterator<Item = &'a Commit>,
    ) -> Result<Vec<Result<Committed, Error>>, Error> {
        let revision = self.position.revision;
        self.append(records)?;
        let answers = commits.map(|commit| self.commit(commit)).collect::<Result<_, _>>()?;
        if self.position.revision != revision {
            let newest = self.position.revision.cast_signed();
            self.database.prepare_cached("UPDATE newest SET revision = ?")?.execute([newest])?;
        }
        Ok(answers)
    }

    /// The inner error refuses one commit and leaves no trace; the outer one ends the group.
    fn commit(&mut self, commit: &Commit) -> Result<Result<Committed, Error>, Error> {
        for change in &commit.changes {
            let current = self.revision_of(change)?;
            if current != change.expected {
                let Change { bucket, key, .. } = change.clone();
                return Ok(Err(Error::Conflict(Conflict { bucket, key, current })));
            }
        }
        let changes = commit.changes.iter();
        let revisions = changes.map(|change| self.change(change)).collect::<Result<_, _>>()?;
        self.append(&commit.entries)?;
        Ok(Ok(Committed { revisions, head: self.position.head }))
    }

    fn revision_of(&self, change: &Change) -> Result<Option<u64>, Error> {
        let mut statement = self.database.prepare_cached("SELECT revision FROM record WHERE bucket = ? AND key = ?")?;
        let place = params![change.bucket.name(), change.key.as_str()];
        let revision: Option<i64> = statement.query_row(place, |row| row.get(0)).optional()?;
        Ok(revision.map(i64::cast_unsigned))
    }

    fn change(&mut self, change: &Change) -> Result<u64, Error> {
        let revision = self.position.revision + 1;
        let (bucket, key) = (change.bucket.name(), change.key.as_str());
        if let Some(value) = &change.value {
            let mut statement = self
                .database
                .prepare_cached("INSERT OR REPLACE INTO record (bucket, key, revision, value) VALUES (?, ?, ?, ?)")?;
            statement.execute(params![bucket, key, revision.cast_signed(), &value[..]])?;
        } else {
            let mut statement = self.database.prepare_cached("DELETE FROM record WHERE bucket = ? AND key = ?")?;
            statement.execute(params![bucket, key])?;
        }
        self.position.revision = revision;
        Ok(revision)
    }

    fn append(&mut self, entries: &[Entry]) -> Result<(), Error> {
        let mut statement = self
            .database
            .prepare_cached("INSERT INTO journal (sequence, at_ms, kind, payload, hash) VALUES (?, ?, ?, ?, ?)")?;
        for entry in entries {
            let head = self.position.head.after(entry);
            let (sequence, at_ms) = (head.sequence.cast_signed(), entry.at_ms.cast_signed());
            statement.execute(params![sequence, at_ms, entry.kind, entry.payload, &head.hash.0[..]])?;
            self.position.head = head;
        }
        Ok(())
    }
}
