//! `cargo xtask tidy`: the rules of the house that no compiler knows.

mod floors;
mod licences;
mod sources;
mod versions;

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context, bail};
use serde_json::Value;

use crate::run::Capture as _;
use crate::{Verb, run};

pub(crate) const VERB: Verb = Verb {
    name: "tidy",
    arguments: "",
    summary: "Check who may depend on whom, licences, duplicate versions, lints, and the size of files.",
    run: run_verb,
};

fn run_verb(_: &[String]) -> anyhow::Result<()> {
    let workspace = Workspace::read()?;
    let mut complaints = floors::check(&workspace);
    complaints.extend(licences::check(&workspace));
    complaints.extend(versions::check(&workspace));
    complaints.extend(sources::check(&workspace)?);
    if complaints.is_empty() {
        return Ok(());
    }
    for complaint in &complaints {
        eprintln!("tidy: {complaint}");
    }
    bail!("{} breach(es) of the house rules", complaints.len());
}

/// What cargo tells, reduced to what the rules ask.
struct Workspace {
    members: Vec<Member>,
    foreign: BTreeSet<Foreign>,
}

/// A package of this workspace.
struct Member {
    name: String,
    manifest: PathBuf,
    /// Names of packages it is built on; build scripts' and tests' are apart.
    uses: Vec<String>,
    /// The first file of each library and binary.
    roots: Vec<PathBuf>,
}

/// A package from elsewhere that some build of this workspace compiles.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Foreign {
    name: String,
    version: String,
    licence: String,
}

impl Workspace {
    fn read() -> anyhow::Result<Self> {
        let metadata = run::cargo().args(["metadata", "--format-version=1", "--locked", "--no-deps"]).capture()?;
        let metadata: Value = serde_json::from_str(&metadata)?;
        let packages = metadata["packages"].as_array();
        let members = packages.and_then(|packages| packages.iter().map(Member::parse).collect());
        let mut workspace = Self {
            members: members.context("`cargo metadata` has another form than expected")?,
            foreign: BTreeSet::new(),
        };
        workspace.read_foreign()?;
        Ok(workspace)
    }

    /// Asks `cargo tree`: `cargo metadata` also lists optional packages that nothing here turns on.
    fn read_foreign(&mut self) -> anyhow::Result<()> {
        let tree = run::cargo()
            .args(["tree", "--workspace", "--locked", "--all-features"])
            .args(["--prefix=none", "--format={p}\t{l}\t"])
            .capture()?;
        for line in tree.lines().filter(|line| !line.is_empty()) {
            let package = Foreign::parse(line).with_context(|| format!("reading {line:?}"))?;
            if self.members.iter().all(|member| member.name != package.name) {
                self.foreign.insert(package);
            }
        }
        Ok(())
    }
}

impl Member {
    fn parse(package: &Value) -> Option<Self> {
        let uses = package["dependencies"].as_array()?.iter();
        let roots = package["targets"].as_array()?.iter();
        Some(Self {
            name: package["name"].as_str()?.to_owned(),
            manifest: package["manifest_path"].as_str()?.into(),
            uses: uses
                .filter(|dependency| dependency["kind"].is_null())
                .filter_map(|dependency| dependency["name"].as_str().map(str::to_owned))
                .collect(),
            roots: roots
                .filter(|target| is_product(&target["kind"]))
                .filter_map(|target| target["src_path"].as_str().map(PathBuf::from))
                .collect(),
        })
    }
}

fn is_product(kinds: &Value) -> bool {
    let kinds = kinds.as_array().into_iter().flatten();
    kinds.filter_map(Value::as_str).any(|kind| kind == "lib" || kind == "bin")
}

impl Foreign {
    /// A line such as `syn v3.0.9 (proc-macro)`, a tab, the licence, a tab, and perhaps a mark.
    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.split('\t');
        let mut package = fields.next()?.split(' ');
        Some(Self {
            name: package.next()?.to_owned(),
            version: package.next()?.trim_start_matches('v').to_owned(),
            licence: fields.next()?.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_tree_is_read() {
        let package = Foreign::parse("syn v3.0.9 (proc-macro)\tMIT OR Apache-2.0\t (*)").unwrap();
        assert_eq!((&*package.name, &*package.version), ("syn", "3.0.9"));
        assert_eq!(package.licence, "MIT OR Apache-2.0");
        assert!(Foreign::parse("syn").is_none());
    }
}
