//! What capabilities and words mean.

use clap::Args;

use super::target::Target;

/// Tell what a capability or a method does
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  capos describe manual
  capos describe manual.page
  capos describe Manual             the interface, without being signed in
  capos describe shell --typescript > shell.ts
  capos describe --typescript > node.ts    signing in, and the session")]
pub(crate) struct Describe {
    /// A granted name, a handle or an interface, and a method of it.
    #[arg(value_name = "CAP[.METHOD]", required_unless_present = "typescript")]
    pub(crate) subject: Option<String>,
    /// Print TypeScript's types of it and all that it leads to; without a name those of signing in and of the session.
    #[arg(long)]
    pub(crate) typescript: bool,
    #[command(flatten)]
    pub(crate) target: Target,
}

/// Read the node's manual
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  capos man                         what there is
  capos man profile
  capos man 5 profile
  capos man -k session              pages about a word")]
pub(crate) struct Man {
    /// A page, and before it its section.
    #[arg(value_name = "[SECTION] PAGE", num_args = 0..=2)]
    pub(crate) page: Vec<String>,
    /// Search for pages about words.
    #[arg(short = 'k', long = "apropos", value_name = "WORD", num_args = 1.., conflicts_with = "page")]
    pub(crate) apropos: Option<Vec<String>>,
    #[command(flatten)]
    pub(crate) target: Target,
}
