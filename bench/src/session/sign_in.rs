//! Signing in, beside `ssh host true`: a new connection and a public key each time.

use std::time::Instant;

use capos_testkit::Node;

use super::sshd::Sshd;
use super::steward::Steward;
use super::up;
use super::visit::Door;
use super::{Ground, SIGN_IN};
use crate::finding::{Aim, Finding, Line};
use crate::machine::{cpu_of_ended_children, own_cpu};
use crate::options::Options;

const ACCOUNT: &str = "visitor";
const AIM: Aim = Aim::AtLeast(20.0);

/// What one visit costs, in milliseconds.
#[derive(Clone, Copy, Debug)]
struct Cost {
    time: f64,
    /// Processor time of both sides.
    cpu: f64,
}

pub(crate) async fn measure(ground: &Ground, options: &Options) -> anyhow::Result<Finding> {
    let node = Node::start(&ground.program);
    let mut door = Door::of(&node, &ground.key)?;
    let steward = Steward::at(&door).await?;
    steward.admit(ACCOUNT, &ground.key).await?;
    steward.leave().await?;
    let sshd = Sshd::start(ground.directory.path(), &ground.key);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    // Whatever is made at the first visit is made in a round that does not count.
    for round in 0..=options.rounds {
        let our_round = round_of_ours(&mut door, &node, options.visits).await?;
        let their_round = sshd.as_ref().ok().map(|sshd| round_of_theirs(sshd, ground, options.visits)).transpose()?;
        if round > 0 {
            ours.push(our_round);
            theirs.extend(their_round);
        }
    }
    Ok(finding(&ours, &theirs, sshd.err()))
}

async fn round_of_ours(door: &mut Door, node: &Node, visits: u32) -> anyhow::Result<Cost> {
    let (mut time, cpu) = (0.0, up::cpu(node)? + own_cpu()?);
    for _ in 0..visits {
        let start = Instant::now();
        let visit = door.visit(ACCOUNT).await?;
        time += start.elapsed().as_secs_f64();
        visit.leave().await?;
    }
    let cpu = (up::cpu(node)? + own_cpu()? - cpu).as_secs_f64();
    Ok(Cost { time: time * 1e3 / f64::from(visits), cpu: cpu * 1e3 / f64::from(visits) })
}

fn round_of_theirs(sshd: &Sshd, ground: &Ground, visits: u32) -> anyhow::Result<Cost> {
    let cpu = sshd.cpu()? + cpu_of_ended_children("self")?;
    let start = Instant::now();
    for _ in 0..visits {
        sshd.visit(&ground.key)?;
    }
    let time = start.elapsed().as_secs_f64();
    let cpu = (sshd.cpu()? + cpu_of_ended_children("self")? - cpu).as_secs_f64();
    Ok(Cost { time: time * 1e3 / f64::from(visits), cpu: cpu * 1e3 / f64::from(visits) })
}

fn finding(ours: &[Cost], theirs: &[Cost], missing: Option<anyhow::Error>) -> Finding {
    let line = |what: &str, figure: fn(&Cost) -> f64| {
        let (ours, theirs): (Vec<_>, Vec<_>) = (ours.iter().map(figure).collect(), theirs.iter().map(figure).collect());
        let line = Line::new(what, "ms", &ours);
        if theirs.is_empty() { line } else { line.times_less("ms, ssh host true", &ours, &theirs) }
    };
    let finding = Finding::new(SIGN_IN)
        .with(line("proof, list, first call", |cost| cost.time).aiming(AIM))
        .with(line("processor time, both sides", |cost| cost.cpu));
    match missing {
        Some(reason) => finding.noting(format!("the comparison was skipped: {reason}")),
        None => finding.noting("theirs has the end of the connection in it, ours in the processor time alone"),
    }
}
