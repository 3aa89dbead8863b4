//! The playing itself: events as they come from the tape, at their pace, and orders meanwhile.

use std::time::{Duration, Instant};

use capos_schema::recordings_capnp::recordings;
use capos_screen::cast::What;
use capos_screen::{Eye, Screen};
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::{Order, PlayView, ReplayDelta, ReplayModel};
use crate::workspace::areas::recordings::pace::Pace;
use crate::workspace::areas::recordings::tape::{Said, Tape, Torn};
use crate::workspace::areas::terminals::{TerminalLimits, frame_of};
use crate::workspace::board::Channel;
use crate::workspace::desk::Core;
use crate::workspace::problem::Problem;

/// Lines that have left the screen; a replay is not scrolled back.
const SCROLLBACK: usize = 0;
/// How often a window is told where it is while nothing happens.
const TELLING: Duration = Duration::from_millis(250);
/// Events that are passed over at once before others have a turn.
const AT_ONCE: u32 = 256;

/// Why reading stopped.
enum Stop {
    /// To begin anew, for something that is further back.
    Anew,
    /// Nobody can want anything any more.
    Gone,
}

/// A recording on its way from the node to windows.
pub(super) struct Work {
    channel: Channel<ReplayModel>,
    judge: Box<dyn Fn(&capnp::Error) -> Problem>,
    limits: TerminalLimits,
    shelf: recordings::Client,
    id: String,
    duration: Duration,
    pace: Pace,
    orders: mpsc::UnboundedReceiver<Order>,
    screen: Option<Screen>,
    eye: Eye,
    /// Where somebody wants it.
    target: Option<Duration>,
    /// When windows were told last.
    shown: Instant,
    /// Something happened since.
    is_behind: bool,
}

impl Work {
    pub(super) fn new(
        core: &Core,
        channel: Channel<ReplayModel>,
        limits: &TerminalLimits,
        (shelf, id): (recordings::Client, String),
        duration_ms: u64,
        orders: mpsc::UnboundedReceiver<Order>,
    ) -> Self {
        let session = core.session.clone();
        Self {
            channel,
            judge: Box::new(move |error| Problem::from(session.judge("recordings", error))),
            limits: limits.clone(),
            shelf,
            id,
            duration: Duration::from_millis(duration_ms),
            pace: Pace::new(),
            orders,
            screen: None,
            eye: Eye::default(),
            target: None,
            shown: Instant::now(),
            is_behind: false,
        }
    }

    pub(super) async fn go_on(mut self) {
        loop {
            let tape = Tape::new(&self.shelf, &self.id);
            if matches!(self.play(tape).await, Stop::Gone) {
                return;
            }
        }
    }

    /// Plays from the beginning, up to the target without showing it.
    async fn play(&mut self, mut tape: Tape) -> Stop {
        self.pace.reach(Duration::ZERO);
        let mut passed_over = 0;
        loop {
            let event = match tape.next().await {
                Ok(Said::Begun(size)) => {
                    let limits = capos_screen::Limits { scrollback_lines: SCROLLBACK, ..Default::default() };
                    self.screen = Some(Screen::new(size, &limits));
                    self.eye = Eye::default();
                    continue;
                }
                Ok(Said::Event(event)) => event,
                Ok(Said::Over) => return self.stay(None).await,
                Err(torn) => return self.stay(Some(self.why(&torn))).await,
            };
            self.duration = self.duration.max(event.after);
            if let Some(stop) = self.wait(event.after).await {
                return stop;
            }
            self.pace.reach(event.after);
            self.happen(event.what);
            passed_over += 1;
            if self.target.is_some() {
                if passed_over % AT_ONCE == 0 {
                    tokio::task::yield_now().await;
                }
            } else {
                self.show_soon();
            }
        }
    }

