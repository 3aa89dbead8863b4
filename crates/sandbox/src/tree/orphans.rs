//! What the first process of a pid namespace does besides: whatever lost its keeper and its factory falls to it.

use std::rc::Rc;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getpid, getsid};
use rustix::process::{WaitOptions, waitpid};
use tokio::time::{Instant, sleep};

use super::descent::{self, Listed};
use super::system::ended_child;
use super::trees::Works;

/// How long to let what was killed die before looking again, at first and at most.
const SOON: Duration = Duration::from_millis(1);
const SELDOM: Duration = Duration::from_millis(32);

/// How long the last ones may take to die: only what hangs in the kernel takes this long.
const CLEAR_WITHIN: Duration = Duration::from_secs(5);

/// Numbers looked at without a pause: less than a millisecond.
const AT_ONCE: i32 = 4096;

/// All below a command is in another session than this process, and what this process starts in another way is not.
pub(super) struct Orphans {
    works: Rc<Works>,
    veiled: bool,
}

impl Orphans {
    pub(super) fn of_first_process(works: &Rc<Works>) -> Option<Orphans> {
        let first = getpid() == Pid::from_raw(1);
        first.then(|| Orphans { works: Rc::clone(works), veiled: descent::is_veiled() })
    }

    /// Kills and collects until nothing is left that has no living keeper above it, of this keeper's tree too.
    pub(super) async fn settle(&self, keeper: Option<i32>) {
        let mut pause = SOON;
        let mut sought = !self.veiled;
        loop {
            let left = self.sweep();
            // What is below a process falls to this one only after that has closed its sockets.
            let dead = keeper.is_none_or(|number| kill(Pid::from_raw(number), None) == Err(Errno::ESRCH));
            if left == 0 && dead {
                if sought {
                    return;
                }
                sought = self.sweep_unlisted().await == 0;
            }
            sleep(pause).await;
            pause = (pause * 2).min(SELDOM);
        }
    }

    /// Kills everything but this process, and collects it.
    pub(super) async fn clear(&self) {
        let everything = Pid::from_raw(-1);
        let (mut pause, until) = (SOON, Instant::now() + CLEAR_WITHIN);
        // The kernel does it in one go, in which nothing can begin anew.
        while kill(everything, Signal::SIGKILL).is_ok() && Instant::now() < until {
            sleep(pause).await;
            self.sweep();
            pause = (pause * 2).min(SELDOM);
        }
    }

    /// One round; says how many there were to kill.
    fn sweep(&self) -> usize {
        let own = getsid(None).ok();
        // Those that hide too; one that is not this one's to collect may stand before them, for a while.
        while let Some(pid) = ended_child().filter(|pid| getsid(Some(*pid)).ok() != own && !self.works.is_factory(*pid))
        {
            collect(pid);
        }
        let strays = || {
            let listed = descent::list();
            descent::below(&listed, |process| self.is_stray(process, own))
        };
        descent::fell(&strays)
    }

    /// Collects it where it has ended.
    fn is_stray(&self, process: &Listed, own: Option<Pid>) -> bool {
        process.parent == getpid()
            && Some(process.session) != own
            && !self.works.is_factory(process.pid)
            && !collect(process.pid)
            && !self.works.is_session(process.session)
    }

    async fn sweep_unlisted(&self) -> usize {
        let own = getsid(None).ok();
        let is_meant = |pid: Pid| {
            let session = getsid(Some(pid)).ok();
            let keeper = session.is_some_and(|session| self.works.is_session(session));
            session != own && !keeper && !collect(pid)
        };
        let (mut first, last) = descent::numbers().into_inner();
        let mut killed = 0;
        while first <= last {
            killed += descent::fell_unlisted(first..=first + AT_ONCE - 1, &is_meant);
            first += AT_ONCE;
            tokio::task::yield_now().await;
        }
        killed
    }
}

/// Whether it had ended, and is no more.
fn collect(pid: Pid) -> bool {
    let number = rustix::process::Pid::from_raw(pid.as_raw());
    number.is_some_and(|pid| matches!(waitpid(Some(pid), WaitOptions::NOHANG), Ok(Some(_))))
}
