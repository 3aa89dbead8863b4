//! A home in a temporary directory, what is outside of it, and who holds it.

use std::cell::RefCell;
use std::future::Future;
use std::path::PathBuf;
use std::rc::Rc;

use capnp::Error;
use capnp::capability::{Client, FromClientHook as _};
use capos_schema::files_capnp::{
    EntryKind, RenameMode, directory, file, file_entry, file_reader, file_writer, readable_directory,
};
use capos_service::testing::{Bench, Visitor, run};
use capos_service::{Context, Disclosure, Given, Service};
use tempfile::TempDir;

use super::super::desk::Desk;
use super::super::{FileLimits, home};

/// A service of files alone.
struct Files(Rc<Desk>);

impl Service for Files {
    type Seat = ();
    const WANTS: &'static [Disclosure] = &[];

    fn seat(&self, _: Context, _: Given) -> Result<(), Error> {
        Ok(())
    }

    fn facet(&self, _: &Rc<()>, _: &str) -> Result<Client, Error> {
        Ok(home(&self.0))
    }
}

/// What a test has: a home, a directory beside it that nobody may reach, and the capability.
pub(super) struct Home {
    pub(super) root: Root,
    ground: TempDir,
    bench: Option<Bench>,
}

/// A directory that is held.
#[derive(Clone)]
pub(super) struct Root(pub(super) directory::Client);

/// Runs a test with an empty home.
pub(super) fn with_home<F: Future<Output = ()>>(test: impl FnOnce(Home) -> F) {
    with_limits(FileLimits::default(), test);
}

pub(super) fn with_limits<F: Future<Output = ()>>(limits: FileLimits, test: impl FnOnce(Home) -> F) {
    run(async {
        let ground = tempfile::tempdir().unwrap();
        let path = ground.path().join("home");
        std::fs::create_dir(&path).unwrap();
        std::fs::create_dir(ground.path().join("outside")).unwrap();
        std::fs::write(ground.path().join("outside/secret"), "secret").unwrap();
        let desk = Rc::new(Desk::open(&path, limits).unwrap());
        let bench = Bench::begin(Files(desk)).await.unwrap();
        let root = Root(bench.open(&Visitor::named("Ann"), "files").await.unwrap());
        test(Home { root, ground, bench: Some(bench) }).await;
    });
}

impl Home {
    /// A place in the home, as the host sees it.
    pub(super) fn host(&self, path: &str) -> PathBuf {
        self.ground.path().join("home").join(path)
    }

    /// A place beside it.
    pub(super) fn outside(&self, path: &str) -> PathBuf {
        self.ground.path().join("outside").join(path)
    }

    pub(super) fn put(&self, path: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.host(path), bytes).unwrap();
    }

    pub(super) fn got(&self, path: &str) -> Vec<u8> {
        std::fs::read(self.host(path)).unwrap()
    }

    /// The names in the home, in order.
    pub(super) fn names(&self) -> Vec<String> {
        let names = std::fs::read_dir(self.host("")).unwrap();
        let mut names: Vec<_> = names.map(|name| name.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// The node goes away, with all that it holds.
    pub(super) fn cut(&mut self) {
        self.bench.take().unwrap().cut();
    }
}

impl Drop for Home {
    /// What can be dropped is captured whole by a test that uses a part of it.
    fn drop(&mut self) {}
}

/// What there is under one name, as a client is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) name: String,
    pub(super) kind: EntryKind,
    pub(super) size: u64,
    pub(super) modified: (i64, u32),
    pub(super) mode: u16,
    pub(super) target: String,
    pub(super) unreachable: bool,
}

pub(super) fn seen(entry: file_entry::Reader<'_>) -> Seen {
    Seen {
        name: entry.get_name().unwrap().to_string().unwrap(),
        kind: entry.get_kind().unwrap(),
        size: entry.get_size(),
        modified: (entry.get_modified_seconds(), entry.get_modified_nanoseconds()),
        mode: entry.get_mode(),
        target: entry.get_target().unwrap().to_string().unwrap(),
        unreachable: entry.get_unreachable(),
    }
}

