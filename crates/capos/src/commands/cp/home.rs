//! The session's home, as `cp` and `ls` use it.

use std::time::Duration;

use capnp::capability::Promise;
use capos_schema::files_capnp::{EntryKind, RenameMode, directory, file, file_entry, file_reader, file_writer};
use serde::Serialize;

use crate::failure::Failure;
use crate::remote::{Remote, text};

/// Pages without anything in them that are asked for after each other: a service could give ever more.
const EMPTY: usize = 1_000;
/// The word for a node that does not answer.
pub(super) const SILENT: &str = "silent";
/// Bytes of which the checksum is waited for as long as for any other answer.
const SUMMED: u64 = 1 << 30;

/// The directory that was granted.
#[derive(Clone)]
pub(crate) struct Home {
    directory: directory::Client,
    /// How long an answer may take.
    patience: Duration,
}

/// Where a listing goes on.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place {
    after: u64,
    empty: usize,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    File,
    Directory,
    Link,
    /// A pipe, a socket, a device, or what a later node has.
    Other,
    Nothing,
}

/// What there is under one name.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) size: u64,
    pub(crate) modified_seconds: i64,
    pub(crate) modified_nanoseconds: u32,
    pub(crate) mode: u16,
    pub(crate) target: String,
    pub(crate) unreachable: bool,
}

/// How a file is to be when it is written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wish {
    pub(super) mode: u16,
    pub(super) modified: (i64, u32),
    pub(super) no_replace: bool,
}

impl Home {
    pub(crate) fn of(remote: &Remote, cap: &str, patience: Duration) -> Self {
        Self { directory: remote.grant(cap), patience }
    }

    pub(crate) async fn stat(&self, path: &str, follow: bool) -> Result<Entry, Failure> {
        let mut request = self.directory.stat_request();
        request.get().set_path(path);
        request.get().set_follow(follow);
        entry(answered(self.patience, request.send().promise).await?.get()?.get_entry()?)
    }

    /// Some entries of a directory, and where the next come; nothing after the last.
    pub(crate) async fn page(&self, path: &str, from: Place) -> Result<(Vec<Entry>, Option<Place>), Failure> {
        let mut request = self.directory.list_request();
        request.get().set_path(path);
        request.get().set_after(from.after);
        let answer = answered(self.patience, request.send().promise).await?;
        let answer = answer.get()?;
        let entries: Vec<Entry> = answer.get_entries()?.iter().map(entry).collect::<Result<_, _>>()?;
        let next = from.next(entries.is_empty(), answer.get_next())?;
        Ok((entries, next))
    }

    pub(super) async fn make(&self, path: &str) -> Result<bool, Failure> {
        let mut request = self.directory.make_request();
        request.get().set_path(path);
        request.get().set_parents(true);
        Ok(answered(self.patience, request.send().promise).await?.get()?.get_made())
    }

    pub(super) async fn remove(&self, path: &str) -> Result<(), Failure> {
        let mut request = self.directory.remove_request();
        request.get().set_path(path);
        answered(self.patience, request.send().promise).await?;
        Ok(())
    }

    pub(super) async fn rename(&self, from: &str, to: &str, no_replace: bool) -> Result<(), Failure> {
        let mut request = self.directory.rename_request();
        request.get().set_from(from);
        request.get().set_to(to);
        request.get().set_mode(if no_replace { RenameMode::NoReplace } else { RenameMode::Replace });
        answered(self.patience, request.send().promise).await?;
        Ok(())
    }

    pub(super) async fn link(&self, path: &str, target: &str) -> Result<(), Failure> {
        let mut request = self.directory.link_request();
        request.get().set_path(path);
        request.get().set_target(target);
        answered(self.patience, request.send().promise).await?;
        Ok(())
    }

    pub(super) async fn set_modified(&self, path: &str, (seconds, nanoseconds): (i64, u32)) -> Result<(), Failure> {
        let mut request = self.directory.set_modified_request();
        request.get().set_path(path);
        request.get().set_seconds(seconds);
        request.get().set_nanoseconds(nanoseconds);
        answered(self.patience, request.send().promise).await?;
        Ok(())
    }

    pub(super) async fn set_mode(&self, path: &str, mode: u16) -> Result<(), Failure> {
        let mut request = self.directory.set_mode_request();
        request.get().set_path(path);
        request.get().set_mode(mode);
        answered(self.patience, request.send().promise).await?;
        Ok(())
    }

    pub(super) fn file(&self, path: &str) -> Remotely {
        let mut request = self.directory.file_request();
        request.get().set_path(path);
        Remotely { file: request.send().pipeline.get_file(), patience: self.patience }
    }
}

