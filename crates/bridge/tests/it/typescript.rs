//! TypeScript's types for interfaces.

use std::path::{Path, PathBuf};

use capos_bridge::typescript;
use capos_schema::model::Kind;
use capos_schema::{Registry, Type};

fn of(name: &str) -> String {
    let registry = Registry::builtin();
    typescript(registry, &Type::interface(registry.interface_id(name).unwrap())).unwrap()
}

fn snapshot(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/snapshots/{name}.ts"))
}

#[test]
fn types_are_as_they_were_last_looked_at() {
    for name in ["Shell", "Terminals", "Directory", "CommandSurface"] {
        let (text, path) = (of(name), snapshot(name));
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        assert_eq!(text, std::fs::read_to_string(path).unwrap(), "the types of {name} have changed");
    }
}

#[test]
fn every_interface_has_types() {
    for node in Registry::builtin().nodes().filter(|node| matches!(node.kind, Kind::Interface(_))) {
        let text = typescript(Registry::builtin(), &Type::interface(node.id)).unwrap();
        assert!(text.contains(&format!("export interface {} extends RpcTarget {{", node.name)), "{text}");
        if let Some(folder) = std::env::var_os("TYPESCRIPT") {
            std::fs::write(Path::new(&folder).join(format!("{}.ts", node.name)), text).unwrap();
        }
    }
}
