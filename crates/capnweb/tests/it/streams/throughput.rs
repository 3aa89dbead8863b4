//! How fast a stream of bytes is between two sessions of one thread, with nothing between them.

use std::time::Instant;

use capnweb::{Answer, Readable, Value};

use super::link::Link;
use super::parts::bytes;

const CHUNKS: usize = 4_096;
const CHUNK: usize = 64 * 1024;

#[test]
#[ignore = "a measurement, for optimised builds"]
fn a_stream_of_bytes_between_two_sessions() {
    let link = Link::new(|_, _| {
        let chunk = bytes(vec![7; CHUNK]);
        Answer::Now(Ok(Value::Readable(Readable::new(futures::stream::iter(
            (0..CHUNKS).map(move |_| Ok(chunk.clone())),
        )))))
    });
    let start = Instant::now();
    let total = link.run(async {
        let Ok(Value::Readable(readable)) = link.call("give", vec![]).await else { panic!("no stream") };
        let mut total = 0;
        while let Some(chunk) = readable.next().await {
            let Ok(Value::Bytes(chunk)) = chunk else { panic!("no bytes") };
            total += chunk.data.len();
        }
        total
    });
    let elapsed = start.elapsed();
    assert_eq!(total, CHUNKS * CHUNK);
    println!(
        "{} MiB in {elapsed:?}: {} MiB/s",
        total >> 20,
        u128::from(total as u64 >> 10) * 1_000_000 / 1024 / elapsed.as_micros()
    );
}

#[test]
#[ignore = "a measurement, for optimised builds"]
fn a_stream_of_small_values_between_two_sessions() {
    const VALUES: u32 = 200_000;
    let link = Link::new(|_, _| {
        let values = (0..VALUES).map(|each| Ok(Value::from(f64::from(each))));
        Answer::Now(Ok(Value::Readable(Readable::new(futures::stream::iter(values)))))
    });
    let start = Instant::now();
    let total = link.run(async {
        let Ok(Value::Readable(readable)) = link.call("give", vec![]).await else { panic!("no stream") };
        let mut total = 0;
        while let Some(Ok(_)) = readable.next().await {
            total += 1;
        }
        total
    });
    let elapsed = start.elapsed();
    assert_eq!(total, VALUES);
    println!("{VALUES} values in {elapsed:?}: {} a second", u128::from(VALUES) * 1_000_000 / elapsed.as_micros());
}
