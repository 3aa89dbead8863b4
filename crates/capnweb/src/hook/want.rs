//! Asking for values that nobody has asked for yet.

use std::collections::HashSet;
use std::rc::Rc;
use std::task::Context;

use super::{Hook, Tip, eventual, tip};
use crate::session::Driver;

/// Who wants a value, and so sees to the work that it takes.
pub(crate) enum By<'a, 'c> {
    /// A session, whose driver goes on with the work from now on.
    Driver(&'a Rc<Driver>),
    /// A program that waits: it goes on with the work itself where nobody else does.
    Program(&'a mut Context<'c>),
}

/// Sees to it that these are settled some time: peers are asked, and work is driven.
pub(crate) fn want(hooks: impl IntoIterator<Item = Rc<Hook>>, by: &mut By<'_, '_>) {
    let mut open: Vec<Rc<Hook>> = hooks.into_iter().collect();
    let mut seen = HashSet::new();
    while let Some(hook) = open.pop() {
        let Tip::Pending(hook) = tip(&hook) else { continue };
        if !open.is_empty() && !seen.insert(Rc::as_ptr(&hook)) {
            continue;
        }
        match &*hook {
            Hook::Import(import) => import.pull(),
            Hook::Eventual(waiting) => match waiting.sources() {
                Some(sources) => open.extend(sources),
                None => eventual::drive(&hook, by),
            },
            _ => {}
        }
    }
}
