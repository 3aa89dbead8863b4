//! Everything that a service must not do.

use std::io::Write as _;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::UnixStream;

/// What goes wrong before anything is served.
pub(crate) fn before(mode: &str) {
    match mode {
        "exit" => std::process::exit(3),
        "well" => std::process::exit(0),
        "idle" => loop {
            std::thread::sleep(Duration::from_secs(3600));
        },
        // The first run fails, the second does not: its home remembers.
        "once" if std::fs::metadata("been").is_err() => {
            std::fs::write("been", "here").unwrap();
            std::process::exit(1);
        }
        "chatter" => drop(std::thread::spawn(|| {
            let line = "x".repeat(99);
            while writeln!(std::io::stdout(), "{line}").is_ok() {}
        })),
        "say" => {
            println!("to out \x1b[2Jplain");
            eprintln!("to err");
        }
        _ => {}
    }
}

/// Whether this connection is one on which it misbehaves: those after the one that begins.
pub(crate) fn connection(mode: &str, before: usize) -> bool {
    match mode {
        "garbage-first" => true,
        "garbage" | "giant" | "flood" | "slam" => before > 0,
        _ => false,
    }
}

/// Says what no service should.
pub(crate) async fn speak(mode: String, mut stream: UnixStream) {
    match &*mode {
        "slam" => return,
        "giant" => drop(stream.write_all(&giant()).await),
        "flood" => while stream.write_all(&bootstraps()).await.is_ok() {},
        _ => while stream.write_all(&[0xff; 4096]).await.is_ok() {},
    }
    std::future::pending().await
}

/// The header of a frame of 1 GiB.
fn giant() -> Vec<u8> {
    let words: u32 = 1 << 27;
    [0_u32.to_le_bytes(), words.to_le_bytes()].concat()
}

/// Calls without an end.
fn bootstraps() -> Vec<u8> {
    use capnp_rpc::rpc_capnp::message;
    let mut bytes = Vec::new();
    for question in 0..1000 {
        let mut one = capnp::message::Builder::new_default();
        one.init_root::<message::Builder<'_>>().init_bootstrap().set_question_id(question);
        capnp::serialize::write_message(&mut bytes, &one).unwrap();
    }
    bytes
}
