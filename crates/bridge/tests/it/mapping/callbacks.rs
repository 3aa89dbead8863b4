//! What a program gives to a service.

use std::cell::RefCell;
use std::rc::Rc;

use capnweb::{Answer, Error, Stub, Target, Value};
use capos_schema::shell_capnp::{data_callback, exit_callback};
use futures::channel::oneshot;

use super::ground::{Program, bytes, function, object, program, run, show, stub};
use super::mirror::{mirror, rich};
use super::shell::{Memory, shell};

type Heard = Rc<RefCell<Vec<String>>>;

/// A function that writes down what it is called with.
fn listener() -> (Value, Heard) {
    let heard = Heard::default();
    let writing = heard.clone();
    let listener = function(move |arguments| {
        writing.borrow_mut().push(arguments.iter().map(show).collect::<Vec<_>>().join(", "));
        Ok(Value::Undefined)
    });
    (listener, heard)
}

async fn stream(program: &Program) -> Stub {
    stub(program.call("spawn", ["sh".into()]).await.unwrap())
}

async fn deliver(reader: &data_callback::Client, chunk: &[u8]) -> capnp::Result<()> {
    let mut request = reader.data_request();
    request.get().set_chunk(chunk);
    request.send().await
}

async fn exit(watcher: &exit_callback::Client, code: i32, signal: &str) -> capnp::Result<()> {
    let mut request = watcher.exit_request();
    request.get().set_exit_code(code);
    request.get().set_signal(signal);
    request.send().promise.await.map(drop)
}

fn reader(memory: &Memory) -> data_callback::Client {
    memory.borrow_mut().readers.pop().unwrap()
}

fn watcher(memory: &Memory) -> exit_callback::Client {
    memory.borrow_mut().watchers.pop().unwrap()
}

#[test]
fn a_function_is_called_for_the_only_method_with_its_arguments_in_order() {
    run(async {
        let (program, memory) = shell();
        let stream = stream(&program).await;
        let (listener, heard) = listener();
        stream.call(Some("onData"), vec![listener.clone()]).await.unwrap();
        let reader = reader(&memory);
        for chunk in [b"one", b"two"] {
            deliver(&reader, chunk).await.unwrap();
        }
        stream.call(Some("onExit"), vec![listener]).await.unwrap();
        let watcher = watcher(&memory);
        exit(&watcher, 3, "").await.unwrap();
        exit(&watcher, 1, "SIGKILL").await.unwrap();
        let wanted = ["Uint8Array[111, 110, 101], 0", "Uint8Array[116, 119, 111], 0", "3", "1, \"SIGKILL\""];
        assert_eq!(*heard.borrow(), wanted);
    });
}

#[test]
fn an_object_of_functions_is_taken_for_any_interface() {
    run(async {
        let (program, memory) = shell();
        let stream = stream(&program).await;
        let (listener, heard) = listener();
        let functions = object([("exit", listener.clone()), ("other", Value::Undefined)]);
        stream.call(Some("onExit"), vec![functions]).await.unwrap();
        exit(&watcher(&memory), 7, "").await.unwrap();
        assert_eq!(*heard.borrow(), ["7"]);
        let shown = async |given: Value| stream.call(Some("onExit"), vec![given]).await.unwrap_err().to_string();
        assert_eq!(
            shown(object([("exited", listener)])).await,
            "TypeError: onExit: callback.exited: the interface has no method of that name"
        );
        assert_eq!(shown(object([("exit", 5.into())])).await, "TypeError: onExit: callback.exit: expected a function");
        // What is not there is not implemented, which the service learns when it calls.
        stream.call(Some("onExit"), vec![object([])]).await.unwrap();
        let error = exit(&watcher(&memory), 0, "").await.unwrap_err();
        assert_eq!(error.kind, capnp::ErrorKind::Unimplemented);
    });
}

#[test]
fn other_values_are_no_callbacks() {
    run(async {
        let (program, _) = shell();
        let stream = stream(&program).await;
        for value in ["f".into(), 5.into(), bytes(b"f"), Value::Array(Vec::new()), Value::Bool(true)] {
            let error = stream.call(Some("onExit"), vec![value]).await.unwrap_err();
            assert_eq!(error.to_string(), "TypeError: onExit: callback: expected a ExitCallback, or what can be one");
        }
        // No callback at all is for the service to judge.
        stream.call(Some("onExit"), vec![Value::Null]).await.unwrap_err();
    });
}

/// An object of the program's with methods by name.
struct Worker;

