//! Who may depend on whom: the table of ARCHITECTURE.md as data.

use super::{Member, Workspace};

/// Where a package of this workspace stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// May use every floor below this one, and nothing beside or above it.
    Floor(u8),
    /// May use these packages of the workspace and no others.
    Only(u8, &'static [&'static str]),
    /// Tests, benchmarks and chores: may use everything, and no product code may use them.
    Workshop,
}

use Place::{Floor, Only, Workshop};

/// A new crate is entered here and in ARCHITECTURE.md.
const PLACES: &[(&str, Place)] = &[
    ("capos-schema", Floor(0)),
    ("capnweb", Floor(0)),
    ("capos-surface", Floor(0)),
    ("capos-screen", Floor(0)),
    ("capos-membrane", Floor(1)),
    ("capos-rpc", Floor(1)),
    ("capos-store", Floor(1)),
    ("capos-sandbox", Floor(1)),
    ("capos-authority", Floor(2)),
    ("capos-runner", Floor(2)),
    ("capos-service", Floor(2)),
    ("capos-gateway", Floor(3)),
    // Bundled services know what any service knows.
    ("capos-chat", Only(3, &["capos-schema", "capos-service"])),
    ("capos-adventure", Only(3, &["capos-schema", "capos-service"])),
    ("capos-paperclips", Only(3, &["capos-schema", "capos-service"])),
    // What it starts are processes, and it parses what they draw.
    ("capos-shell", Only(3, &["capos-sandbox", "capos-schema", "capos-screen", "capos-service"])),
    // A host application embeds the client without building the node.
    ("capos-client", Only(4, &["capos-schema", "capos-rpc"])),
    ("capos-bridge", Floor(5)),
    ("capos-web", Floor(5)),
    ("capos", Floor(6)),
    ("capos-testkit", Workshop),
    ("capos-bench", Workshop),
    ("capos-e2e", Workshop),
    ("capos-hostile", Workshop),
    ("xtask", Workshop),
];

pub(super) fn check(workspace: &Workspace) -> Vec<String> {
    let members = workspace.members.iter();
    members.flat_map(|member| complaints(member, workspace)).collect()
}

fn complaints(member: &Member, workspace: &Workspace) -> Vec<String> {
    let Some(place) = place_of(&member.name) else {
        return vec![format!("{} has no floor in the table", member.name)];
    };
    let inside = |name: &&String| workspace.members.iter().any(|other| other.name == **name);
    let uses = member.uses.iter().filter(inside);
    uses.filter(|name| !place_of(name).is_some_and(|below| may_use(place, name, below)))
        .map(|name| format!("{} may not depend on {name}: see ARCHITECTURE.md", member.name))
        .collect()
}

fn place_of(name: &str) -> Option<Place> {
    let entry = PLACES.iter().find(|(package, _)| *package == name);
    entry.map(|(_, place)| *place)
}

fn may_use(place: Place, name: &str, below: Place) -> bool {
    match (place, below) {
        (Workshop, _) => true,
        (_, Workshop) => false,
        (Only(_, allowed), _) => allowed.contains(&name),
        (Floor(floor), Floor(other) | Only(other, _)) => other < floor,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(user: &str, used: &str) -> bool {
        may_use(place_of(user).unwrap(), used, place_of(used).unwrap())
    }

    #[test]
    fn dependencies_point_down() {
        assert!(allowed("capos-membrane", "capos-schema"));
        assert!(!allowed("capos-schema", "capos-membrane"));
    }

    #[test]
    fn neighbours_do_not_know_each_other() {
        assert!(!allowed("capos-rpc", "capos-membrane"));
    }

    #[test]
    fn the_client_embeds_without_the_node() {
        assert!(allowed("capos-client", "capos-rpc"));
        assert!(!allowed("capos-client", "capos-gateway"));
        assert!(allowed("capos-web", "capos-client"));
    }

    #[test]
    fn product_code_does_not_stand_on_the_workshop() {
        assert!(!allowed("capos-rpc", "capos-testkit"));
        assert!(allowed("capos-bench", "capos-testkit"));
    }
}
