//! What writing asks for.

use super::recorder::{Recorder, promise, readable, stub, writable};
use crate::error::Error;
use crate::expression::write;
use crate::expression::write::write_arguments;
use crate::value::{Blob, Body, Object, Request, Response, Value};

fn too_deep() -> Value {
    (0..300).fold(Value::Null, |inner, _| Value::from([inner]))
}

#[test]
fn each_reference_is_written_where_it_is() {
    let mut posted = Request::new("POST", "https://a/");
    posted.body = Body::Stream(readable());
    let mut answered = Response::new(200);
    answered.body = Body::Stream(readable());
    let values = [
        Value::from(stub()),
        promise().into(),
        writable().into(),
        readable().into(),
        Blob::new("a/b", "text").into(),
        posted.into(),
        answered.into(),
    ];
    let (mut recorder, mut text) = (Recorder::default(), "before".to_owned());
    write_arguments(&values, &mut text, &mut recorder).unwrap();
    assert_eq!(
        text,
        concat!(
            r#"before[["export",-1],["promise",-2],["writable",-3],["readable",4],["blob","a/b",["readable",5]],"#,
            r#"["request","https://a/",{"method":"POST","body":["readable",6],"duplex":"half"}],"#,
            r#"["response",["readable",7],{}]]"#
        )
    );
    assert_eq!(recorder.asked, ["stub", "promise", "writable", "readable", "readable", "readable", "readable"]);
}

#[test]
fn what_cannot_be_written_leaves_nothing_behind() {
    let value =
        Value::from([Value::from(stub()), readable().into(), Object::from([("a", writable())]).into(), too_deep()]);
    let (mut recorder, mut text) = (Recorder::default(), "before".to_owned());
    write(&value, &mut text, &mut recorder).unwrap_err();
    assert_eq!(text, "before");
    assert_eq!(recorder.asked.last().unwrap(), "take back [Export(-1), Pipe(2), Export(-3)]");
}

#[test]
fn a_reference_that_is_refused_leaves_nothing_behind() {
    let value = Value::from([stub(), stub(), stub()]);
    for gives in 0..3 {
        let (mut recorder, mut text) = (Recorder { gives: Some(gives), ..Recorder::default() }, String::new());
        write(&value, &mut text, &mut recorder).unwrap_err();
        assert_eq!(text, "");
        assert_eq!(recorder.asked.iter().any(|asked| asked.starts_with("take back")), gives > 0);
    }
}

#[test]
fn a_property_of_an_error_that_cannot_be_written_takes_back_what_is_its_own() {
    let bad = Value::from([Value::from(stub()), too_deep()]);
    let error = Error::type_error("m").with("good", stub()).with("bad", bad).with("also", stub());
    let (mut recorder, mut text) = (Recorder::default(), String::new());
    write(&error.into(), &mut text, &mut recorder).unwrap();
    assert_eq!(text, r#"["error","TypeError","m",null,{"good":["export",-1],"also":["export",-4]}]"#);
    assert_eq!(recorder.asked, ["stub", "stub", "take back [Export(-2)]", "stub"]);
}
