//! Damaged and dishonest schemas and messages.

use capnp::message::{Builder, ReaderOptions, SegmentArray};
use capos_schema::reflect::{NoCapabilities, decode};
use capos_schema::{Limits, Registry, Type};
use proptest::prelude::*;

use crate::fuzzing::fuzz_request;
use crate::support::{RICH, id, rich};

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_schema_with_changed_bytes_does_no_harm(
        changes in prop::collection::vec((0..RICH.len(), any::<u8>()), 1..6)
    ) {
        let mut bytes = RICH.to_vec();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        fuzz_request(&bytes);
    }

    #[test]
    fn a_schema_cut_short_does_no_harm(length in 0..RICH.len()) {
        fuzz_request(&RICH[..length]);
    }
}

fn decode_words(ty: &Type, words: &[u64], limits: &Limits) -> String {
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let mut aligned = capnp::Word::allocate_zeroed_vec(words.len());
    capnp::Word::words_to_bytes_mut(&mut aligned).copy_from_slice(&bytes);
    let segments = [capnp::Word::words_to_bytes(&aligned)];
    let mut options = ReaderOptions::new();
    options.traversal_limit_in_words(None);
    let message = capnp::message::Reader::new(SegmentArray::new(&segments), options);
    let root = message.get_root().unwrap();
    match decode(rich(), ty, root, &mut NoCapabilities, limits) {
        Ok(value) => value.to_string(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_list_of_half_a_billion_nothings_is_refused() {
    let voids = Type::list_of(Type::Void);
    let list = 1 | (((1_u64 << 29) - 1) << 35);
    assert_eq!(decode_words(&voids, &[list], &Limits::default()), "the value is too large");
}

#[test]
fn a_list_of_half_a_billion_empty_structs_is_refused() {
    let structs = Type::list_of(Type::structure(id("Everything")));
    let list = 1 | (7_u64 << 32);
    let tag = ((1_u64 << 29) - 1) << 2;
    assert_eq!(decode_words(&structs, &[list, tag], &Limits::default()), "the value is too large");
}

#[test]
fn a_struct_that_holds_itself_is_refused() {
    let everything = Type::structure(id("Everything"));
    // Its ninth pointer leads back to its beginning.
    let mut words = vec![(12_u64 << 48), 0, 0, 0, 0, 0, 0, 0, 0];
    let back = u64::from(u32::from_le_bytes((-9_i32 << 2).to_le_bytes()));
    words.extend([back | (12_u64 << 48), 0, 0, 0]);
    let limits = Limits { depth: 3, ..Limits::default() };
    assert_eq!(decode_words(&everything, &words, &limits), "next.next.next: the value nests too deeply");
}

#[test]
fn a_text_that_is_not_utf_8_is_refused() {
    let text = (1_u64) | (2 << 32) | (3 << 35);
    let bytes = u64::from_le_bytes([0xff, b'a', 0, 0, 0, 0, 0, 0]);
    assert_eq!(decode_words(&Type::Text, &[text, bytes], &Limits::default()), "the text is not UTF-8");
}

#[test]
fn an_unknown_member_of_a_union_is_shown_and_not_taken_back() {
    let mut message = Builder::new_default();
    let root: capnp::any_pointer::Builder<'_> = message.init_root();
    let value = serde_json::json!({"name": "a", "point": null, "fill": {"none": null}});
    let shape = Type::structure(id("Shape"));
    let limits = Limits::default();
    capos_schema::reflect::encode(rich(), &shape, &value, root, &mut NoCapabilities, &limits).unwrap();
    let segment = message.get_segments_for_output()[0].to_vec();
    let mut words: Vec<u64> = segment.chunks(8).map(|word| u64::from_le_bytes(word.try_into().unwrap())).collect();
    words[1] |= 0x0099;
    let shown = decode_words(&shape, &words, &limits);
    assert!(shown.contains("\"$unknownMember\":153"), "{shown}");
}

#[test]
fn every_limit_on_schemas_holds_one_past_it() {
    let nodes = u32::try_from(Registry::builtin().nodes().count()).unwrap();
    let bytes = capos_schema::REQUEST.len();
    let load = |limits: Limits| Registry::load(capos_schema::REQUEST, &limits).map(drop);
    let default = Limits::default;
    load(Limits { nodes, schema_bytes: bytes, members: 36, ..default() }).unwrap();
    for (limits, message) in [
        (Limits { schema_bytes: bytes - 1, ..default() }, "the schema is too large"),
        (Limits { nodes: nodes - 1, ..default() }, "the schema has too many nodes"),
        (Limits { members: 35, ..default() }, "the schema has too many comments"),
        (Limits { name_bytes: 9, ..default() }, "a name in the schema is too long"),
        (Limits { type_parts: 1, ..default() }, "a type in the schema has too many parts"),
    ] {
        let error = load(limits).unwrap_err().to_string();
        assert!(error.ends_with(message), "{error}");
    }
}

/// The contract with the slots of one struct's fields moved.
fn with_slots(structure: u64, slots: &[(&str, u32)]) -> Vec<u8> {
    use capnp::schema_capnp::{code_generator_request, field, node};
    let options = *ReaderOptions::new().traversal_limit_in_words(None);
    let request = capnp::serialize::read_message(capos_schema::REQUEST, options).unwrap();
    let mut changed = Builder::new_default();
    changed.set_root(request.get_root::<code_generator_request::Reader<'_>>().unwrap()).unwrap();
    let root: code_generator_request::Builder<'_> = changed.get_root().unwrap();
    let mut nodes = root.get_nodes().unwrap();
    for index in 0..nodes.len() {
        let node = nodes.reborrow().get(index);
        if node.reborrow_as_reader().get_id() != structure {
            continue;
        }
        let Ok(node::Struct(declared)) = node.which() else { panic!("it is a struct") };
        let mut fields = declared.get_fields().unwrap();
        for index in 0..fields.len() {
            let field = fields.reborrow().get(index);
            let name = field.reborrow_as_reader().get_name().unwrap().to_string().unwrap();
            if let Some((_, offset)) = slots.iter().find(|(slot, _)| *slot == name)
                && let Ok(field::Slot(mut slot)) = field.which()
            {
                slot.set_offset(*offset);
            }
        }
    }
    capnp::serialize::write_message_to_words(&changed)
}

#[test]
fn members_that_lie_in_one_place_are_refused() {
    const SESSION_INFO: u64 = 0xa785_15ef_8184_af8b;
    let load = |slots: &[(&str, u32)]| Registry::load(&with_slots(SESSION_INFO, slots), &Limits::default());
    load(&[("createdAtMs", 2), ("expiresAtMs", 1)]).unwrap();
    for slots in [[("createdAtMs", 1), ("expiresAtMs", 1)], [("sessionId", 0), ("profile", 0)]] {
        let error = load(&slots).unwrap_err().to_string();
        assert_eq!(error, "SessionInfo: two members lie in the same place");
    }
    // A narrow one within a wide one.
    assert!(load(&[("authStrength", 7), ("createdAtMs", 1)]).is_err());
}
