//! Mappings, as the official client writes them down.

use crate::objects::Records;
use crate::peer::Peer;

/// Maps what is pushed first; what is told of the answer.
fn map(peer: &Peer, subject: &str, captures: &str, program: &str) -> Vec<String> {
    peer.send_all([
        &*format!("[\"push\",{subject}]"),
        &*format!("[\"push\",[\"remap\",1,[],{captures},{program}]]"),
        "[\"pull\",2]",
    ])
}

const USERS: &str = "[\"pipeline\",0,[\"users\"],[]]";

#[test]
fn each_element_of_an_array_is_mapped() {
    let peer = Peer::new(Records::new().main());
    let told = map(&peer, USERS, "[]", "[[\"pipeline\",0,[\"name\"]]]");
    assert_eq!(
        told,
        [
            "[\"resolve\",2,[[[\"promise\",-1],[\"promise\",-2],[\"promise\",-3]]]]",
            "[\"resolve\",-1,\"Ann\"]",
            "[\"resolve\",-2,\"Bob\"]",
            "[\"resolve\",-3,\"Cy\"]",
        ]
    );
}

#[test]
fn a_mapping_calls_what_it_captured_and_builds_values() {
    let records = Records::new();
    let peer = Peer::new(records.main());
    let program = "[[\"pipeline\",0,[\"id\"]],[\"pipeline\",-1,[\"add\"],[[\"pipeline\",1],100]],{\"sum\":[\"pipeline\",2],\"list\":[[1,2]]}]";
    let told = map(&peer, USERS, "[[\"import\",0]]", program);
    let object = |id: u8| format!("{{\"sum\":[\"promise\",-{id}],\"list\":[[1,2]]}}");
    assert_eq!(told[0], format!("[\"resolve\",2,[[{},{},{}]]]", object(1), object(2), object(3)));
    assert_eq!(told[1..], ["[\"resolve\",-1,101]", "[\"resolve\",-2,102]", "[\"resolve\",-3,103]"]);
}

