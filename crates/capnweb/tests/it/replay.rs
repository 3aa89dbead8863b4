//! The committed corpus of the fuzz target, and messages put together at random.

use std::path::Path;

use proptest::prelude::*;

use crate::fuzzing::fuzz_session;

#[test]
fn the_corpus_does_no_harm() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/capnweb_session");
    let mut files = 0;
    for file in std::fs::read_dir(corpus).unwrap() {
        fuzz_session(&std::fs::read(file.unwrap().path()).unwrap());
        files += 1;
    }
    assert!(files > 0, "the corpus is empty");
}

fn id() -> impl Strategy<Value = String> {
    prop_oneof![8 => 0..12_i64, 4 => -8..0_i64, 1 => any::<i64>()].prop_map(|id| id.to_string())
}

fn path() -> impl Strategy<Value = String> {
    let key = prop_oneof![
        Just("\"echo\""),
        Just("\"make\""),
        Just("\"list\""),
        Just("\"keep\""),
        Just("\"later\""),
        Just("\"promise\""),
        Just("\"call\""),
        Just("\"forget\""),
        Just("\"stream\""),
        Just("\"sink\""),
        Just("\"write\""),
        Just("\"close\""),
        Just("0"),
    ];
    prop_oneof![6 => key.prop_map(|key| format!("[{key}]")), 1 => Just("[]".to_owned())]
}

fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("1".to_owned()),
        Just("[\"undefined\"]".to_owned()),
        (-6..0_i64).prop_map(|id| format!("[\"export\",{id}]")),
        (-30..-6_i64).prop_map(|id| format!("[\"promise\",{id}]")),
        (-40..-30_i64).prop_map(|id| format!("[\"writable\",{id}]")),
        (1..12_i64).prop_map(|id| format!("[\"readable\",{id}]")),
        id().prop_map(|id| format!("[\"import\",{id}]")),
        id().prop_map(|id| format!("[\"pipeline\",{id}]")),
        (id(), path()).prop_map(|(id, path)| format!("[\"pipeline\",{id},{path}]")),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let some = proptest::collection::vec(inner.clone(), 0..4).prop_map(|items| items.join(","));
        prop_oneof![
            some.clone().prop_map(|items| format!("[[{items}]]")),
            inner.clone().prop_map(|inner| format!("{{\"a\":{inner}}}")),
            (id(), path(), some.clone()).prop_map(|(id, path, items)| format!("[\"pipeline\",{id},{path},[{items}]]")),
            (id(), path(), some.clone()).prop_map(|(id, path, items)| format!("[\"import\",{id},{path},[{items}]]")),
            (id(), path(), some).prop_map(|(id, path, items)| {
                let items = if items.is_empty() { "1".to_owned() } else { items };
                format!("[\"remap\",{id},{path},[[\"import\",0]],[{items}]]")
            }),
        ]
    })
}

fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => (path(), expression()).prop_map(|(path, value)| format!("[\"push\",[\"pipeline\",0,{path},[{value}]]]")),
        6 => expression().prop_map(|value| format!("[\"push\",{value}]")),
        2 => (id(), path(), expression())
            .prop_map(|(id, path, value)| format!("[\"stream\",[\"pipeline\",{id},{path},[{value}]]]")),
        2 => Just("[\"pipe\"]".to_owned()),
        6 => (1..12).prop_map(|id| format!("[\"pull\",{id}]")),
        3 => (1..12).prop_map(|id| format!("[\"release\",{id},1]")),
        1 => (-6..0).prop_map(|id| format!("[\"release\",{id},1]")),
        4 => (-30..10, expression()).prop_map(|(id, value)| format!("[\"resolve\",{id},{value}]")),
        2 => (-30..10, expression()).prop_map(|(id, value)| format!("[\"reject\",{id},{value}]")),
        8 => (0..10_u8).prop_map(|action| action.to_string()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_messages_do_no_harm(lines in proptest::collection::vec(line(), 1..40)) {
        fuzz_session(lines.join("\n").as_bytes());
    }
}
