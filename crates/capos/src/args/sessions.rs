//! The held sessions.

use clap::Args;

use super::target::Target;

/// Say who you are to the node
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  capos whoami\n  capos whoami --once alice@node.example")]
pub(crate) struct Whoami {
    #[command(flatten)]
    pub(crate) target: Target,
}

/// Extend the session, with a fresh proof of who you are
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  capos renew\n  capos renew --for 8h")]
pub(crate) struct Renew {
    /// The held session of that name; without it the only one, or the one last connected.
    #[arg(long, value_name = "NAME")]
    pub(crate) node: Option<String>,
    /// How long from now, as 30m or 8h; without it what the profile gives.
    #[arg(long = "for", value_name = "TIME")]
    pub(crate) duration: Option<humantime::Duration>,
    /// Take the password from the first line of standard input.
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

/// End a session
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  capos logout\n  capos logout --all")]
pub(crate) struct Logout {
    /// The held session of that name; without it the only one, or the one last connected.
    #[arg(long, value_name = "NAME", conflicts_with = "all")]
    pub(crate) node: Option<String>,
    /// Every held session.
    #[arg(long)]
    pub(crate) all: bool,
}

/// List the held sessions
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  capos nodes")]
pub(crate) struct Nodes {}
