//! The session's home, as `cp` and `ls` use it.

use capos_schema::files_capnp::{EntryKind, RenameMode, directory, file, file_entry, file_reader, file_writer};
use serde::Serialize;

use crate::failure::Failure;
use crate::remote::{Remote, text};

/// The directory that was granted.
#[derive(Clone)]
pub(crate) struct Home(directory::Client);

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
    pub(crate) fn of(remote: &Remote, cap: &str) -> Self {
        Self(remote.grant(cap))
    }

    pub(crate) async fn stat(&self, path: &str, follow: bool) -> Result<Entry, Failure> {
        let mut request = self.0.stat_request();
        request.get().set_path(path);
        request.get().set_follow(follow);
        entry(request.send().promise.await?.get()?.get_entry()?)
    }

    /// Some entries of a directory, and from where the next come.
    pub(crate) async fn page(&self, path: &str, after: u64) -> Result<(Vec<Entry>, u64), Failure> {
        let mut request = self.0.list_request();
        request.get().set_path(path);
        request.get().set_after(after);
        let answer = request.send().promise.await?;
        let answer = answer.get()?;
        let entries = answer.get_entries()?.iter().map(entry).collect::<Result<_, _>>()?;
        Ok((entries, answer.get_next()))
    }

    pub(super) async fn make(&self, path: &str) -> Result<bool, Failure> {
        let mut request = self.0.make_request();
        request.get().set_path(path);
        request.get().set_parents(true);
        Ok(request.send().promise.await?.get()?.get_made())
    }

    pub(super) async fn remove(&self, path: &str) -> Result<(), Failure> {
        let mut request = self.0.remove_request();
        request.get().set_path(path);
        request.send().promise.await?;
        Ok(())
    }

    pub(super) async fn rename(&self, from: &str, to: &str, no_replace: bool) -> Result<(), Failure> {
        let mut request = self.0.rename_request();
        request.get().set_from(from);
        request.get().set_to(to);
        request.get().set_mode(if no_replace { RenameMode::NoReplace } else { RenameMode::Replace });
        request.send().promise.await?;
        Ok(())
    }

    pub(super) async fn link(&self, path: &str, target: &str) -> Result<(), Failure> {
        let mut request = self.0.link_request();
        request.get().set_path(path);
        request.get().set_target(target);
        request.send().promise.await?;
        Ok(())
    }

    pub(super) async fn set_modified(&self, path: &str, (seconds, nanoseconds): (i64, u32)) -> Result<(), Failure> {
        let mut request = self.0.set_modified_request();
        request.get().set_path(path);
        request.get().set_seconds(seconds);
        request.get().set_nanoseconds(nanoseconds);
        request.send().promise.await?;
        Ok(())
    }

    pub(super) async fn set_mode(&self, path: &str, mode: u16) -> Result<(), Failure> {
        let mut request = self.0.set_mode_request();
        request.get().set_path(path);
        request.get().set_mode(mode);
        request.send().promise.await?;
        Ok(())
    }

    pub(super) fn file(&self, path: &str) -> Remotely {
        let mut request = self.0.file_request();
        request.get().set_path(path);
        Remotely(request.send().pipeline.get_file())
    }
}

/// A file of the home.
pub(super) struct Remotely(file::Client);

impl Remotely {
    /// The SHA-256 of its first bytes, 0: of all; and how many those are.
    pub(super) async fn checksum(&self, length: u64) -> Result<(Vec<u8>, u64), Failure> {
        let mut request = self.0.checksum_request();
        request.get().set_length(length);
        let answer = request.send().promise.await?;
        let answer = answer.get()?;
        Ok((answer.get_sha256()?.to_vec(), answer.get_length()))
    }

    /// Gives a reader all from there on; says whether it was written to meanwhile.
    pub(super) async fn read(&self, offset: u64, reader: file_reader::Client) -> Result<bool, Failure> {
        let mut request = self.0.read_request();
        request.get().set_offset(offset);
        request.get().set_reader(reader);
        Ok(request.send().promise.await?.get()?.get_changed())
    }

    /// To be written anew, beside what is there.
    pub(super) fn replace(&self, wish: Wish) -> Writing {
        let mut request = self.0.replace_request();
        wish.write(request.get().init_options());
        Writing(request.send().pipeline.get_writer())
    }

    /// To be written in place.
    pub(super) fn write(&self, offset: u64, wish: Wish) -> Writing {
        let mut request = self.0.write_request();
        request.get().set_offset(offset);
        wish.write(request.get().init_options());
        Writing(request.send().pipeline.get_writer())
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
pub(super) struct Writing(file_writer::Client);

impl Writing {
    /// Adds bytes, and waits while many are on their way.
    pub(super) async fn add(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut request = self.0.write_request();
        request.get().set_data(bytes);
        Ok(request.send().await?)
    }

    pub(super) async fn finish(&self) -> Result<u64, Failure> {
        Ok(self.0.finish_request().send().promise.await?.get()?.get_size())
    }
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