/// What came of reading.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Got {
    pub(super) bytes: Vec<u8>,
    pub(super) size: u64,
    pub(super) changed: bool,
}

impl Root {
    pub(super) async fn page(&self, path: &str, after: u64, most: u32) -> Result<(Vec<Seen>, u64), Error> {
        let mut request = self.0.list_request();
        request.get().set_path(path);
        request.get().set_after(after);
        request.get().set_most(most);
        let answer = request.send().promise.await?;
        let answer = answer.get()?;
        Ok((answer.get_entries()?.iter().map(seen).collect(), answer.get_next()))
    }

    pub(super) async fn list(&self, path: &str) -> Result<Vec<Seen>, Error> {
        let mut all = Vec::new();
        let mut after = 0;
        loop {
            let (mut page, next) = self.page(path, after, 0).await?;
            all.append(&mut page);
            if next == 0 {
                all.sort_by(|a, b| a.name.cmp(&b.name));
                return Ok(all);
            }
            after = next;
        }
    }

    pub(super) async fn stat(&self, path: &str, follow: bool) -> Result<Seen, Error> {
        let mut request = self.0.stat_request();
        request.get().set_path(path);
        request.get().set_follow(follow);
        Ok(seen(request.send().promise.await?.get()?.get_entry()?))
    }

    pub(super) async fn directory(&self, path: &str) -> Result<Self, Error> {
        let mut request = self.0.directory_request();
        request.get().set_path(path);
        Ok(Self(request.send().promise.await?.get()?.get_directory()?))
    }

    pub(super) async fn read_only(&self) -> readable_directory::Client {
        self.0.read_only_request().send().promise.await.unwrap().get().unwrap().get_directory().unwrap()
    }

    pub(super) fn file(&self, path: &str) -> file::Client {
        let mut request = self.0.file_request();
        request.get().set_path(path);
        request.send().pipeline.get_file()
    }

    pub(super) async fn read(&self, path: &str) -> Result<Vec<u8>, Error> {
        self.read_part(path, 0, 0).await.map(|got| got.bytes)
    }

    pub(super) async fn read_part(&self, path: &str, offset: u64, length: u64) -> Result<Got, Error> {
        let sink = Sink::default();
        let mut request = self.file(path).read_request();
        request.get().set_offset(offset);
        request.get().set_length(length);
        request.get().set_reader(capnp_rpc::new_client(sink.clone()));
        let answer = request.send().promise.await?;
        let answer = answer.get()?;
        let bytes = sink.0.borrow().clone();
        assert_eq!(answer.get_length(), bytes.len() as u64);
        Ok(Got { bytes, size: answer.get_size(), changed: answer.get_changed() })
    }

    pub(super) async fn checksum(&self, path: &str, offset: u64, length: u64) -> Result<(Vec<u8>, u64), Error> {
        let mut request = self.file(path).checksum_request();
        request.get().set_offset(offset);
        request.get().set_length(length);
        let answer = request.send().promise.await?;
        let answer = answer.get()?;
        Ok((answer.get_sha256()?.to_vec(), answer.get_length()))
    }

    pub(super) async fn replace(&self, path: &str, mode: u16, no_replace: bool) -> Result<Writing, Error> {
        let mut request = self.file(path).replace_request();
        let mut options = request.get().init_options();
        options.set_mode(mode);
        options.set_no_replace(no_replace);
        Ok(Writing(request.send().promise.await?.get()?.get_writer()?))
    }

    pub(super) async fn write(&self, path: &str, offset: u64) -> Result<Writing, Error> {
        let mut request = self.file(path).write_request();
        request.get().set_offset(offset);
        Ok(Writing(request.send().promise.await?.get()?.get_writer()?))
    }

