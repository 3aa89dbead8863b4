//! Running programs so that the person sees which one failed.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

/// The folder that holds the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the workspace").to_path_buf()
}

/// Where builds and everything else that may be thrown away go.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Cargo, in the workspace, as the version that runs this program.
pub(crate) fn cargo() -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// Shows the command, runs it with this terminal, and fails when it does.
pub(crate) fn show(command: &mut Command) -> anyhow::Result<()> {
    eprintln!("$ {}", line(command));
    let status = command.status().with_context(|| format!("starting {}", line(command)))?;
    ensure!(status.success(), "`{}` failed: {status}", line(command));
    Ok(())
}

/// Running a command unseen for what it prints.
pub(crate) trait Capture {
    /// What it printed, as it is.
    fn capture_bytes(&mut self) -> anyhow::Result<Vec<u8>>;

    /// What it printed, as text.
    fn capture(&mut self) -> anyhow::Result<String> {
        Ok(String::from_utf8(self.capture_bytes()?)?)
    }
}

impl Capture for Command {
    fn capture_bytes(&mut self) -> anyhow::Result<Vec<u8>> {
        let output = self.output().with_context(|| format!("starting {}", line(self)))?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "`{}` failed: {}\n{errors}", line(self), output.status);
        Ok(output.stdout)
    }
}

fn line(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    let mut words = vec![name.to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|argument| argument.to_string_lossy().into_owned()));
    words.join(" ")
}
