//! Many sessions that do nothing, each on a connection of its own: what they weigh, and whether anybody notices them.

use std::time::{Duration, Instant};

use capos_testkit::Node;

use super::growth::{self, alternate};
use super::sshd::Sshd;
use super::steward::Steward;
use super::up;
use super::visit::{Burst, Door, Visit};
use super::{CROWD, Ground, IDLE, SESSIONS};
use crate::finding::{Aim, Finding, Line};
use crate::machine;
use crate::options::Options;

/// As many as one principal may have by default.
const EACH: usize = 16;
/// As many as a node with few has.
const FEW: usize = 10;
/// What the rows are named after.
const MANY: usize = 10_000;
/// Descriptors that both processes need for other things.
const SPARE: u64 = 200;
/// Sessions between two looks at the memory.
const STEPS: usize = 5;
/// The same for sshd's, each of which is a process or two.
const THEIR_STEP: usize = 3;
const MEMORY_PART: Aim = Aim::AtMost(1.0 / 32.0);
const MEMORY: Aim = Aim::AtMost(64.0);
const SLOWEST: Aim = Aim::AtMost(1.5);

/// A node with its sessions.
struct Crowd {
    node: Node,
    door: Door,
    visits: Vec<Visit>,
}

impl Crowd {
    async fn new(ground: &Ground, size: usize) -> anyhow::Result<Self> {
        let node = Node::start(&ground.program);
        let door = Door::of(&node, &ground.key)?;
        let steward = Steward::at(&door).await?;
        for index in 0..size.div_ceil(EACH) {
            steward.admit(&account(index * EACH), &ground.key).await?;
        }
        steward.leave().await?;
        Ok(Self { node, door, visits: Vec::new() })
    }

    async fn grow_to(&mut self, size: usize) -> anyhow::Result<()> {
        while self.visits.len() < size {
            let account = account(self.visits.len());
            self.visits.push(self.door.visit(&account).await?);
        }
        Ok(())
    }

    /// The last to come is the one who calls.
    fn caller(&mut self) -> anyhow::Result<Visit> {
        self.visits.pop().ok_or_else(|| anyhow::anyhow!("nobody is there"))
    }
}

fn account(visit: usize) -> String {
    format!("visitor-{}", visit / EACH)
}

/// The rows that need a crowd.
pub(crate) async fn measure(ground: &Ground, options: &Options) -> anyhow::Result<Vec<Finding>> {
    let files = machine::open_many_files()?;
    let size = options.crowd.min(usize::try_from(files.saturating_sub(SPARE)).unwrap_or(usize::MAX));
    let mut crowd = Crowd::new(ground, size).await?;
    let idle = weigh(ground, &mut crowd, options).await?;
    let mut findings = vec![idle];
    if options.wants(CROWD) || options.wants(SESSIONS) {
        findings.extend(mingle(ground, &mut crowd, size, options).await?);
    }
    if size < MANY {
        let why = if size < options.crowd {
            "as many as this machine's limit on open files allows"
        } else {
            "for a quick look"
        };
        findings.iter_mut().skip(1).for_each(|finding| finding.notes.push(format!("{size} sessions, {why}")));
    }
    Ok(findings)
}

/// Memory per session, beside sshd's.
async fn weigh(ground: &Ground, crowd: &mut Crowd, options: &Options) -> anyhow::Result<Finding> {
    let step = (options.crowd / 10 / STEPS).max(1);
    // What the first ones make is not theirs.
    crowd.grow_to(step).await?;
    let mut ours = Vec::new();
    for _ in 0..STEPS {
        let (before, there) = (up::memory(&crowd.node)?, crowd.visits.len());
        crowd.grow_to(there + step).await?;
        ours.push((up::memory(&crowd.node)? - before) / step as f64);
    }
    let line = Line::new(format!("memory of one more, of {}", crowd.visits.len()), "KiB", &ours);
    let finding = Finding::new(IDLE).with(line.aiming(MEMORY));
    Ok(match weigh_ssh(ground) {
        Ok(theirs) => finding.with(
            Line::new("memory of one more, as a part", "KiB", &ours)
                .part_of("KiB, sshd", &ours, &theirs)
                .aiming(MEMORY_PART),
        ),
        Err(reason) => finding.noting(format!("the comparison was skipped: {reason}")),
    })
}

/// Memory of one more idle session of sshd.
fn weigh_ssh(ground: &Ground) -> anyhow::Result<Vec<f64>> {
    let directory = tempfile::tempdir_in(ground.directory.path())?;
    let sshd = Sshd::start(directory.path(), &ground.key)?;
    let mut idle = vec![sshd.idle(&ground.key)?];
    let mut theirs = Vec::new();
    for _ in 0..STEPS {
        let before = sshd.memory()?;
        for _ in 0..THEIR_STEP {
            idle.push(sshd.idle(&ground.key)?);
        }
        theirs.push(sshd.memory()?.saturating_sub(before) as f64 / 1024.0 / THEIR_STEP as f64);
    }
    Ok(theirs)
}

/// A caller among many beside one among few.
async fn mingle(ground: &Ground, crowd: &mut Crowd, size: usize, options: &Options) -> anyhow::Result<Vec<Finding>> {
    let mut few = Crowd::new(ground, FEW).await?;
    few.grow_to(FEW).await?;
    let before = (up::memory(&crowd.node)?, crowd.visits.len());
    let start = Instant::now();
    crowd.grow_to(size).await?;
    let came = (crowd.visits.len() - before.1) as f64;
    let rate = came / start.elapsed().as_secs_f64();
    let memory = (up::memory(&crowd.node)? - before.0) / came.max(1.0);
    // What signing in leaves to be done is done first.
    tokio::time::sleep(options.slice * 30).await;
    let rest = rest(&crowd.node).await?;
    let (one, other) = (few.caller()?, crowd.caller()?);
    let pairs = alternate(&(one, &few.node), &(other, &crowd.node), options).await?;
    let slowest = |pick: fn(&(Burst, Burst)) -> f64| pairs.iter().map(pick).collect::<Vec<f64>>();
    let (theirs, ours) = (slowest(|pair| pair.0.slowest_of_hundred), slowest(|pair| pair.1.slowest_of_hundred));
    let many = Finding::new(CROWD)
        .with(Line::new("99th percentile of a call", "µs", &ours).part_of("among 10", &ours, &theirs).aiming(SLOWEST))
        .with(Line::new("memory of one more", "KiB", &[memory]))
        .with(Line::new("sign-ins a second, one after the other", "/s", &[rate]))
        .with(Line::new("processor time while all are idle", "ms/s", &[rest]));
    // All that came in are still there.
    for visit in crowd.visits.iter().step_by(97).chain(&few.visits) {
        visit.call().await?;
    }
    Ok(vec![many, growth::finding(SESSIONS, "among 10", &pairs)])
}

/// Milliseconds of processor time in a second in which nobody calls.
async fn rest(node: &Node) -> anyhow::Result<f64> {
    let (before, start) = (up::cpu(node)?, Instant::now());
    tokio::time::sleep(Duration::from_secs(2)).await;
    Ok((up::cpu(node)? - before).as_secs_f64() * 1e3 / start.elapsed().as_secs_f64())
}
