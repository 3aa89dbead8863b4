//! What is no expression.

use super::refusal;

#[test]
fn what_is_no_json_is_refused() {
    for text in [
        "",
        " ",
        "nul",
        "nulll",
        "tru",
        "True",
        "undefined",
        "NaN",
        "Infinity",
        "-",
        "+1",
        "01",
        "-01",
        "1.",
        ".5",
        "1e",
        "1e+",
        "0x10",
        "1_0",
        "[",
        "]",
        "[[1]",
        "[1]]",
        "[[1,]]",
        "[[,1]]",
        "[[1 2]]",
        "{",
        "}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "{'a':1}",
        "{1:1}",
        "{\"a\" 1}",
        "{\"a\":1 \"b\":2}",
        "[[1}",
        "{\"a\":1]",
        "\"",
        "\"a",
        "\"\\\"",
        "\"\\x41\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\\ud83d\\\"",
        "\"a\nb\"",
        "\"\u{0}\"",
        "1 2",
        "null null",
        "\u{feff}1",
        "// 1\n1",
        "1\u{a0}",
    ] {
        assert_eq!(refusal(text).name, "SyntaxError", "{text}");
    }
}

#[test]
fn an_array_that_means_nothing_is_refused() {
    for text in [
        "[]",
        "[1]",
        "[null]",
        "[{}]",
        "[true]",
        "[[],1]",
        "[[1],[2]]",
        r#"["bogus"]"#,
        r#"[""]"#,
        r#"["toString"]"#,
        r#"["__proto__"]"#,
        r#"["undefined",1]"#,
        r#"["Undefined"]"#,
    ] {
        assert!(refusal(text).message.starts_with("unknown special value"), "{text}");
        refusal(&format!(r#"{{"a":{text}}}"#));
        refusal(&format!("[[{text}]]"));
    }
}

#[test]
fn a_kind_without_what_belongs_to_it_is_refused() {
    for text in [
        r#"["bigint"]"#,
        r#"["bigint",1]"#,
        r#"["bigint",""]"#,
        r#"["bigint","-"]"#,
        r#"["bigint","1.5"]"#,
        r#"["bigint","--1"]"#,
        r#"["bigint","1e5"]"#,
        r#"["bigint","0x10"]"#,
        r#"["bigint","٣"]"#,
        r#"["date"]"#,
        r#"["date","now"]"#,
        r#"["date",["nan"]]"#,
        r#"["bytes"]"#,
        r#"["bytes",1]"#,
        r#"["bytes","A"]"#,
        r#"["bytes","A=Q="]"#,
        r#"["bytes","A Q"]"#,
        r#"["bytes","AQID",null]"#,
        r#"["bytes","AQID","Buffer"]"#,
        r#"["bytes","AQID","Int16Array"]"#,
        r#"["bytes","AQID","Float32Array"]"#,
        r#"["bytes","AQIDBA","BigInt64Array"]"#,
        r#"["error"]"#,
        r#"["error","Error"]"#,
        r#"["error",null,"m"]"#,
        r#"["error","Error",1]"#,
        r#"["error","Error","m",null,null]"#,
        r#"["error","Error","m",null,[]]"#,
        r#"["error","Error","m",null,{"a":["bogus"]}]"#,
        r#"["url"]"#,
        r#"["url",1]"#,
        r#"["url","nowhere"]"#,
        r#"["url","https://"]"#,
        r#"["url","https://a/\n"]"#,
        r#"["url","1a:b"]"#,
        r#"["url","https://a/",1]"#,
    ] {
        refusal(text);
    }
}

#[test]
fn headers_and_messages_of_http_that_are_none_are_refused() {
    for text in [
        r#"["headers"]"#,
        r#"["headers",{}]"#,
        r#"["headers",[["a"]]]"#,
        r#"["headers",[["a","b","c"]]]"#,
        r#"["headers",[["a",1]]]"#,
        r#"["headers",[["a b","c"]]]"#,
        r#"["headers",[["","c"]]]"#,
        r#"["headers",[["a","b\nc"]]]"#,
        r#"["headers",[["a","\u0000"]]]"#,
        r#"["headers",[],1]"#,
        r#"["request","https://a/"]"#,
        r#"["request",1,{}]"#,
        r#"["request","nowhere",{}]"#,
        r#"["request","https://a/",null]"#,
        r#"["request","https://a/",[]]"#,
        r#"["request","https://a/",{"headers":{"a":"b"}}]"#,
        r#"["request","https://a/",{"method":1}]"#,
        r#"["request","https://a/",{"method":"A B"}]"#,
        r#"["request","https://a/",{"body":"x"}]"#,
        r#"["request","https://a/",{"method":"POST","body":1}]"#,
        r#"["request","https://a/",{"method":"POST","body":{}}]"#,
        r#"["request","https://a/",{"method":"POST","body":["bytes","AQ","DataView"]}]"#,
        r#"["request","https://a/",{"signal":["undefined"]}]"#,
        r#"["response",null]"#,
        r#"["response",1,{}]"#,
        r#"["response",null,null]"#,
        r#"["response",null,{"status":199}]"#,
        r#"["response",null,{"status":600}]"#,
        r#"["response",null,{"status":200.5}]"#,
        r#"["response",null,{"status":"200"}]"#,
        r#"["response","x",{"status":204}]"#,
        r#"["response",null,{"statusText":"a\nb"}]"#,
        r#"["response",null,{"webSocket":{}}]"#,
        r#"["blob","a/b"]"#,
        r#"["blob",1,["readable",1]]"#,
        r#"["blob","a/b","text"]"#,
        r#"["blob","a/b",["bytes","AQ"]]"#,
    ] {
        refusal(text);
    }
}

#[test]
fn a_reference_means_nothing_without_a_session() {
    for text in [
        r#"["export",-1]"#,
        r#"["promise",-1]"#,
        r#"["import",0]"#,
        r#"["import",0,["a"]]"#,
        r#"["pipeline",0]"#,
        r#"["pipeline",0,["a",1]]"#,
        r#"["pipeline",0,["a"],[1,2]]"#,
        r#"["remap",0,[],[],[["pipeline",0,[]]]]"#,
        r#"["writable",1]"#,
        r#"["readable",1]"#,
        r#"["blob","a/b",["readable",1]]"#,
    ] {
        assert!(refusal(text).message.contains("without a session"), "{text}");
    }
}

#[test]
fn a_reference_that_points_nowhere_is_refused_before_anybody_is_asked() {
    for text in [
        r#"["export"]"#,
        r#"["export","1"]"#,
        r#"["export",1.5]"#,
        r#"["export",1e999]"#,
        r#"["export",9007199254740992]"#,
        r#"["import",null]"#,
        r#"["pipeline"]"#,
        r#"["pipeline",0,"a"]"#,
        r#"["pipeline",0,[null]]"#,
        r#"["pipeline",0,[["a"]]]"#,
        r#"["pipeline",0,["a"],{}]"#,
        r#"["pipeline",0,["a"],[],1]"#,
        r#"["remap",0,[],[]]"#,
        r#"["remap",0,[],[],[],1]"#,
        r#"["remap",0,{},[],[]]"#,
        r#"["remap",0,[],{},[]]"#,
        r#"["remap",0,[],[],{}]"#,
        r#"["remap",0,[],[["pipeline",0]],[]]"#,
        r#"["remap",0,[],[["import"]],[]]"#,
        r#"["remap",0,[],[["import","a"]],[]]"#,
        r#"["readable",{}]"#,
    ] {
        assert!(refusal(text).message.starts_with("unknown"), "{text}");
    }
}
