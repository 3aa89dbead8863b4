//! The pages that people wrote, as they were when the node was built.

use super::page::Page;
use super::prose;

macro_rules! files {
    ($($name:literal)*) => {
        /// Each file's name and text.
        pub(super) const FILES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../manual/", $name, ".md")))),*];
    };
}

files! {
    "capos.1" "up.1" "connect.1" "whoami.1" "renew.1" "logout.1" "nodes.1" "caps.1" "describe.1" "man.1" "call.1"
    "handles.1" "services.1" "probe.1" "launch.1" "attach.1" "stop.1" "commands.1" "do.1" "chat.1"
    "shell.1" "run.1" "term.1" "cp.1" "ls.1" "recordings.1" "replay.1"
    "admin.1" "audit.1" "config.1" "completions.1" "version.1"
    "audit.5" "capos.toml.5" "profile.5"
    "audit.7" "bundles.7" "capabilities.7" "chat.7" "errors.7" "leases.7" "limits.7" "membranes.7"
    "revocation.7" "runner.7" "service-admin.7" "services.7" "sessions.7" "sign-in.7"
    "backup.8" "install.8" "metrics.8" "systemd.8" "upgrade.8"
}

/// Every one of them.
pub(super) fn pages() -> Vec<Page> {
    let pages = FILES.iter().map(|(_, text)| prose::parse(text));
    pages.collect::<Result<_, _>>().expect("a test parses every page")
}
