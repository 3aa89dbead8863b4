//! From this machine to the home.

use std::fs::{self, File, Metadata};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use futures::future::try_join;

use super::Copy;
use super::home::{Entry, Kind, Wish, Writing};
use super::local::{Source, trouble};
use super::names::{below, is_content, part_of, split, stays_within, tidy};
use crate::failure::Failure;

/// Files up to this size go at once, without one beside them to go on with.
const SMALL: u64 = 1 << 20;
/// What a new file's permissions are without: nobody else may write it.
const OTHERS_WRITE: u16 = 0o022;
const PERMISSIONS: u32 = 0o777;

/// A directory that is to be copied.
struct Pending {
    from: PathBuf,
    to: String,
    depth: usize,
}

impl Copy<'_> {
    /// Copies to a path of the home.
    pub(super) async fn upload(&self, sources: &[PathBuf], to: &str) -> Result<(), Failure> {
        let place = tidy(to);
        let there = self.home.stat(&place, true).await?.kind;
        let into = there == Kind::Directory;
        if !into && (sources.len() > 1 || to.ends_with('/')) {
            return Err(Failure::failed(format!(":{place} is no directory")).advise("Several files need one to go to."));
        }
        if there == Kind::Nothing {
            self.has_directory(&place).await?;
        }
        for source in sources {
            let outcome = self.upload_one(source, &place, into).await;
            self.go_on(&source.display().to_string(), outcome, sources.len() == 1)?;
        }
        Ok(())
    }

    /// A name that is not there needs a directory that is.
    async fn has_directory(&self, place: &str) -> Result<(), Failure> {
        let above = split(place).map(|(above, _)| above).filter(|above| !above.is_empty());
        let Some(above) = above else { return Ok(()) };
        match self.home.stat(above, true).await?.kind {
            Kind::Directory => Ok(()),
            _ => Err(Failure::failed(format!("there is no directory :{above}"))
                .advise("Make it first: capos shell -- mkdir -p DIR")),
        }
    }

    async fn upload_one(&self, from: &Path, place: &str, into: bool) -> Result<(), Failure> {
        if from == Path::new("-") {
            return self.standard_input(place, into).await;
        }
        let found = fs::metadata(from).map_err(|error| trouble(from, &error))?;
        let content = from.to_str().is_some_and(is_content);
        let name = from.file_name().filter(|_| into && !content);
        let to = match name {
            Some(name) => below(place, name.to_str().ok_or_else(|| no_utf_8(from))?),
            None => place.to_owned(),
        };
        match (found.is_dir(), self.how.recursive) {
            (false, _) => self.upload_file(from, &found, &to).await,
            (true, true) => self.upload_tree(from, to).await,
            (true, false) => Err(is_a_directory(&from.display().to_string())),
        }
    }

    async fn upload_tree(&self, from: &Path, to: String) -> Result<(), Failure> {
        let mut pending = vec![Pending { from: from.to_owned(), to, depth: 0 }];
        let mut done = Vec::new();
        while let Some(directory) = pending.pop() {
            let made = if directory.to.is_empty() { Ok(false) } else { self.home.make(&directory.to).await };
            match made {
                Ok(made) => self.tally.borrow_mut().directories += usize::from(made),
                Err(failure) => {
                    self.go_on(&directory.from.display().to_string(), Err(failure), false)?;
                    continue;
                }
            }
            let outcome = self.upload_directory(&directory, &mut pending).await;
            self.go_on(&directory.from.display().to_string(), outcome, false)?;
            done.push(directory);
        }
        // What is put into a directory changes its time.
        for directory in done.into_iter().rev().filter(|directory| self.how.preserve && !directory.to.is_empty()) {
            let outcome = self.keep_facts(&directory).await;
            self.go_on(&directory.from.display().to_string(), outcome, false)?;
        }
        Ok(())
    }

    async fn keep_facts(&self, directory: &Pending) -> Result<(), Failure> {
        let found = fs::metadata(&directory.from).map_err(|error| trouble(&directory.from, &error))?;
        self.home.set_mode(&directory.to, mode(&found)).await?;
        self.home.set_modified(&directory.to, modified(&found)).await
    }

    async fn upload_directory(&self, directory: &Pending, pending: &mut Vec<Pending>) -> Result<(), Failure> {
        let fault = |error| trouble(&directory.from, &error);
        let mut paths: Vec<PathBuf> = Vec::new();
        for entry in fs::read_dir(&directory.from).map_err(fault)? {
            paths.push(entry.map_err(fault)?.path());
        }
        paths.sort();
        for path in paths {
            let outcome = self.upload_entry(directory, &path, pending).await;
            self.go_on(&path.display().to_string(), outcome, false)?;
        }
        Ok(())
    }

    async fn upload_entry(&self, above: &Pending, path: &Path, pending: &mut Vec<Pending>) -> Result<(), Failure> {
        let found = fs::symlink_metadata(path).map_err(|error| trouble(path, &error))?;
        let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(|| no_utf_8(path))?;
        let to = below(&above.to, name);
        if found.is_dir() {
            pending.push(Pending { from: path.to_owned(), to, depth: above.depth + 1 });
            return Ok(());
        }
        if found.is_symlink() {
            return self.upload_link(path, &to, above.depth).await;
        }
        self.upload_file(path, &found, &to).await
    }

    async fn upload_link(&self, from: &Path, to: &str, depth: usize) -> Result<(), Failure> {
        let target = fs::read_link(from).map_err(|error| trouble(from, &error))?;
        let target = target.to_str().filter(|target| stays_within(target, depth));
        let target = target.ok_or_else(|| Failure::failed("a link that leads out of what is copied"))?;
        let there = self.home.stat(to, false).await?;
        match there.kind {
            Kind::Nothing => {}
            _ if self.how.no_clobber => return self.is_there(),
            Kind::Link if there.target == target => return self.is_there(),
            Kind::Link | Kind::File => self.home.remove(to).await?,
            _ => return Err(Failure::failed(format!(":{to} is no link"))),
        }
        self.home.link(to, target).await?;
        self.tally.borrow_mut().links += 1;
        Ok(())
    }

    async fn upload_file(&self, from: &Path, found: &Metadata, to: &str) -> Result<(), Failure> {
        if !found.is_file() {
            return Err(Failure::failed("it is no file, no directory and no link"));
        }
        let there = self.home.stat(to, false).await?;
        if there.kind == Kind::Directory {
            return Err(Failure::failed(format!(":{to} is a directory")));
        }
        if self.how.no_clobber && there.kind != Kind::Nothing {
            return self.is_there();
        }
        // What stands under that name by now is not waited for.
        let kept = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
        let file = fs::OpenOptions::new().read(true).custom_flags(kept).open(from);
        let file: File = file.map_err(|error| trouble(from, &error))?;
        let wish = self.wish(found, &there);
        let (source, size) = (Source::file(file), found.len());
        if size <= SMALL && !self.how.resume {
            self.progress.begin(to, Some(size), 0);
            return self.send_at_once(from, source, to, wish).await;
        }
        self.send_beside(from, source, (to, size), (&there, wish)).await
    }

    fn wish(&self, found: &Metadata, there: &Entry) -> Wish {
        let mode = match there.kind {
            _ if self.how.preserve => mode(found),
            Kind::File => there.mode,
            _ => mode(found) & !OTHERS_WRITE,
        };
        let modified = if self.how.preserve { modified(found) } else { (0, 0) };
        Wish { mode, modified, no_replace: self.how.no_clobber }
    }

    /// Input of which nobody knows how long it is, and which cannot be gone back to.
    async fn standard_input(&self, place: &str, into: bool) -> Result<(), Failure> {
        if into || place.is_empty() {
            return Err(Failure::usage("standard input needs the name of a file to go to"));
        }
        let there = self.home.stat(place, false).await?;
        if self.how.no_clobber && there.kind != Kind::Nothing {
            return self.is_there();
        }
        self.progress.begin(place, None, 0);
        let wish = Wish { no_replace: self.how.no_clobber, ..Wish::default() };
        self.send_at_once(Path::new("-"), Source::standard(), place, wish).await
    }

    async fn send_at_once(&self, from: &Path, source: Source, to: &str, wish: Wish) -> Result<(), Failure> {
        let file = self.home.file(to);
        let writing = file.replace(wish);
        let source = self.send(from, source, &writing).await?;
        let size = writing.finish().await?;
        self.compare(&file, 0, (&source.sum(), size)).await?;
        self.tally.borrow_mut().files += 1;
        Ok(())
    }

    /// Writes beside, from where another copy was interrupted, and puts it in its place when it is whole.
    async fn send_beside(
        &self,
        from: &Path,
        mut source: Source,
        (to, size): (&str, u64),
        (there, wish): (&Entry, Wish),
    ) -> Result<(), Failure> {
        let fault = |error| trouble(from, &error);
        let (above, name) = split(to).ok_or_else(|| Failure::usage("a file needs a name"))?;
        let part_path = below(above, &part_of(name));
        let part = self.home.file(&part_path);
        let mut offset = 0;
        let left = self.home.stat(&part_path, false).await?;
        if self.how.resume {
            if there.kind == Kind::File && there.size == size {
                let sum;
                (source, sum) = self.worker.does(move || source.pass(size)).await.map_err(fault)?;
                if self.home.file(to).checksum(0, size).await? == (sum, size) {
                    return self.is_there();
                }
                source = self.worker.does(move || source.rewind()).await.map_err(fault)?;
            }
            if left.kind == Kind::File && (1..=size).contains(&left.size) {
                let sum;
                let length = left.size;
                (source, sum) = self.worker.does(move || source.pass(length)).await.map_err(fault)?;
                if part.checksum(length, length).await? == (sum, length) {
                    offset = length;
                } else {
                    source = self.worker.does(move || source.rewind()).await.map_err(fault)?;
                }
            }
        }
        if offset == 0 && left.kind != Kind::Nothing {
            self.home.remove(&part_path).await?;
        }
        self.progress.begin(to, Some(size), offset);
        self.tally.borrow_mut().resumed_bytes += offset;
        let writing = part.write(offset, Wish { no_replace: false, ..wish });
        self.resumable.set(true);
        let source = self.send(from, source, &writing).await?;
        let written = writing.finish().await?;
        if let Err(failure) = self.compare(&part, 0, (&source.sum(), written)).await {
            // Nothing good would come of going on with it.
            let _ = self.home.remove(&part_path).await;
            return Err(failure);
        }
        self.home.rename(&part_path, to, wish.no_replace).await?;
        self.tally.borrow_mut().files += 1;
        self.resumable.set(false);
        Ok(())
    }

    /// Reads what comes next while what came before is on its way.
    async fn send(&self, from: &Path, source: Source, writing: &Writing) -> Result<Source, Failure> {
        let next =
            async |source: Source| self.worker.does(move || source.next()).await.map_err(|error| trouble(from, &error));
        let (mut source, mut bytes) = next(source).await?;
        while !bytes.is_empty() {
            let sent = async {
                writing.add(&bytes).await?;
                self.progress.add(bytes.len());
                Ok::<(), Failure>(())
            };
            (_, (source, bytes)) = try_join(sent, next(source)).await?;
        }
        Ok(source)
    }
}

fn mode(found: &Metadata) -> u16 {
    u16::try_from(found.mode() & PERMISSIONS).unwrap_or_default()
}

fn modified(found: &Metadata) -> (i64, u32) {
    (found.mtime(), u32::try_from(found.mtime_nsec()).unwrap_or_default())
}

fn no_utf_8(path: &Path) -> Failure {
    Failure::failed(format!("{}: the name is no UTF-8", path.display()))
}

pub(super) fn is_a_directory(path: &str) -> Failure {
    Failure::failed(format!("{path} is a directory")).advise("Copy it with -r.")
}
