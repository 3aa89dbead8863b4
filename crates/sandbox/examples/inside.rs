//! Runs a program inside, as a service would run, to see what it is refused.
//!
//! `cargo run -p capos-sandbox --example inside -- [--system | --root PATH] [--commands] [--interactive] [--network] [--account NAME] [--best-effort] [--read PATH]… [--write PATH]… [--home PATH] PROGRAM [ARGUMENT]…`
//!
//! `--interactive` is a place of commands at this terminal, with a shell where no program is named: `… --system --interactive`.

#![expect(clippy::print_stderr, reason = "it tells the person who runs it what confined the program")]

use std::error::Error;
use std::io::{Read, Write, stderr, stdin, stdout};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use capos_sandbox::{Descriptors, Exit, HostUser, Network, Plan, ProcessLimits, Root, Strictness, Zygote};

fn main() -> Result<(), Box<dyn Error>> {
    capos_sandbox::run_if_helper();
    let mut plan = plan()?;
    let zygote = Zygote::start(&std::env::current_exe()?)?;
    let interactive = plan.arguments.first().is_some_and(|word| word == INTERACTIVE);
    let (far, near) = UnixStream::pair()?;
    let out = match interactive {
        true => far.into(),
        false => stdout().as_fd().try_clone_to_owned()?,
    };
    if interactive {
        at_a_terminal(&mut plan)?;
    }
    let descriptors = Descriptors { sockets: Vec::new(), out, err: stderr().as_fd().try_clone_to_owned()? };
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let exit = runtime.block_on(async {
        let process = zygote.spawn(&plan, descriptors).await?;
        for missing in process.lacking() {
            eprintln!("without {}: {}", missing.mechanism, missing.why);
        }
        if interactive {
            hand_over(near)?;
        }
        Ok::<_, Box<dyn Error>>(process.ended().await)
    });
    if interactive {
        stty(&["sane"])?;
    }
    let exit = exit?;
    if exit == Exit::Code(0) { Ok(()) } else { Err(format!("it ended with {exit:?}").into()) }
}

/// Stands for the shell until the terminal's size is known.
const INTERACTIVE: &str = "--interactive";

/// `script` makes the terminal inside, and what is typed and shown goes over the program's output, a socket.
fn at_a_terminal(plan: &mut Plan) -> Result<(), Box<dyn Error>> {
    let size = stty(&["size"])?;
    let (rows, columns) = size.trim().split_once(' ').ok_or("this is not a terminal")?;
    let named: Vec<_> = plan.arguments.drain(..).skip(1).collect();
    let program = if named.is_empty() { "bash -l".to_owned() } else { named.join(" ") };
    plan.environment.push(("TERM".into(), std::env::var("TERM").unwrap_or_else(|_| "dumb".into())));
    plan.environment.push(("PROGRAM".into(), format!("stty rows {rows} cols {columns}; exec {program}")));
    plan.program = "/bin/sh".into();
    plan.arguments = vec!["-c".into(), "script -qfe -c \"$PROGRAM\" /dev/null <&1".into()];
    stty(&["raw", "-echo"]).map(drop)
}

fn stty(arguments: &[&str]) -> Result<String, Box<dyn Error>> {
    let output = Command::new("stty").args(arguments).stdin(Stdio::inherit()).output()?;
    Ok(String::from_utf8(output.stdout)?)
}

fn hand_over(near: UnixStream) -> std::io::Result<()> {
    let mut typed = near.try_clone()?;
    std::thread::spawn(move || std::io::copy(&mut stdin(), &mut typed));
    let mut shown = near;
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = shown.read(&mut bytes) {
            let _ = stdout().write_all(bytes.get(..count).unwrap_or_default()).and_then(|()| stdout().flush());
        }
    });
    Ok(())
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
            INTERACTIVE => {
                plan.commands = true;
                plan.arguments = std::iter::once(word).chain(words.by_ref()).collect();
            }
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
