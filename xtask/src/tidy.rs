//! `cargo xtask tidy`: the rules of the house that no compiler knows.

mod floors;
mod licences;
mod sources;
mod versions;

use std::path::PathBuf;

use anyhow::{Context, bail};
use serde_json::Value;

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

/// What `cargo metadata` tells, reduced to what the rules ask.
struct Workspace {
    members: Vec<Member>,
    foreign: Vec<Foreign>,
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

/// A package from elsewhere.
struct Foreign {
    name: String,
    version: String,
    licence: String,
}

impl Workspace {
    fn read() -> anyhow::Result<Self> {
        let output = run::capture(run::cargo().args([
            "metadata",
            "--format-version=1",
            "--locked",
            // Packages for other systems are locked, but never built here.
            "--filter-platform=x86_64-unknown-linux-gnu",
        ]))?;
        let metadata: Value = serde_json::from_slice(&output.stdout)?;
        Self::parse(&metadata).context("`cargo metadata` has another form than expected")
    }

    fn parse(metadata: &Value) -> Option<Self> {
        let member_ids = metadata["workspace_members"].as_array()?;
        let mut workspace = Self {
            members: Vec::new(),
            foreign: Vec::new(),
        };
        for package in metadata["packages"].as_array()? {
            if member_ids.contains(&package["id"]) {
                workspace.members.push(Member::parse(package)?);
            } else {
                workspace.foreign.push(Foreign::parse(package)?);
            }
        }
        Some(workspace)
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
    kinds
        .filter_map(Value::as_str)
        .any(|kind| kind == "lib" || kind == "bin")
}

impl Foreign {
    fn parse(package: &Value) -> Option<Self> {
        Some(Self {
            name: package["name"].as_str()?.to_owned(),
            version: package["version"].as_str()?.to_owned(),
            licence: package["license"].as_str().unwrap_or_default().to_owned(),
        })
    }
}
