//! The service's side: the factory, keepers that wait, and trees that grow.

mod ground;
mod growth;
mod line;
mod works;

use std::io;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

use super::signal::KILLED;
use super::wire::Order;
use super::{Command, Ends, Exit, Fault, Signal, TreeLimits};
use ground::Ground;
use growth::{Growth, Stem};
pub(super) use works::Works;

/// Starts commands, each in a tree of its own.
///
/// It lives on one thread, in a tokio runtime with input, output and time, inside a `LocalSet`.
/// When the last clone and the last [`Tree`] are gone, or the process is, so are all commands, after their grace period.
#[derive(Clone)]
pub struct Trees(Rc<Ground>);

impl std::fmt::Debug for Trees {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Trees").field("growing", &*self.0.growing.borrow()).finish_non_exhaustive()
    }
}

impl Trees {
    /// Starts the factory, and returns once a first keeper waits.
    ///
    /// `program` is an executable whose `main` begins with [`super::run_if_keeper`], normally the service's own.
    /// Where this process is the first of its pid namespace, it collects what falls to it from then on; a child that it starts in another way is left alone as long as that stays in its session.
    pub async fn start(program: &Path, limits: TreeLimits) -> io::Result<Trees> {
        let ground = Rc::new(Ground::new(program, limits));
        if ground.orphans.is_some() {
            ground.collect_orphans()?;
        }
        let line = ground.works.line().await?;
        match timeout(START_WITHIN, line.ready()).await {
            Ok(ready) => ready?,
            Err(_) => return Err(io::ErrorKind::TimedOut.into()),
        }
        ground.waiting.borrow_mut().push(line);
        Ok(Trees(ground))
    }

    /// Starts a command: returns once its program runs.
    ///
    /// Dropped before that, what was started is ended as if the tree had been dropped.
    pub async fn plant(&self, command: Command, ends: Ends) -> Result<Tree, Fault> {
        let ground = &self.0;
        if ground.clearing.get() > 0 {
            return Err(Fault::Host(io::Error::new(io::ErrorKind::Interrupted, "everything is being ended")));
        }
        if *ground.growing.borrow() >= ground.limits.trees {
            return Err(Fault::TooMany);
        }
        let words = command.encode(ground.limits.command_bytes)?;
        let (planted, answer) = oneshot::channel();
        let stem = Rc::new(Stem::new(ground.limits));
        // Whether it is awaited to its end or not: the tree is this handle's from here on.
        let tree = Tree(Rc::clone(&stem));
        ground.add(&stem);
        let growth = Growth { ground: Rc::clone(ground), stem, words, ends };
        tokio::task::spawn_local(growth.run(planted));
        match answer.await {
            Ok(Ok(())) => Ok(tree),
            Ok(Err(fault)) => Err(fault),
            Err(_) => Err(Fault::Host(io::ErrorKind::Interrupted.into())),
        }
    }

    /// Ends all trees, those that were dropped included, and returns when nothing is left of them.
    ///
    /// As the first process of a namespace it leaves nothing alive but itself: not even the factory, which comes back with the next plant.
    /// Nothing can be planted meanwhile.
    pub async fn end_all(&self, grace: Duration) {
        let ground = &self.0;
        let _clearing = Clearing::begin(ground);
        for stem in ground.stems.borrow().iter() {
            stem.end(grace);
        }
        let mut growing = ground.growing.subscribe();
        let all_gone = growing.wait_for(|growing| *growing == 0);
        match &ground.orphans {
            None => drop(all_gone.await),
            Some(orphans) => {
                let _ = timeout(grace, all_gone).await;
                ground.waiting.borrow_mut().clear();
                orphans.clear().await;
                let _ = ground.growing.subscribe().wait_for(|growing| *growing == 0).await;
            }
        }
    }
}

/// From a fresh executable to a keeper; it takes milliseconds where nothing is wrong.
const START_WITHIN: Duration = Duration::from_secs(10);

/// While it lives, nothing is planted.
struct Clearing<'a>(&'a Ground);

impl Clearing<'_> {
    fn begin(ground: &Ground) -> Clearing<'_> {
        ground.clearing.set(ground.clearing.get() + 1);
        Clearing(ground)
    }
}

impl Drop for Clearing<'_> {
    fn drop(&mut self) {
        self.0.clearing.set(self.0.clearing.get().saturating_sub(1));
    }
}

/// A command and all that it started; dropping it ends them after the usual grace period.
pub struct Tree(Rc<Stem>);

impl std::fmt::Debug for Tree {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Tree").field("pid", &self.pid()).finish_non_exhaustive()
    }
}

impl Tree {
    /// The command's number in this process's pid namespace; its process group and session have the same.
    pub fn pid(&self) -> u32 {
        self.0.pid()
    }

    /// Sends to the command's process group.
    pub fn signal(&self, signal: Signal) {
        self.0.order(Order::Signal(signal.number() as i32));
    }

    /// `SIGTERM` to all of the tree, `SIGKILL` to what is left after the grace period; an earlier end that was set before holds.
    pub fn end(&self, grace: Duration) {
        self.0.end(grace);
    }

    /// `SIGKILL` to all of the tree.
    pub fn kill(&self) {
        self.0.kill();
    }

    /// Waits until the command itself has ended; what it left may go on.
    pub async fn ended(&self) -> Exit {
        let mut exit = self.0.exit.subscribe();
        exit.wait_for(Option::is_some).await.ok().and_then(|exit| *exit).unwrap_or(KILLED)
    }

    /// Waits until nothing is left of the tree.
    pub async fn gone(&self) {
        let _ = self.0.gone.subscribe().wait_for(|gone| *gone).await;
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        self.0.abandon();
    }
}
