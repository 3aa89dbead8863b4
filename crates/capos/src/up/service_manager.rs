//! The service manager, where there is one: it hands over sockets, and is told how the node is.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use capos_rpc::Vats;
use listenfd::ListenFd;
use sd_notify::NotifyState;
use tokio::sync::oneshot;

use super::ports::{Port, Ports};

/// What a socket for HTTP is called; every other one is for Cap'n Proto.
const WEB: &str = "web";

/// Sockets that were handed over. To be asked once, before there is a second thread.
pub(crate) fn sockets() -> Result<Ports> {
    let names = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
    let mut names = names.split(':');
    let mut handed = ListenFd::from_env();
    let mut ports = Ports::default();
    for index in 0..handed.len() {
        let listener = handed.take_tcp_listener(index).context("a socket of the service manager is no TCP socket")?;
        let is_web = names.next() == Some(WEB);
        let place = if is_web { &mut ports.web } else { &mut ports.rpc };
        match listener {
            Some(listener) => place.push(Port::of(listener, None)?),
            None => bail!("the service manager has handed over one socket twice"),
        }
    }
    Ok(ports)
}

/// Tells that the node can be used.
pub(crate) fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// Tells that the configuration is being read again; [`ready`] is to follow.
pub(crate) fn reloading() {
    if let Ok(time) = NotifyState::monotonic_usec_now() {
        tell(&[NotifyState::Reloading, time]);
    }
}

/// Tells that the node is on its way out.
pub(crate) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(false, states) {
        tracing::warn!(%error, "the service manager cannot be told");
    }
}

/// Tells, as often as the service manager wants to hear it, that every vat thread still does its work.
pub(crate) async fn reassure(vats: &Vats) {
    let mut microseconds = 0;
    if !sd_notify::watchdog_enabled(false, &mut microseconds) {
        return;
    }
    let period = Duration::from_micros(microseconds) / 3;
    let mut ticks = tokio::time::interval(period.max(Duration::from_millis(10)));
    loop {
        ticks.tick().await;
        if tokio::time::timeout(period, all_answer(vats)).await == Ok(true) {
            tell(&[NotifyState::Watchdog]);
        }
    }
}

async fn all_answer(vats: &Vats) -> bool {
    for vat in vats.all() {
        let (answer, answered) = oneshot::channel();
        let is_there = vat.post(Box::new(move || {
            let _ = answer.send(());
        }));
        if !is_there || answered.await.is_err() {
            return false;
        }
    }
    true
}
