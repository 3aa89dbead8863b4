//! What trees are planted in, and what is left of them.

use std::fs::{self, OpenOptions};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, Instant};

use capos_sandbox::tree::{Command, Ends, Fault, Tree, TreeLimits, Trees};

/// What every command has in its environment, and so all that it starts.
const MARK: &str = "CAPOS_SANDBOX_GARDEN";

#[derive(Clone)]
pub(crate) struct Bed {
    pub(crate) trees: Trees,
}

impl Bed {
    pub(crate) async fn lay(patience: Duration) -> Bed {
        let limits = TreeLimits { grace: Duration::from_millis(200), patience, ..TreeLimits::default() };
        Bed { trees: Trees::start(Path::new("/proc/self/exe"), limits).await.unwrap() }
    }

    pub(crate) async fn plant(&self, script: &str) -> Tree {
        self.try_plant(script).await.unwrap()
    }

    pub(crate) async fn try_plant(&self, script: &str) -> Result<Tree, Fault> {
        self.trees.plant(command(script), Ends::Pipes { input: nothing(), output: nothing(), errors: nothing() }).await
    }

    /// Returns with what it said on its first line.
    pub(crate) async fn plant_and_hear(&self, script: &str) -> (Tree, String) {
        let (read, write) = std::io::pipe().unwrap();
        let ends = Ends::Pipes { input: nothing(), output: write.into(), errors: nothing() };
        let tree = self.trees.plant(command(script), ends).await.unwrap();
        let line = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            std::io::BufRead::read_line(&mut std::io::BufReader::new(read), &mut line).unwrap();
            line.trim().to_owned()
        });
        (tree, line.await.unwrap())
    }
}

fn command(script: &str) -> Command {
    Command {
        program: "bash".into(),
        arguments: vec!["-c".into(), script.into()],
        environment: vec![("PATH".into(), "/usr/bin:/bin".into()), (MARK.into(), mark().into())],
        directory: "/".into(),
    }
}

fn mark() -> String {
    std::process::id().to_string()
}

fn nothing() -> OwnedFd {
    OpenOptions::new().read(true).write(true).open("/dev/null").unwrap().into()
}

/// Processes with the mark, of which there are none once all trees are gone.
pub(crate) fn marked() -> Vec<String> {
    let mark = format!("{MARK}={}", mark());
    let has_mark = |pid: &str| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|entry| entry == mark.as_bytes())
    };
    processes().into_iter().filter(|pid| has_mark(pid)).map(|pid| stat(&pid).join(" ")).collect()
}

pub(crate) fn processes() -> Vec<String> {
    let names = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().into_string().ok());
    names.filter(|name| name.bytes().all(|byte| byte.is_ascii_digit())).collect()
}

/// Number, name, state, parent, …
pub(crate) fn stat(pid: &str) -> Vec<String> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    text.split(' ').map(str::to_owned).collect()
}

/// The factory, for who wants to harm it; it hides only where everything hides.
pub(crate) fn factory() -> i32 {
    let own = std::process::id().to_string();
    let named = |pid: &String| {
        let stat = stat(pid);
        stat.get(1).is_some_and(|name| name == "(capos-factory)") && stat.get(3) == Some(&own)
    };
    match processes().into_iter().find(named) {
        Some(pid) => pid.parse().unwrap(),
        // The first that the first process starts.
        None => 2,
    }
}

/// Eventually, and soon.
pub(crate) async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(20), "{what}: it never came to that; left: {:?}", marked());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// What this process holds.
#[derive(Debug, PartialEq)]
pub(crate) struct Count {
    descriptors: usize,
    children: usize,
}

impl Count {
    pub(crate) fn take() -> Count {
        let own = std::process::id().to_string();
        let children = processes().iter().filter(|pid| stat(pid).get(3) == Some(&own)).count();
        // One of them is the directory that is read.
        Count { descriptors: fs::read_dir("/proc/self/fd").unwrap().count(), children }
    }

    /// As it was, with nothing left anywhere; where this is the first process, with nothing at all beside it.
    pub(crate) async fn compare(self) {
        until("what is left", || marked().is_empty() && Count::take() == self).await;
        if std::process::id() == 1 {
            let everything = nix::unistd::Pid::from_raw(-1);
            assert_eq!(nix::sys::signal::kill(everything, None), Err(nix::errno::Errno::ESRCH));
        }
    }
}
