//! `cargo xtask limits`: the page of all bounds, from the sources that set them.

mod source;
mod value;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, bail};

use crate::{Verb, run};
use source::Field;

pub(crate) const VERB: Verb = Verb {
    name: "limits",
    arguments: "[--check]",
    summary: "Write docs/limits.md from the limits in the sources; with --check only compare it with what is committed.",
    run: |arguments| match arguments {
        [] => run(false),
        [check] if check == "--check" => run(true),
        _ => bail!("only --check may follow"),
    },
};

/// A struct of bounds, whose `Default` says what holds where nobody configures anything.
struct Table {
    package: &'static str,
    file: &'static str,
    name: &'static str,
}

const TABLES: &[Table] = &[
    Table { package: "capnweb", file: "crates/capnweb/src/limits.rs", name: "Limits" },
    Table { package: "capos-rpc", file: "crates/rpc/src/limits.rs", name: "Limits" },
    Table { package: "capos-rpc", file: "crates/rpc/src/gate.rs", name: "GateLimits" },
    Table { package: "capos-membrane", file: "crates/membrane/src/budget.rs", name: "BudgetLimits" },
    Table { package: "capos-sandbox", file: "crates/sandbox/src/limits.rs", name: "Limits" },
    Table { package: "capos-sandbox", file: "crates/sandbox/src/tree/limits.rs", name: "TreeLimits" },
    Table { package: "capos-schema", file: "crates/schema/src/limits.rs", name: "Limits" },
    Table { package: "capos-gateway", file: "crates/gateway/src/limits.rs", name: "Limits" },
    Table { package: "capos-gateway", file: "crates/gateway/src/recordings/limits.rs", name: "RecordingLimits" },
    Table { package: "capos-bridge", file: "crates/bridge/src/limits.rs", name: "Limits" },
    Table { package: "capos-client", file: "crates/client/src/limits.rs", name: "Limits" },
    Table { package: "capos-client", file: "crates/client/src/limits.rs", name: "Timeouts" },
    Table { package: "capos-web", file: "crates/web/src/server/limits.rs", name: "Limits" },
    Table { package: "capos-web", file: "crates/web/src/workspace/areas/terminals/limits.rs", name: "TerminalLimits" },
    Table { package: "capos-web", file: "crates/web/src/workspace/areas/commands/limits.rs", name: "MenuLimits" },
    Table { package: "capos-web", file: "crates/web/src/workspace/areas/adventure/limits.rs", name: "AdventureLimits" },
    Table {
        package: "capos-web",
        file: "crates/web/src/workspace/areas/paperclips/limits.rs",
        name: "PaperclipsLimits",
    },
    Table { package: "capos-web", file: "crates/web/src/workspace/limits.rs", name: "WorkspaceLimits" },
    Table { package: "capos", file: "crates/capos/src/limits.rs", name: "RpcLimits" },
    Table { package: "capos", file: "crates/capos/src/metrics/limits.rs", name: "Limits" },
    Table { package: "capos", file: "crates/capos/src/limits.rs", name: "HeldLimits" },
    Table { package: "capos-gateway", file: "crates/gateway/src/manual/limits.rs", name: "ManualLimits" },
    Table { package: "capos-service", file: "crates/service/src/commands/limits.rs", name: "MenuLimits" },
    Table { package: "capos-paperclips", file: "services/paperclips/src/limits.rs", name: "Limits" },
    Table { package: "capos-store", file: "crates/store/src/limits.rs", name: "Limits" },
    Table { package: "capos-authority", file: "crates/authority/src/limits.rs", name: "Limits" },
    Table { package: "capos-chat", file: "services/chat/src/limits.rs", name: "Limits" },
    Table { package: "capos-service", file: "crates/service/src/limits.rs", name: "Limits" },
    Table { package: "capos-service", file: "crates/service/src/push.rs", name: "Bounds" },
    Table { package: "capos-runner", file: "crates/runner/src/limits.rs", name: "Limits" },
    Table { package: "capos-adventure", file: "services/adventure/src/limits.rs", name: "Limits" },
    Table { package: "capos-shell", file: "services/shell/src/files/limits.rs", name: "FileLimits" },
    Table { package: "capos-screen", file: "crates/screen/src/limits.rs", name: "Limits" },
    Table { package: "capos-screen", file: "crates/screen/src/cast/reader.rs", name: "ReaderLimits" },
    Table { package: "capos-shell", file: "services/shell/src/limits.rs", name: "Limits" },
];

const HEAD: &str = "# Limits\n
The bounds that each crate gathers in its table, what they are where nobody configures them, and why they are there.
A few that nobody would tune stand beside the code they guard, with their reasons.
`cargo xtask limits` writes this page from the sources; do not edit it.\n";

/// Writes the page, or with `check` only compares it with the committed one.
pub(crate) fn run(check: bool) -> anyhow::Result<()> {
    let fresh = page()?;
    let committed = run::root().join("docs/limits.md");
    if !check {
        return fs::write(&committed, fresh).with_context(|| format!("writing {}", committed.display()));
    }
    if fs::read_to_string(&committed).ok().as_deref() != Some(&*fresh) {
        bail!("docs/limits.md is out of date: run `cargo xtask limits`");
    }
    Ok(())
}

fn page() -> anyhow::Result<String> {
    let mut page = String::from(HEAD);
    for table in TABLES {
        let path: PathBuf = run::root().join(table.file);
        let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        let (summary, fields) = source::read(&text, table.name).with_context(|| format!("reading {}", table.file))?;
        page += &format!("\n## `{}`: `{}`\n\n{}\n\n", table.package, table.name, one_sentence_per_line(&summary));
        page += "| Limit | Default | Why |\n|---|---|---|\n";
        for field in &fields {
            page += &row(field).with_context(|| format!("{} of {} in {}", field.name, table.name, table.file))?;
        }
    }
    Ok(page)
}

fn row(field: &Field) -> anyhow::Result<String> {
    let value = value::human(field)?;
    Ok(format!("| `{}` | {value} | {} |\n", field.name, field.doc.replace('|', "\\|")))
}

fn one_sentence_per_line(text: &str) -> String {
    text.replace(". ", ".\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_can_be_read() {
        let page = page().unwrap();
        assert!(page.contains("| `message_bytes` | 8 MiB | Largest message,"));
        assert!(page.contains("| `in_flight` | 1,024 |"));
        assert_eq!(page.matches("\n## ").count(), TABLES.len());
    }
}
