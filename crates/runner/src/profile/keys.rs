//! Every key of a profile: what is not here is a fault, and what is here is in the page for operators.

/// The keys of one table, in the order of the page.
pub(crate) type Keys = &'static [&'static str];

pub(crate) const PROFILE: Keys = &[
    "id",
    "label",
    "summary",
    "program",
    "arguments",
    "isolation",
    "start",
    "offered",
    "disclose",
    "schema",
    "sandbox",
    "root",
    "read",
    "write",
    "home",
    "account",
    "user",
    "network",
    "commands",
    "environment",
    "limits",
    "restart",
    "health",
    "requires",
    "exports",
    "companions",
    "settings",
];
pub(crate) const LIMITS: Keys = &["memory", "processes", "openFiles", "cpuWeight", "fileSize", "temporary", "home"];
pub(crate) const RESTART: Keys = &["policy", "first", "longest", "giveUp", "within"];
pub(crate) const HEALTH: Keys = &["every", "within", "startWithin", "drainWithin"];
pub(crate) const REQUIREMENT: Keys = &["name", "interface", "holder", "transfer", "from", "optional"];
pub(crate) const EXPORT: Keys = &["name", "interface", "transfer", "audit", "launch"];
pub(crate) const COMPANION: Keys = &["name", "program", "arguments", "after", "requires"];
pub(crate) const COMPANION_REQUIREMENT: Keys = &["name", "interface", "from", "optional"];

#[cfg(test)]
mod tests;
