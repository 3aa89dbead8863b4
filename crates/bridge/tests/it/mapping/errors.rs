//! What calls fail with.

use capnweb::{Error, Thrown, Value};
use capos_schema::{Code, Denial, Limits, Registry};
use capos_testkit::LAB_REQUEST;
use capos_testkit::lab::LabState;
use std::sync::Arc;

use super::ground::{Program, program, run};

fn lab() -> Program {
    let registry = Registry::load(LAB_REQUEST, &Limits::default()).and_then(Registry::with_builtin).unwrap();
    program(LabState::new().client(), "Lab", &Arc::new(registry))
}

async fn fail(program: &Program, text: &str) -> Error {
    let thrown: Thrown = program.call("fail", [text.into()]).await.unwrap_err();
    thrown.error().expect("an error is thrown").clone()
}

fn property(error: &Error, name: &str) -> Option<String> {
    error.properties.get(name).and_then(Value::as_str).map(str::to_owned)
}

#[test]
fn a_denial_has_its_code_and_its_sentence() {
    run(async {
        let program = lab();
        for &code in Code::ALL {
            let denial = Denial::from(code);
            let error = fail(&program, &denial.to_string()).await;
            assert_eq!(property(&error, "code").as_deref(), Some(code.as_str()));
            assert_eq!(error.message, denial.sentence);
            // The receiving side knows JavaScript's own names alone.
            assert_eq!(error.name, "Error");
        }
    });
}

#[test]
fn a_services_own_words_are_kept() {
    run(async {
        let program = lab();
        for text in ["service: out of paper", "revoked", "Revoked: no", "nonsense: x"] {
            let error = fail(&program, text).await;
            assert_eq!((&*error.message, property(&error, "code")), (text, None));
            assert_eq!(property(&error, "kind").as_deref(), Some("failed"));
        }
    });
}

#[test]
fn what_is_not_implemented_and_what_is_gone_are_told_apart() {
    run(async {
        let program = lab();
        let (hanging, cut) = (program.call("hang", []), async { program.link.cut() });
        let (hanging, ()) = futures::join!(IntoFuture::into_future(hanging), cut);
        let error = hanging.unwrap_err().into_error();
        assert_eq!(property(&error, "kind").as_deref(), Some("disconnected"));
        let error = program.call("echo", []).await.unwrap_err().into_error();
        assert_eq!(property(&error, "kind").as_deref(), Some("disconnected"));
        let (shell, _) = super::shell::shell();
        let error = shell.call("unsetEnv", []).await.unwrap_err().into_error();
        assert_eq!((&*error.name, property(&error, "kind").as_deref()), ("TypeError", Some("unimplemented")));
    });
}
