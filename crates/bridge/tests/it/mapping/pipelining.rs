//! Calls on what is not there yet, and calls that nobody wants any more.

use capnweb::{Key, Promise, Value};
use capos_testkit::link::Direction;
use futures::channel::oneshot;

use super::ground::{Program, object, program, run, show, stub};
use super::mirror::{mirror, rich};
use super::shell::shell;

fn keys(path: &str) -> Vec<Key> {
    path.split('.').map(|name| Key::Name(name.to_owned())).collect()
}

async fn gives(promise: Promise) -> String {
    match promise.await {
        Ok(value) => show(&value),
        Err(thrown) => thrown.to_string(),
    }
}

/// Lets everything that can happen happen.
async fn settle() {
    for _ in 0..64 {
        tokio::task::yield_now().await;
    }
}

#[test]
fn calls_on_a_promised_object_are_sent_at_once() {
    run(async {
        let (program, memory) = shell();
        program.call("cwd", []).await.unwrap();
        // The service hears, and nothing that it says comes back.
        program.link.pause(Direction::RightToLeft);
        let stream = program.call("spawn", ["sh".into()]);
        let killed = stream.call_at(&keys("kill"), vec!["SIGINT".into()]);
        let waited = stream.call_at(&keys("wait"), Vec::new());
        settle().await;
        assert_eq!(memory.borrow().signals, ["SIGINT"]);
        program.link.resume(Direction::RightToLeft);
        assert_eq!(gives(killed).await, "undefined");
        assert!(gives(waited).await.contains("stdout: \"waited\""));
        assert_eq!(gives(stream).await, "stub");
    });
}

#[test]
fn an_object_deep_in_a_promised_answer_is_called_at_once() {
    run(async {
        let program = program(mirror(), "Mirror", rich());
        program.call("settings", []).await.unwrap();
        let main = || Value::from(program.main.clone());
        let box_of = |value: Value| object([("caps", object([("value", value)]))]);
        let answer = program.call("everything", [box_of(Value::Null)]);
        // The promise of a null is nothing that could be called.
        let error = gives(answer.call_at(&keys("caps.value.who"), Vec::new())).await;
        assert!(error.starts_with("TypeError") || error.starts_with("Error"), "{error}");
        // A mirror of a mirror of a mirror.
        let deep = program.call("mirror", [main()]).call_at(&keys("mirror"), vec![main()]);
        assert_eq!(gives(deep.call_at(&keys("settings"), vec![object([])])).await, "{}");
    });
}

#[test]
fn a_member_of_a_promised_answer_can_be_read() {
    run(async {
        let (program, _) = shell();
        let result = program.call("exec", ["ls".into()]);
        assert_eq!(gives(result.get(&keys("success"))).await, "true");
        assert_eq!(gives(result.get(&keys("nothing"))).await, "undefined");
        let pid = program.call("spawn", ["sh".into()]).get(&keys("pid"));
        assert_eq!(gives(pid).await, "42");
    });
}

#[test]
fn a_call_on_what_failed_fails_with_it() {
    run(async {
        let (program, _) = shell();
        let wrong = program.call("spawn", [5.into()]);
        let waited = wrong.call_at(&keys("wait"), Vec::new());
        assert_eq!(gives(waited).await, "TypeError: spawn: command: expected a text");
    });
}

async fn waiting(program: &Program, memory: &super::shell::Memory) -> (Promise, oneshot::Receiver<()>) {
    let (waited, has_waited) = oneshot::channel();
    let (given_up, is_given_up) = oneshot::channel();
    {
        let mut seen = memory.borrow_mut();
        (seen.waited, seen.given_up) = (Some(waited), Some(given_up));
    }
    let stream = stub(program.call("spawn", ["sh".into()]).await.unwrap());
    let promise = stream.call(Some("wait"), Vec::new());
    has_waited.await.unwrap();
    (promise, is_given_up)
}

#[test]
fn a_promise_that_is_let_go_of_gives_the_call_up() {
    run(async {
        let (program, memory) = shell();
        let (promise, given_up) = waiting(&program, &memory).await;
        assert_eq!(memory.borrow().waiting, 1);
        drop(promise);
        given_up.await.unwrap();
        assert_eq!(memory.borrow().waiting, 0);
    });
}

#[test]
fn a_stub_that_is_let_go_of_drops_the_capability() {
    run(async {
        let (program, memory) = shell();
        let (dropped, is_dropped) = oneshot::channel();
        memory.borrow_mut().dropped = Some(dropped);
        let stream = stub(program.call("spawn", ["sh".into()]).await.unwrap());
        assert_eq!(memory.borrow().streams, 1);
        let copy = stream.clone();
        drop(stream);
        assert_eq!(show(&copy.call(Some("pid"), Vec::new()).await.unwrap()), "42");
        drop(copy);
        is_dropped.await.unwrap();
        assert_eq!(memory.borrow().streams, 0);
    });
}

#[test]
fn the_end_of_the_programs_session_drops_everything() {
    run(async {
        let (program, memory) = shell();
        let (dropped, is_dropped) = oneshot::channel();
        memory.borrow_mut().dropped = Some(dropped);
        let (promise, given_up) = waiting(&program, &memory).await;
        program.bridge.disconnected(capnweb::Error::new("Error", "cut"));
        given_up.await.unwrap();
        is_dropped.await.unwrap();
        drop(promise);
    });
}

#[test]
fn a_callback_does_not_keep_what_it_was_given_to() {
    run(async {
        let (program, memory) = shell();
        let (dropped, is_dropped) = oneshot::channel();
        memory.borrow_mut().dropped = Some(dropped);
        let stream = stub(program.call("spawn", ["sh".into()]).await.unwrap());
        let listener = super::ground::function(|_| Ok(Value::Undefined));
        stream.call(Some("onExit"), vec![listener]).await.unwrap();
        assert_eq!(memory.borrow().watchers.len(), 1);
        drop(stream);
        is_dropped.await.unwrap();
    });
}
