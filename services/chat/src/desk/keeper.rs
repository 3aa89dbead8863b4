//! Writes what has changed, many changes at a time, beside everything else.

use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::time::Duration;

use tokio::sync::{Mutex, Notify};

use super::Desk;
use crate::keep::{Backlog, Directory};

/// The files, and what is to be written to them.
pub(super) struct Keeper {
    directory: Directory,
    backlog: RefCell<Backlog>,
    /// Held while something is written: two flushes would overtake each other.
    turn: Mutex<()>,
    called: Rc<Notify>,
}

impl Keeper {
    pub(super) fn new(directory: Directory, backlog: Backlog) -> Self {
        let keeper = Self { directory, backlog: RefCell::new(backlog), turn: Mutex::new(()), called: Rc::default() };
        if !keeper.backlog.borrow().is_empty() {
            keeper.call();
        }
        keeper
    }

    /// Says that there is something to be written.
    pub(super) fn call(&self) {
        self.called.notify_one();
    }
}

/// Flushes whenever something has changed, until the desk is gone.
pub(super) async fn keep_on(desk: Weak<Desk>) {
    let Some(called) = desk.upgrade().map(|desk| desk.keeper.called.clone()) else { return };
    loop {
        called.notified().await;
        let Some(pause) = desk.upgrade().map(|desk| desk.hall.borrow().limits().linger_ms) else { return };
        tokio::time::sleep(Duration::from_millis(pause)).await;
        let Some(desk) = desk.upgrade() else { return };
        if !flush(&desk).await {
            let pause = desk.hall.borrow().limits().retry_ms;
            drop(desk);
            tokio::time::sleep(Duration::from_millis(pause)).await;
            called.notify_one();
        }
    }
}

/// Writes everything that has changed until here. It goes on when nobody waits for it any more.
pub(super) async fn flush(desk: &Rc<Desk>) -> bool {
    let desk = desk.clone();
    let flush = tokio::task::spawn_local(async move { flush_in_turn(&desk).await });
    flush.await.unwrap_or(false)
}

async fn flush_in_turn(desk: &Desk) -> bool {
    let keeper = &desk.keeper;
    let _turn = keeper.turn.lock().await;
    let work = {
        let mut hall = desk.hall.borrow_mut();
        let mut backlog = keeper.backlog.borrow_mut();
        let changes = hall.take_changes();
        backlog.note(changes, &hall.limits().clone());
        backlog.take(&hall, desk.clock.now_ms())
    };
    if work.is_empty() {
        return true;
    }
    let names: Vec<_> = work.iter().map(|work| work.name().clone()).collect();
    let directory = keeper.directory.clone();
    let written = tokio::task::spawn_blocking(move || directory.write(work)).await;
    let mut backlog = keeper.backlog.borrow_mut();
    match written {
        Ok(written) => backlog.settle(written),
        Err(_) => {
            names.iter().for_each(|name| backlog.renew(name));
            false
        }
    }
}
