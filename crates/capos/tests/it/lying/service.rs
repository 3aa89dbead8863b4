//! A service of files and commands of which nothing is as it says.

use std::process::ExitCode;
use std::rc::Rc;

use capnp::Error;
use capnp::capability::Client;
use capos_schema::files_capnp::{EntryKind, directory, file, file_entry, file_reader};
use capos_schema::shell_capnp::{data_callback, exit_callback, shell, shell_stream};
use capos_service::{Context, Disclosure, Given, Service, bad_request};
use ring::digest::{SHA256, digest};

use super::{ANNOUNCED, TRAPS};

pub(super) fn serve() -> ExitCode {
    capos_service::run(|_place| Ok(Liar))
}

struct Liar;

impl Service for Liar {
    type Seat = ();
    const WANTS: &'static [Disclosure] = &[];

    fn seat(&self, _: Context, _: Given) -> Result<(), Error> {
        Ok(())
    }

    fn facet(&self, _: &Rc<()>, export: &str) -> Result<Client, Error> {
        match export {
            "lied_files" => Ok(capnp_rpc::new_client::<directory::Client, _>(Files).client),
            "lied_shell" => Ok(capnp_rpc::new_client::<shell::Client, _>(Shell).client),
            _ => Err(bad_request("there is no such export")),
        }
    }
}

struct Files;

fn put(mut entry: file_entry::Builder<'_>, name: &str, kind: EntryKind) {
    entry.set_name(name);
    entry.set_kind(kind);
    entry.set_size(if kind == EntryKind::File { ANNOUNCED } else { 0 });
    entry.set_mode(0o777);
    entry.set_target(if name == "out" { "/tmp" } else { "sub" });
}

impl directory::Server for Files {
    async fn stat(
        self: Rc<Self>,
        params: directory::StatParams,
        mut told: directory::StatResults,
    ) -> Result<(), Error> {
        let path = params.get()?.get_path()?.to_string()?;
        let kind = match &*path {
            "hang" => std::future::pending().await,
            "trap" | "names" | "empty" | "round" => EntryKind::Directory,
            _ => EntryKind::File,
        };
        put(told.get().init_entry(), &path, kind);
        Ok(())
    }

    async fn list(
        self: Rc<Self>,
        params: directory::ListParams,
        mut told: directory::ListResults,
    ) -> Result<(), Error> {
        let params = params.get()?;
        let mut told = told.get();
        match params.get_path()?.to_str()? {
            "trap" => {
                let mut entries = told.init_entries(u32::try_from(TRAPS.len()).unwrap());
                for (at, (name, kind)) in (0..).zip(TRAPS) {
                    put(entries.reborrow().get(at), name, kind);
                }
            }
            "names" => {
                told.set_next(params.get_after() + 1);
                let mut entries = told.init_entries(1_000);
                (0..1_000).for_each(|at| put(entries.reborrow().get(at), "\x1b[2J..", EntryKind::File));
            }
            "empty" => told.set_next(params.get_after() + 1),
            "round" => told.set_next(7),
            _ => {}
        }
        Ok(())
    }

    async fn file(
        self: Rc<Self>,
        params: directory::FileParams,
        mut told: directory::FileResults,
    ) -> Result<(), Error> {
        let path = params.get()?.get_path()?.to_string()?;
        told.get().set_file(capnp_rpc::new_client(File(path)));
        Ok(())
    }
}

struct File(String);

impl File {
    /// Bytes without end, whether somebody wants them or not.
    async fn pour(&self, reader: &file_reader::Client) -> Result<(), Error> {
        loop {
            let sent = send(reader, &[b'x'; 64 << 10]).await;
            if self.0 != "ignores" {
                sent?;
            }
            tokio::task::yield_now().await;
        }
    }
}

async fn send(reader: &file_reader::Client, bytes: &[u8]) -> Result<(), Error> {
    let mut request = reader.chunk_request();
    request.get().set_data(bytes);
    request.send().await
}

impl file::Server for File {
    async fn read(self: Rc<Self>, params: file::ReadParams, mut told: file::ReadResults) -> Result<(), Error> {
        let reader = params.get()?.get_reader()?;
        match &*self.0 {
            "silent" => std::future::pending().await,
            "more" | "ignores" => self.pour(&reader).await?,
            "less" => send(&reader, b"few").await?,
            _ => send(&reader, &[b'x'; ANNOUNCED as usize]).await?,
        }
        reader.done_request().send().promise.await?;
        told.get().set_length(ANNOUNCED);
        told.get().set_size(u64::MAX);
        Ok(())
    }

    async fn checksum(self: Rc<Self>, _: file::ChecksumParams, mut told: file::ChecksumResults) -> Result<(), Error> {
        let sum = if self.0 == "wrong" { vec![0; 1 << 20] } else { digest(&SHA256, b"few").as_ref().to_vec() };
        told.get().set_sha256(&sum);
        told.get().set_length(if self.0 == "less" { 3 } else { ANNOUNCED });
        Ok(())
    }
}

struct Shell;

impl shell::Server for Shell {
    async fn spawn(self: Rc<Self>, params: shell::SpawnParams, mut told: shell::SpawnResults) -> Result<(), Error> {
        let command = params.get()?.get_command()?.to_string()?;
        told.get().set_stream(capnp_rpc::new_client(Stream { command, ..Stream::default() }));
        Ok(())
    }
}

/// A command that there is not.
#[derive(Default)]
struct Stream {
    command: String,
    readers: std::cell::RefCell<Vec<data_callback::Client>>,
    told: std::cell::RefCell<Vec<exit_callback::Client>>,
}

impl shell_stream::Server for Stream {
    async fn on_stdout(
        self: Rc<Self>,
        params: shell_stream::OnStdoutParams,
        _: shell_stream::OnStdoutResults,
    ) -> Result<(), Error> {
        self.readers.borrow_mut().push(params.get()?.get_callback()?);
        Ok(())
    }

    async fn on_stderr(
        self: Rc<Self>,
        _: shell_stream::OnStderrParams,
        _: shell_stream::OnStderrResults,
    ) -> Result<(), Error> {
        Ok(())
    }

    async fn on_exit(
        self: Rc<Self>,
        params: shell_stream::OnExitParams,
        _: shell_stream::OnExitResults,
    ) -> Result<(), Error> {
        let callback = params.get()?.get_callback()?;
        if self.command == "untold" {
            self.told.borrow_mut().push(callback);
            return Ok(());
        }
        let mut request = callback.exit_request();
        request.get().set_exit_code(0);
        request.send().promise.await.map(drop)
    }

    async fn close_stdin(
        self: Rc<Self>,
        _: shell_stream::CloseStdinParams,
        _: shell_stream::CloseStdinResults,
    ) -> Result<(), Error> {
        Ok(())
    }

    async fn wait(
        self: Rc<Self>,
        _: shell_stream::WaitParams,
        mut told: shell_stream::WaitResults,
    ) -> Result<(), Error> {
        // What is written after the end was told.
        let readers = self.readers.take();
        for reader in &readers {
            let mut request = reader.data_request();
            request.get().set_chunk(b"after the end\n");
            request.send().await?;
        }
        let mut result = told.get().init_result();
        match &*self.command {
            "code" => result.set_exit_code(256),
            "least" => result.set_exit_code(i32::MIN),
            "signal" => result.set_signal("\x1b]0;SIG\x07"),
            _ => {}
        }
        Ok(())
    }
}
