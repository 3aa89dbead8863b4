//! Cap'n Web: our server of the conformance interface beside the same on the official package in Node.
//!
//! One native client loads both, with WebSocket messages that are ready beforehand, so that it is the servers that are
//! measured.

mod load;
mod server;

use std::time::Duration;

use self::load::Client;
use self::server::Server;
use crate::finding::{Aim, Finding, Line};
use crate::options::Options;

pub(crate) const ROW: &str = "capnweb";

/// So many calls at a time, what that is called, and what part of the package's rate is aimed at.
const LOADS: [(usize, &str, f64); 2] = [(1, "one at a time", 1.3), (64, "64 in flight", 3.0)];

/// A server and a client of it.
struct Side {
    server: Server,
    client: Client,
}

/// What a side did in each round.
#[derive(Default)]
struct Rounds {
    /// Calls a second.
    rates: Vec<f64>,
    /// The server's processor time for a call, in microseconds.
    costs: Vec<f64>,
}

/// Measures the row.
pub(crate) async fn measure(options: &Options) -> anyhow::Result<Finding> {
    let servers = server::ours().and_then(|ours| Ok((ours, server::packages()?)));
    let (ours, theirs) = match servers {
        Ok(servers) => servers,
        Err(reason) => return Ok(Finding::skipped(ROW, format!("{reason:#}"))),
    };
    let mut sides = [Side::of(ours).await?, Side::of(theirs).await?];
    let mut finding = Finding::new(ROW);
    for (in_flight, what, aim) in LOADS {
        for side in &mut sides {
            side.client.run(in_flight, options.warm_up).await?;
        }
        let [ours, theirs] = measure_load(&mut sides, in_flight, options).await?;
        finding = finding
            .with(
                Line::new(format!("64-byte echo, {what}"), "calls/s", &ours.rates)
                    .part_of("on Node", &ours.rates, &theirs.rates)
                    .aiming(Aim::AtLeast(aim)),
            )
            .with(Line::new(format!("the server's processor time for a call, {what}"), "µs", &ours.costs).times_less(
                "on Node",
                &ours.costs,
                &theirs.costs,
            ));
    }
    Ok(finding)
}

async fn measure_load(sides: &mut [Side; 2], in_flight: usize, options: &Options) -> anyhow::Result<[Rounds; 2]> {
    let mut rounds = [Rounds::default(), Rounds::default()];
    for round in 0..options.rounds {
        for turn in 0..sides.len() {
            // They take turns at being first.
            let index = (round + turn) % sides.len();
            let (rate, cost) = sides[index].measure(in_flight, options.slice).await?;
            rounds[index].rates.push(rate);
            rounds[index].costs.push(cost);
        }
    }
    Ok(rounds)
}

impl Side {
    async fn of(server: Server) -> anyhow::Result<Self> {
        let client = Client::connect(server.address()).await?;
        Ok(Self { server, client })
    }

    async fn measure(&mut self, in_flight: usize, length: Duration) -> anyhow::Result<(f64, f64)> {
        let before = self.server.cpu()?;
        let work = self.client.run(in_flight, length).await?;
        let cpu = self.server.cpu()? - before;
        let calls = work.operations as f64;
        Ok((calls / work.took.as_secs_f64(), cpu.as_secs_f64() * 1e6 / calls))
    }
}
