//! Streaming methods as streams, and streams for services to write to.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;

use capnweb::{Error, Sink, Stub, Thrown, Value, Writable};
use capos_schema::shell_capnp::data_callback;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures::{FutureExt, StreamExt};

use super::ground::{Program, bytes, run, show, stub};
use super::shell::{Memory, shell};

async fn stream(program: &Program) -> Stub {
    stub(program.call("spawn", ["sh".into()]).await.unwrap())
}

async fn input(stream: &Stub) -> Writable {
    match stream.get(&["write".into()]).await.unwrap() {
        Value::Writable(stream) => stream,
        other => panic!("{other:?} is no stream"),
    }
}

#[test]
fn a_streaming_method_is_called_like_any_other() {
    run(async {
        let (program, memory) = shell();
        let stream = stream(&program).await;
        let written = stream.call(Some("write"), vec![bytes(b"one")]).await.unwrap();
        assert_eq!(show(&written), "undefined");
        stream.call(Some("write"), vec![bytes(b"two")]).await.unwrap();
        stream.call(Some("closeStdin"), Vec::new()).await.unwrap();
        assert_eq!(memory.borrow().written, b"onetwo");
    });
}

#[test]
fn a_streaming_method_that_is_read_is_a_stream_and_closing_that_says_so() {
    run(async {
        let (program, memory) = shell();
        let input = input(&stream(&program).await).await;
        for chunk in [b"one", b"two"] {
            input.write(bytes(chunk)).await.unwrap();
        }
        assert!(!memory.borrow().closed);
        input.close().await.unwrap();
        assert_eq!(memory.borrow().written, b"onetwo");
        assert!(memory.borrow().closed);
    });
}

#[test]
fn a_chunk_that_is_none_and_a_write_that_fails_end_the_stream() {
    run(async {
        let (program, memory) = shell();
        let stream = stream(&program).await;
        let first = input(&stream).await;
        // The first ones may be on their way before the answer is there; the close has it.
        let _ = first.write("text".into()).await;
        let error = first.close().await.unwrap_err();
        assert_eq!(error.to_string(), "TypeError: write: data: expected bytes, as a Uint8Array");
        stream.call(Some("closeStdin"), Vec::new()).await.unwrap();
        let second = input(&stream).await;
        let _ = second.write(bytes(b"late")).await;
        let error = second.close().await.unwrap_err().into_error();
        assert_eq!(error.message, "its input is closed");
        assert_eq!(memory.borrow().written, b"");
    });
}

/// A stream of the program's: what happens to it, and how long a write takes.
struct Taken {
    tell: UnboundedSender<String>,
    ready: Rc<RefCell<Option<UnboundedReceiver<()>>>>,
    failure: Option<&'static str>,
}

type Done = Pin<Box<dyn Future<Output = Result<(), Thrown>>>>;

impl Sink for Taken {
    fn write(&mut self, chunk: Value) -> Done {
        let _ = self.tell.unbounded_send(show(&chunk));
        if let Some(failure) = self.failure {
            return Box::pin(async move { Err(Error::new("Error", failure).into()) });
        }
        let ready = self.ready.clone();
        Box::pin(async move {
            let Some(mut waits) = ready.take() else { return Ok(()) };
            waits.next().await;
            ready.replace(Some(waits));
            Ok(())
        })
    }

    fn close(&mut self) -> Done {
        let _ = self.tell.unbounded_send("closed".to_owned());
        Box::pin(async { Ok(()) })
    }

    fn abort(&mut self, reason: Thrown) {
        let _ = self.tell.unbounded_send(format!("aborted: {reason}"));
    }
}

fn taken(ready: Option<UnboundedReceiver<()>>, failure: Option<&'static str>) -> (Value, UnboundedReceiver<String>) {
    let (tell, told) = unbounded();
    let ready = Rc::new(RefCell::new(ready));
    (Value::Writable(Writable::new(Taken { tell, ready, failure })), told)
}

