//! Rules about the text of manifests and source files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::{Member, Workspace};
use crate::run;

/// Past this a file hides a seam; generated ones are nobody's reading.
const LONGEST_FILE: usize = 800;

/// The only crates with unsafe code, each block under a SAFETY comment.
const UNSAFE_ALLOWED: &[&str] = &["capos-sandbox"];

/// The RPC library's inside, where authority is enforced, and the only folders whose code may touch it.
const INSIDE: &str = concat!("capnp::", "private");
const INSIDE_USERS: &[&str] = &["crates/membrane", "crates/schema"];

/// Folders that hold nothing that a person wrote as source.
const NOT_SOURCES: &[&str] = &["target", "corpus", "artifacts", "coverage", "generated", "__pycache__", "node_modules"];

/// How the names of sources end.
const SOURCES: &[&str] = &[".rs", ".py", ".js", ".mjs"];

pub(super) fn check(workspace: &Workspace) -> anyhow::Result<Vec<String>> {
    let mut complaints = Vec::new();
    for member in &workspace.members {
        check_member(member, &mut complaints)?;
    }
    for file in source_files(&run::root())? {
        check_file(&file, &mut complaints)?;
    }
    Ok(complaints)
}

fn check_member(member: &Member, complaints: &mut Vec<String>) -> anyhow::Result<()> {
    if !inherits_lints(&read(&member.manifest)?) {
        complaints.push(format!("{} does not inherit the workspace's lints", member.name));
    }
    if UNSAFE_ALLOWED.contains(&member.name.as_str()) {
        return Ok(());
    }
    for root in &member.roots {
        if !read(root)?.contains("#![forbid(unsafe_code)]") {
            complaints.push(format!("{} lacks #![forbid(unsafe_code)]", shown(root)));
        }
    }
    Ok(())
}

fn inherits_lints(manifest: &str) -> bool {
    let mut lines = manifest.lines().map(str::trim);
    lines.any(|line| line == "[lints]") && lines.next() == Some("workspace = true")
}

fn check_file(file: &Path, complaints: &mut Vec<String>) -> anyhow::Result<()> {
    if file.file_name().is_some_and(|name| name == "mod.rs") {
        complaints.push(format!("{}: the house writes foo.rs beside foo/", shown(file)));
    }
    let text = read(file)?;
    let lines = text.lines().count();
    if lines > LONGEST_FILE {
        complaints.push(format!("{} has {lines} lines, more than {LONGEST_FILE}", shown(file)));
    }
    if text.contains(INSIDE) && !may_look_inside(&shown(file)) {
        complaints.push(format!("{} uses {INSIDE}: only {INSIDE_USERS:?} may", shown(file)));
    }
    Ok(())
}

fn may_look_inside(file: &str) -> bool {
    INSIDE_USERS.iter().any(|folder| Path::new(file).starts_with(folder))
}

/// Every source file under `folder` that a person wrote.
fn source_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_dir() {
                if !name.starts_with('.') && !NOT_SOURCES.contains(&&*name) {
                    folders.push(path);
                }
            } else if SOURCES.iter().any(|ending| name.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("reading {}", shown(path)))
}

fn shown(path: &Path) -> String {
    let root = run::root();
    path.strip_prefix(&root).unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lints_are_inherited_or_not() {
        assert!(inherits_lints("[package]\nname = \"a\"\n\n[lints]\nworkspace = true\n"));
        assert!(!inherits_lints("[package]\nname = \"a\"\n"));
        assert!(!inherits_lints("[lints]\n\n[dependencies]\nworkspace = true"));
    }

    #[test]
    fn the_inside_of_the_library_is_for_two_crates() {
        assert!(may_look_inside("crates/membrane/src/hook.rs"));
        assert!(!may_look_inside("crates/membrane2/src/hook.rs"));
        assert!(!may_look_inside("crates/rpc/src/network.rs"));
    }
}
