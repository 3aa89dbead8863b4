//! `cargo xtask codegen`: Rust code and compiled schemas from the `.capnp` files; both are committed.
//!
//! The files are kept as the generator writes them, unformatted: crates `include!` them, so `cargo fmt` does not reach them and `--check` can compare bytes.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::run::Capture as _;
use crate::{Verb, run, setup};

pub(crate) const VERB: Verb = Verb {
    name: "codegen",
    arguments: "[--check]",
    summary: "Write the code generated from the schemas; with --check only compare it with what is committed.",
    run: |arguments| match arguments {
        [] => run(false),
        [check] if check == "--check" => run(true),
        _ => bail!("only --check may follow"),
    },
};

/// A folder of schema files and where what is made of them goes.
struct Set {
    schema: &'static str,
    files: &'static [&'static str],
    /// Folders of imported files, seen from the schema's.
    imports: &'static [&'static str],
    generated: &'static str,
    /// Whether there is code beside the compiled schema.
    code: bool,
}

const SETS: &[Set] = &[
    Set {
        schema: "crates/capos/schema",
        files: &["held.capnp"],
        imports: &["../../schema/schema"],
        generated: "crates/capos/src/generated",
        code: true,
    },
    Set {
        schema: "crates/testkit/schema",
        files: &["lab.capnp"],
        imports: &[],
        generated: "crates/testkit/src/generated",
        code: true,
    },
    Set {
        schema: "crates/schema/schema",
        files: &[
            "accounts.capnp",
            "adventure.capnp",
            "annotations.capnp",
            "audit.capnp",
            "catalog.capnp",
            "chat.capnp",
            "commands.capnp",
            "console.capnp",
            "files.capnp",
            "gateway.capnp",
            "identity.capnp",
            "manual.capnp",
            "paperclips.capnp",
            "recordings.capnp",
            "service.capnp",
            "services.capnp",
            "session.capnp",
            "sessions.capnp",
            "shell.capnp",
            "system_info.capnp",
            "terminal.capnp",
            "terminals.capnp",
        ],
        imports: &[],
        generated: "crates/schema/src/generated",
        code: true,
    },
    Set {
        schema: "crates/schema/tests/schema",
        files: &["rich.capnp"],
        imports: &["../../schema"],
        generated: "crates/schema/tests/generated",
        code: false,
    },
    Set {
        schema: "examples/services/greeter",
        files: &["greeter.capnp"],
        imports: &[],
        generated: "examples/services/greeter/compiled",
        code: false,
    },
];

/// Writes the generated files, or with `check` only compares them with the committed ones.
pub(crate) fn run(check: bool) -> anyhow::Result<()> {
    setup::ensure_packages(setup::SCHEMA_COMPILER)?;
    for set in SETS {
        let committed = run::root().join(set.generated);
        if check {
            let fresh = run::target().join("codegen").join(set.generated);
            if fresh.exists() {
                fs::remove_dir_all(&fresh)?;
            }
            generate(set, &fresh)?;
            compare(&fresh, &committed)?;
        } else {
            generate(set, &committed)?;
        }
    }
    Ok(())
}

fn generate(set: &Set, out: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(out)?;
    let compiled = Command::new("capnp")
        // Relative names, so that the compiled schema holds no path of this machine.
        .current_dir(run::root().join(set.schema))
        .args(["compile", "-o-", "-I."])
        .args(set.imports.iter().map(|folder| format!("-I{folder}")))
        .args(set.files)
        .capture_bytes()?;
    if !set.code {
        return Ok(fs::write(out.join("request.bin"), compiled)?);
    }
    capnpc::codegen::CodeGenerationCommand::new()
        .output_directory(out)
        .raw_code_generator_request_path(out.join("request.bin"))
        .default_parent_module(vec!["generated".into()])
        .run(&compiled[..])
        .with_context(|| format!("generating code for {}", set.schema))
}

/// Fails with every file that differs, is missing, or has no schema any more.
fn compare(fresh: &Path, committed: &Path) -> anyhow::Result<()> {
    let names: BTreeSet<OsString> = [file_names(fresh)?, file_names(committed)?].concat().into_iter().collect();
    let stale: Vec<PathBuf> = names
        .iter()
        .filter(|name| fs::read(fresh.join(name)).ok() != fs::read(committed.join(name)).ok())
        .map(|name| committed.join(name))
        .collect();
    if !stale.is_empty() {
        bail!("out of date, run `cargo xtask codegen` (and delete what has no schema): {stale:?}");
    }
    Ok(())
}

fn file_names(folder: &Path) -> anyhow::Result<Vec<OsString>> {
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    Ok(entries.map(|entry| entry.map(|e| e.file_name())).collect::<Result<_, _>>()?)
}
