//! What the process asks of the system before it is a node.

use rustix::fs::Mode;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit, umask};

/// Makes files for their owner alone, leaves no image of memory behind, and has room for as many connections as the
/// system lets it.
pub(crate) fn prepare() {
    umask(Mode::RWXG | Mode::RWXO);
    // A session's keys and a password that is being checked are in memory.
    limit(Resource::Core, Rlimit { current: Some(0), maximum: getrlimit(Resource::Core).maximum });
    // Each connection is a descriptor; the usual soft limit of 1024 is for programs that use `select`.
    let files = getrlimit(Resource::Nofile);
    limit(Resource::Nofile, Rlimit { current: files.maximum, maximum: files.maximum });
}

fn limit(resource: Resource, limit: Rlimit) {
    if let Err(error) = setrlimit(resource, limit) {
        tracing::warn!(%error, ?resource, "a limit of the process could not be set");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_are_as_many_as_the_system_allows_and_there_is_no_core() {
        prepare();
        let files = getrlimit(Resource::Nofile);
        assert_eq!(files.current, files.maximum);
        assert_eq!(getrlimit(Resource::Core).current, Some(0));
    }
}
