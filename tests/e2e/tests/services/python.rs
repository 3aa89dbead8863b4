//! Where the example and its interpreter are.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The interpreter that has the client library.
const INTERPRETER: &str = "CAPOS_E2E_PYTHON";

pub(crate) fn interpreter() -> PathBuf {
    match std::env::var_os(INTERPRETER) {
        Some(path) => path.into(),
        None => panic!("{INTERPRETER} is not set: run `cargo xtask test`, which sets up Python"),
    }
}

/// What an interpreter of an environment reads: the environment, and the installation that it was made from.
pub(crate) fn installation() -> Vec<PathBuf> {
    let ask = "import sys; print(sys.prefix); print(sys.base_prefix)";
    let output = Command::new(interpreter()).args(["-c", ask]).output().expect("the interpreter starts");
    let told = String::from_utf8(output.stdout).expect("paths are text here");
    told.lines().map(PathBuf::from).collect()
}

pub(crate) fn greeter() -> PathBuf {
    repository().join("examples/services/greeter")
}

pub(crate) fn schemas() -> PathBuf {
    repository().join("crates/schema/schema")
}

fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    here.canonicalize().expect("this crate is two folders below the repository")
}
