//! Programs for Node, in a folder of their own beside the packages that they import.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Where the packages are.
const PACKAGES: &str = "CAPOS_NODE_MODULES";

/// A program about to run.
pub(crate) struct Program {
    command: Command,
    _folder: TempDir,
}

impl Program {
    /// The one of this name in `tests/e2e/javascript`.
    pub(crate) fn new(script: &str) -> Self {
        Self::at(&Path::new(env!("CARGO_MANIFEST_DIR")).join("javascript").join(script))
    }

    /// The one at this path, with what lies beside it.
    ///
    /// Node looks for packages above where a program really is; a copy is where they are linked to.
    pub(crate) fn at(script: &Path) -> Self {
        let folder = TempDir::with_prefix("capos-javascript-").expect("a temporary directory");
        symlink(packages(), folder.path().join("node_modules")).expect("the directory is ours");
        for entry in fs::read_dir(script.parent().expect("it is in a folder")).expect("it is there") {
            let path = entry.expect("it is there").path();
            if path.extension().is_some_and(|extension| extension == "mjs") {
                let name = path.file_name().expect("it has a name");
                fs::copy(&path, folder.path().join(name)).expect("the directory is ours");
            }
        }
        let mut command = Command::new("node");
        command.arg(folder.path().join(script.file_name().expect("it has a name")));
        Self { command, _folder: folder }
    }

    /// Told as JSON.
    pub(crate) fn settings(self, settings: &Value) -> Self {
        self.arguments(&[&settings.to_string()])
    }

    pub(crate) fn arguments(mut self, arguments: &[&str]) -> Self {
        self.command.args(arguments);
        self
    }

    /// Runs it with a line to read.
    pub(crate) fn feed(self, line: &str) -> Output {
        fed(self.command, &format!("{line}\n"))
    }

    pub(crate) fn expect_success(self) {
        let output = fed(self.command, "");
        let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{}\n{said}{errors}", output.status);
    }

    /// Starts it, to be told what to do line by line.
    pub(crate) fn talk(mut self) -> Talking {
        let mut child = self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("node is there");
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let output = BufReader::new(output.expect("it was asked for"));
        Talking { child, input, output, _folder: self._folder }
    }
}

/// A program that does what it is told, and answers.
pub(crate) struct Talking {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    _folder: TempDir,
}

impl Talking {
    /// Tells it to do something, and waits until that is done.
    #[track_caller]
    pub(crate) fn ask(&mut self, what: &Value) -> Value {
        let input = self.input.as_mut().expect("it is open until the end");
        writeln!(input, "{what}").expect("it reads");
        let mut answer = String::new();
        self.output.read_line(&mut answer).expect("it is text");
        serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{what} was not done"))
    }

    /// Ends it at once, as a crash would.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it is our child");
    }
}

impl Drop for Talking {
    fn drop(&mut self) {
        drop(self.input.take());
        // It ends with its input, or was killed.
        let _ = self.child.wait();
    }
}

/// Runs a command that reads `input`.
pub(crate) fn fed(mut command: Command, input: &str) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program is there");
    // One that reads nothing may be gone already.
    let _ = child.stdin.take().expect("it was asked for").write_all(input.as_bytes());
    child.wait_with_output().expect("it is our child")
}

fn packages() -> PathBuf {
    match std::env::var_os(PACKAGES) {
        Some(path) => path.into(),
        None => panic!("{PACKAGES} is not set: run `cargo xtask test`, which provides the packages"),
    }
}
