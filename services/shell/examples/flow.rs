//! How fast a command's output reaches its reader, over one connection as the node makes it:
//! `cargo run --release -p capos-shell --example flow`.
#![expect(clippy::print_stdout, reason = "it is there to print")]

use std::cell::Cell;
use std::error::Error;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};

use capos_schema::shell_capnp::{data_callback, exit_callback, shell, shell_stream};
use capos_service::testing::{Bench, Visitor};
use capos_service::{Given, serve_stream};
use capos_shell::Shell;
use tokio::net::UnixStream;
use tokio::sync::Notify;
use tokio::task::LocalSet;

const BYTES: usize = 256 << 20;

fn main() -> Result<(), Box<dyn Error>> {
    capos_sandbox::run_if_helper();
    // The service is on a thread of its own, as it is a process of its own otherwise.
    let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    theirs.set_nonblocking(true)?;
    std::thread::spawn(move || {
        on_a_thread(async move {
            let shell = Rc::new(Shell::new(PathBuf::from("/proc/self/exe"), std::env::temp_dir()));
            serve_stream(shell, UnixStream::from_std(theirs)?).await?;
            Ok(())
        })
        .map_err(|error| error.to_string())
    });
    on_a_thread(measure(ours))
}

fn on_a_thread(work: impl Future<Output = Result<(), Box<dyn Error>>>) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, work)
}

async fn measure(stream: std::os::unix::net::UnixStream) -> Result<(), Box<dyn Error>> {
    let mut bench = Bench::connect(UnixStream::from_std(stream)?);
    bench.give(Given::default()).await?;
    let shell: shell::Client = bench.open(&Visitor::named("Ann"), "shell").await?;
    for round in 0..5 {
        let began = Instant::now();
        let bytes = flow(&shell).await?;
        let seconds = began.elapsed().as_secs_f64();
        println!("{round}: {bytes} bytes, {:.0} MB/s", f64::from(u32::try_from(bytes)?) / 1e6 / seconds);
    }
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..200 {
        let began = Instant::now();
        drop(start(&shell, &["true"]).await?);
        times.push(began.elapsed());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    times.sort();
    println!("spawn: p50 {:?}, p99 {:?}", times[100], times[197]);
    Ok(())
}

async fn start(shell: &shell::Client, words: &[&str]) -> Result<shell_stream::Client, capnp::Error> {
    let mut request = shell.spawn_request();
    request.get().set_command(words[0]);
    let mut arguments = request.get().init_args(u32::try_from(words.len() - 1).unwrap_or(0));
    for (at, word) in (0..).zip(&words[1..]) {
        arguments.set(at, word);
    }
    request.send().promise.await?.get()?.get_stream()
}

async fn flow(shell: &shell::Client) -> Result<usize, capnp::Error> {
    let stream = start(shell, &["head", "-c", &BYTES.to_string(), "/dev/zero"]).await?;
    let heard = Rc::new(Heard::default());
    let mut request = stream.on_stdout_request();
    request.get().set_callback(capnp_rpc::new_client(Data(heard.clone())));
    request.send().promise.await?;
    let mut request = stream.on_exit_request();
    request.get().set_callback(capnp_rpc::new_client(End(heard.clone())));
    request.send().promise.await?;
    heard.end.notified().await;
    Ok(heard.bytes.get())
}

#[derive(Default)]
struct Heard {
    bytes: Cell<usize>,
    end: Notify,
}

struct Data(Rc<Heard>);

struct End(Rc<Heard>);

impl data_callback::Server for Data {
    async fn data(self: Rc<Self>, params: data_callback::DataParams) -> Result<(), capnp::Error> {
        self.0.bytes.set(self.0.bytes.get() + params.get()?.get_chunk()?.len());
        Ok(())
    }
}

impl exit_callback::Server for End {
    async fn exit(
        self: Rc<Self>,
        _: exit_callback::ExitParams,
        _: exit_callback::ExitResults,
    ) -> Result<(), capnp::Error> {
        self.0.end.notify_one();
        Ok(())
    }
}
