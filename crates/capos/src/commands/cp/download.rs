//! From the home to this machine.
//!
//! **Invariant:** nothing is written outside of where the person said, whatever the node lists: a name that is more
//! than one name is left out, no link is gone through that came with the copy, and a link is made only where it stays
//! within the copy.

use std::cell::RefCell;
use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use capos_schema::files_capnp::file_reader;
use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::Copy;
use super::home::{Entry, Kind};
use super::local::{Target, Worker, time_of, trouble};
use super::names::{below, is_content, is_usable, part_of, split, stays_within, tidy};
use super::progress::Progress;
use super::upload::is_a_directory;
use crate::failure::Failure;

/// Directories within each other, as deep as a node's paths are.
const DEPTH: usize = 128;
/// Directories that were listed and wait for their turn. A node could list ever more.
const PENDING: usize = 100_000;

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
            let target = self.receive(&from, 0, Path::new("-"), Target::standard(self.output)).await?;
            self.compare(&self.home.file(&from), &target.sum(), self.progress.done()).await?;
            self.tally.borrow_mut().files += 1;
        }
        Ok(())
    }

    async fn download_tree(&self, from: &str, to: PathBuf, entry: Entry) -> Result<(), Failure> {
        let mut pending = vec![Pending { from: from.to_owned(), to, depth: 0, entry }];
        let mut done = Vec::new();
        while let Some(directory) = pending.pop() {
            let outcome = match self.make_here(&directory) {
                Ok(()) => self.download_directory(&directory, &mut pending).await,
                Err(failure) => Err(failure),
            };
            self.go_on(&format!(":{}", directory.from), outcome, false)?;
            done.push(directory);
        }
        // What is put into a directory changes its time.
        for directory in done.iter().rev().filter(|_| self.how.preserve) {
            let outcome = keep_facts(&directory.to, &directory.entry).map_err(|error| trouble(&directory.to, &error));
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
        let mut after = 0;
        loop {
            let (entries, next) = self.home.page(&directory.from, after).await?;
            for entry in entries {
                let path = below(&directory.from, &entry.name);
                let outcome = self.download_entry(directory, &path, entry, pending).await;
                self.go_on(&format!(":{path}"), outcome, false)?;
            }
            match next {
                0 => return Ok(()),
                next => after = next,
            }
        }
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
                && file.checksum(0).await? == (whole.sum(), length)
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
        let target = self.receive(from, offset, &part, target).await?;
        if let Err(failure) = self.compare(&file, &target.sum(), self.progress.done()).await {
            // Nothing good would come of going on with it.
            let _ = fs::remove_file(&part);
            return Err(failure);
        }
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
                && file.checksum(length).await? == (left.sum(), length)
            {
                return Ok((left, length));
            }
        }
        let (path, mode) = (part.to_owned(), u32::from(entry.mode) | 0o600);
        let target = self.worker.does(move || Target::anew(&path, mode)).await.map_err(fault)?;
        Ok((target, 0))
    }

    /// Writes what comes from there on.
    async fn receive(&self, from: &str, offset: u64, to: &Path, target: Target) -> Result<Target, Failure> {
        let sink = Rc::new(Sink {
            target: RefCell::new(Some(target)),
            trouble: RefCell::default(),
            worker: self.worker.clone(),
            progress: self.progress.clone(),
        });
        let read = self.home.file(from).read(offset, capnp_rpc::new_client_from_rc(sink.clone())).await;
        if let Some(error) = sink.trouble.take() {
            return Err(trouble(to, &error));
        }
        if read? && self.how.no_checksum {
            return Err(Failure::failed(format!(":{from} was changed while it was copied")).advise("Copy it again."));
        }
        sink.target.take().ok_or_else(|| Failure::failed("the copy was not finished"))
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
                None if self.how.preserve => keep_facts(part, entry)?,
                None => {}
            }
        }
        let how = if self.how.no_clobber { RenameFlags::NOREPLACE } else { RenameFlags::empty() };
        Ok(renameat_with(CWD, part, CWD, to, how)?)
    }
}

fn keep_facts(path: &Path, entry: &Entry) -> io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(entry.mode.into()))?;
    match time_of((entry.modified_seconds, entry.modified_nanoseconds)) {
        Some(time) => fs::File::open(path)?.set_modified(time),
        None => Ok(()),
    }
}

/// Takes a file's bytes. The library has the next come when those before are written.
struct Sink {
    target: RefCell<Option<Target>>,
    /// What went wrong here, which the node need not know.
    trouble: RefCell<Option<io::Error>>,
    worker: Rc<Worker>,
    progress: Rc<Progress>,
}

impl file_reader::Server for Sink {
    async fn chunk(self: Rc<Self>, params: file_reader::ChunkParams) -> Result<(), capnp::Error> {
        let gone = || capnp::Error::failed("nobody takes any more".into());
        let bytes = params.get()?.get_data()?.to_vec();
        let mut target = self.target.take().ok_or_else(gone)?;
        let length = bytes.len();
        let written = self.worker.does(move || target.write(&bytes).map(|()| target)).await;
        match written {
            Ok(target) => {
                *self.target.borrow_mut() = Some(target);
                self.progress.add(length);
                Ok(())
            }
            Err(error) => {
                *self.trouble.borrow_mut() = Some(error);
                Err(gone())
            }
        }
    }

    async fn done(self: Rc<Self>, _: file_reader::DoneParams, _: file_reader::DoneResults) -> Result<(), capnp::Error> {
        Ok(())
    }
}
