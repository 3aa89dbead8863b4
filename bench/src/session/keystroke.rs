//! From a key to its echo, through `capos term`, beside `ssh -tt`.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use capos_testkit::Node;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::sshd::Sshd;
use super::{Ground, KEYSTROKE};
use crate::finding::{Finding, Line};
use crate::options::Options;
use crate::statistics::percentile;

/// Says that the program at the other end listens; no prompt has it.
const READY: &str = "listening-now";
const PATIENCE: Duration = Duration::from_secs(20);
/// Keys in a round, for each visit that the options ask for.
const EACH: u32 = 20;
/// Keys in a line: a terminal keeps 4,096 for a program that reads lines.
const LINE: u32 = 64;

/// A program on a terminal of its own, and the other end of that terminal.
struct Typist {
    child: Child,
    keys: File,
}

impl Typist {
    fn start(mut command: Command) -> anyhow::Result<Self> {
        let keys = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&keys)?;
        unlockpt(&keys)?;
        let name = ptsname(&keys, Vec::new())?;
        let screen = File::options().read(true).write(true).open(name.to_str()?)?;
        command.stdin(screen.try_clone()?).stdout(screen.try_clone()?).stderr(screen);
        let child = command.spawn()?;
        // What is left of the command holds the other end, which would never be seen to close.
        drop(command);
        let mut typist = Self { child, keys: File::from(keys) };
        typist.wait_for(READY.as_bytes())?;
        Ok(typist)
    }

    fn wait_for(&mut self, what: &[u8]) -> anyhow::Result<()> {
        self.wait_for_times(1, what)
    }

    /// One read may bring several of them.
    fn wait_for_times(&mut self, times: usize, what: &[u8]) -> anyhow::Result<()> {
        let (mut seen, end) = (Vec::new(), Instant::now() + PATIENCE);
        let mut buffer = [0; 4096];
        while seen.windows(what.len()).filter(|part| *part == what).count() < times {
            let left = end.saturating_duration_since(Instant::now());
            let mut polled = [PollFd::new(&self.keys, PollFlags::IN)];
            let ready = poll(&mut polled, Some(&Timespec::try_from(left)?))?;
            ensure!(ready > 0, "nothing came for a long time after {:?}", String::from_utf8_lossy(&seen));
            let length = self.keys.read(&mut buffer)?;
            seen.extend_from_slice(buffer.get(..length).context("a read within its buffer")?);
        }
        Ok(())
    }

    /// Milliseconds from each key to its echo.
    fn type_keys(&mut self, count: u32) -> anyhow::Result<Vec<f64>> {
        let mut times = Vec::new();
        for at in 0..count {
            let start = Instant::now();
            self.keys.write_all(b"x")?;
            self.wait_for(b"x")?;
            times.push(start.elapsed().as_secs_f64() * 1e3);
            if at % LINE == LINE - 1 {
                // Read again by the program, and written by it: both before the next key.
                self.keys.write_all(b"q\n")?;
                self.wait_for_times(2, b"q\r\n")?;
            }
        }
        Ok(times)
    }
}

impl Drop for Typist {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program() -> String {
    format!("echo {READY} && exec cat")
}

pub(super) fn measure(ground: &Ground, options: &Options) -> anyhow::Result<Finding> {
    let node = Node::start(&ground.program);
    connect(&node)?;
    let mut command = node.plan().command();
    command.args(["term", "sh", "-c", &program()]).env("TERM", "xterm-256color");
    let mut ours = Typist::start(command).context("capos term")?;
    let place = tempfile::tempdir()?;
    let sshd = Sshd::start(place.path(), &ground.key);
    let shell = program();
    let mut theirs = match &sshd {
        Ok(sshd) => Some(Typist::start(sshd.on_terminal(&ground.key, &shell)).context("ssh")?),
        Err(_) => None,
    };
    let mut rounds: [Vec<f64>; 4] = Default::default();
    for round in 0..=options.rounds {
        let mut our_times = ours.type_keys(options.visits * EACH)?;
        let their_times = theirs.as_mut().map(|theirs| theirs.type_keys(options.visits * EACH)).transpose()?;
        if round > 0 {
            rounds[0].push(percentile(&mut our_times, 0.5));
            rounds[1].push(percentile(&mut our_times, 0.99));
            if let Some(mut times) = their_times {
                rounds[2].push(percentile(&mut times, 0.5));
                rounds[3].push(percentile(&mut times, 0.99));
            }
        }
    }
    let [middle, slow, their_middle, their_slow] = rounds;
    let lines = (Line::new("half of the keys", "ms", &middle), Line::new("99 of 100", "ms", &slow));
    let finding = Finding::new(KEYSTROKE);
    Ok(match sshd {
        Ok(_) => finding.with(lines.0.times_less("ms, ssh", &middle, &their_middle)).with(lines.1.times_less(
            "ms, ssh",
            &slow,
            &their_slow,
        )),
        Err(reason) => finding.with(lines.0).with(lines.1).noting(format!("the comparison was skipped: {reason}")),
    })
}

/// A held session, as a person has it.
fn connect(node: &Node) -> anyhow::Result<()> {
    let target = format!("{}@{}", node.operator(), node.address());
    let mut command = node.plan().command();
    command.args(["connect", "--password-stdin", "--fingerprint", node.fingerprint(), &target]);
    let mut child = command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::null()).spawn()?;
    child.stdin.take().context("its input is a pipe")?.write_all(format!("{}\n", node.password()).as_bytes())?;
    ensure!(child.wait()?.success(), "capos connect failed");
    Ok(())
}