    /// Replaces a file by that.
    pub(super) async fn save(&self, path: &str, bytes: &[u8]) -> Result<u64, Error> {
        let writing = self.replace(path, 0, false).await?;
        writing.add(bytes).await?;
        writing.finish().await
    }

    pub(super) async fn make(&self, path: &str, parents: bool) -> Result<bool, Error> {
        let mut request = self.0.make_request();
        request.get().set_path(path);
        request.get().set_parents(parents);
        Ok(request.send().promise.await?.get()?.get_made())
    }

    pub(super) async fn remove(&self, path: &str, recursive: bool) -> Result<u64, Error> {
        let mut request = self.0.remove_request();
        request.get().set_path(path);
        request.get().set_recursive(recursive);
        Ok(request.send().promise.await?.get()?.get_removed())
    }

    pub(super) async fn rename(&self, from: &str, to: &str, mode: RenameMode) -> Result<(), Error> {
        let mut request = self.0.rename_request();
        request.get().set_from(from);
        request.get().set_to(to);
        request.get().set_mode(mode);
        request.send().promise.await.map(drop)
    }

    pub(super) async fn link(&self, path: &str, target: &str) -> Result<(), Error> {
        let mut request = self.0.link_request();
        request.get().set_path(path);
        request.get().set_target(target);
        request.send().promise.await.map(drop)
    }

    pub(super) async fn set_mode(&self, path: &str, mode: u16) -> Result<(), Error> {
        let mut request = self.0.set_mode_request();
        request.get().set_path(path);
        request.get().set_mode(mode);
        request.send().promise.await.map(drop)
    }

    pub(super) async fn set_modified(&self, path: &str, seconds: i64, nanoseconds: u32) -> Result<(), Error> {
        let mut request = self.0.set_modified_request();
        request.get().set_path(path);
        request.get().set_seconds(seconds);
        request.get().set_nanoseconds(nanoseconds);
        request.send().promise.await.map(drop)
    }
}

/// A file that is being written.
pub(super) struct Writing(pub(super) file_writer::Client);

impl Writing {
    pub(super) async fn add(&self, bytes: &[u8]) -> Result<(), Error> {
        let mut request = self.0.write_request();
        request.get().set_data(bytes);
        request.send().await
    }

    pub(super) async fn finish(&self) -> Result<u64, Error> {
        Ok(self.0.finish_request().send().promise.await?.get()?.get_size())
    }

    pub(super) async fn abandon(&self) -> Result<(), Error> {
        self.0.abandon_request().send().promise.await.map(drop)
    }
}

/// Takes whatever comes.
#[derive(Clone, Default)]
struct Sink(Rc<RefCell<Vec<u8>>>);

impl file_reader::Server for Sink {
    async fn chunk(self: Rc<Self>, params: file_reader::ChunkParams) -> Result<(), Error> {
        self.0.borrow_mut().extend_from_slice(params.get()?.get_data()?);
        Ok(())
    }

    async fn done(self: Rc<Self>, _: file_reader::DoneParams, _: file_reader::DoneResults) -> Result<(), Error> {
        Ok(())
    }
}

/// The code and the sentence of a refusal.
pub(super) fn refusal<T>(outcome: Result<T, Error>) -> String {
    let error = outcome.err().expect("it is refused");
    capos_schema::denial::strip_remote(&error.extra).to_owned()
}

/// Asserts that it is refused with that code, and that no sentence says where on the host anything is.
pub(super) fn refused<T>(outcome: Result<T, Error>, code: &str) {
    let told = refusal(outcome);
    assert!(told.starts_with(&format!("{code}: ")) && !told.contains("tmp"), "{told}");
}

pub(super) fn readable(client: &readable_directory::Client) -> Root {
    // As a client that takes it for more than it is.
    Root(directory::Client::new(client.client.hook.add_ref()))
}
