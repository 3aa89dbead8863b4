//! What a command writes, beside what `ssh` brings of the same command.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Instant;

use anyhow::Context;
use capos_schema::shell_capnp::{data_callback, exit_callback, shell};
use tokio::sync::Notify;

use super::commands::{Over, Shelled};
use super::sshd::Sshd;
use super::{Ground, OUTPUT};
use crate::finding::{Aim, Finding, Line};
use crate::options::Options;

const AIM_PLAIN: Aim = Aim::AtLeast(1.5);
const AIM_TLS: Aim = Aim::AtLeast(1.0);
const MIB: u64 = 1 << 20;

/// Counts what comes.
struct Reader(Rc<Cell<u64>>);

impl data_callback::Server for Reader {
    async fn data(self: Rc<Self>, params: data_callback::DataParams) -> Result<(), capnp::Error> {
        self.0.set(self.0.get() + params.get()?.get_chunk()?.len() as u64);
        Ok(())
    }
}

struct Ended(Rc<Notify>);

impl exit_callback::Server for Ended {
    async fn exit(
        self: Rc<Self>,
        _: exit_callback::ExitParams,
        _: exit_callback::ExitResults,
    ) -> Result<(), capnp::Error> {
        self.0.notify_one();
        Ok(())
    }
}

/// The same command on both sides: zeros, 128 KiB at a time.
fn words(mebibytes: u64) -> Vec<String> {
    let count = format!("count={}", mebibytes * 8);
    ["dd", "if=/dev/zero", "bs=128K", &count, "status=none"].map(str::to_owned).to_vec()
}

async fn read(shell: &shell::Client, mebibytes: u64) -> anyhow::Result<f64> {
    let start = Instant::now();
    let mut request = shell.spawn_request();
    let words = words(mebibytes);
    let (command, arguments) = words.split_first().context("a command")?;
    request.get().set_command(command);
    let mut list = request.get().init_args(u32::try_from(arguments.len())?);
    for (at, argument) in (0..).zip(arguments) {
        list.set(at, argument.as_str());
    }
    // Both are sent at once: a stream is used before it is known.
    let stream = request.send().pipeline.get_stream();
    let (came, ended) = (Rc::new(Cell::new(0)), Rc::new(Notify::new()));
    let mut reading = stream.on_stdout_request();
    reading.get().set_callback(capnp_rpc::new_client(Reader(came.clone())));
    let reading = reading.send();
    let mut leaving = stream.on_exit_request();
    leaving.get().set_callback(capnp_rpc::new_client(Ended(ended.clone())));
    let leaving = leaving.send();
    reading.promise.await?;
    leaving.promise.await?;
    ended.notified().await;
    anyhow::ensure!(came.get() == mebibytes * MIB, "{} bytes came", came.get());
    Ok(came.get() as f64 / 1e6 / start.elapsed().as_secs_f64())
}

pub(super) async fn measure(ground: &Ground, options: &Options) -> anyhow::Result<Finding> {
    let mebibytes = options.output_mib;
    let (plain, tls) = (Shelled::start(ground, Over::Plain).await?, Shelled::start(ground, Over::Tls).await?);
    let place = tempfile::tempdir()?;
    let sshd = Sshd::start(place.path(), &ground.key);
    let master = sshd.as_ref().ok().map(|sshd| sshd.master(&ground.key)).transpose()?;
    let (mut in_plain, mut in_tls, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=options.rounds {
        let (one, two) = (read(&plain.shell, mebibytes).await?, read(&tls.shell, mebibytes).await?);
        let words = words(mebibytes);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let three = master.as_ref().map(|master| master.read(&words)).transpose()?;
        if round > 0 {
            in_plain.push(one);
            in_tls.push(two);
            theirs.extend(three.map(|(bytes, seconds)| bytes as f64 / 1e6 / seconds));
        }
    }
    drop(master);
    plain.leave().await?;
    tls.leave().await?;
    let (one, two) = (Line::new("over TCP", "MB/s", &in_plain), Line::new("over TLS", "MB/s", &in_tls));
    let finding = Finding::new(OUTPUT);
    Ok(match sshd {
        Ok(_) => finding
            .with(one.part_of("MB/s, ssh aes128-gcm", &in_plain, &theirs).aiming(AIM_PLAIN))
            .with(two.part_of("MB/s, ssh aes128-gcm", &in_tls, &theirs).aiming(AIM_TLS)),
        Err(reason) => finding.with(one).with(two).noting(format!("the comparison was skipped: {reason}")),
    })
}