#[test]
fn what_is_no_array_is_mapped_once_and_nothing_is_nothing() {
    for (subject, told) in [
        (r#"["pipeline",0,["echo"],[5]]"#, r#"["resolve",2,5]"#),
        (r#"["pipeline",0,["config","nothing"]]"#, r#"["resolve",2,null]"#),
        (r#"["pipeline",0,["nonsense"]]"#, r#"["resolve",2,["undefined"]]"#),
        (r#"["pipeline",0,["list"],[0]]"#, r#"["resolve",2,[[]]]"#),
    ] {
        let peer = Peer::new(Records::new().main());
        assert_eq!(map(&peer, subject, "[]", r#"[["pipeline",0]]"#), [told], "{subject}");
    }
}

#[test]
fn a_mapping_waits_for_its_subject() {
    let records = Records::new();
    let peer = Peer::new(records.main());
    let program = r#"[["pipeline",-1,["add"],[["pipeline",0],1]],["pipeline",1]]"#;
    assert!(map(&peer, r#"["pipeline",0,["later"],[]]"#, r#"[["import",0]]"#, program).is_empty());
    records.later(0).set(Ok([1.0, 2.0].into()));
    let told = peer.read();
    assert_eq!(told[1..], [r#"["resolve",-1,2]"#, r#"["resolve",-2,3]"#]);
    peer.send_all([r#"["release",-1,1]"#, r#"["release",-2,1]"#, r#"["release",1,1]"#, r#"["release",2,1]"#]);
    assert_eq!([1, 1], peer.tables());
}

#[test]
fn mappings_nest() {
    let peer = Peer::new(Records::new().main());
    // For each of 0, 1, 2: for each of the same list, the sum of both.
    let inner = r#"[["pipeline",-1,["add"],[["pipeline",-2],["pipeline",0]]],["pipeline",1]]"#;
    let program =
        format!(r#"[["pipeline",-1,["list"],[2]],["remap",1,[],[["import",-1],["import",0]],{inner}],["pipeline",2]]"#);
    let told = map(&peer, r#"["pipeline",0,["list"],[3]]"#, r#"[["import",0]]"#, &program);
    let rows: Vec<&String> = told.iter().filter(|message| message.contains("[[[")).collect();
    assert_eq!(4, rows.len(), "{told:?}");
    let mut sums: Vec<String> = told
        .iter()
        .filter(|message| !message.contains("[["))
        .map(|message| message.rsplit([',', ']']).nth(1).unwrap().to_owned())
        .collect();
    sums.sort();
    assert_eq!(sums, ["0", "1", "1", "2", "2", "3"]);
}

#[test]
fn what_a_mapping_captured_is_released_with_it() {
    let records = Records::new();
    let peer = Peer::new(records.main());
    let sent = peer.send_all([
        r#"["push",["pipeline",0,["later"],[]]]"#,
        r#"["push",["remap",1,[],[["export",-7],["import",0]],[["pipeline",0]]]]"#,
    ]);
    assert!(sent.is_empty());
    assert_eq!([2, 3], peer.tables());
    assert_eq!(peer.send(r#"["release",2,1]"#), [r#"["release",-7,1]"#]);
    assert_eq!([1, 2], peer.tables());
    assert_eq!(None, peer.ended());
}

#[test]
fn a_mapping_that_makes_no_sense_fails_alone() {
    for program in [
        "[]",
        r#"[["pipeline",1]]"#,
        r#"[["pipeline",0],["pipeline",7]]"#,
        r#"[["pipeline",-2]]"#,
        r#"[["export",-1]]"#,
        r#"[["promise",-1]]"#,
        r#"[["writable",-1]]"#,
        r#"[["readable",1]]"#,
        r#"[["what"]]"#,
        r#"[["remap",0,[],[["import",9]],[1]]]"#,
        r#"[["pipeline",9223372036854775807]]"#,
        r#"[["pipeline",-9223372036854775808]]"#,
    ] {
        let peer = Peer::new(Records::new().main());
        let told = map(&peer, USERS, r#"[["import",0]]"#, program);
        let first = told.first().map(String::as_str).unwrap_or_default();
        let failed = first.starts_with(r#"["reject",2,["error","#) || first.starts_with(r#"["abort",["error","#);
        assert!(failed && !first.contains("stack"), "{program}: {told:?}");
    }
}

#[test]
fn an_element_that_fails_leaves_the_others() {
    let peer = Peer::new(Records::new().main());
    let program = r#"[["pipeline",-1,["echo"],[["pipeline",0,["x","y"]]]],["pipeline",1]]"#;
    let told = map(&peer, USERS, r#"[["import",0]]"#, program);
    assert_eq!(4, told.len());
    assert!(told[1..].iter().all(|message| message.starts_with(r#"["reject",-"#)), "{told:?}");
}

#[test]
fn a_mapping_is_passed_on_to_whoever_has_the_subject() {
    let records = Records::new();
    let peer = Peer::new(records.main());
    // The subject is the peer's own object, so the peer is asked.
    let sent = peer.send_all([
        r#"["push",["pipeline",0,["echo"],[["export",-3]]]]"#,
        r#"["push",["remap",1,["list"],[["import",0],["export",-4]],[["pipeline",-1,["add"],[["pipeline",0],1]]]]]"#,
        r#"["pull",2]"#,
    ]);
    assert_eq!(
        sent,
        [
            r#"["push",["remap",-3,["list"],[["export",-1],["import",-4]],[["pipeline",-1,["add"],[["pipeline",0],1]]]]]"#,
            r#"["release",-4,1]"#,
            r#"["pull",1]"#,
        ]
    );
    assert_eq!(peer.send(r#"["resolve",1,[[1,2]]]"#), [r#"["release",1,1]"#, r#"["resolve",2,[[1,2]]]"#]);
}
