//! Each kind of expression, as the official package writes it.

use capnweb::{Body, Bytes, Container, Error, Object, Request, Response, Value};

use super::{again, read, shown, written};

#[test]
fn what_the_official_package_writes_is_read_and_written_the_same() {
    for text in [
        "null",
        "true",
        "false",
        "42",
        "0.1",
        "-7.25",
        "-0",
        "9007199254740991",
        "1e300",
        "5e-324",
        "\"\"",
        "\"h\u{e9}llo \u{2713} \u{1f600}\"",
        r#""\"q\" \\ \n\t\r\u0000\u001f""#,
        r#"["undefined"]"#,
        r#"["inf"]"#,
        r#"["-inf"]"#,
        r#"["nan"]"#,
        r#"["bigint","123456789012345678901234567890"]"#,
        r#"["bigint","-98765432109876543210"]"#,
        r#"["date",1000000000000]"#,
        r#"["date",-1500000000000]"#,
        r#"["date",null]"#,
        r#"["bytes","AQID"]"#,
        r#"["bytes",""]"#,
        r#"["error","TypeError","made"]"#,
        r#"["error","AggregateError","many",null,{"errors":[[["error","RangeError","one"]]]}]"#,
        r#"["url","https://example.com/path?q=1#frag"]"#,
        r#"["headers",[["content-type","text/plain"],["x-custom","hello"]]]"#,
        r#"["request","https://example.com/get",{"headers":[["x-a","1"]]}]"#,
        r#"["request","https://example.com/",{"method":"POST","body":"hello","duplex":"half","redirect":"error"}]"#,
        r#"["response",null,{"status":204,"headers":[["x-a","3"]]}]"#,
        r#"["response",["bytes","AQID"],{"status":201,"statusText":"Made","cf":{"deep":[1,[2]]}}]"#,
        "[[]]",
        r#"[[1,[[2,[[3,[[]]]]]],[[]],[[[[]]]]]]"#,
        "{}",
        r#"{"a":1,"b":{"c":[[{},{"d":null}]]},"":"empty key","e":["undefined"]}"#,
    ] {
        assert_eq!(again(text), text);
    }
}

