//! One version of each dependency: two are built, audited and carried twice.

use std::collections::BTreeMap;

use super::Workspace;

/// Packages that may be here in several versions, and why. An entry that is no longer true is a complaint too.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("base64", "alacritty_terminal is at 0.22, everybody else at 0.23"),
    (
        "chacha20",
        "ssh-key's encrypted private keys are at 0.9; proptest, which only tests use, is at 0.10 through rand",
    ),
    ("cpufeatures", "as chacha20"),
    ("getrandom", "ring is at 0.2; proptest, which only tests use, is at 0.4 through rand 0.10"),
    ("rand", "ssh-key is at 0.8 through rsa; proptest, which only tests use, is at 0.10"),
    ("rand_core", "as rand"),
    ("syn", "the derives of zeroize and curve25519-dalek are at 2, everybody else's at 3; neither is in the product"),
];

pub(super) fn check(workspace: &Workspace) -> Vec<String> {
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in &workspace.foreign {
        versions.entry(&package.name).or_default().push(&package.version);
    }
    versions.retain(|_, versions| versions.len() > 1);
    let is_excepted = |name: &str| EXCEPTIONS.iter().any(|(package, _)| *package == name);
    let unexpected = versions
        .iter()
        .filter(|(name, _)| !is_excepted(name))
        .map(|(name, versions)| format!("{name} is here in versions {}", versions.join(", ")));
    let outdated = EXCEPTIONS
        .iter()
        .filter(|(name, _)| !versions.contains_key(name))
        .map(|(name, _)| format!("{name} needs no exception for duplicate versions any more"));
    unexpected.chain(outdated).collect()
}
