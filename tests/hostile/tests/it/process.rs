//! Processes of the program under attack: how they start, answer, are weighed, and end.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::thread::JoinHandle;

/// What a server says before its address.
const LISTENING: &str = "listening on ";

/// One process, ended on drop.
pub(crate) struct Process {
    child: Child,
    talk: Mutex<(Option<ChildStdin>, BufReader<ChildStdout>)>,
    complaints: Option<JoinHandle<String>>,
    greeting: String,
}

impl Process {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_hostile-node"))
            .args(arguments)
            // One arena, and memory given back as soon as it is free: what is left over is held by somebody.
            .env("MALLOC_ARENA_MAX", "1")
            .env("MALLOC_TRIM_THRESHOLD_", "65536")
            .env("MALLOC_MMAP_THRESHOLD_", "65536")
            .env("RUST_BACKTRACE", "0")
            // It ends when this pipe does, so that none outlives a test that was killed.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = child.stderr.take().unwrap();
        let complaints = std::thread::spawn(move || std::io::read_to_string(stderr).unwrap_or_default());
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let greeting = line.trim().strip_prefix(LISTENING).expect("it listens").to_owned();
        let talk = Mutex::new((child.stdin.take(), output));
        Self { child, talk, complaints: Some(complaints), greeting }
    }

    /// What it said about where it listens.
    pub(crate) fn greeting(&self) -> &str {
        &self.greeting
    }

    /// One of its own figures.
    pub(crate) fn ask(&self, question: &str) -> u64 {
        let mut talk = self.talk.lock().unwrap();
        let (input, output) = &mut *talk;
        writeln!(input.as_mut().unwrap(), "{question}").unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        line.trim().parse().unwrap_or_else(|_| panic!("it is alive and answers {question}: {line:?}"))
    }

    /// Memory that is this process's own, in KiB.
    pub(crate) fn memory(&self) -> u64 {
        private_kib(self.child.id())
    }

    /// Where the kernel tells how long each of its threads had to wait for a processor.
    pub(crate) fn schedules(&self) -> Vec<PathBuf> {
        schedules_of(self.child.id())
    }

    /// Ends it, and gives what it wrote to its error output meanwhile.
    pub(crate) fn end(mut self) -> String {
        self.stop();
        self.complaints.take().unwrap().join().unwrap()
    }

    fn stop(&mut self) {
        // The end of its input is its word to go; it may have gone by itself, and is waited for either way.
        drop(self.talk.lock().map(|mut talk| talk.0.take()));
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Memory of a process that it shares with no other, in KiB.
pub(crate) fn private_kib(process: u32) -> u64 {
    let rollup = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).expect("it is alive");
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss_Anon:")).expect("the kernel tells it");
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Where the kernel tells how long each thread of a process had to wait for a processor.
pub(crate) fn schedules_of(process: u32) -> Vec<PathBuf> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).expect("it is alive");
    threads.map(|thread| thread.unwrap().path().join("schedstat")).collect()
}
