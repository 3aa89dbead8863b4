//! What confines a process, a file for each mechanism.

pub(crate) mod cgroup;
pub(crate) mod filter;
pub(crate) mod landlock;
pub(crate) mod namespaces;
pub(crate) mod privileges;
pub(crate) mod resources;
pub(crate) mod root;
