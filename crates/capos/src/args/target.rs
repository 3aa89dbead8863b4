//! Which session a command runs in, and how to sign in.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Which session to use.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Session")]
pub(crate) struct Target {
    /// The held session of that name; without it the only one, or the one last connected.
    #[arg(long, value_name = "NAME", conflicts_with = "once")]
    pub(crate) node: Option<String>,
    /// Sign in for this command only, and hold nothing.
    #[arg(long, value_name = "[USER@]HOST[:PORT]")]
    pub(crate) once: Option<String>,
    #[command(flatten)]
    pub(crate) how: How,
    #[command(flatten)]
    pub(crate) more: More,
}

/// The same for administration, where a profile and a password are those of an account.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Session")]
pub(crate) struct AdminTarget {
    /// The held session of that name; without it the only one, or the one last connected.
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "once")]
    pub(crate) node: Option<String>,
    /// Sign in for this command only, and hold nothing.
    #[arg(long, global = true, value_name = "[USER@]HOST[:PORT]")]
    pub(crate) once: Option<String>,
    #[command(flatten)]
    pub(crate) how: How,
}

/// How to sign in.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Sign-in")]
pub(crate) struct How {
    /// The way to sign in; without it keys are tried, then what the node offers.
    #[arg(long = "method", global = true, value_enum, value_name = "METHOD")]
    pub(crate) by: Option<Method>,
    /// Sign in with this private key, or with the one in the agent that belongs to this public key.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// The node's TLS fingerprint, known from elsewhere: no other node is talked to, and nothing is asked or stored.
    #[arg(long, global = true, value_name = "SHA256:…")]
    pub(crate) fingerprint: Option<String>,
}

/// What an ordinary sign-in has besides.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Sign-in")]
pub(crate) struct More {
    /// The profile to enter; without it the account's own.
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Take the password from the first line of standard input.
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

/// A way to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "kebab-case")]
pub(crate) enum Method {
    /// A password, asked for without echo.
    Password,
    /// A key of the agent, of ~/.ssh or of --key.
    PublicKey,
    /// The node's guest account.
    Guest,
    /// No identity at all.
    Anonymous,
}

impl From<AdminTarget> for Target {
    fn from(target: AdminTarget) -> Self {
        Self { node: target.node, once: target.once, how: target.how, more: More::default() }
    }
}
