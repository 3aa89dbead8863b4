//! `capos cp` and `capos ls`.

use std::ffi::OsString;

use clap::Args;

use super::target::Target;

/// Copy files to or from the session's home
///
/// A path that begins with `:` is one of the session's home on the node: `:` is the home itself, `:notes/a.txt` a file
/// in it. A local file of such a name is `./:name`. Either all sources are local and the destination is not, or the
/// other way round. `-` is standard input or output.
///
/// A file takes its place when it is whole and the same as its source by SHA-256, and not before. What is interrupted
/// is kept beside it as `.NAME.capos-part`, and goes on with --resume. Permission to execute is copied; links are
/// copied as links, where they stay within what is copied.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  capos cp report.pdf :
  capos cp -r site/ :www
  capos cp :logs/today.log .
  capos cp --resume big.iso :images/
  capos cp :data.json - | jq .

Where not everything was copied it ends with 1, and the rest is copied all the same.")]
pub(crate) struct Cp {
    /// What to copy, and at last where to.
    #[arg(value_name = "SRC… DST", required = true, num_args = 2..)]
    pub(crate) paths: Vec<OsString>,
    /// Copy directories with all that is in them.
    #[arg(short, long)]
    pub(crate) recursive: bool,
    /// Keep permissions and times.
    #[arg(short, long)]
    pub(crate) preserve: bool,
    /// Go on with what was interrupted, and leave out what is there already and the same.
    #[arg(long)]
    pub(crate) resume: bool,
    /// Leave files alone that are there already.
    #[arg(short, long, conflicts_with = "resume")]
    pub(crate) no_clobber: bool,
    /// Do not read the copy again to compare its checksum.
    #[arg(long)]
    pub(crate) no_checksum: bool,
    /// Give up when the node has not answered for so long.
    #[arg(long, value_name = "TIME", default_value = "5m")]
    pub(crate) timeout: humantime::Duration,
    /// Show no progress.
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// The grant to the files.
    #[arg(long, value_name = "CAP", default_value = "files")]
    pub(crate) cap: String,
    #[command(flatten)]
    pub(crate) target: Target,
}

/// List files of the session's home
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  capos ls\n  capos ls :notes\n  capos ls :notes --json")]
pub(crate) struct Ls {
    /// A directory or a file of the home; the `:` before it may be left out.
    #[arg(value_name = "PATH", default_value = ":")]
    pub(crate) path: String,
    /// The grant to the files.
    #[arg(long, value_name = "CAP", default_value = "files")]
    pub(crate) cap: String,
    #[command(flatten)]
    pub(crate) target: Target,
}
