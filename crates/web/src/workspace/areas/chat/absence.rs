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
    while is_deserted(&mut attended, absence).await {
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

/// Waits until no window was open for so long. False where that will not be known.
async fn is_deserted(attended: &mut watch::Receiver<bool>, absence: Duration) -> bool {
    loop {
        if attended.wait_for(|is_attended| !is_attended).await.is_err() {
            return false;
        }
        match timeout(absence, attended.wait_for(|is_attended| *is_attended)).await {
            Ok(Ok(_)) => {}
            Ok(Err(_)) => return false,
            Err(_) => return true,
        }
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

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    const ABSENCE: Duration = Duration::from_secs(20);
    const MOMENT: Duration = Duration::from_millis(1);

    #[tokio::test(start_paused = true)]
    async fn who_is_away_for_just_less_than_the_time_stays_and_after_it_is_gone() {
        let (windows, mut attended) = watch::channel(true);
        let began = Instant::now();
        let deserted = tokio::spawn(async move { is_deserted(&mut attended, ABSENCE).await });
        for _ in 0..3 {
            windows.send_replace(false);
            tokio::time::sleep(ABSENCE - MOMENT).await;
            windows.send_replace(true);
            tokio::time::sleep(MOMENT).await;
        }
        assert!(!deserted.is_finished(), "each of them was a page that was loaded anew");
        windows.send_replace(false);
        assert!(deserted.await.unwrap());
        assert_eq!(began.elapsed(), 4 * ABSENCE);
    }

    #[tokio::test(start_paused = true)]
    async fn where_nobody_tells_of_windows_any_more_nobody_is_taken_for_gone() {
        for was_open in [true, false] {
            let (windows, mut attended) = watch::channel(was_open);
            drop(windows);
            assert!(!is_deserted(&mut attended, ABSENCE).await);
        }
    }
}
