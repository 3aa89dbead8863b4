//! Look-ups, layering and shapes.

use capos_schema::{Limits, Registry, Shapes, Type};

use crate::support::{RICH, id, rich};

fn shape(interface: &str, name: &str) -> (bool, Vec<Vec<u16>>) {
    let method = rich().method(&Type::interface(id(interface)), name).unwrap();
    let shape = rich().shape(method.interface, method.ordinal).unwrap();
    let paths = shape.capability_paths.iter().map(|path| path.to_vec());
    (shape.streaming, paths.collect())
}

fn methods(interface: &str) -> Vec<String> {
    let methods = rich().methods(&Type::interface(id(interface))).unwrap();
    let line = methods.iter().map(|m| {
        let (params, results) = (rich().type_name(&m.params), rich().type_name(&m.results));
        format!("{:x}.{} {} {params} {results}", m.interface & 0xf, m.ordinal, m.declared.name)
    });
    line.collect()
}

#[test]
fn inherited_methods_are_listed_after_own_ones() {
    assert_eq!(
        methods("TextWorker"),
        [
            "e.0 child TextWorker.child$Params TextWorker.child$Results",
            "c.0 work Worker.work$Params Worker.work$Results",
            "c.1 pour Worker.pour$Params StreamResult",
            "c.2 poured Worker.poured$Params Worker.poured$Results",
            "c.3 any Worker.any$Params Worker.any$Results",
            "b.0 ping Base.ping$Params Base.ping$Results",
            "b.1 both Base.both$Params Base.both$Results",
        ]
    );
}

#[test]
fn interfaces_are_found_by_name() {
    assert_eq!(Registry::builtin().interface_id("Chat"), Some(0xa383_b2af_5a8f_a8f2));
    assert_eq!(rich().interface_id("TextWorker"), Some(id("TextWorker")));
    assert_eq!(rich().interface_id("Nobody"), None);
}

#[test]
fn comments_are_kept_for_manual_pages() {
    let method = rich().method(&Type::interface(id("TextWorker")), "ping").unwrap();
    assert_eq!(method.declared.doc, "Gives the text back.");
    let chat = Registry::builtin().node(0xa383_b2af_5a8f_a8f2).unwrap();
    assert!(chat.doc.starts_with("One session's seat in the chat."));
    assert_eq!(chat.file, "chat.capnp");
}

#[test]
fn shapes_tell_streams_and_where_capabilities_are() {
    assert_eq!(shape("Worker", "pour"), (true, vec![]));
    assert_eq!(shape("Base", "ping"), (false, vec![]));
    assert_eq!(shape("Base", "both"), (false, vec![vec![1, 1], vec![1, 2]]));
}

#[test]
fn shapes_tell_all_places_of_capabilities_or_none() {
    for (method, why) in [
        ("any", "the parameter may be a struct with capabilities in it"),
        ("work", "so may the interface's own, and the struct is recursive"),
    ] {
        assert_eq!(shape("Worker", method), (false, vec![]), "{why}");
    }
    assert_eq!(shape("TextWorker", "child"), (false, vec![]), "the struct is recursive");
}

#[test]
fn a_loaded_schema_may_not_redefine_the_contract() {
    let mut changed = RICH.to_vec();
    let at = changed.windows(9).position(|bytes| bytes == b"maxEvents").unwrap();
    changed[at] = b'M';
    let loaded = Registry::load(&changed, &Limits::default()).unwrap();
    assert_eq!(
        loaded.with_builtin().unwrap_err().to_string(),
        "Chat.poll$Params: the published contract declares this id otherwise"
    );
}

#[test]
fn generic_types_are_named_with_their_arguments() {
    let everything = rich().structure(id("Everything")).unwrap();
    let capos_schema::model::Place::Slot { ty, .. } = &everything.field("nested").unwrap().place else {
        panic!("nested is a slot");
    };
    assert_eq!(rich().type_name(ty), "Pair(List(Text), Box(Numbers))");
}

fn loaded(request: &[u8]) -> Registry {
    Registry::load(request, &Limits::default()).and_then(Registry::with_builtin).unwrap()
}

#[test]
fn schemas_of_several_origins_are_one_registry_where_they_agree() {
    let joined = loaded(RICH).join(loaded(RICH)).unwrap();
    assert_eq!(joined.interface_id("Everything"), rich().interface_id("Everything"));
    assert_eq!(joined.interface_id("Chat"), Registry::builtin().interface_id("Chat"));
    let worker = joined.interface_id("Worker").unwrap();
    assert_eq!(&**joined.request_of(worker).unwrap(), RICH, "what brought it, byte for byte");
    let chat = joined.interface_id("Chat").unwrap();
    assert_eq!(&**joined.request_of(chat).unwrap(), capos_schema::REQUEST, "the contract's is the contract's own");
    assert!(joined.request_of(id("Everything")).is_none() && joined.request_of(7).is_none(), "of interfaces alone");
}

#[test]
fn one_schema_may_not_redefine_what_another_declares() {
    let mut changed = RICH.to_vec();
    let at = changed.windows(10).position(|bytes| bytes == b"TextWorker").unwrap();
    changed[at] = b'R';
    assert!(loaded(RICH).join(loaded(&changed)).is_ok(), "a name may differ: the wire does not know it");
    let mut changed = RICH.to_vec();
    let at = changed.windows(6).position(|bytes| bytes == b"nested").unwrap();
    changed[at] = b'N';
    let error = loaded(RICH).join(loaded(&changed)).unwrap_err();
    assert_eq!(error.to_string(), "Everything: another schema declares this id otherwise");
}
