//! What a call costs as what surrounds it grows: it should cost the same.

use std::time::Instant;

use capnp::traits::HasTypeId;
use capos_schema::system_info_capnp::system_info;
use capos_testkit::Node;
use serde_json::json;

use super::steward::Steward;
use super::up;
use super::visit::{Burst, Door, Visit};
use super::{GRANTS, Ground, TRANSCRIPT};
use crate::finding::{Aim, Finding, Line};
use crate::machine::own_cpu;
use crate::options::Options;

const AIM: Aim = Aim::AtMost(1.1);
/// As many as a bundle may have.
const MOST_GRANTS: u32 = 64;
/// As many as a transcript keeps, and some.
const FULL: u32 = 4_200;
/// Fewer than it keeps, so that one that was empty is not full at the end.
const CALLS: u32 = 2_000;

/// One grant beside as many as there may be.
pub(crate) async fn of_grants(ground: &Ground, options: &Options) -> anyhow::Result<Finding> {
    let node = Node::start(&ground.program);
    let mut door = Door::of(&node, &ground.key)?;
    let steward = Steward::at(&door).await?;
    steward.admit_with_grants("few", 1, &ground.key).await?;
    steward.admit_with_grants("many", MOST_GRANTS, &ground.key).await?;
    steward.leave().await?;
    let (few, many) = (door.visit("few").await?, door.visit("many").await?);
    let pairs = alternate(&(few, &node), &(many, &node), options).await?;
    Ok(finding(GRANTS, "with 1 grant", &pairs))
}

/// Bursts of calls on two sessions in turn, the first one's first in every other round.
pub(crate) async fn alternate(
    small: &(Visit, &Node),
    large: &(Visit, &Node),
    options: &Options,
) -> anyhow::Result<Vec<(Burst, Burst)>> {
    let burst = async |of: &(Visit, &Node), length| of.0.call_for(length, of.1).await;
    burst(small, options.warm_up).await?;
    burst(large, options.warm_up).await?;
    let mut pairs = Vec::new();
    for round in 0..options.rounds {
        pairs.push(if round % 2 == 0 {
            (burst(small, options.slice).await?, burst(large, options.slice).await?)
        } else {
            let large = burst(large, options.slice).await?;
            (burst(small, options.slice).await?, large)
        });
    }
    Ok(pairs)
}

/// The cost of a call in the large beside the small; judged by the processor time, which is the steadier.
pub(crate) fn finding(row: &'static str, small: &'static str, pairs: &[(Burst, Burst)]) -> Finding {
    let line = |what: &str, figure: fn(&Burst) -> f64| {
        let large: Vec<f64> = pairs.iter().map(|(_, large)| figure(large)).collect();
        let small_ones: Vec<f64> = pairs.iter().map(|(small, _)| figure(small)).collect();
        Line::new(what, "µs", &large).part_of(small, &large, &small_ones)
    };
    let cpu = line("processor time of a call, both sides", |burst| burst.cpu).aiming(AIM);
    Finding::new(row).with(cpu).with(line("time of a call", |burst| burst.time))
}

/// A client whose transcript is empty beside one whose oldest rows make room for new ones.
pub(crate) async fn of_transcript(ground: &Ground, options: &Options) -> anyhow::Result<Finding> {
    let node = Node::start(&ground.program);
    let mut door = Door::of(&node, &ground.key)?;
    let steward = Steward::at(&door).await?;
    steward.admit("writer", &ground.key).await?;
    steward.leave().await?;
    let full = door.visit("writer").await?;
    noted_calls(&full, &node, FULL).await?;
    let calls = options.visits.saturating_mul(100).min(CALLS);
    let mut pairs = Vec::new();
    for _ in 0..options.rounds {
        let empty = door.visit("writer").await?;
        noted_calls(&empty, &node, calls / 10).await?;
        let small = noted_calls(&empty, &node, calls).await?;
        pairs.push((small, noted_calls(&full, &node, calls).await?));
        empty.leave().await?;
    }
    anyhow::ensure!(full.session.transcript().rows().first().is_some_and(|row| row.operation == "truncated"));
    Ok(finding(TRANSCRIPT, "with an empty one", &pairs))
}

/// Calls through the library's own way, which notes each.
async fn noted_calls(visit: &Visit, node: &Node, calls: u32) -> anyhow::Result<Burst> {
    let session = &visit.session;
    let object = session.get("system_info", system_info::Client::TYPE_ID).await?;
    let (kept, params) = (session.kept(), json!({}));
    let before = up::cpu(node)? + own_cpu()?;
    let start = Instant::now();
    for _ in 0..calls {
        session.call(&object, "hostname", &params, &kept, "system_info.hostname", &[]).await?;
    }
    let time = start.elapsed().as_secs_f64() * 1e6 / f64::from(calls);
    let cpu = (up::cpu(node)? + own_cpu()? - before).as_secs_f64() * 1e6 / f64::from(calls);
    Ok(Burst { time, slowest_of_hundred: time, cpu })
}
