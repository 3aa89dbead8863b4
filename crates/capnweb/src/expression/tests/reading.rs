//! What reading asks for.

use std::rc::Rc;

use super::recorder::Recorder;
use crate::error::Error;
use crate::exchange::Payload;
use crate::expression::read;
use crate::json::Document;
use crate::limits::Limits;
use crate::value::Value;

fn read_with(text: &str, recorder: &mut Recorder) -> Result<Payload, Error> {
    let limits = Limits { depth: 800, ..Limits::default() };
    read(Document::parse(text, &limits).unwrap().root(), recorder)
}

/// What is asked for, in order, and how many promises are in what is read.
fn asked(text: &str) -> (Vec<String>, usize) {
    let mut recorder = Recorder::default();
    let payload = read_with(text, &mut recorder).unwrap();
    (recorder.asked, payload.promises)
}

#[test]
fn each_reference_is_asked_for_once() {
    for (text, expected, promises) in [
        (r#"["export",-1]"#, "stub -1", 0),
        (r#"["promise",-1]"#, "promise -1", 1),
        (r#"["writable",-2]"#, "writable -2", 0),
        (r#"["readable",3]"#, "readable 3", 0),
        (r#"["import",0]"#, "own 0", 0),
        (r#"["import",0,[]]"#, "own part 0 [] None", 0),
        (r#"["import",0,["a"],[1,2]]"#, r#"own part 0 [Name("a")] Some((2, 0))"#, 0),
        (r#"["pipeline",1]"#, "part 1 [] None", 1),
        (r#"["pipeline",1,["a","1"]]"#, r#"part 1 [Name("a"), Name("1")] None"#, 1),
        (r#"["pipeline",1,[],[]]"#, "part 1 [] Some((0, 0))", 1),
        (r#"["blob","a/b",["readable",4]]"#, "readable 4", 1),
        (r#"["request","https://a/",{"method":"POST","body":["readable",4]}]"#, "readable 4", 0),
        (r#"["response",["readable",4],{}]"#, "readable 4", 0),
    ] {
        assert_eq!(asked(text), (vec![expected.to_owned()], promises), "{text}");
        let (within, inside) = asked(&format!(r#"{{"a":[[{text}]]}}"#));
        assert_eq!((within, inside), (vec![expected.to_owned()], promises), "{text}");
    }
}

#[test]
fn a_number_in_a_path_is_an_index_or_a_name() {
    let (asked, _) = asked(r#"["pipeline",0,[0,4294967295,4294967296,-1,1.5,"2",-0]]"#);
    let expected = r#"[Index(0), Index(4294967295), Name("4294967296"), Name("-1"), Name("1.5"), Name("2"), Index(0)]"#;
    assert_eq!(asked, [format!("part 0 {expected} None")]);
}

#[test]
fn calls_in_arguments_come_first_and_their_promises_are_the_arguments_own() {
    let text = r#"[[["promise",-1],["pipeline",0,["f"],[["pipeline",1,["g"],[["export",-2]]],["promise",-3],[[1]]]]]]"#;
    let (asked, promises) = asked(text);
    assert_eq!(
        asked,
        [
            "promise -1",
            "stub -2",
            r#"part 1 [Name("g")] Some((1, 0))"#,
            "promise -3",
            r#"part 0 [Name("f")] Some((3, 2))"#
        ]
    );
    assert_eq!(promises, 2);
}

#[test]
fn what_is_dropped_is_asked_for_and_not_counted() {
    let (dropped, promises) = asked(r#"{"toString":[[["promise",-1],["export",-2]]],"kept":["promise",-3]}"#);
    assert_eq!((dropped.len(), promises), (3, 1));
    let (dropped, promises) = asked(r#"["error","Error","m",null,{"__proto__":["promise",-1],"stack":["export",-2]}]"#);
    assert_eq!((dropped, promises), (vec!["promise -1".to_owned()], 0));
}

#[test]
fn of_a_name_that_comes_twice_only_the_last_is_asked_for() {
    let (asked, promises) = asked(r#"{"a":["pipeline",0,["boom"],[]],"b":["export",-1],"a":["export",-2]}"#);
    assert_eq!((asked, promises), (vec!["stub -2".to_owned(), "stub -1".to_owned()], 0));
}

#[test]
fn a_mapping_is_kept_with_its_captures() {
    let text = r#"["remap",1,["l",0],[["import",0],["export",-5]],[["pipeline",0,["a"]],["export",9],"x"]]"#;
    let (asked, promises) = asked(text);
    assert_eq!(
        asked,
        ["own 0", "stub -5", r#"remap 1 [Name("l"), Index(0)] 2 [["pipeline",0,["a"]],["export",9],"x"]"#]
    );
    assert_eq!(promises, 1);
}

#[test]
fn what_was_asked_for_before_a_failure_is_released() {
    let text = r#"{"a":["export",-1],"b":[[["import",0],["pipeline",0,["f"],[["export",-2],["remap",1,[],[["export",-3]],[]]]]]]}"#;
    let mut recorder = Recorder::default();
    let payload = read_with(text, &mut recorder).unwrap();
    assert!(Rc::strong_count(&recorder.token) > 1);
    drop(payload);
    assert_eq!(Rc::strong_count(&recorder.token), 1);
    for gives in 0..recorder.asked.len() {
        let mut failing = Recorder { gives: Some(gives), ..Recorder::default() };
        read_with(text, &mut failing).unwrap_err();
        assert_eq!(failing.asked.len(), gives + 1);
        assert_eq!(Rc::strong_count(&failing.token), 1, "after {gives}");
    }
}

#[test]
fn everything_that_is_read_is_work() {
    for (text, work) in [
        ("1", 1),
        ("[[1,2]]", 3),
        (r#"{"a":1}"#, 2),
        (r#"["undefined"]"#, 2),
        (r#"["pipeline",0,["a","b"],[1]]"#, 5),
        (r#"["remap",0,[],[],[1,2]]"#, 4),
    ] {
        let mut recorder = Recorder::default();
        read_with(text, &mut recorder).unwrap();
        assert!((work - 1..=work + 1).contains(&recorder.work), "{text}: {}", recorder.work);
    }
    let long = "x".repeat(6_400);
    for text in [
        format!("\"{long}\""),
        format!(r#"["bytes","{long}"]"#),
        format!(r#"["url","https://{long}"]"#),
        format!(r#"["error","Error","{long}"]"#),
        format!(r#"["headers",[["a","{long}"]]]"#),
        format!(r#"["response","{long}",{{}}]"#),
        format!(r#"["response",null,{{"cf":["{long}"]}}]"#),
        format!(r#"{{"{long}":1}}"#),
        format!(r#"["pipeline",0,["{long}"]]"#),
        format!(r#"["remap",0,[],[],["{long}"]]"#),
    ] {
        let mut recorder = Recorder::default();
        read_with(&text, &mut recorder).unwrap();
        assert!((100..110).contains(&recorder.work), "{}: {}", &text[..20], recorder.work);
    }
}

#[test]
fn a_deep_chain_of_calls_needs_no_stack() {
    const CALLS: usize = 255;
    let text = format!("{}1{}", r#"["pipeline",0,["f"],["#.repeat(CALLS), "]]".repeat(CALLS));
    let mut recorder = Recorder::default();
    let payload = read_with(&text, &mut recorder).unwrap();
    assert!(matches!(payload.value, Value::Promise(_)));
    assert_eq!((recorder.asked.len(), payload.promises), (CALLS, 1));
}
