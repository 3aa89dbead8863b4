//! A server with a method for everything the protocol has, to run a conformance client against.
//!
//! `cargo run -p capnweb --example target -- PORT` (or `PORT` in the environment, or 0 for any) prints one line,
//! `ready on 127.0.0.1:PORT`, and then serves WebSockets and HTTP batches at `/`.

mod callbacks;
mod errors;
mod inspect;
mod later;
mod lifecycle;
mod main_object;
mod objects;
mod records;
mod samples;
mod sinks;
mod streams;
mod values;

use std::io::Write;
use std::rc::Rc;
use std::time::Duration;

use capnweb::drivers::Endpoint;
use capnweb::{Limits, Options, Session};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::sleep;

use self::main_object::{Main, Program};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::args().nth(1).or_else(|| std::env::var("PORT").ok()).unwrap_or_else(|| "0".to_owned());
    let port: u16 = port.parse().map_err(|_| format!("{port} is no port"))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, serve(port))
}

async fn serve(port: u16) -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    writeln!(std::io::stdout(), "ready on {}", listener.local_addr()?)?;
    let program = Rc::new(Program::new());
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(spawn_local(connection(stream, Rc::clone(&program)))),
            // Too many files are open, for example, which passes.
            Err(_) => sleep(Duration::from_millis(50)).await,
        }
    }
}

/// Serves a connection until it ends, or until a session on it wants to see what happens when it does.
async fn connection(stream: TcpStream, program: Rc<Program>) {
    // Answers go out when they are there. A connection that is gone already is found out later.
    let _ = stream.set_nodelay(true);
    let cut = Rc::new(Notify::new());
    let endpoint = Endpoint::new("/", {
        let cut = Rc::clone(&cut);
        move || session(&program, &cut)
    });
    tokio::select! {
        // How a connection ends is the peer's affair.
        _ended = Rc::new(endpoint).serve(stream) => {}
        () = cut.notified() => {}
    }
}

fn session(program: &Rc<Program>, cut: &Rc<Notify>) -> Session {
    Session::new(Options { limits: limits(), ..Options::default() }, |session| {
        Some(program.methods.object(Main::new(Rc::clone(program), session.downgrade(), Rc::clone(cut))))
    })
}

/// Wide enough for every conformance check, which takes more than a program should grant strangers.
fn limits() -> Limits {
    Limits {
        message_bytes: 33_554_432,
        depth: 600,
        bigint_digits: 16_384,
        table_entries: 65_536,
        pending_calls: 65_536,
        pipes: 65_536,
        held_bytes: 134_217_728,
        message_work: 2_097_152,
    }
}
