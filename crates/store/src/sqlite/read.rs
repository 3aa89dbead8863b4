//! What readers ask of the database.

use rusqlite::{Connection, OptionalExtension as _, Row as Found, Transaction, params};

use crate::{Bucket, Entry, Error, Hash, Head, Key, Page, Record, Row};

pub(super) fn record(database: &Transaction<'_>, bucket: Bucket, key: &Key) -> Result<Option<Record>, Error> {
    let mut statement =
        database.prepare_cached("SELECT key, revision, value FROM record WHERE bucket = ? AND key = ?")?;
    statement.query_row(params![bucket.name(), key.as_str()], |row| Ok(parse_record(row))).optional()?.transpose()
}

/// Where in a bucket to read, and how much.
pub(super) struct Span {
    pub(super) bucket: Bucket,
    pub(super) prefix: String,
    pub(super) after: Option<Key>,
    pub(super) most: usize,
    pub(super) bytes: usize,
}

pub(super) fn page(database: &Transaction<'_>, span: &Span) -> Result<Page, Error> {
    let revision = newest(database)?;
    // No character of a key is as great as this one: it ends what begins with the prefix.
    let end = format!("{}\u{7f}", span.prefix);
    let after = span.after.as_ref().map_or("", Key::as_str);
    let mut statement = database.prepare_cached(
        "SELECT key, revision, value FROM record
         WHERE bucket = ? AND key >= ? AND key < ? AND key > ? ORDER BY key LIMIT ?",
    )?;
    let limit = i64::try_from(span.most).unwrap_or(i64::MAX).saturating_add(1);
    let mut rows = statement.query(params![span.bucket.name(), span.prefix, end, after, limit])?;
    let mut page = Page { records: Vec::new(), more: false, revision };
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        let record = parse_record(row)?;
        bytes += record.key.as_str().len() + record.value.len();
        if page.records.len() == span.most || (bytes > span.bytes && !page.records.is_empty()) {
            page.more = true;
            break;
        }
        page.records.push(record);
    }
    Ok(page)
}

pub(super) fn rows(database: &Transaction<'_>, from: u64, most: usize, bytes: usize) -> Result<Vec<Row>, Error> {
    let mut statement = database.prepare_cached(
        "SELECT sequence, at_ms, kind, payload, hash FROM journal WHERE sequence >= ? ORDER BY sequence LIMIT ?",
    )?;
    let from = i64::try_from(from).unwrap_or(i64::MAX);
    let mut found = statement.query(params![from, i64::try_from(most).unwrap_or(i64::MAX)])?;
    let mut rows = Vec::new();
    let mut size = 0;
    while let Some(row) = found.next()? {
        let row = parse_row(row)?;
        size += row.entry.size();
        if size > bytes && !rows.is_empty() {
            break;
        }
        rows.push(row);
    }
    Ok(rows)
}

/// The newest revision that was given to a change.
pub(super) fn newest(database: &Connection) -> Result<u64, Error> {
    let revision: i64 = database.prepare_cached("SELECT revision FROM newest")?.query_row([], |row| row.get(0))?;
    Ok(revision.cast_unsigned())
}

pub(super) fn head(database: &Connection) -> Result<Head, Error> {
    let mut statement = database.prepare_cached("SELECT sequence, hash FROM journal ORDER BY sequence DESC LIMIT 1")?;
    let found = statement.query_row([], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?))).optional()?;
    let Some((sequence, hash)) = found else { return Ok(Head::START) };
    Ok(Head { sequence: sequence.cast_unsigned(), hash: parse_hash(hash) })
}

fn parse_record(row: &Found<'_>) -> Result<Record, Error> {
    let key: String = row.get(0)?;
    let key = Key::parse(&key).map_err(|_| Error::Damaged(format!("{key:?} is no key")))?;
    let value: Vec<u8> = row.get(2)?;
    Ok(Record { key, revision: row.get::<_, i64>(1)?.cast_unsigned(), value: value.into() })
}

fn parse_row(row: &Found<'_>) -> Result<Row, Error> {
    let entry = Entry {
        at_ms: row.get::<_, i64>(1)?.cast_unsigned(),
        // As it was found, for the verifier to judge.
        kind: String::from_utf8_lossy(row.get_ref(2)?.as_bytes().unwrap_or_default()).into_owned().into(),
        payload: row.get(3)?,
    };
    Ok(Row { sequence: row.get::<_, i64>(0)?.cast_unsigned(), entry, hash: parse_hash(row.get(4)?) })
}

/// A hash of another length is nobody's: the verifier then names the row, rather than the reader failing.
fn parse_hash(bytes: Vec<u8>) -> Hash {
    bytes.try_into().map_or(Hash([0xff; 32]), Hash)
}
