//! Streams between our client and the official package's server.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;

use capnweb::{Bytes, Error, Readable, Sink, Thrown, Value, Writable};
use futures::{StreamExt as _, stream};

use super::{text, with_peer};

/// A stream of these values.
fn readable(values: Vec<Value>) -> Value {
    Readable::new(stream::iter(values).map(Ok)).into()
}

fn as_readable(value: &Value) -> Readable {
    let Value::Readable(readable) = value else { panic!("{value:?} is no stream") };
    readable.clone()
}

fn as_writable(value: &Value) -> Writable {
    let Value::Writable(writable) = value else { panic!("{value:?} is no stream") };
    writable.clone()
}

async fn collect(readable: &Readable) -> Result<Vec<Value>, Thrown> {
    let mut chunks = Vec::new();
    while let Some(chunk) = readable.next().await {
        chunks.push(chunk?);
    }
    Ok(chunks)
}

#[derive(Default)]
struct Kept {
    chunks: Vec<String>,
    closed: bool,
    aborted: Option<String>,
}

/// A sink that keeps what it is given, until it has as many as it takes.
struct Keeper {
    kept: Rc<RefCell<Kept>>,
    most: usize,
}

type Taken = Pin<Box<dyn Future<Output = Result<(), Thrown>>>>;

impl Sink for Keeper {
    fn write(&mut self, chunk: Value) -> Taken {
        let mut kept = self.kept.borrow_mut();
        let outcome = if kept.chunks.len() == self.most {
            Err(Error::range_error("the keeper is full").into())
        } else {
            kept.chunks.push(text(&chunk));
            Ok(())
        };
        Box::pin(async { outcome })
    }

    fn close(&mut self) -> Taken {
        self.kept.borrow_mut().closed = true;
        Box::pin(async { Ok(()) })
    }

    fn abort(&mut self, reason: Thrown) {
        self.kept.borrow_mut().aborted = Some(reason.to_string());
    }
}

fn keeper(most: usize) -> (Value, Rc<RefCell<Kept>>) {
    let kept = Rc::new(RefCell::new(Kept::default()));
    (Writable::new(Keeper { kept: Rc::clone(&kept), most }).into(), kept)
}

#[tokio::test]
async fn a_stream_of_ours_is_read_there() {
    with_peer(async |peer| {
        let values = readable(vec![1.0.into(), "two".into(), Value::Array(vec![3.0.into()])]);
        assert_eq!(peer.ask("readAll", [values]).await, r#"[[1,"two",[[3]]]]"#);
        let chunk: Vec<u8> = (0..=255).collect();
        let bytes = readable(vec![Bytes::new(chunk).into(); 4096]);
        let told = peer.ask("readBytes", [bytes]).await;
        assert!(told.starts_with(r#"{"bytes":1048576,"chunks":4096,"#), "{told}");
        let fails = Readable::new(stream::iter([Ok(1.0.into()), Err(Error::range_error("dry").into())]));
        assert_eq!(peer.call("readAll", [fails.into()]).await.unwrap_err().to_string(), "RangeError: dry");
    })
    .await;
}

#[tokio::test]
async fn a_stream_of_theirs_is_read_here() {
    with_peer(async |peer| {
        let values = Value::Array(vec![1.0.into(), Value::Array(vec!["x".into()]), Value::Null]);
        let made = peer.call("makeStream", [values.clone()]).await.unwrap();
        let chunks = collect(&as_readable(&made)).await.unwrap();
        assert_eq!(text(&Value::Array(chunks)), text(&values));
        let made = peer.call("makeByteStream", [1e6.into(), 30_000.0.into()]).await.unwrap();
        let chunks = collect(&as_readable(&made)).await.unwrap();
        let bytes: Vec<u8> = chunks.iter().flat_map(|chunk| chunk.as_bytes().unwrap().to_vec()).collect();
        assert_eq!((chunks.len(), bytes.len()), (34, 1_000_000));
        assert!(bytes.iter().enumerate().all(|(index, byte)| usize::from(*byte) == index % 256));
        let made = peer.call("makeErrorStream", [Value::Array(Vec::new()), "broke".into()]).await.unwrap();
        assert_eq!(collect(&as_readable(&made)).await.unwrap_err().to_string(), "RangeError: broke");
    })
    .await;
}

#[tokio::test]
async fn a_stream_of_theirs_ends_when_it_is_dropped_here() {
    with_peer(async |peer| {
        let made = peer.call("makeEndlessStream", ["e".into()]).await.unwrap();
        assert_eq!(as_readable(&made).next().await.unwrap().unwrap().as_f64(), Some(0.0));
        drop(made);
        let ended = async { while !peer.ask("streamStatus", ["e".into()]).await.ends_with(r#""cancelled":true}"#) {} };
        tokio::time::timeout(super::node::PATIENCE, ended).await.expect("it is cancelled");
    })
    .await;
}

#[tokio::test]
async fn what_is_written_here_arrives_in_their_sink() {
    with_peer(async |peer| {
        let sink = as_writable(&peer.call("openSink", ["s".into()]).await.unwrap());
        sink.write("a".into()).await.unwrap();
        sink.write(Bytes::new(vec![0; 9]).into()).await.unwrap();
        sink.close().await.unwrap();
        let status = peer.ask("sinkStatus", ["s".into()]).await;
        assert_eq!(status, r#"{"chunks":[["a"]],"bytes":9,"closed":true,"aborted":null}"#);
        let sink = as_writable(&peer.call("openSink", ["t".into()]).await.unwrap());
        sink.abort(Error::new("Error", "never mind").into());
        let status = r#"{"chunks":[[]],"bytes":0,"closed":false,"aborted":"never mind"}"#;
        peer.ask_until("sinkStatus", "t", status).await;
        let sink = as_writable(&peer.call("openFailingSink", [0.0.into(), "full".into()]).await.unwrap());
        let first = sink.write(1.0.into()).await;
        let thrown = if first.is_err() { first } else { sink.close().await };
        assert_eq!(thrown.unwrap_err().to_string(), "RangeError: full");
    })
    .await;
}

#[tokio::test]
async fn what_is_written_there_arrives_in_our_sink() {
    with_peer(async |peer| {
        let (sink, kept) = keeper(usize::MAX);
        let values = Value::Array(vec![1.0.into(), "b".into()]);
        assert_eq!(peer.ask("writeAll", [sink, values.clone()]).await, "2");
        assert_eq!((kept.borrow().chunks.join(" "), kept.borrow().closed), (r#"1 "b""#.into(), true));
        let (sink, kept) = keeper(usize::MAX);
        peer.call("writeThenAbort", [sink, values, "gave up".into()]).await.unwrap();
        assert_eq!(kept.borrow().aborted.as_deref(), Some("Error: gave up"));
        let (sink, kept) = keeper(3);
        let told = peer.ask("writeUntilFail", [sink, 1000.0.into()]).await;
        assert_eq!((told.as_str(), kept.borrow().chunks.len()), (r#"{"error":"the keeper is full"}"#, 3));
    })
    .await;
}

#[tokio::test]
async fn a_stream_goes_there_and_back() {
    with_peer(async |peer| {
        let values: Vec<Value> = (0..500_u32).map(Value::from).collect();
        let back = peer.call("echoStream", [readable(values.clone())]).await.unwrap();
        let chunks = collect(&as_readable(&back)).await.unwrap();
        assert_eq!(text(&Value::Array(chunks)), text(&Value::Array(values)));
    })
    .await;
}
