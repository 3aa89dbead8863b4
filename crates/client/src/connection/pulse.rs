//! Whether a node that owes an answer is still there.
//!
//! A call may take as long as it likes: an audit is followed for days. What ends a connection is that nothing at all
//! comes or goes while a call waits, or a session is watched, and that the node then does not answer a question it can answer at once.

use std::rc::Weak;
use std::time::Duration;

use capos_rpc::{ConnectionHandle, Figures};
use capos_schema::gateway_capnp::remote_session_gateway;
use tokio::time::{Instant, sleep, timeout};

use super::Wire;
use crate::limits::Timeouts;

/// Watches a connection to its end.
pub(super) async fn watch(wire: Weak<Wire>) {
    let Some((line, mut pulse, timeouts)) = begin(&wire) else { return };
    while line.ending().is_none() {
        let attentive = wire.upgrade().is_some_and(|wire| wire.is_attentive());
        let rest = match pulse.look(Instant::now(), &line.account(), attentive) {
            Look::Rest(rest) => rest,
            Look::Probe => {
                let Some(gateway) = wire.upgrade().map(|wire| wire.gateway().clone()) else { return };
                if !is_there(&gateway, &line, timeouts.probe).await {
                    return wire.upgrade().map(|wire| wire.give_up()).unwrap_or_default();
                }
                pulse = Pulse::new(Instant::now(), &line.account(), timeouts.quiet);
                continue;
            }
        };
        tokio::select! {
            () = sleep(rest) => {}
            _ = line.closed() => return,
        }
    }
}

fn begin(wire: &Weak<Wire>) -> Option<(ConnectionHandle, Pulse, Timeouts)> {
    let wire = wire.upgrade()?;
    let timeouts = wire.options().timeouts.clone();
    let pulse = Pulse::new(Instant::now(), &wire.line().account(), timeouts.quiet);
    Some((wire.line().clone(), pulse, timeouts))
}

/// Asks something harmless. Whatever comes or goes meanwhile is an answer too: the node's may be queued behind it.
async fn is_there(gateway: &remote_session_gateway::Client, line: &ConnectionHandle, patience: Duration) -> bool {
    let question = gateway.auth_methods_request().send().promise;
    tokio::pin!(question);
    loop {
        let before = line.account();
        match timeout(patience, &mut question).await {
            // An error is an answer, or comes of the connection's end, which is noticed otherwise.
            Ok(_) => return true,
            Err(_) if moved(&before, &line.account()) => {}
            Err(_) => return false,
        }
    }
}

/// Whether the other side showed that it lives: by bytes from it, or by taking bytes while more are waiting. What is
/// written into an empty queue proves nothing: the kernel takes it for a peer long gone.
fn moved(before: &Figures, after: &Figures) -> bool {
    after.bytes_in != before.bytes_in || (after.queued_bytes > 0 && after.bytes_out != before.bytes_out)
}

#[derive(Debug, PartialEq, Eq)]
enum Look {
    Rest(Duration),
    Probe,
}

/// When something was last seen to happen. Pure.
struct Pulse {
    last: Figures,
    since: Instant,
    quiet: Duration,
}

impl Pulse {
    fn new(now: Instant, figures: &Figures, quiet: Duration) -> Self {
        Self { last: *figures, since: now, quiet }
    }

    fn look(&mut self, now: Instant, figures: &Figures, attentive: bool) -> Look {
        if (figures.awaited_answers == 0 && !attentive) || moved(&self.last, figures) {
            self.since = now;
        }
        self.last = *figures;
        let left = self.quiet.saturating_sub(now.duration_since(self.since));
        // A call may begin while this rests: half the time keeps the whole wait below one and a half.
        if left.is_zero() { Look::Probe } else { Look::Rest(left.min(self.quiet / 2)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(bytes_in: u64) -> Figures {
        Figures { awaited_answers: 1, bytes_in, ..Figures::default() }
    }

    #[test]
    fn only_silence_while_a_call_waits_asks_for_a_probe() {
        let (start, quiet) = (Instant::now(), Duration::from_secs(10));
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut pulse = Pulse::new(start, &Figures::default(), quiet);
        assert!(matches!(pulse.look(at(100), &Figures::default(), false), Look::Rest(_)), "nobody waits");
        assert_eq!(pulse.look(at(101), &waiting(0), false), Look::Rest(Duration::from_secs(5)));
        assert_eq!(pulse.look(at(109), &waiting(1), false), Look::Rest(Duration::from_secs(5)), "something came");
        assert_eq!(pulse.look(at(118), &waiting(1), false), Look::Rest(Duration::from_secs(1)));
        assert_eq!(pulse.look(at(119), &waiting(1), false), Look::Probe);
    }

    #[test]
    fn bytes_taken_count_only_while_more_are_waiting() {
        let (start, quiet) = (Instant::now(), Duration::from_secs(10));
        let sent = |bytes_out, queued_bytes| Figures { bytes_out, queued_bytes, ..waiting(0) };
        let mut pulse = Pulse::new(start, &sent(0, 9), quiet);
        let later = start + quiet;
        assert!(matches!(pulse.look(later, &sent(5, 4), false), Look::Rest(_)), "a slow peer takes what is sent");
        let mut pulse = Pulse::new(start, &sent(0, 0), quiet);
        assert_eq!(pulse.look(later, &sent(9, 0), false), Look::Probe);
    }
}
