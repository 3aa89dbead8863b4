//! The compiled schema against the table that was published first.

use std::collections::BTreeSet;
use std::fmt::Write;

use capos_schema::model::{Kind, Node, Place, Struct};
use capos_schema::{Registry, Type};

const TABLE: &str = include_str!("../fixtures/contract.txt");
const LAYOUT: &str = include_str!("../fixtures/layout.txt");

/// One line of the table: `struct Name @0x… { member @0 …; … }`.
struct Declaration {
    keyword: &'static str,
    name: &'static str,
    id: u64,
    members: Vec<&'static str>,
}

fn table() -> Vec<Declaration> {
    TABLE.lines().map(declaration).collect()
}

fn declaration(line: &'static str) -> Declaration {
    let (head, body) = line.split_once('{').expect("a line has a body");
    let words: Vec<_> = head.split_whitespace().collect();
    let [keyword, name, id] = words[..] else {
        panic!("a head is three words: {head}");
    };
    let body = body.trim().strip_suffix('}').expect("a body ends");
    Declaration {
        keyword,
        name,
        id: u64::from_str_radix(id.strip_prefix("@0x").expect("an id is hexadecimal"), 16).unwrap(),
        members: body.split(';').map(str::trim).filter(|m| !m.is_empty()).collect(),
    }
}

/// A node's members as the table writes them.
fn members(registry: &Registry, node: &Node) -> (&'static str, Vec<String>) {
    match &node.kind {
        Kind::Enum(values) => {
            let values = values.iter().enumerate();
            ("enum", values.map(|(at, value)| format!("{} @{at}", value.name)).collect())
        }
        Kind::Struct(structure) => {
            let fields = fields(registry, structure).into_iter().enumerate();
            let fields = fields.map(|(at, (name, ty))| format!("{name} @{at} :{ty}"));
            ("struct", fields.collect())
        }
        Kind::Interface(_) => {
            let methods = registry.methods(&Type::interface(node.id)).unwrap().into_iter();
            let methods = methods.map(|method| {
                let (params, results) = (list(registry, &method.params), list(registry, &method.results));
                format!("{} @{} ({params}) -> ({results})", method.declared.name, method.ordinal)
            });
            ("interface", methods.collect())
        }
        Kind::Other => ("other", Vec::new()),
    }
}

fn fields(registry: &Registry, structure: &Struct) -> Vec<(String, String)> {
    let field = |field: &capos_schema::model::Field| match &field.place {
        Place::Slot { ty, .. } => (field.name.clone(), registry.type_name(ty)),
        Place::Group(_) => (field.name.clone(), "group".into()),
    };
    structure.fields.iter().map(field).collect()
}

fn list(registry: &Registry, ty: &Type) -> String {
    let Type::Struct(id, _) = ty else {
        panic!("parameters are a struct");
    };
    let fields = fields(registry, registry.structure(*id).unwrap());
    let fields: Vec<_> = fields.iter().map(|(name, ty)| format!("{name} :{ty}")).collect();
    fields.join(", ")
}

#[test]
fn every_line_of_the_contract_is_in_the_schema() {
    let registry = Registry::builtin();
    for line in table() {
        let node = registry.node(line.id);
        let node = node.unwrap_or_else(|| panic!("{} keeps its id", line.name));
        assert_eq!(node.name, line.name);
        let (keyword, members) = members(registry, node);
        assert_eq!(keyword, line.keyword, "{}", line.name);
        assert!(members.len() >= line.members.len(), "{} lost members", line.name);
        for (member, pinned) in members.iter().zip(line.members) {
            assert_eq!(member, pinned, "in {}", line.name);
        }
    }
}

#[test]
fn the_table_was_read_whole() {
    let table = table();
    assert_eq!(table.len(), 51);
    assert!(table.iter().all(|line| !line.members.is_empty()));
    let ids: BTreeSet<_> = table.iter().map(|line| line.id).collect();
    assert_eq!(ids.len(), table.len());
}

#[test]
fn every_slot_is_where_it_was_when_the_contract_was_published() {
    let registry = Registry::builtin();
    let mut lines = BTreeSet::new();
    for node in registry.nodes() {
        if let Kind::Struct(structure) = &node.kind {
            lines.insert(layout(&node.name, structure));
        }
    }
    let layout: String = lines.into_iter().collect();
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/layout.txt");
        std::fs::write(path, &layout).unwrap();
    }
    let (now, pinned) = (layout.lines(), LAYOUT.lines());
    assert!(now.eq(pinned), "slots have moved:\n{layout}");
}

fn layout(name: &str, structure: &Struct) -> String {
    let mut line = format!("{name} {}+{}:", structure.data_words, structure.pointers);
    for field in &structure.fields {
        let Place::Slot { offset, ty, .. } = &field.place else {
            continue;
        };
        let section = if ty.is_pointer() { "pointer" } else { "data" };
        write!(line, " {}={section}[{offset}]", field.name).unwrap();
    }
    line + "\n"
}

#[test]
fn every_interface_and_method_of_the_contract_says_what_it_does() {
    let registry = Registry::builtin();
    for node in registry.nodes() {
        if let Kind::Interface(interface) = &node.kind {
            assert!(!node.doc.is_empty(), "{} is undocumented", node.name);
            for method in &interface.methods {
                assert!(!method.doc.is_empty(), "{}.{}", node.name, method.name);
            }
        }
    }
}
