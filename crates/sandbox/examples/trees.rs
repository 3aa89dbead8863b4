//! How long it takes from asking for a command until it has ended: plain, and in a tree of its own, in turns.
//!
//! `cargo run --release -p capos-sandbox --example trees [ROUNDS]`

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use std::error::Error;
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{self, Stdio};
use std::time::{Duration, Instant};

use capos_sandbox::tree::{Command, Ends, Exit, TreeLimits, Trees};

const PROGRAM: &str = "/bin/true";

fn main() -> Result<(), Box<dyn Error>> {
    capos_sandbox::tree::run_if_keeper();
    let rounds = std::env::args().nth(1).map_or(Ok(2000), |rounds| rounds.parse())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    tokio::task::LocalSet::new().block_on(&runtime, compare(rounds))
}

async fn compare(rounds: usize) -> Result<(), Box<dyn Error>> {
    let kept = TreeLimits { waiting_keepers: 0, ..TreeLimits::default() };
    let (warm, cold) = (
        Trees::start(Path::new("/proc/self/exe"), TreeLimits::default()).await?,
        Trees::start(Path::new("/proc/self/exe"), kept).await?,
    );
    let (mut plain, mut planted, mut ended, mut fresh) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        plain.push(command()?);
        let (start, end) = tree(&warm).await?;
        planted.push(start);
        ended.push(end);
        fresh.push(tree(&cold).await?.1);
    }
    for (name, times) in [
        ("plain fork and exec", plain),
        ("planted", planted),
        ("planted and ended", ended),
        ("with a fresh keeper", fresh),
    ] {
        println!("{name:22} {}", summary(times));
    }
    Ok(())
}

fn command() -> Result<Duration, Box<dyn Error>> {
    let began = Instant::now();
    let mut command = process::Command::new(PROGRAM);
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    if status.success() { Ok(began.elapsed()) } else { Err(status.to_string().into()) }
}

async fn tree(trees: &Trees) -> Result<(Duration, Duration), Box<dyn Error>> {
    let began = Instant::now();
    let command = Command { program: OsString::from(PROGRAM), directory: "/".into(), ..Command::default() };
    let nothing = || OpenOptions::new().read(true).write(true).open("/dev/null").map(OwnedFd::from);
    let ends = Ends::Pipes { input: nothing()?, output: nothing()?, errors: nothing()? };
    let tree = trees.plant(command, ends).await?;
    let planted = began.elapsed();
    match tree.ended().await {
        Exit::Code(0) => Ok((planted, began.elapsed())),
        other => Err(format!("{other:?}").into()),
    }
}

fn summary(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |share: usize| times.get(times.len().saturating_sub(1) * share / 100).copied().unwrap_or_default();
    format!("best {:>8.2?}  median {:>8.2?}  99 % {:>8.2?}", at(0), at(50), at(99))
}
