//! The guest as the first process of a place of commands, and as a command in it.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use super::{Attempt, text};

/// Another attempt, made by a process that this one starts, as commands are started.
pub(super) fn by_command(attempt: &str) -> Attempt {
    let output = start(attempt)?.wait_with_output().map_err(text)?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    match said.strip_prefix(&format!("as-command={attempt} ")) {
        Some(said) if said.starts_with("REACHED") => Ok(said.to_owned()),
        Some(said) => Err(said.to_owned()),
        None => Err(output.status.to_string()),
    }
}

/// Gives way, then tries.
pub(super) fn as_command(attempt: &str) -> Attempt {
    capos_sandbox::give_way();
    let (name, what) = attempt.split_once('=').unwrap_or((attempt, ""));
    super::attempt(name, what)
}

/// While a command has used up all processes, this one still starts threads.
pub(super) fn besieged() -> Attempt {
    let mut command = start("hold-forks")?;
    let output = command.stdout.take().ok_or("no output")?;
    let mut lines = BufReader::new(output).lines();
    let first = lines.next().ok_or("it said nothing")?.map_err(text)?;
    let threads: Vec<_> = (0..8).map(|_| std::thread::Builder::new().spawn(|| 1)).collect();
    let started = threads.into_iter().map(|thread| thread.map_err(text)).collect::<Result<Vec<_>, _>>()?;
    let answered: usize = started.into_iter().filter_map(|thread| thread.join().ok()).sum();
    Ok(format!("{first}; {answered} threads"))
}

fn start(attempt: &str) -> Result<std::process::Child, String> {
    let mut command = Command::new("/proc/self/exe");
    command.arg(format!("as-command={attempt}")).stdout(Stdio::piped()).spawn().map_err(text)
}

/// The names in a directory.
pub(super) fn names(directory: &str) -> Attempt {
    let entries = std::fs::read_dir(directory).map_err(text)?;
    let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names.join(" "))
}

/// `FROM:TO`.
pub(super) fn hard_link(what: &str) -> Attempt {
    let (from, to) = what.split_once(':').ok_or("no target")?;
    std::fs::hard_link(from, to).map(|()| "linked".into()).map_err(text)
}

/// `TARGET:LINK`, and reads through it.
pub(super) fn through_link(what: &str) -> Attempt {
    let (target, link) = what.split_once(':').ok_or("no link")?;
    let _ = std::fs::remove_file(link);
    std::os::unix::fs::symlink(target, link).map_err(text)?;
    super::attempts::read(link)
}

/// Opens for writing what is there, and writes a byte.
pub(super) fn overwrite(path: &str) -> Attempt {
    use std::io::Write;
    let mut file = std::fs::OpenOptions::new().write(true).open(path).map_err(text)?;
    file.write_all(b"0").map(|()| "written".into()).map_err(text)
}