impl Place {
    fn next(self, is_empty: bool, after: u64) -> Result<Option<Self>, Failure> {
        let empty = if is_empty { self.empty + 1 } else { 0 };
        match after {
            0 => Ok(None),
            after if after == self.after || empty >= EMPTY => Err(Failure::failed("its list does not come to an end")),
            after => Ok(Some(Self { after, empty })),
        }
    }
}

/// A file of the home.
pub(super) struct Remotely {
    file: file::Client,
    patience: Duration,
}

impl Remotely {
    /// The SHA-256 of its first bytes, 0: of all; and how many those are. `about` is how many are expected: so much
    /// longer it may take.
    pub(super) async fn checksum(&self, length: u64, about: u64) -> Result<(Vec<u8>, u64), Failure> {
        let mut request = self.file.checksum_request();
        request.get().set_length(length);
        let times = u32::try_from(about / SUMMED).unwrap_or(u32::MAX).saturating_add(1);
        let answer = answered(self.patience.saturating_mul(times), request.send().promise).await?;
        let answer = answer.get()?;
        Ok((answer.get_sha256()?.to_vec(), answer.get_length()))
    }

    /// Gives a reader so many bytes from there on, 0: all; says whether it was written to meanwhile. How long that may
    /// take is the reader's to say.
    pub(super) async fn read(&self, offset: u64, length: u64, reader: file_reader::Client) -> Result<bool, Failure> {
        let mut request = self.file.read_request();
        request.get().set_offset(offset);
        request.get().set_length(length);
        request.get().set_reader(reader);
        Ok(request.send().promise.await?.get()?.get_changed())
    }

    /// To be written anew, beside what is there.
    pub(super) fn replace(&self, wish: Wish) -> Writing {
        let mut request = self.file.replace_request();
        wish.write(request.get().init_options());
        Writing { writer: request.send().pipeline.get_writer(), patience: self.patience }
    }

    /// To be written in place.
    pub(super) fn write(&self, offset: u64, wish: Wish) -> Writing {
        let mut request = self.file.write_request();
        request.get().set_offset(offset);
        wish.write(request.get().init_options());
        Writing { writer: request.send().pipeline.get_writer(), patience: self.patience }
    }
}

impl Wish {
    fn write(self, mut to: capos_schema::files_capnp::write_options::Builder<'_>) {
        to.set_mode(self.mode);
        to.set_modified_seconds(self.modified.0);
        to.set_modified_nanoseconds(self.modified.1);
        to.set_no_replace(self.no_replace);
    }
}

/// A file of the home that is being written.
pub(super) struct Writing {
    writer: file_writer::Client,
    patience: Duration,
}

impl Writing {
    /// Adds bytes, and waits while many are on their way.
    pub(super) async fn add(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut request = self.writer.write_request();
        request.get().set_data(bytes);
        answered(self.patience, request.send()).await
    }

    pub(super) async fn finish(&self) -> Result<u64, Failure> {
        Ok(answered(self.patience, self.writer.finish_request().send().promise).await?.get()?.get_size())
    }
}

async fn answered<T>(patience: Duration, answer: Promise<T, capnp::Error>) -> Result<T, Failure> {
    match tokio::time::timeout(patience, answer).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(silent(patience)),
    }
}

/// Nothing more is to be expected of who has not answered for so long.
pub(super) fn silent(patience: Duration) -> Failure {
    let sentence = format!("no answer came within {}", humantime::format_duration(patience));
    Failure::failed(sentence).coded(SILENT)
}

fn entry(from: file_entry::Reader<'_>) -> Result<Entry, Failure> {
    let kind = match from.get_kind() {
        Ok(EntryKind::File) => Kind::File,
        Ok(EntryKind::Directory) => Kind::Directory,
        Ok(EntryKind::Link) => Kind::Link,
        Ok(EntryKind::Nothing) => Kind::Nothing,
        Ok(EntryKind::Other) | Err(_) => Kind::Other,
    };
    Ok(Entry {
        name: text(from.get_name())?,
        kind,
        size: from.get_size(),
        modified_seconds: from.get_modified_seconds(),
        modified_nanoseconds: from.get_modified_nanoseconds(),
        mode: from.get_mode() & 0o777,
        target: text(from.get_target())?,
        unreachable: from.get_unreachable(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_gets_nowhere_is_not_followed() {
        let begun = Place::default();
        assert!(begun.next(false, 0).unwrap().is_none());
        let second = begun.next(false, 7).unwrap().unwrap();
        assert!(second.next(false, 7).is_err(), "the same place again");
        let empty =
            |count: usize| (1..).take(count).try_fold(begun, |place, after| Ok(place.next(true, after)?.unwrap()));
        let kept: Result<Place, Failure> = empty(EMPTY - 1);
        assert_eq!(kept.unwrap().next(false, 1 << 40).unwrap().unwrap().empty, 0, "something came");
        let gone: Result<Place, Failure> = empty(EMPTY);
        assert!(gone.is_err());
    }
}
