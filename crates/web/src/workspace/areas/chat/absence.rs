//! Leaving the chat while no window is open, and coming back.

use std::rc::{Rc, Weak};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use super::seat::Seat;
use super::{ChatArea, Phase};

/// How long the chat may take to let the session out.
const FAREWELL: Duration = Duration::from_secs(5);

/// Has the session leave once no window was open for so long, and come back with the next one.
pub(super) async fn follow(area: Weak<ChatArea>, mut attended: watch::Receiver<bool>, absence: Duration) {
    // The board is there for as long as its desk.
    while attended.wait_for(|is_attended| !is_attended).await.is_ok() {
        if timeout(absence, attended.wait_for(|is_attended| *is_attended)).await.is_ok() {
            continue;
        }
        let Some(here) = area.upgrade() else { return };
        here.go_away().await;
        drop(here);
        if attended.wait_for(|is_attended| *is_attended).await.is_err() {
            return;
        }
        let Some(here) = area.upgrade() else { return };
        here.come_back();
    }
}

impl ChatArea {
    /// Leaves every channel, and the seat. What was joined is remembered.
    async fn go_away(&self) {
        let phase = self.phase.borrow().clone();
        let seat = match phase {
            Phase::Here(seat) => Some(seat),
            Phase::Coming | Phase::Away(_) => None,
            // There is no seat to leave: it was never taken, or is another's.
            Phase::Idle | Phase::Taken | Phase::Gone(_) => return,
        };
        self.is_absent.set(true);
        self.keeper.take();
        self.turn(Phase::Idle);
        if let Some(seat) = seat {
            // Where the chat does not answer, it has nobody sitting in it.
            let _ = timeout(FAREWELL, self.leave_channels(&seat)).await;
        }
    }

    async fn leave_channels(&self, seat: &Rc<Seat>) {
        let joined: Vec<String> = {
            let talks = self.talks.borrow();
            talks.all.iter().filter(|talk| talk.joined && !talk.is_direct).map(|talk| talk.name.clone()).collect()
        };
        for channel in joined {
            let _ = seat.leave(&channel).await;
        }
    }

    fn come_back(&self) {
        if self.is_absent.get() {
            self.start();
        }
    }
}
