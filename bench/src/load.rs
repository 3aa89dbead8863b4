//! What the client does to a contender for a while.

use std::time::{Duration, Instant};

use anyhow::ensure;
use capos_testkit::lab_capnp::lab;
use futures::future::try_join_all;

/// The size of an echoed payload.
const PAYLOAD: [u8; 64] = [0x5a; 64];

/// The size of a streamed chunk.
const CHUNK: usize = 32 << 10;

/// A kind of load.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Load {
    /// 64 bytes there and back, so many calls at a time.
    Echo { in_flight: usize },
    /// Three calls, each on the result of the one before, sent without waiting.
    Chain,
    /// Chunks of 32 KiB, as many under way as the stream's window allows.
    Stream,
}

/// What was done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work {
    pub(crate) operations: u64,
    pub(crate) took: Duration,
}

impl Load {
    /// What one operation is called.
    pub(crate) fn unit(self) -> &'static str {
        match self {
            Self::Echo { .. } => "calls/s",
            Self::Chain => "chains/s",
            Self::Stream => "MB/s",
        }
    }

    /// Operations for one of the unit: a megabyte is many chunks.
    pub(crate) fn in_units(self, operations_per_second: f64) -> f64 {
        match self {
            Self::Echo { .. } | Self::Chain => operations_per_second,
            Self::Stream => operations_per_second * CHUNK as f64 / 1e6,
        }
    }

    /// Loads `lab` for about this long; what was begun is finished and counted.
    pub(crate) async fn run(self, lab: &lab::Client, length: Duration) -> anyhow::Result<Work> {
        let start = Instant::now();
        let end = start + length;
        let operations = match self {
            Self::Echo { in_flight } => {
                let lanes = (0..in_flight).map(|_| echo_until(lab, end));
                try_join_all(lanes).await?.iter().sum()
            }
            Self::Chain => chain_until(lab, end).await?,
            Self::Stream => stream_until(lab, end).await?,
        };
        Ok(Work { operations, took: start.elapsed() })
    }
}

async fn echo_until(lab: &lab::Client, end: Instant) -> anyhow::Result<u64> {
    let mut calls = 0;
    loop {
        echo(lab).await?;
        calls += 1;
        if Instant::now() >= end {
            return Ok(calls);
        }
    }
}

async fn echo(lab: &lab::Client) -> anyhow::Result<()> {
    let mut request = lab.echo_request();
    request.get().set_payload(&PAYLOAD);
    let response = request.send().promise.await?;
    ensure!(response.get()?.get_payload()? == PAYLOAD, "another echo came back");
    Ok(())
}

async fn chain_until(lab: &lab::Client, end: Instant) -> anyhow::Result<u64> {
    let mut chains = 0;
    loop {
        let second = lab.next_request().send().pipeline.get_lab();
        let third = second.next_request().send().pipeline.get_lab();
        echo(&third).await?;
        chains += 1;
        if Instant::now() >= end {
            return Ok(chains);
        }
    }
}

async fn stream_until(lab: &lab::Client, end: Instant) -> anyhow::Result<u64> {
    let chunk = vec![0xa5; CHUNK];
    let before = swallowed(lab).await?;
    let mut chunks = 0;
    while Instant::now() < end {
        let mut request = lab.sink_request();
        request.get().set_chunk(&chunk);
        request.send().await?;
        chunks += 1;
    }
    // Ordered behind the chunks, so its answer says that all have arrived.
    let after = swallowed(lab).await?;
    ensure!(after - before == chunks, "chunks were lost");
    Ok(chunks)
}

async fn swallowed(lab: &lab::Client) -> anyhow::Result<u64> {
    let response = lab.total_request().send().promise.await?;
    Ok(response.get()?.get_chunks())
}