#[test]
fn a_container_keeps_its_kind() {
    for container in Container::ALL {
        let bytes = Bytes::within(container, (0..16).collect::<Vec<u8>>()).unwrap();
        let text = written(bytes.clone());
        let Value::Bytes(read) = read(&text) else { panic!("{text}") };
        assert_eq!(read, bytes);
        let marker = text.contains(&format!(r#","{}"]"#, container.name()));
        assert_eq!(marker, container != Container::Uint8Array, "{text}");
    }
}

#[test]
fn base64_is_read_with_and_without_padding_in_both_alphabets() {
    for (text, bytes) in [
        ("AQ", &[1][..]),
        ("AQ==", &[1]),
        ("AQI", &[1, 2]),
        ("AQI=", &[1, 2]),
        ("-_8", &[0xfb, 0xff]),
        ("+/8=", &[0xfb, 0xff]),
        ("+_8", &[0xfb, 0xff]),
        ("AR", &[1]),
    ] {
        let value = read(&format!(r#"["bytes","{text}"]"#));
        assert_eq!(value.as_bytes().map(|data| &data[..]), Some(bytes), "{text}");
    }
}

#[test]
fn a_text_with_escapes_is_what_it_says_wherever_it_stands() {
    assert_eq!(again(r#"["\u0062ytes","\u0041QID"]"#), r#"["bytes","AQID"]"#);
    assert_eq!(again(r#"{"\u0061":1}"#), r#"{"a":1}"#);
    assert_eq!(again(r#""\ud83d\ude00\/\b\f""#), "\"\u{1f600}/\\u0008\\u000c\"");
}

#[test]
fn half_a_character_becomes_the_replacement_character() {
    for half in [r"\ud83d", r"\ude00", r"\ude00\ud83d", r"\ud83dx", r"\ud83d\n", r"\ud83d\u0041"] {
        let value = read(&format!("\"{half}\""));
        assert!(value.as_str().unwrap().contains('\u{fffd}'), "{half}: {value:?}");
    }
    assert_eq!(read(r#""\ud83d\ud83d\ude00""#).as_str(), Some("\u{fffd}\u{1f600}"));
    assert_eq!(read(r#""\ud83d\u0041""#).as_str(), Some("\u{fffd}A"));
}

#[test]
fn numbers_beyond_what_is_finite_become_infinite() {
    assert_eq!(read("1e999").as_f64(), Some(f64::INFINITY));
    assert_eq!(read("-1e999").as_f64(), Some(f64::NEG_INFINITY));
    assert_eq!(read(&"9".repeat(400)).as_f64(), Some(f64::INFINITY));
    assert_eq!(read("1e-999").as_f64(), Some(0.0));
}

#[test]
fn minus_zero_stays_minus_zero() {
    assert!(read("-0").as_f64().unwrap().is_sign_negative());
    assert!(read("-0.0").as_f64().unwrap().is_sign_negative());
    assert_eq!(written(-0.0), "-0");
    assert_eq!(again(r#"["date",-0]"#), r#"["date",0]"#);
}

#[test]
fn a_date_out_of_range_is_invalid_and_one_between_milliseconds_is_cut() {
    assert_eq!(again(r#"["date",8.64e15]"#), r#"["date",8640000000000000]"#);
    assert_eq!(again(r#"["date",8640000000000001]"#), r#"["date",null]"#);
    assert_eq!(again(r#"["date",1e999]"#), r#"["date",null]"#);
    assert_eq!(again(r#"["date",-1.9]"#), r#"["date",-1]"#);
}

#[test]
fn a_bigint_has_no_needless_zeros() {
    assert_eq!(again(r#"["bigint","-007"]"#), r#"["bigint","-7"]"#);
    assert_eq!(again(r#"["bigint","-000"]"#), r#"["bigint","0"]"#);
}

#[test]
fn a_stack_is_neither_kept_nor_sent() {
    assert_eq!(again(r#"["error","Error","m","at secret.js:1"]"#), r#"["error","Error","m"]"#);
    assert_eq!(again(r#"["error","Error","m","at secret.js",{"a":1}]"#), r#"["error","Error","m",null,{"a":1}]"#);
    let error = Error::new("Error", "m").with("stack", "at secret.rs").with("name", "X").with("message", "y");
    assert_eq!(written(error), r#"["error","Error","m"]"#);
}

#[test]
fn an_error_of_an_unknown_name_is_an_error() {
    assert_eq!(again(r#"["error","toString","m"]"#), r#"["error","Error","m"]"#);
    assert_eq!(written(Error::new("Denied", "m")), r#"["error","Denied","m"]"#);
}

#[test]
fn an_error_loses_only_the_properties_that_cannot_be_written() {
    let mut deep = Value::Null;
    for _ in 0..300 {
        deep = Value::Array(vec![deep]);
    }
    let error = Error::new("Error", "m").with("bad", deep.clone()).with("worse", Value::Url("no".to_owned()));
    assert_eq!(written(error.clone()), r#"["error","Error","m"]"#);
    assert_eq!(written(error.with("good", 1)), r#"["error","Error","m",null,{"good":1}]"#);
}

#[test]
fn names_of_every_object_are_dropped_and_their_values_read() {
    const NAMES: [&str; 13] = [
        "__proto__",
        "constructor",
        "hasOwnProperty",
        "isPrototypeOf",
        "propertyIsEnumerable",
        "toLocaleString",
        "toString",
        "valueOf",
        "__defineGetter__",
        "__defineSetter__",
        "__lookupGetter__",
        "__lookupSetter__",
        "toJSON",
    ];
    for name in NAMES {
        assert_eq!(again(&format!(r#"{{"{name}":1,"kept":{{"{name}":2}}}}"#)), r#"{"kept":{}}"#);
        let error = format!(r#"["error","Error","m",null,{{"{name}":1,"kept":2}}]"#);
        assert_eq!(again(&error), r#"["error","Error","m",null,{"kept":2}]"#);
        super::refusal(&format!(r#"{{"{name}":["bogus"]}}"#));
    }
}

#[test]
fn of_a_name_that_comes_twice_the_last_value_counts_at_the_place_of_the_first() {
    assert_eq!(again(r#"{"a":1,"b":2,"a":3}"#), r#"{"a":3,"b":2}"#);
    assert_eq!(again(r#"{"a":["bogus"],"\u0061":3}"#), r#"{"a":3}"#);
    let many: String = (0..100).map(|index| format!(r#""k{}":{index},"#, index % 50)).collect();
    let value = read(&format!("{{{many}\"last\":0}}"));
    let object = value.as_object().unwrap();
    assert_eq!(object.len(), 51);
    assert_eq!(object.get("k7").and_then(Value::as_i64), Some(57));
    assert_eq!(object.names().next(), Some("k0"));
}

#[test]
fn a_request_is_what_javascript_would_make_of_it() {
    let text = r#"["request","https://example.com/",{"method":"POST","headers":[["X-A"," 1 "]],"body":["bytes","AQ"],
        "duplex":"half","signal":null,"cache":"no-store","cf":[[1]],"toString":1}]"#;
    let Value::Request(request) = read(text) else { panic!() };
    assert_eq!((request.method.as_str(), request.url.as_str()), ("POST", "https://example.com/"));
    assert_eq!(request.headers, [("x-a".to_owned(), "1".to_owned())]);
    assert!(matches!(&request.body, Body::Bytes(data) if data[..] == [1]));
    assert_eq!(request.further.names().collect::<Vec<_>>(), ["cache", "cf"]);
    assert_eq!(shown(request.further.get("cf").unwrap()), "Array([Array([Number(1.0)])])");
}

#[test]
fn the_usual_methods_are_the_same_however_they_are_written() {
    assert_eq!(again(r#"["request","https://a/",{"method":"get"}]"#), r#"["request","https://a/",{}]"#);
    assert_eq!(
        again(r#"["request","https://a/",{"method":"patch"}]"#),
        r#"["request","https://a/",{"method":"patch"}]"#
    );
    for forbidden in ["CONNECT", "trace", "Track"] {
        super::refusal(&format!(r#"["request","https://a/",{{"method":"{forbidden}"}}]"#));
    }
    super::refusal(r#"["request","https://a/",{"method":"head","body":"x"}]"#);
}

#[test]
fn a_response_is_what_javascript_would_make_of_it() {
    let Value::Response(response) = read(r#"["response","x",{}]"#) else { panic!() };
    assert_eq!((response.status, response.status_text.as_str()), (200, ""));
    assert!(matches!(&response.body, Body::Text(text) if text == "x"));
}

#[test]
fn what_is_not_as_it_should_be_is_not_written() {
    let mut endless = Request::new("POST", "https://example.com/");
    endless.further.insert("at", Value::Date(0.0));
    let mut bodied = Request::new("GET", "https://example.com/");
    bodied.body = Body::Text(String::new());
    let mut silent = Response::new(204);
    silent.body = Body::Text("x".to_owned());
    let mut split = Response::new(200);
    split.headers.push(("x".to_owned(), "a\r\nb: c".to_owned()));
    for value in [
        Value::from(endless),
        bodied.into(),
        silent.into(),
        split.into(),
        Response::new(99).into(),
        Request::new("G T", "https://example.com/").into(),
        Request::new("GET", "nowhere").into(),
        Value::Headers(vec![("a b".to_owned(), String::new())]),
        Value::Url("https://".to_owned()),
        Value::Bytes(Bytes { container: Container::Int32Array, data: vec![1, 2, 3].into() }),
    ] {
        capnweb::serialize(&value).unwrap_err();
        let object = Object::from([("a", value)]);
        capnweb::serialize(&object.into()).unwrap_err();
    }
}
