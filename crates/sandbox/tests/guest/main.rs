//! A program of the tests: the helper, and a hostile guest that tries what its arguments name, saying of each whether it was reached.

#![expect(clippy::print_stdout, reason = "what it says is what the tests read")]

mod attempts;
mod calls;
mod commands;
mod node;

use std::os::fd::{AsFd, FromRawFd, OwnedFd};

fn main() {
    capos_sandbox::run_if_helper();
    for argument in std::env::args().skip(1) {
        let (name, what) = argument.split_once('=').unwrap_or((&argument, ""));
        match attempt(name, what) {
            Ok(found) => println!("{argument} REACHED {found}"),
            Err(why) => println!("{argument} refused: {why}"),
        }
    }
}

type Attempt = Result<String, String>;

fn attempt(name: &str, what: &str) -> Attempt {
    match name {
        "read" => attempts::read(what),
        "list" => attempts::list(what),
        "write" => attempts::write(what),
        "chmod" => attempts::chmod(what),
        "exec-from" => attempts::exec_from(what),
        "setuid" => attempts::set_user(what),
        "fill" => attempts::fill(what),
        "large-file" => attempts::large_file(what),
        "open-files" => attempts::open_files(what),
        "environment" => attempts::environment(what),
        "descriptors" => attempts::descriptors(what),
        "status" => attempts::status(what),
        "tcp" => attempts::tcp(what),
        "udp" => attempts::udp(what),
        "unix" => attempts::unix(what),
        "abstract" => attempts::abstract_socket(what),
        "family" => calls::family(what),
        "hold" => node::hold(),
        "runtime" => node::runtime(what),
        "handed-down-key" => node::with_key(what),
        "handed-down" => {
            node::inside(what).and_then(|said| if said.contains("refused") { Err(said) } else { Ok(said) })
        }
        "signal" => calls::signal(what),
        "trace" => calls::trace(what),
        "plant-key" => calls::plant_key(what),
        "key" => calls::key(what),
        "key-number" => calls::key_number(what),
        "call" => calls::call(what),
        "ioctl" => calls::ioctl(what),
        "namespace" => calls::namespace(what),
        "forks" => calls::forks(what),
        "memory" => calls::memory(what),
        "copy" => calls::copy(what),
        "personality" => calls::personality(what),
        "device" => calls::device(what),
        "fifo" => calls::fifo(what),
        "kill-all" => calls::kill_all(),
        "hold-forks" => calls::hold_forks(),
        "run-memory" => calls::run_memory(what),
        "terminal" => calls::terminal(),
        "typing" => calls::typing(),
        "raw" => calls::raw(),
        "port" => std::net::TcpListener::bind("127.0.0.1:81").map(|_| "bound".into()).map_err(text),
        "command" => commands::by_command(what),
        "as-command" => commands::as_command(what),
        "besieged" => commands::besieged(),
        "names" => commands::names(what),
        "link" => commands::hard_link(what),
        "through-link" => commands::through_link(what),
        "overwrite" => commands::overwrite(what),
        "abort" => std::process::abort(),
        "exit" => std::process::exit(what.parse().unwrap_or(1)),
        "say-on" => say_on(what),
        "sleep" => sleep(),
        "orphan" => calls::orphan(),
        "touch-and-sleep" => attempts::write(what).and_then(|_| sleep()),
        _ => Err("no such attempt".into()),
    }
}

fn sleep() -> Attempt {
    println!("asleep");
    loop {
        std::thread::park();
    }
}

/// Writes to an inherited socket.
fn say_on(number: &str) -> Attempt {
    let number = number.parse().map_err(text)?;
    #[expect(unsafe_code, reason = "an inherited descriptor comes as a number")]
    // SAFETY: the sandbox handed it to this process, and nobody else here uses it.
    let socket = unsafe { OwnedFd::from_raw_fd(number) };
    rustix::io::write(socket.as_fd(), b"hello from inside").map(|_| String::new()).map_err(text)
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
