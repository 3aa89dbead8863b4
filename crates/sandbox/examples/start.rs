//! How long it takes from asking for a process until it has ended: plain, confined here, as the first process of a place of commands, and confined by bubblewrap with the same mounts and namespaces, in turns.
//!
//! `cargo run --release -p capos-sandbox --example start [ROUNDS]`

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use std::error::Error;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use capos_sandbox::{Descriptors, HostUser, Mechanism, Plan, ProcessLimits, Root, Zygote};

const PROGRAM: &str = "/usr/bin/true";

/// The tree, namespaces and habits of `Root::System`, in bubblewrap's words; it has no list of system calls, Landlock, limits or control groups.
const BUBBLEWRAP: &str = "--unshare-user --unshare-pid --unshare-net --unshare-ipc --unshare-uts --unshare-cgroup --uid 1000 --gid 1000 \
     --hostname service --ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/sbin /sbin --symlink usr/lib /lib --symlink usr/lib64 /lib64 \
     --ro-bind-try /etc/ld.so.cache /etc/ld.so.cache --ro-bind-try /etc/alternatives /etc/alternatives --proc /proc \
     --dev-bind /dev/null /dev/null --dev-bind /dev/zero /dev/zero --dev-bind /dev/full /dev/full --dev-bind /dev/random /dev/random \
     --dev-bind /dev/urandom /dev/urandom --tmpfs /tmp --tmpfs /dev/shm --tmpfs /home/service --remount-ro / --clearenv --new-session \
     --die-with-parent --cap-drop ALL --chdir /home/service";

fn main() -> Result<(), Box<dyn Error>> {
    capos_sandbox::run_if_helper();
    let rounds = std::env::args().nth(1).map_or(Ok(200), |rounds| rounds.parse())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let zygote = Zygote::start(&std::env::current_exe()?)?;
    // What bubblewrap does not do either.
    let uncounted = [Mechanism::CgroupMemory, Mechanism::CgroupPids, Mechanism::CgroupCpu];
    let comparable = Zygote::start_lacking(&std::env::current_exe()?, &uncounted)?;
    let (mut plain, mut ours, mut counted, mut places, mut bubblewrap) = (vec![], vec![], vec![], vec![], vec![]);
    for _ in 0..rounds {
        plain.push(command(Command::new(PROGRAM))?);
        ours.push(runtime.block_on(confined(&comparable, &plan(false)))?);
        counted.push(runtime.block_on(confined(&zygote, &plan(false)))?);
        places.push(runtime.block_on(confined(&zygote, &plan(true)))?);
        let mut wrapped = Command::new("bwrap");
        wrapped.args(BUBBLEWRAP.split_whitespace()).arg(PROGRAM);
        bubblewrap.push(command(wrapped)?);
    }
    for (name, times) in [
        ("plain fork and exec", plain),
        ("confined here", ours),
        ("and in control groups", counted),
        ("a place of commands", places),
        ("bubblewrap", bubblewrap),
    ] {
        println!("{name:22} {}", summary(times));
    }
    Ok(())
}

fn command(mut command: Command) -> Result<Duration, Box<dyn Error>> {
    let began = Instant::now();
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status()?;
    if status.success() { Ok(began.elapsed()) } else { Err(format!("{command:?}: {status}").into()) }
}

async fn confined(zygote: &Zygote, plan: &Plan) -> Result<Duration, Box<dyn Error>> {
    let nothing = || std::fs::OpenOptions::new().write(true).open("/dev/null").map(OwnedFd::from);
    let descriptors = Descriptors { sockets: Vec::new(), out: nothing()?, err: nothing()? };
    let began = Instant::now();
    let process = zygote.spawn(plan, descriptors).await?;
    process.ended().await;
    Ok(began.elapsed())
}

fn plan(commands: bool) -> Plan {
    Plan {
        commands,
        name: "start".into(),
        root: Root::System,
        temporary_bytes: 64 << 20,
        limits: ProcessLimits {
            memory_bytes: 512 << 20,
            processes: 128,
            open_files: 1024,
            cpu_weight: 100,
            file_bytes: 1 << 30,
        },
        user: nix::unistd::geteuid().is_root().then_some(HostUser { uid: 65534, gid: 65534 }),
        ..Plan::new(PROGRAM)
    }
}

fn summary(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |share: usize| times.get(times.len().saturating_sub(1) * share / 100).copied().unwrap_or_default();
    format!("best {:>8.2?}  median {:>8.2?}  95 % {:>8.2?}", at(0), at(50), at(95))
}
