//! Rust code and compiled schemas from the `.capnp` files; both are committed.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

/// A folder of schema files and where their code goes.
struct Set {
    schema: &'static str,
    imports: &'static [&'static str],
    files: &'static [&'static str],
    out: &'static str,
    rust: bool,
}

const SETS: &[Set] = &[
    Set {
        schema: "crates/testkit/schema",
        imports: &[],
        files: &["lab.capnp"],
        out: "crates/testkit/src/generated",
        rust: true,
    },
    Set {
        schema: "crates/schema/schema",
        imports: &[],
        files: &[
            "terminal.capnp",
            "identity.capnp",
            "chat.capnp",
            "adventure.capnp",
            "paperclips.capnp",
            "catalog.capnp",
            "session.capnp",
            "gateway.capnp",
            "system_info.capnp",
            "manual.capnp",
        ],
        out: "crates/schema/src/generated",
        rust: true,
    },
    Set {
        schema: "crates/schema/tests/schema",
        imports: &["crates/schema/schema"],
        files: &["rich.capnp"],
        out: "crates/schema/tests/schema",
        rust: false,
    },
];

/// Writes the generated files, or with `check` only compares them with the committed ones.
pub(crate) fn run(check: bool) -> anyhow::Result<()> {
    for set in SETS {
        generate(set, check)?;
    }
    Ok(())
}

fn generate(set: &Set, _check: bool) -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("xtask has a parent")?;
    let schema = root.join(set.schema);
    let out = root.join(set.out);
    std::fs::create_dir_all(&out)?;
    let files: Vec<PathBuf> = set.files.iter().map(|f| schema.join(f)).collect();
    let compiled = Command::new("capnp")
        .arg("compile")
        .arg("-o-")
        .arg(format!("--src-prefix={}", schema.display()))
        .args(
            set.imports
                .iter()
                .map(|dir| format!("-I{}", root.join(dir).display())),
        )
        .args(&files)
        .output()
        .context("running `capnp` (Debian: apt-get install capnproto libcapnp-dev)")?;
    ensure!(
        compiled.status.success(),
        "{}",
        String::from_utf8_lossy(&compiled.stderr)
    );
    if !set.rust {
        std::fs::write(out.join("request.bin"), &compiled.stdout)?;
        return Ok(());
    }
    capnpc::codegen::CodeGenerationCommand::new()
        .output_directory(&out)
        .raw_code_generator_request_path(out.join("request.bin"))
        .default_parent_module(vec!["generated".into()])
        .run(&compiled.stdout[..])?;
    Ok(())
}
