//! The project's chores.
mod codegen;

fn main() -> anyhow::Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("codegen") => codegen::run(std::env::args().any(|a| a == "--check")),
        _ => anyhow::bail!("usage: cargo xtask codegen [--check]"),
    }
}
