//! Where the example in Python and its interpreter are, and its profile on this machine.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The interpreter that has the client library.
const INTERPRETER: &str = "CAPOS_E2E_PYTHON";

/// The interpreter.
///
/// # Panics
///
/// Where the test run has not set one up.
#[must_use]
pub fn interpreter() -> PathBuf {
    match std::env::var_os(INTERPRETER) {
        Some(path) => path.into(),
        None => panic!("{INTERPRETER} is not set: run `cargo xtask test`, which sets up Python"),
    }
}

/// The example's folder.
#[must_use]
pub fn greeter() -> PathBuf {
    repository().join("examples/services/greeter")
}

/// The folder of the published schemas.
#[must_use]
pub fn schemas() -> PathBuf {
    repository().join("crates/schema/schema")
}

/// The example's profile with this machine's paths in the place of those in /opt.
///
/// `strictness` is `required`, or `best-effort` where the machine has not everything: the sandbox has tests of its own.
///
/// # Panics
///
/// Where the example is not where it should be.
#[must_use]
pub fn profile(strictness: &str) -> String {
    let text = std::fs::read_to_string(greeter().join("greeter.toml")).expect("it is committed");
    let mut read = installation();
    read.extend([greeter(), schemas()]);
    let read: Vec<String> = read.iter().map(|path| format!("{:?}", path.display().to_string())).collect();
    text.replace("[\"/opt/greeter\"]", &format!("[{}]", read.join(", ")))
        .replace("/opt/greeter/venv/bin/python", &interpreter().display().to_string())
        .replace("/opt/greeter/schema", &schemas().display().to_string())
        .replace("/opt/greeter", &greeter().display().to_string())
        .replace("sandbox = \"required\"", &format!("sandbox = {strictness:?}"))
}

/// What an interpreter of an environment reads: the environment, and the installation that it was made from.
fn installation() -> Vec<PathBuf> {
    let ask = "import sys; print(sys.prefix); print(sys.base_prefix)";
    let output = Command::new(interpreter()).args(["-c", ask]).output().expect("the interpreter starts");
    let told = String::from_utf8(output.stdout).expect("paths are text here");
    told.lines().map(PathBuf::from).collect()
}

/// The folder that all of this is in.
///
/// # Panics
///
/// Where this crate was moved.
#[must_use]
pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    here.canonicalize().expect("this crate is two folders below the repository")
}