    fn happen(&mut self, what: What) {
        let Some(screen) = &mut self.screen else { return };
        match what {
            What::Output(text) => screen.feed(text.as_bytes()),
            What::Resized(size) => screen.resize(size),
            What::Marker(_) => {}
        }
        // Nobody is there to be answered.
        drop(screen.answers());
        self.is_behind = true;
    }

    /// Until it is time for what comes then. Orders are obeyed meanwhile.
    async fn wait(&mut self, next: Duration) -> Option<Stop> {
        loop {
            if let Some(target) = self.target {
                if target >= next {
                    return None;
                }
                self.target = None;
                self.pace.reach(target);
                self.show();
            }
            let left = self.pace.left(next);
            if left.is_some_and(|left| left.is_zero()) {
                return None;
            }
            let news = if self.is_behind { self.limits.frame_time } else { TELLING };
            let (since, pause) = (Instant::now(), left.map_or(Duration::MAX, |left| left.min(news)));
            let order = tokio::select! {
                () = sleep_for(pause) => None,
                order = self.orders.recv() => Some(order),
            };
            self.pace.passed(since.elapsed(), next);
            match order {
                Some(None) => return Some(Stop::Gone),
                Some(Some(order)) => {
                    if self.obey(order) {
                        return Some(Stop::Anew);
                    }
                    self.show();
                }
                None => self.show(),
            }
        }
    }

    /// At the end, until somebody wants to see something before it.
    async fn stay(&mut self, trouble: Option<Problem>) -> Stop {
        self.target = None;
        self.pace.reach(self.duration);
        self.pace.plays = false;
        self.tell(true, trouble.clone());
        loop {
            let Some(order) = self.orders.recv().await else { return Stop::Gone };
            match order {
                // To play what is over is to play it again.
                Order::Play { plays: true } => {
                    self.pace.plays = true;
                    return Stop::Anew;
                }
                Order::Seek { to_ms } if Duration::from_millis(to_ms) >= self.duration => {}
                order => {
                    if self.obey(order) {
                        return Stop::Anew;
                    }
                }
            }
            self.tell(true, trouble.clone());
        }
    }

    /// Whether it has to begin anew.
    fn obey(&mut self, order: Order) -> bool {
        match order {
            Order::Play { plays } => self.pace.plays = plays,
            Order::Speed { times } => self.pace.speed = times.clamp(1, 16),
            Order::SkipIdle { skips } => self.pace.idle = skips.then_some(self.limits.idle_time),
            Order::Seek { to_ms } => {
                let to = Duration::from_millis(to_ms).min(self.duration);
                self.target = Some(to);
                return to < self.pace.at();
            }
        }
        false
    }

    /// Not more often than windows are to be told.
    fn show_soon(&mut self) {
        if self.shown.elapsed() >= self.limits.frame_time {
            self.show();
        }
    }

    fn show(&mut self) {
        self.tell(false, None);
    }

    fn tell(&mut self, over: bool, trouble: Option<Problem>) {
        (self.shown, self.is_behind) = (Instant::now(), false);
        let frame = match (&self.screen, self.target) {
            (Some(screen), None) => screen.frame(&mut self.eye),
            _ => None,
        };
        let play = PlayView {
            position_ms: milliseconds(self.pace.at()),
            duration_ms: milliseconds(self.duration),
            plays: self.pace.plays,
            speed: self.pace.speed,
            skips_idle: self.pace.idle.is_some(),
            over,
            seeks: self.target.is_some(),
            trouble,
        };
        self.channel.send(&ReplayDelta { frame: frame.map(|frame| frame_of(&frame, &self.limits)), play });
    }

    fn why(&self, torn: &Torn) -> Problem {
        match torn {
            Torn::Damaged => Problem::new(
                hyper::StatusCode::BAD_GATEWAY,
                "damagedRecording",
                "The recording is damaged from here on.",
                "What comes before it can be played.",
            ),
            Torn::Refused(error) => (self.judge)(error),
        }
    }
}

async fn sleep_for(time: Duration) {
    match time {
        Duration::MAX => std::future::pending().await,
        time => sleep(time).await,
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
