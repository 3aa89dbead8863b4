//! The database's form, and how an older one becomes today's.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::{Error, Limits};

/// Marks the file as this program's.
const APPLICATION: i32 = 0x6361_7053;

/// Each brings the database one version further. What has been released is never edited.
const MIGRATIONS: &[&str] = &["
    CREATE TABLE record (
        bucket TEXT NOT NULL,
        key TEXT NOT NULL,
        revision INTEGER NOT NULL,
        value BLOB NOT NULL,
        PRIMARY KEY (bucket, key)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE journal (
        sequence INTEGER PRIMARY KEY,
        at_ms INTEGER NOT NULL,
        kind TEXT NOT NULL,
        payload BLOB NOT NULL,
        hash BLOB NOT NULL
    ) STRICT;
    CREATE TABLE newest (revision INTEGER NOT NULL) STRICT;
    INSERT INTO newest VALUES (0);
    CREATE TABLE probe (filling BLOB NOT NULL) STRICT;
"];

/// Opens the one connection that writes, checks the database and brings it up to date.
pub(super) fn open_writer(path: &Path, limits: &Limits, check: bool) -> Result<Connection, Error> {
    let mut connection = connect(path, limits)?;
    check_origin(&connection, path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // A commit is answered once the log is on the disk, not before.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    if check {
        check_pages(&connection)?;
    }
    migrate(&mut connection)?;
    set_ceiling(&connection, limits.database_bytes)?;
    Ok(connection)
}

/// Opens a connection that reads.
pub(super) fn open_reader(path: &Path, limits: &Limits) -> Result<Connection, Error> {
    let connection = connect(path, limits)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn connect(path: &Path, limits: &Limits) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(limits.busy)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    Ok(connection)
}

/// Bounds the file; past the bound writing fails as on a full disk.
pub(super) fn set_ceiling(connection: &Connection, bytes: Option<u64>) -> Result<(), Error> {
    let page: u32 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    let pages = bytes.map_or(u32::MAX - 1, |bytes| {
        // 0 would ask for the bound rather than set it.
        u32::try_from(bytes / u64::from(page.max(1))).unwrap_or(u32::MAX - 1).max(1)
    });
    connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
    Ok(())
}

fn number(connection: &Connection, pragma: &str) -> Result<i32, rusqlite::Error> {
    connection.pragma_query_value(None, pragma, |row| row.get(0))
}

fn check_origin(connection: &Connection, path: &Path) -> Result<(), Error> {
    let not_ours = || Error::NotOurs(path.to_path_buf());
    let application = number(connection, "application_id").map_err(|error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => not_ours(),
        _ => error.into(),
    })?;
    let tables: u32 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let is_new = application == 0 && tables == 0;
    if is_new || application == APPLICATION { Ok(()) } else { Err(not_ours()) }
}

fn check_pages(connection: &Connection) -> Result<(), Error> {
    let said: String = connection.pragma_query_value(None, "quick_check", |row| row.get(0))?;
    if said == "ok" { Ok(()) } else { Err(Error::Damaged(said)) }
}

fn migrate(connection: &mut Connection) -> Result<(), Error> {
    let known = MIGRATIONS.len();
    let found = usize::try_from(number(connection, "user_version")?).unwrap_or(usize::MAX);
    if found > known {
        let shown = |version| u32::try_from(version).unwrap_or(u32::MAX);
        return Err(Error::Newer { found: shown(found), known: shown(known) });
    }
    for (before, migration) in MIGRATIONS.iter().enumerate().skip(found) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", i64::try_from(before + 1).unwrap_or(i64::MAX))?;
        transaction.commit()?;
    }
    Ok(())
}
