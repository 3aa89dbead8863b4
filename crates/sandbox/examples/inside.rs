//! Runs a program inside, as a service would run, to see what it is refused.
//!
//! `cargo run -p capos-sandbox --example inside -- [--system | --root PATH] [--commands] [--network] [--account NAME] [--best-effort] [--read PATH]… [--write PATH]… [--home PATH] PROGRAM [ARGUMENT]…`
//!
//! With `--commands` it has a terminal of its own, made inside by `script`: `… --system --commands /usr/bin/script -q -c bash /dev/null`.

#![expect(clippy::print_stderr, reason = "it tells the person who runs it what confined the program")]

use std::error::Error;
use std::io::{stderr, stdout};
use std::os::fd::AsFd;
use std::path::PathBuf;

use capos_sandbox::{Descriptors, Exit, HostUser, Network, Plan, ProcessLimits, Root, Strictness, Zygote};

fn main() -> Result<(), Box<dyn Error>> {
    capos_sandbox::run_if_helper();
    let plan = plan()?;
    let zygote = Zygote::start(&std::env::current_exe()?)?;
    let descriptors = Descriptors {
        sockets: Vec::new(),
        out: stdout().as_fd().try_clone_to_owned()?,
        err: stderr().as_fd().try_clone_to_owned()?,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let exit = runtime.block_on(async {
        let process = zygote.spawn(&plan, descriptors).await?;
        for missing in process.lacking() {
            eprintln!("without {}: {}", missing.mechanism, missing.why);
        }
        Ok::<_, capos_sandbox::Error>(process.ended().await)
    })?;
    if exit == Exit::Code(0) { Ok(()) } else { Err(format!("it ended with {exit:?}").into()) }
}

fn plan() -> Result<Plan, Box<dyn Error>> {
    let mut plan = empty();
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut path = || words.next().map(PathBuf::from).ok_or("a path is missing");
        match word.as_str() {
            "--system" => plan.root = Root::System,
            "--root" => plan.root = Root::Directory(path()?),
            "--commands" => plan.commands = true,
            "--network" => plan.network = Network::Host,
            "--account" => plan.account = path()?.display().to_string(),
            "--write" => plan.writable.push(path()?),
            "--best-effort" => plan.strictness = Strictness::BestEffort,
            "--read" => plan.read_only.push(path()?),
            "--home" => plan.home = Some(path()?),
            program => {
                plan.program = program.into();
                plan.arguments = words.by_ref().collect();
            }
        }
    }
    Ok(plan)
}

fn empty() -> Plan {
    Plan {
        name: "inside".into(),
        temporary_bytes: 64 << 20,
        limits: ProcessLimits {
            memory_bytes: 512 << 20,
            processes: 128,
            open_files: 1024,
            cpu_weight: 100,
            file_bytes: 1 << 30,
        },
        user: nix::unistd::geteuid().is_root().then_some(HostUser { uid: 65534, gid: 65534 }),
        ..Plan::new(PathBuf::new())
    }
}
