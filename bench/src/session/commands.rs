//! A command on a session that is there already, beside `ssh host true` over a connection that is shared.

use std::time::Instant;

use capos_schema::shell_capnp::shell;
use capos_testkit::{Node, NodePlan};

use super::steward::Steward;
use super::visit::{Door, Visit};
use super::{EXEC, Ground, SPAWN};
use crate::finding::{Aim, Finding, Line};
use crate::options::Options;
use crate::statistics::percentile;

const ACCOUNT: &str = "visitor";
const AIM: Aim = Aim::AtLeast(4.0);
/// What was raised for the rows that follow each other closely.
const RAISED: &str = "the shell's limit of 100 commands a second was raised to 10,000";
/// Commands in a round, for each visit that the options ask for: one is too short to be measured alone.
const EACH: u32 = 10;

/// One session with a shell that has run something, so that its place is there.
pub(super) struct Shelled {
    pub(super) shell: shell::Client,
    visit: Visit,
    _node: Node,
}

impl Shelled {
    pub(super) async fn start(ground: &Ground, over: Over) -> anyhow::Result<Self> {
        let profile = format!("{}\n[settings.limits]\nrate = 10000\n", capos_shell::PROFILE);
        let node = NodePlan::new(&ground.program).service_file("shell.toml", profile).start();
        let door = Door::of(&node, &ground.key)?;
        let steward = Steward::at(&door).await?;
        steward.admit(ACCOUNT, &ground.key).await?;
        steward.leave().await?;
        let mut door = if over == Over::Plain { door.plain() } else { door };
        let visit = door.visit(ACCOUNT).await?;
        let shell = visit.session.get_as("shell").await?;
        run(&shell).await?;
        Ok(Self { shell, visit, _node: node })
    }

    pub(super) async fn leave(self) -> anyhow::Result<()> {
        self.visit.leave().await
    }
}

/// What the connection is.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Over {
    Plain,
    Tls,
}

async fn run(shell: &shell::Client) -> anyhow::Result<()> {
    let mut request = shell.exec_request();
    request.get().set_command("true");
    let answer = request.send().promise.await?;
    anyhow::ensure!(answer.get()?.get_result()?.get_success(), "true failed");
    Ok(())
}

pub(super) async fn exec(ground: &Ground, options: &Options) -> anyhow::Result<Finding> {
    let shelled = Shelled::start(ground, Over::Tls).await?;
    let place = tempfile::tempdir()?;
    let sshd = super::sshd::Sshd::start(place.path(), &ground.key);
    let master = sshd.as_ref().ok().map(|sshd| sshd.master(&ground.key)).transpose()?;
    let count = options.visits * EACH;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..=options.rounds {
        let start = Instant::now();
        for _ in 0..count {
            run(&shelled.shell).await?;
        }
        let our_round = start.elapsed().as_secs_f64() * 1e3 / f64::from(count);
        let start = Instant::now();
        for _ in 0..options.visits {
            master.as_ref().map(|master| master.run(&["true"])).transpose()?;
        }
        let their_round = start.elapsed().as_secs_f64() * 1e3 / f64::from(options.visits);
        if round > 0 {
            ours.push(our_round);
            theirs.extend(master.is_some().then_some(their_round));
        }
    }
    drop(master);
    shelled.leave().await?;
    let line = Line::new("Shell.exec(true)", "ms", &ours);
    let finding = Finding::new(EXEC).noting(RAISED);
    Ok(match sshd {
        Ok(_) => finding.with(line.times_less("ms, ssh over a ControlMaster", &ours, &theirs).aiming(AIM)),
        Err(reason) => finding.with(line).noting(format!("the comparison was skipped: {reason}")),
    })
}

/// From asking for a command to holding it.
pub(super) async fn spawn(ground: &Ground, options: &Options) -> anyhow::Result<Finding> {
    let shelled = Shelled::start(ground, Over::Tls).await?;
    let (mut middle, mut slow) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        let mut times = Vec::new();
        for _ in 0..options.visits * EACH {
            let start = Instant::now();
            let mut request = shelled.shell.spawn_request();
            request.get().set_command("true");
            let stream = request.send().promise.await?.get()?.get_stream()?;
            times.push(start.elapsed().as_secs_f64() * 1e3);
            stream.wait_request().send().promise.await?;
        }
        middle.push(percentile(&mut times, 0.5));
        slow.push(percentile(&mut times, 0.99));
    }
    shelled.leave().await?;
    let finding = Finding::new(SPAWN).noting(RAISED).with(Line::new("Shell.spawn(true), half within", "ms", &middle));
    Ok(finding.with(Line::new("99 of 100 within", "ms", &slow)))
}
