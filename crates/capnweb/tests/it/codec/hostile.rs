//! Texts made to break a reader.

use capnweb::{Limits, deserialize};

use super::{read, roomy};

#[test]
fn every_beginning_and_every_changed_byte_of_a_message_is_read_or_refused() {
    let text = r#"{"a":[[1,-2.5e3,"x\ud83d\ude00\n",["bigint","12"],["date",null],["bytes","AQID","Int8Array"]]],
        "e":["error","TypeError","m",null,{"cause":["undefined"]}],"u":["url","https://a/b"],"h":["headers",[["a","b"]]],
        "q":["request","https://a/",{"method":"POST","body":"x"}],"r":["response",null,{"status":204}],"i":["-inf"]}"#;
    read(text);
    for end in 0..text.len() {
        deserialize(&text[..end], &roomy()).unwrap_err();
    }
    for at in 0..text.len() {
        for byte in *b"\"\\[]{},:0-eux \0\x7f" {
            let mut changed = text.as_bytes().to_vec();
            changed[at] = byte;
            let _ = deserialize(std::str::from_utf8(&changed).unwrap(), &roomy());
        }
    }
}

#[test]
fn a_message_of_many_small_values_is_refused_before_they_are_kept() {
    let text = format!("[[{}0]]", "0,".repeat(2_000_000));
    let limits = Limits { message_bytes: 8 << 20, ..Limits::default() };
    let error = deserialize(&text, &limits).unwrap_err();
    assert_eq!(error.to_string(), "RangeError: A message exceeds 131072 values.");
}

#[test]
fn what_a_refusal_says_does_not_grow_with_the_message() {
    for text in [
        format!(r#"["{}"]"#, "x".repeat(100_000)),
        format!(r#"["{}",["export",1]]"#, "\\n".repeat(100_000)),
        format!(r#"["bytes","","{}"]"#, "x".repeat(100_000)),
        format!(r#"["url","{}"]"#, "x".repeat(100_000)),
        format!("{}x", " ".repeat(100_000)),
    ] {
        let error = deserialize(&text, &roomy()).unwrap_err();
        assert!(error.message.len() < 200, "{}", error.message.len());
    }
}

#[test]
fn numbers_that_slow_others_down_are_read() {
    let digits = "1234567890".repeat(100_000);
    assert_eq!(read(&digits).as_f64(), Some(f64::INFINITY));
    assert_eq!(read(&format!("0.{digits}")).as_f64(), Some(0.123_456_789_012_345_68));
    assert_eq!(read(&format!("1e{digits}")).as_f64(), Some(f64::INFINITY));
    assert_eq!(read("2.2250738585072011e-308").as_f64(), Some(2.225_073_858_507_201e-308));
}
