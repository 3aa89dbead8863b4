//! From the home to this machine.
//!
//! **Invariant:** nothing is written outside of where the person said, whatever the node lists: a name that is more
//! than one name is left out, no link is gone through that came with the copy, and a link is made only where it stays
//! within the copy.
//!
//! **Invariant:** of no file more is written than the node said that there is of it.

mod sink;

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, RenameFlags, open, renameat_with};

use super::home::{Entry, Kind, Place};
use super::local::{Target, time_of, trouble};
use super::names::{below, is_content, is_usable, part_of, split, stays_within, tidy};
use super::upload::is_a_directory;
use super::{Copy, DIFFERS};
use crate::failure::Failure;
use sink::Sink;

/// Directories within each other, as deep as a node's paths are.
const DEPTH: usize = 128;
/// Directories that were listed and wait for their turn. A node could list ever more.
const PENDING: usize = 100_000;
/// Entries of one directory, as many as `ls` lists. A node could list ever more.
const ENTRIES: usize = 1_000_000;

/// A directory that is to be copied.
struct Pending {
    from: String,
    to: PathBuf,
    depth: usize,
    entry: Entry,
}

impl Copy<'_> {
    /// Copies from paths of the home.
    pub(super) async fn download(&self, sources: &[String], to: &Path) -> Result<(), Failure> {
        if to == Path::new("-") {
            return self.standard_output(sources).await;
        }
        let into = fs::metadata(to).is_ok_and(|found| found.is_dir());
        if !into && (sources.len() > 1 || to.as_os_str().as_encoded_bytes().ends_with(b"/")) {
            let sentence = format!("{} is no directory", to.display());
            return Err(Failure::failed(sentence).advise("Several files need one to go to."));
        }
        for source in sources {
            let outcome = self.download_one(source, to, into).await;
            self.go_on(&format!(":{source}"), outcome, sources.len() == 1)?;
        }
        Ok(())
    }

    async fn download_one(&self, source: &str, to: &Path, into: bool) -> Result<(), Failure> {
        let from = &*tidy(source);
        let into = into && !is_content(source);
        let entry = self.home.stat(from, true).await?;
        let to = match split(from).filter(|_| into) {
            Some((_, name)) if is_usable(name) => to.join(name),
            Some(_) => return Err(Failure::usage("such a name cannot be had here").advise("Say another for the copy.")),
            None => to.to_owned(),
        };
        match entry.kind {
            Kind::Nothing => Err(Failure::failed(format!("there is no :{from}"))),
            Kind::Directory if self.how.recursive => self.download_tree(from, to, entry).await,
            Kind::Directory => Err(is_a_directory(&format!(":{from}"))),
            _ => self.download_file(from, &entry, &to).await,
        }
    }

    async fn standard_output(&self, sources: &[String]) -> Result<(), Failure> {
        for source in sources {
            let from = tidy(source);
            let entry = self.home.stat(&from, true).await?;
            if entry.kind == Kind::Directory {
                return Err(Failure::failed(format!(":{from} is a directory")));
            }
            self.progress.begin(&from, Some(entry.size), 0);
            let target = self.receive((&from, &entry), 0, Path::new("-"), Target::standard(self.output)).await?;
            self.compare(&self.home.file(&from), entry.size, (&target.sum(), entry.size)).await?;
            self.tally.borrow_mut().files += 1;
        }
        Ok(())
    }

    async fn download_tree(&self, from: &str, to: PathBuf, entry: Entry) -> Result<(), Failure> {
        let mut pending = vec![Pending { from: from.to_owned(), to, depth: 0, entry }];
        let mut done = Vec::new();
        while let Some(directory) = pending.pop() {
            let made = self.make_here(&directory);
            // What is no directory of the copy's own keeps its permissions.
            let is_made = made.is_ok();
            let outcome = match made {
                Ok(()) => self.download_directory(&directory, &mut pending).await,
                Err(failure) => Err(failure),
            };
            self.go_on(&format!(":{}", directory.from), outcome, false)?;
            if is_made {
                done.push(directory);
            }
        }
        // What is put into a directory changes its time.
        for directory in done.iter().rev().filter(|_| self.how.preserve) {
            let outcome = keep_facts(&directory.to, &directory.entry, directory.depth == 0);
            let outcome = outcome.map_err(|error| trouble(&directory.to, &error));
            self.go_on(&format!(":{}", directory.from), outcome, false)?;
        }
        Ok(())
    }

    /// Makes a directory, unless there is one. Only where the person said may that be a link to one.
    fn make_here(&self, directory: &Pending) -> Result<(), Failure> {
        let found =
            if directory.depth == 0 { fs::metadata(&directory.to) } else { fs::symlink_metadata(&directory.to) };
        match found {
            Ok(found) if found.is_dir() => Ok(()),
            Ok(_) => Err(Failure::failed(format!("{} is no directory", directory.to.display()))),
            Err(_) => {
                fs::create_dir(&directory.to).map_err(|error| trouble(&directory.to, &error))?;
                self.tally.borrow_mut().directories += 1;
                Ok(())
            }
        }
    }

    async fn download_directory(&self, directory: &Pending, pending: &mut Vec<Pending>) -> Result<(), Failure> {
        let (mut place, mut count) = (Some(Place::default()), 0);
        while let Some(from) = place {
            let (entries, next) = self.home.page(&directory.from, from).await?;
            count += entries.len();
            if count > ENTRIES {
                return Err(Failure::failed("there are too many files in it"));
            }
            for entry in entries {
                let path = below(&directory.from, &entry.name);
                let outcome = self.download_entry(directory, &path, entry, pending).await;
                self.go_on(&format!(":{path}"), outcome, false)?;
            }
            place = next;
        }
        Ok(())
    }

    async fn download_entry(
        &self,
        above: &Pending,
        path: &str,
        entry: Entry,
        pending: &mut Vec<Pending>,
    ) -> Result<(), Failure> {
        if entry.unreachable || !is_usable(&entry.name) {
            return Err(Failure::failed("a name that cannot be had here"));
        }
        let to = above.to.join(&entry.name);
        match entry.kind {
            Kind::Directory if above.depth >= DEPTH || pending.len() >= PENDING => {
                Err(Failure::failed("too many directories"))
            }
            Kind::Directory => {
                pending.push(Pending { from: path.to_owned(), to, depth: above.depth + 1, entry });
                Ok(())
            }
            Kind::Link => self.download_link(&entry.target, &to, above.depth),
            Kind::File => self.download_file(path, &entry, &to).await,
            Kind::Other | Kind::Nothing => Err(Failure::failed("no file")),
        }
    }

    fn download_link(&self, target: &str, to: &Path, depth: usize) -> Result<(), Failure> {
        if !stays_within(target, depth) {
            return Err(Failure::failed("a link that leads out of what is copied"));
        }
        let fault = |error: io::Error| trouble(to, &error);
        match fs::symlink_metadata(to) {
            Err(_) => {}
            Ok(_) if self.how.no_clobber => return self.is_there(),
            Ok(found) if found.is_symlink() && fs::read_link(to).is_ok_and(|there| there == Path::new(target)) => {
                return self.is_there();
            }
            Ok(found) if found.is_dir() => return Err(is_a_directory(&to.display().to_string())),
            Ok(_) => fs::remove_file(to).map_err(fault)?,
        }
        symlink(target, to).map_err(fault)?;
        self.tally.borrow_mut().links += 1;
        Ok(())
    }

    async fn download_file(&self, from: &str, entry: &Entry, to: &Path) -> Result<(), Failure> {
        let there = fs::symlink_metadata(to).ok();
        if there.as_ref().is_some_and(|there| !there.is_file() && !there.is_symlink()) {
            return Err(Failure::failed(format!("{} is no file", to.display())));
        }
        if self.how.no_clobber && there.is_some() {
            return self.is_there();
        }
        let file = self.home.file(from);
        if self.how.resume && there.as_ref().is_some_and(|there| there.is_file() && there.len() == entry.size) {
            let whole = to.to_owned();
            let sum = self.worker.does(move || Target::left(&whole)).await.map_err(|error| trouble(to, &error))?;
            if let Some((whole, length)) = sum
                && file.checksum(0, length).await? == (whole.sum(), length)
            {
                return self.is_there();
            }
        }
        let name = to.file_name().ok_or_else(|| Failure::usage("a file needs a name"))?;
        let part = to.with_file_name(part_of(&name.to_string_lossy()));
        let (target, offset) = self.left_of(&file, &part, entry).await?;
        self.progress.begin(from, Some(entry.size), offset);
        self.tally.borrow_mut().resumed_bytes += offset;
        self.resumable.set(true);
        let received = async {
            let target = self.receive((from, entry), offset, &part, target).await?;
            self.compare(&file, entry.size, (&target.sum(), entry.size)).await?;
            Ok(target)
        };
        let target = received.await.inspect_err(|failure: &Failure| {
            if failure.code == DIFFERS {
                // Nothing good would come of going on with it.
                let _ = fs::remove_file(&part);
            }
        })?;
        let mode = there.filter(|there| there.is_file() && !self.how.preserve).map(|there| there.permissions());
        self.take_place(target, (&part, to), (mode, entry)).map_err(|error| trouble(to, &error))?;
        self.tally.borrow_mut().files += 1;
        self.resumable.set(false);
        Ok(())
    }

    /// What another copy left, as far as it is the same; else an empty file.
    async fn left_of(
        &self,
        file: &super::home::Remotely,
        part: &Path,
        entry: &Entry,
    ) -> Result<(Target, u64), Failure> {
        let fault = |error| trouble(part, &error);
        if self.how.resume {
            let path = part.to_owned();
            let left = self.worker.does(move || Target::left(&path)).await.map_err(fault)?;
            if let Some((left, length)) = left.filter(|(_, length)| (1..=entry.size).contains(length))
                && file.checksum(length, length).await? == (left.sum(), length)
            {
                return Ok((left, length));
            }
        }
        let (path, mode) = (part.to_owned(), u32::from(entry.mode) | 0o600);
        let target = self.worker.does(move || Target::anew(&path, mode)).await.map_err(fault)?;
        Ok((target, 0))
    }

    /// Writes what comes from there on, which is to be as much as was said that there is.
    async fn receive(
        &self,
        (from, entry): (&str, &Entry),
        offset: u64,
        to: &Path,
        target: Target,
    ) -> Result<Target, Failure> {
        let length = entry.size.saturating_sub(offset);
        if length == 0 && offset > 0 {
            return Ok(target);
        }
        let sink = Sink::new(self, (to, target), length);
        let file = self.home.file(from);
        let changed = tokio::select! {
            // What went wrong here is the reason for what goes wrong there.
            biased;
            failure = sink.failed(self.how.timeout.into()) => return Err(failure),
            changed = file.read(offset, length, capnp_rpc::new_client_from_rc(sink.clone())) => changed?,
        };
        match sink.finish()? {
            Some(target) if !(changed && self.how.no_checksum) => Ok(target),
            _ => Err(Failure::failed(format!(":{from} was changed while it was copied"))
                .coded(DIFFERS)
                .advise("Copy it again.")),
        }
    }

    fn take_place(
        &self,
        target: Target,
        (part, to): (&Path, &Path),
        (mode, entry): (Option<fs::Permissions>, &Entry),
    ) -> io::Result<()> {
        if let Some(file) = target.into_file() {
            match mode {
                Some(mode) => file.set_permissions(mode)?,
                None if self.how.preserve => keep_facts(part, entry, false)?,
                None => {}
            }
        }
        let how = if self.how.no_clobber { RenameFlags::NOREPLACE } else { RenameFlags::empty() };
        Ok(renameat_with(CWD, part, CWD, to, how)?)
    }
}

/// Of what is there itself, and not of what a link leads to, unless it is the one that the person named.
fn keep_facts(path: &Path, entry: &Entry, is_named: bool) -> io::Result<()> {
    let kept = if is_named { OFlags::empty() } else { OFlags::NOFOLLOW };
    let file: fs::File = open(path, kept | OFlags::CLOEXEC | OFlags::NONBLOCK, Mode::empty())?.into();
    if let Some(time) = time_of((entry.modified_seconds, entry.modified_nanoseconds)) {
        file.set_modified(time)?;
    }
    file.set_permissions(fs::Permissions::from_mode(entry.mode.into()))
}
