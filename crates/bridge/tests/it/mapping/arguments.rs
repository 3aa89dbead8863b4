//! Arguments by place and by name, and results.

use capnweb::Value;

use super::ground::{bytes, object, program, run, show, stub, texts};
use super::mirror::{mirror, rich};
use super::shell::shell;

const PLAIN: &str = " cwd= timeout=0 maxOutput=0 stdin=";

#[test]
fn arguments_stand_in_the_order_of_the_schema_or_in_one_object() {
    run(async {
        let (program, _) = shell();
        let options = || object([("cwd", "/tmp".into()), ("env", object([("A", "b".into()), ("C", "d".into())]))]);
        let wanted = "ls \"-la\" cwd=/tmp A=b C=d timeout=0 maxOutput=0 stdin=";
        let named = object([("command", "ls".into()), ("args", texts(["-la"])), ("options", options())]);
        for arguments in [vec!["ls".into(), texts(["-la"]), options()], vec![named]] {
            let Ok(Value::Object(result)) = program.call("exec", arguments).await else { panic!("it gives a result") };
            assert_eq!(result.get("stdout").and_then(Value::as_str), Some(wanted));
        }
    });
}

#[test]
fn what_is_left_out_has_the_defaults_of_the_schema() {
    run(async {
        let (program, memory) = shell();
        for arguments in [
            vec!["ls".into()],
            vec!["ls".into(), Value::Undefined, Value::Undefined],
            vec!["ls".into(), Value::Undefined, Value::Undefined, Value::Undefined],
            vec!["ls".into(), Value::Null, Value::Null],
            vec!["ls".into(), Value::Array(Vec::new()), object([("cwd", Value::Undefined)])],
        ] {
            let shown = program.shown("exec", arguments).await;
            assert!(shown.contains(&format!("stdout: \"ls{PLAIN}\"")), "{shown}");
        }
        let stream = stub(program.call("spawn", ["sh".into()]).await.unwrap());
        stream.call(Some("kill"), Vec::new()).await.unwrap();
        stream.call(Some("kill"), vec!["SIGINT".into()]).await.unwrap();
        assert_eq!(memory.borrow().signals, ["SIGTERM", "SIGINT"]);
    });
}

#[test]
fn wrong_arguments_are_refused_by_name_and_place_and_nothing_is_sent() {
    run(async {
        let (program, memory) = shell();
        for (arguments, message) in [
            (vec![5.into()], "TypeError: exec: command: expected a text"),
            (vec!["ls".into(), "-la".into()], "TypeError: exec: args: expected a list"),
            (vec!["ls".into(), Value::Array(vec!["a".into(), 7.into()])], "TypeError: exec: args[1]: expected a text"),
            (
                vec!["ls".into(), Value::Null, object([("cmd", 1.into())])],
                "TypeError: exec: options.cmd: no such field",
            ),
            (
                vec!["ls".into(), Value::Null, object([("env", object([("A", 1.into())]))])],
                "TypeError: exec: options.env.A: expected a text",
            ),
            (
                vec!["ls".into(), Value::Null, object([("timeout", 4_294_967_296_i64.into())])],
                "RangeError: exec: options.timeout: expected a whole number from 0 to 4294967295",
            ),
            (
                vec!["ls".into(), Value::Null, object([("timeout", (-1).into())])],
                "RangeError: exec: options.timeout: expected a whole number from 0 to 4294967295",
            ),
            (
                vec!["ls".into(), Value::Null, object([("timeout", 1.5.into())])],
                "TypeError: exec: options.timeout: expected a whole number from 0 to 4294967295",
            ),
            (
                vec!["ls".into(), Value::Null, object([("stdinData", "text".into())])],
                "TypeError: exec: options.stdinData: expected bytes, as a Uint8Array",
            ),
            (vec![object([("program", "ls".into())])], "TypeError: exec: program: no such field"),
            (vec!["a".into(), Value::Null, Value::Null, 4.into()], "TypeError: exec: expected at most 3 arguments"),
            (vec![bytes(b"ls")], "TypeError: exec: command: expected a text"),
        ] {
            assert_eq!(program.shown("exec", arguments).await, message);
        }
        assert_eq!(program.shown("cwd", [1.into()]).await, "TypeError: cwd: expected at most 0 arguments");
        assert_eq!(program.shown("fly", []).await, "TypeError: 'fly' is not a function.");
        assert_eq!(memory.borrow().ran, 0);
        program.call("exec", ["ls".into()]).await.unwrap();
        assert_eq!(memory.borrow().ran, 1);
    });
}

