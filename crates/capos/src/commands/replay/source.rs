//! Where a recording comes from: a file, or a node at this program's pace.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use capnp::Error;
use capos_schema::recordings_capnp::{recording_reader, recordings};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_local};

use crate::failure::{Failure, reason};
use crate::output::Output;

/// Pieces that wait to be shown. The node waits with the next one.
const WAITING: usize = 2;
/// Bytes of a file that are read together.
const PIECE: usize = 64 << 10;

/// A recording, piece by piece.
pub(super) enum Source {
    File(File),
    Node { pieces: mpsc::Receiver<Vec<u8>>, reading: JoinHandle<Result<u64, Failure>>, taken: u64 },
}

impl Source {
    pub(super) fn file(path: &Path) -> Result<Self, Failure> {
        let file = File::open(path).and_then(|file| if file.metadata()?.is_dir() { Err(no_file()) } else { Ok(file) });
        let file =
            file.map_err(|error| Failure::failed(format!("{} cannot be read: {}", path.display(), reason(&error))))?;
        Ok(Self::File(file))
    }

    /// One of a node's. What it says is wrong comes with the first piece.
    pub(super) fn node(shelf: &recordings::Client, id: &str) -> Self {
        let (sender, pieces) = mpsc::channel(WAITING);
        let mut request = shelf.open_request();
        request.get().set_id(id);
        let opened = request.send();
        let reading = spawn_local(async move {
            let mut request = opened.pipeline.get_recording().read_request();
            request.get().set_reader(capnp_rpc::new_client(Reader(sender)));
            Ok(request.send().promise.await?.get()?.get_bytes())
        });
        Self::Node { pieces, reading, taken: 0 }
    }

    /// The next piece; nothing at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        match self {
            Self::File(file) => {
                let mut piece = vec![0; PIECE];
                let read = file
                    .read(&mut piece)
                    .map_err(|error| Failure::failed(format!("it cannot be read: {}", reason(&error))))?;
                piece.truncate(read);
                Ok((read > 0).then_some(piece))
            }
            Self::Node { pieces, reading, taken } => {
                if let Some(piece) = pieces.recv().await {
                    *taken += u64::try_from(piece.len()).unwrap_or(u64::MAX);
                    return Ok(Some(piece));
                }
                let whole = reading.await.map_err(|_| Failure::failed("the recording was not read"))??;
                if whole != *taken {
                    return Err(Failure::failed("the node gave less of the recording than there is"));
                }
                Ok(None)
            }
        }
    }

    /// Gives all of it away.
    pub(super) async fn copy(mut self, to: &mut dyn FnMut(&[u8]) -> Result<(), Failure>) -> Result<(), Failure> {
        while let Some(piece) = self.next().await? {
            to(&piece)?;
        }
        Ok(())
    }

    /// Saves it whole, or not at all.
    pub(super) async fn save(self, path: &Path, output: &Output) -> Result<(), Failure> {
        let unsaved =
            |error: io::Error| Failure::failed(format!("{} cannot be written: {}", path.display(), reason(&error)));
        let part = Part::create(path).map_err(unsaved)?;
        self.copy(&mut |piece| (&part.file).write_all(piece).map_err(unsaved)).await?;
        part.finish(path).map_err(unsaved)?;
        output.note(&format!("saved as {}", path.display()));
        Ok(())
    }
}

fn no_file() -> io::Error {
    io::Error::new(io::ErrorKind::IsADirectory, "it is a directory")
}

/// A file that is not whole yet, and gone where it never is.
struct Part {
    path: Option<PathBuf>,
    file: File,
}

impl Part {
    fn create(whole: &Path) -> io::Result<Self> {
        let name = whole.file_name().ok_or_else(no_file)?.to_string_lossy();
        let path = whole.with_file_name(format!(".{name}.{}.part", std::process::id()));
        // What was shown in a terminal is nobody else's to read.
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        Ok(Self { path: Some(path), file })
    }

    fn finish(mut self, whole: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        match self.path.take() {
            Some(part) => fs::rename(&part, whole).inspect_err(|_| drop(fs::remove_file(&part))),
            None => Ok(()),
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if let Some(path) = self.path.take() {
            // It is of no use to anybody.
            let _ = fs::remove_file(path);
        }
    }
}

/// Takes what a node reads.
struct Reader(mpsc::Sender<Vec<u8>>);

impl recording_reader::Server for Reader {
    async fn write(self: Rc<Self>, params: recording_reader::WriteParams) -> Result<(), Error> {
        let piece = params.get()?.get_chunk()?.to_vec();
        drop(params);
        self.0.send(piece).await.map_err(|_| Error::failed("nobody reads any more".into()))
    }
}
