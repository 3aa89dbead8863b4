//! Work that is done only while somebody looks.

use std::future::Future;
use std::rc::{Rc, Weak};
use std::time::Duration;

use super::running::Running;
use crate::workspace::board::Board;

/// Looks anew at something, again and again, for as long as a window wants its topic. It ends when this is dropped.
pub(super) struct Attention(#[expect(dead_code, reason = "it is held for what it does")] Running);

/// Whether a look is the first since nobody looked.
pub(super) type First = bool;

impl Attention {
    pub(super) fn pay<A, L>(
        area: Weak<A>,
        board: &Board,
        topic: &'static str,
        every: Duration,
        look: impl Fn(Rc<A>, First) -> L + 'static,
    ) -> Self
    where
        A: 'static,
        L: Future<Output = ()>,
    {
        let mut wanted = board.wanted();
        let work = async move {
            // The board is gone only after the area is.
            while wanted.wait_for(|topics| topics.contains(topic)).await.is_ok() {
                let mut first = true;
                while wanted.borrow().contains(topic) {
                    let Some(area) = area.upgrade() else { return };
                    look(area, first).await;
                    first = false;
                    tokio::time::sleep(every).await;
                }
            }
        };
        Self(Running::start(work))
    }
}