async fn reader(program: &Program, memory: &Memory, given: Value) -> data_callback::Client {
    let stream = stream(program).await;
    stream.call(Some("onData"), vec![given]).await.unwrap();
    // Dropped, the stream would end: the service keeps what it was given.
    memory.borrow_mut().readers.pop().unwrap()
}

fn deliver(reader: &data_callback::Client, chunk: &[u8]) -> impl Future<Output = capnp::Result<()>> + use<> {
    let mut request = reader.data_request();
    request.get().set_chunk(chunk);
    request.send()
}

#[test]
fn a_service_writes_to_a_stream_of_the_program_and_letting_go_of_it_closes_it() {
    run(async {
        let (program, memory) = shell();
        let (given, mut told) = taken(None, None);
        let reader = reader(&program, &memory, given).await;
        for chunk in [b"a", b"b"] {
            deliver(&reader, chunk).await.unwrap();
        }
        drop(reader);
        let seen: Vec<_> = told.by_ref().take(3).collect().await;
        assert_eq!(seen, ["Uint8Array[97]", "Uint8Array[98]", "closed"]);
    });
}

#[test]
fn calls_that_are_made_at_once_are_written_in_their_order() {
    run(async {
        let (program, memory) = shell();
        let (given, told) = taken(None, None);
        let reader = reader(&program, &memory, given).await;
        let calls: Vec<_> = (0..50_u8).map(|chunk| deliver(&reader, &[chunk])).collect();
        // Answered in whatever order they are asked.
        futures::future::join_all(calls.into_iter().rev()).await.into_iter().for_each(Result::unwrap);
        let seen: Vec<_> = told.take(50).collect().await;
        assert!((0..50).zip(seen).all(|(number, chunk)| chunk == format!("Uint8Array[{number}]")));
    });
}

#[test]
fn a_program_that_takes_nothing_holds_the_service_up() {
    run(async {
        let (program, memory) = shell();
        let (take, takes) = unbounded();
        let (given, mut told) = taken(Some(takes), None);
        let reader = reader(&program, &memory, given).await;
        let chunk = vec![7; 1 << 16];
        let mut answered = 0;
        let mut held = None;
        // Far more than any window; somewhere an answer does not come.
        for _ in 0..400 {
            let mut call = Box::pin(deliver(&reader, &chunk));
            let mut answer = None;
            for _ in 0..64 {
                answer = call.as_mut().now_or_never();
                if answer.is_some() {
                    break;
                }
                tokio::task::yield_now().await;
            }
            match answer {
                Some(done) => {
                    done.unwrap();
                    answered += 1;
                }
                None => {
                    held = Some(call);
                    break;
                }
            }
        }
        let held = held.expect("the service is held up");
        assert!(answered > 0, "something is under way before");
        assert!(told.next().await.is_some());
        for _ in 0..500 {
            take.unbounded_send(()).unwrap();
        }
        held.await.unwrap();
    });
}

#[test]
fn a_stream_that_fails_tells_the_service() {
    run(async {
        let (program, memory) = shell();
        let (given, _told) = taken(None, Some("full"));
        let reader = reader(&program, &memory, given).await;
        let mut told = None;
        // Writes are acknowledged ahead of what becomes of them.
        for _ in 0..1_000 {
            if let Err(error) = deliver(&reader, b"x").await {
                told = Some(error.extra);
                break;
            }
            tokio::task::yield_now().await;
        }
        assert_eq!(told.as_deref(), Some("remote exception: Error: full"));
    });
}

#[test]
fn a_stream_is_taken_only_for_what_is_written_to() {
    run(async {
        let (program, _) = shell();
        let (given, _told) = taken(None, None);
        let stream = stream(&program).await;
        let error = stream.call(Some("onExit"), vec![given]).await.unwrap_err();
        let wanted = "TypeError: onExit: callback: the interface has not one method that a stream could take";
        assert_eq!(error.to_string(), wanted);
    });
}