#[test]
fn a_lone_result_is_the_value_itself_several_are_an_object_and_none_is_undefined() {
    run(async {
        let (program, _) = shell();
        assert_eq!(program.shown("cwd", []).await, "\"/home\"");
        assert_eq!(program.shown("env", []).await, "{HOME: \"/home\", LANG: \"C\"}");
        assert_eq!(program.shown("cd", ["/".into()]).await, "undefined");
        assert_eq!(program.shown("spawn", ["x".into()]).await, "stub");
        let several = super::ground::program(mirror(), "Mirror", rich());
        let shown = several.shown("several", [7.into()]).await;
        assert_eq!(shown, "{tiny: 7, text: \"by default\", shape: null}");
    });
}

#[test]
fn a_result_that_was_never_filled_in_has_the_defaults_of_the_schema() {
    run(async {
        let (program, _) = shell();
        let shown = program.shown("run", ["nothing".into()]).await;
        assert!(shown.starts_with("{exitCode: 0, stdout: \"\", stderr: \"\", success: false"), "{shown}");
    });
}

#[test]
fn an_optional_member_is_undefined_where_there_is_nothing_to_say() {
    run(async {
        let (program, _) = shell();
        let member = async |script: &str| {
            let Ok(Value::Object(result)) = program.call("run", [script.into()]).await else { panic!("it has run") };
            result.get("signal").map(show)
        };
        assert_eq!(member("ls").await, None);
        assert_eq!(member("killed").await.as_deref(), Some("\"SIGKILL\""));
    });
}

#[test]
fn one_object_is_the_first_argument_where_that_can_be_an_object() {
    run(async {
        let program = program(mirror(), "Mirror", rich());
        let settings = object([("a", object([("tiny", 1.into())])), ("settings", Value::Null)]);
        let shown = program.shown("settings", [settings]).await;
        assert!(shown.starts_with("{a: {nothing: null, yes: false, tiny: 1"), "{shown}");
        assert!(shown.ends_with("settings: null}"), "{shown}");
        // A struct: its members, not the parameters.
        let shown = program.shown("told", [object([("value", Value::Null)])]).await;
        assert_eq!(shown, "TypeError: told: value.value: no such field");
    });
}

#[test]
fn parameters_that_exclude_each_other_are_given_by_name() {
    run(async {
        let program = program(mirror(), "Mirror", rich());
        let shown = program.shown("shape", [object([("name", "x".into()), ("circle", 2.5.into())])]).await;
        assert_eq!(shown, "{name: \"x\", circle: 2.5, fill: {none: null}}");
        let both = object([("point", Value::Null), ("circle", 2.5.into())]);
        assert_eq!(program.shown("shape", [both]).await, "TypeError: shape: point and circle exclude each other");
        let by_place = program.shown("shape", ["x".into(), Value::Null]).await;
        assert_eq!(by_place, "TypeError: shape: expected one object with its arguments");
        assert_eq!(program.shown("shape", []).await, "{name: \"\", point: null, fill: {none: null}}");
    });
}

#[test]
fn a_method_without_parameters_can_be_read_and_others_can_be_taken_along() {
    run(async {
        let (program, _) = shell();
        let read = async |name: &str| program.main.get(&[name.into()]).await;
        assert_eq!(show(&read("cwd").await.unwrap()), "\"/home\"");
        assert_eq!(show(&read("nothing").await.unwrap()), "undefined");
        let run = stub(read("run").await.unwrap());
        let Value::Object(result) = run.call(None, vec!["script".into()]).await.unwrap() else { panic!("it has run") };
        assert_eq!(result.get("stdout").map(show).as_deref(), Some("\"script\""));
        let stream = program.call("spawn", ["x".into()]);
        assert_eq!(show(&stream.get(&["pid".into()]).await.unwrap()), "42");
    });
}
