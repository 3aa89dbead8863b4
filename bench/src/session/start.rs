//! From `capos up` on a data directory that has been used to the first session.

use std::time::Instant;

use capos_testkit::{Node, NodePlan};

use super::steward::Steward;
use super::visit::Door;
use super::{Ground, START};
use crate::finding::{Aim, Finding, Line};
use crate::options::Options;

const ACCOUNT: &str = "visitor";
const AIM: Aim = Aim::AtMost(150.0);

pub(crate) async fn measure(ground: &Ground, options: &Options) -> anyhow::Result<Finding> {
    let plan = NodePlan::new(&ground.program);
    let node = plan.start();
    let steward = Steward::at(&Door::of(&node, &ground.key)?).await?;
    steward.admit(ACCOUNT, &ground.key).await?;
    steward.leave().await?;
    stop(node)?;
    let (mut ready, mut signed_in) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        let start = Instant::now();
        let node = plan.start();
        ready.push(start.elapsed().as_secs_f64() * 1e3);
        let visit = Door::of(&node, &ground.key)?.visit(ACCOUNT).await?;
        signed_in.push(start.elapsed().as_secs_f64() * 1e3);
        visit.leave().await?;
        stop(node)?;
    }
    let finding = Finding::new(START).with(Line::new("to the ready file", "ms", &ready));
    Ok(finding.with(Line::new("to the first session's first call", "ms", &signed_in).aiming(AIM)))
}

fn stop(node: Node) -> anyhow::Result<()> {
    let (status, log) = node.stop();
    anyhow::ensure!(status.success(), "the node ended with {status}:\n{log}");
    Ok(())
}
