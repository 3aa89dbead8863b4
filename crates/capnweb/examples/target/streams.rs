//! Methods that take and give streams to read from.

use std::cell::RefCell;
use std::rc::Rc;

use capnweb::{Error, Methods, Outcome, Readable, Stub, Thrown, Value};
use futures::stream::{self, StreamExt};
use tokio::time::sleep;

use crate::inspect::{bytes_summary, fnv1a_further};
use crate::later::millis;
use crate::main_object::Main;
use crate::records::Streamed;
use crate::values::object;

pub(crate) fn methods() -> Methods<Main> {
    readers().and(makers())
}

fn readers() -> Methods<Main> {
    Methods::<Main>::new()
        .later("readAll", |_, (readable,): (Readable,)| read_some(readable, usize::MAX))
        .later("readBytes", |_, (readable,): (Readable,)| read_bytes(readable))
        .later("readSome", |_, (readable, count): (Readable, usize)| async move {
            let chunks = read_some(readable.clone(), count).await?;
            readable.cancel(Error::new("Error", "enough was read").into());
            Ok::<_, Thrown>(chunks)
        })
        .later("stallThenRead", |_, (readable, delay): (Readable, f64)| async move {
            sleep(millis(delay)).await;
            read_bytes(readable).await
        })
        .later("sumCounters", |_, (readable,): (Readable,)| async move {
            let mut sum = 0.0;
            while let Some(chunk) = readable.next().await {
                let Value::Stub(counter) = chunk? else { return Err(Error::type_error("a chunk is no stub").into()) };
                sum += count_of(&counter).await?;
            }
            Ok::<_, Thrown>(sum)
        })
        .on("echoStream", |_, (readable,): (Readable,)| {
            Readable::new(stream::unfold(readable, async |readable| Some((readable.next().await?, readable))))
        })
}

fn makers() -> Methods<Main> {
    Methods::<Main>::new()
        .on("makeStream", |_, (values,): (Vec<Value>,)| Readable::new(stream::iter(values.into_iter().map(Ok))))
        .on("makeByteStream", |_, (total, chunk): (usize, usize)| byte_stream(total, chunk))
        .on("makeErrorStream", |_, (values, message): (Vec<Value>, String)| {
            let end = Err(Error::range_error(message).into());
            Readable::new(stream::iter(values.into_iter().map(Ok).chain([end])))
        })
        .on("makeEndlessStream", |main, (key,): (String,)| {
            let record = Rc::<RefCell<Streamed>>::default();
            main.records().streams.borrow_mut().insert(key, Rc::clone(&record));
            Readable::new(stream::unfold(Endless(record), Endless::next))
        })
        .on("streamStatus", |main, (key,): (String,)| {
            let streams = main.records().streams.borrow();
            let record = streams.get(&key).ok_or_else(|| Error::range_error(format!("no stream {key}")))?;
            let record = record.borrow();
            let (produced, cancelled) = (Value::Number(record.produced), Value::Bool(record.cancelled));
            Ok::<_, Error>(object([("produced", produced), ("cancelled", cancelled)]))
        })
        .on("makeCounterStream", |main, (count,): (u32,)| {
            let main = Rc::clone(main);
            Readable::new(stream::iter(0..count).map(move |start| Ok(Value::Stub(main.kinds().counter(start.into())))))
        })
}

async fn read_some(readable: Readable, count: usize) -> Result<Vec<Value>, Thrown> {
    let mut chunks = Vec::new();
    while chunks.len() < count
        && let Some(chunk) = readable.next().await
    {
        chunks.push(chunk?);
    }
    Ok(chunks)
}

async fn read_bytes(readable: Readable) -> Outcome {
    let (mut bytes, mut chunks, mut hash) = (0, 0, 0x811c_9dc5);
    while let Some(chunk) = readable.next().await {
        let chunk = chunk_bytes(chunk?)?;
        (bytes, chunks, hash) = (bytes + chunk.len(), chunks + 1, fnv1a_further(hash, &chunk));
    }
    Ok(bytes_summary(bytes, chunks, hash))
}

fn chunk_bytes(chunk: Value) -> Result<bytes::Bytes, Thrown> {
    match chunk {
        Value::Bytes(bytes) => Ok(bytes.data),
        _ => Err(Error::type_error("a chunk is no bytes").into()),
    }
}

async fn count_of(counter: &Stub) -> Result<f64, Thrown> {
    match counter.call(Some("increment"), vec![Value::Number(0.0)]).await? {
        Value::Number(count) => Ok(count),
        _ => Err(Error::type_error("a count is no number").into()),
    }
}

/// Bytes that count upwards, made as they are asked for.
fn byte_stream(total: usize, chunk: usize) -> Readable {
    let chunk = chunk.max(1);
    Readable::new(stream::iter((0..total).step_by(chunk)).map(move |from| {
        let end = total.min(from.saturating_add(chunk));
        #[expect(clippy::cast_possible_truncation, reason = "the lowest byte is what is wanted")]
        let data: bytes::Bytes = (from..end).map(|at| at as u8).collect();
        Ok(data.into())
    }))
}

/// A stream without an end, which tells when nobody wants it any more.
struct Endless(Rc<RefCell<Streamed>>);

impl Endless {
    async fn next(self) -> Option<(Outcome, Self)> {
        sleep(millis(2.0)).await;
        let number = self.0.borrow().produced;
        self.0.borrow_mut().produced += 1.0;
        Some((Ok(Value::Number(number)), self))
    }
}

impl Drop for Endless {
    fn drop(&mut self) {
        self.0.borrow_mut().cancelled = true;
    }
}