impl Target for Worker {
    fn call(self: Rc<Self>, name: Option<&str>, arguments: Vec<Value>) -> Answer {
        let shown = arguments.iter().map(show).collect::<Vec<_>>().join(", ");
        match name {
            Some("work") => Answer::Now(Ok(object([("item", format!("worked: {shown}").into())]))),
            Some("ping") => Answer::Now(Ok(format!("pong: {shown}").into())),
            Some("poured") => Answer::Now(Ok("much".into())),
            Some("child") => Answer::Now(Err(Error::range_error("no children").into())),
            _ => Answer::no_method(name),
        }
    }
}

/// A program's worker as it comes back from the service, through the service.
async fn worker(program: &Program, given: Value) -> Stub {
    stub(program.call("worker", [given]).await.unwrap())
}

#[test]
fn an_object_of_the_program_has_its_methods_called_by_name() {
    run(async {
        let program = program(mirror(), "Mirror", rich());
        let worker = worker(&program, Stub::new(Worker).into()).await;
        let shown = async |name: &str, arguments: Vec<Value>| match worker.call(Some(name), arguments).await {
            Ok(value) => show(&value),
            Err(thrown) => thrown.to_string(),
        };
        assert_eq!(shown("ping", vec!["a".into()]).await, "\"pong: \\\"a\\\"\"");
        assert_eq!(shown("work", vec!["ore".into()]).await, "{item: \"worked: \\\"ore\\\"\", nest: null}");
        // The answer is checked as arguments are.
        let wrong = shown("poured", Vec::new()).await;
        let wanted = "Error: bytes: expected a whole number from 0 to 18446744073709551615";
        assert_eq!(wrong, wanted);
        assert_eq!(shown("both", Vec::new()).await, "Error: TypeError: 'both' is not a function.");
    });
}

#[test]
fn what_a_program_throws_reaches_the_service_in_words() {
    run(async {
        let (program, memory) = shell();
        let stream = stream(&program).await;
        let throwing = function(|_| Err(Error::range_error("too much").into()));
        stream.call(Some("onExit"), vec![throwing]).await.unwrap();
        let error = exit(&watcher(&memory), 0, "").await.unwrap_err();
        assert_eq!(error.extra, "remote exception: RangeError: too much");
    });
}

#[test]
fn a_callback_is_released_when_the_service_lets_go_of_it() {
    run(async {
        let (program, memory) = shell();
        let stream = stream(&program).await;
        let (released, gone) = oneshot::channel();
        let guard = Guard(Some(released));
        let listening = function(move |_| {
            let _ = &guard;
            Ok(Value::Undefined)
        });
        stream.call(Some("onExit"), vec![listening]).await.unwrap();
        let exports = program.session.stats().exports;
        memory.borrow_mut().watchers.clear();
        gone.await.unwrap();
        assert!(program.session.stats().exports < exports);
    });
}

/// Fires when it is dropped.
struct Guard(Option<oneshot::Sender<()>>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.take().map(|released| released.send(()));
    }
}

#[test]
fn an_object_that_comes_home_is_the_object_itself() {
    run(async {
        let program = program(mirror(), "Mirror", rich());
        let back = stub(program.call("mirror", [program.main.clone().into()]).await.unwrap());
        assert_eq!(show(&back.call(Some("settings"), vec![Value::Null]).await.unwrap()), "{}");
        let before = program.session.stats().exports;
        // Had it become a callback, the program would serve something.
        assert_eq!(before, 1);
    });
}

#[test]
fn an_object_is_taken_only_as_what_it_is() {
    run(async {
        let program = program(mirror(), "Mirror", rich());
        let worker = worker(&program, Stub::new(Worker).into()).await;
        let error = program.call("mirror", [worker.clone().into()]).await.unwrap_err();
        assert_eq!(error.to_string(), "TypeError: mirror: mirror: expected a Mirror, or what can be one");
        let error = program.call("worker", [program.main.clone().into()]).await.unwrap_err();
        assert_eq!(error.to_string(), "TypeError: worker: worker: expected a Worker(Text), or what can be one");
        // Where any object will do, any object of the session is taken, and nothing else.
        assert_eq!(program.shown("some", [worker.clone().into()]).await, "stub");
        assert_eq!(program.shown("any", [worker.into()]).await, "stub");
        let (listener, _) = listener();
        let shown = program.shown("some", [listener]).await;
        assert_eq!(shown, "TypeError: some: some: expected an object of the session");
    });
}

#[test]
fn an_object_of_an_unknown_interface_can_be_passed_on_and_not_called() {
    run(async {
        let program = program(mirror(), "Mirror", rich());
        let some = stub(program.call("some", [program.main.clone().into()]).await.unwrap());
        let error = some.call(Some("settings"), Vec::new()).await.unwrap_err();
        assert_eq!(error.to_string(), "TypeError: 'settings' is not a function.");
        assert_eq!(program.shown("some", [some.into()]).await, "stub");
    });
}
