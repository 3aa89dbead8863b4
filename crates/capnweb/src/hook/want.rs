//! Asking for values that nobody has asked for yet.

use std::collections::HashSet;
use std::rc::Rc;
use std::task::Context;

use super::eventual::Occupation;
use super::{Hook, Tip, progress, tip};
use crate::session::Driver;

/// Who wants a value, and so sees to the work that it takes.
pub(crate) enum By<'a, 'c> {
    /// A session, whose driver goes on with the work from now on.
    Driver(&'a Rc<Driver>),
    /// A program that waits: it goes on with the work itself where nobody else does.
    Program(&'a mut Context<'c>),
}

/// Sees to it that these are known some time: work is driven and, where the values are wanted, peers are asked.
pub(crate) fn want(hooks: impl IntoIterator<Item = Rc<Hook>>, values: bool, by: &mut By<'_, '_>) {
    let mut open: Vec<(Rc<Hook>, bool)> = hooks.into_iter().map(|hook| (hook, values)).collect();
    let mut seen = HashSet::new();
    while let Some((hook, value)) = open.pop() {
        let Tip::Pending(hook) = tip(&hook) else { continue };
        if !seen.is_empty() && seen.contains(&(Rc::as_ptr(&hook), value)) {
            continue;
        }
        match &*hook {
            Hook::Import(import) if value => import.pull(),
            Hook::Eventual(eventual) if eventual.is_driven(by) => {}
            Hook::Eventual(eventual) => match eventual.occupation() {
                Occupation::Work => progress::drive(&hook, by),
                Occupation::Waiting(source) => open.push((source, false)),
                Occupation::Gathering(sources) => open.extend(sources.into_iter().map(|source| (source, true))),
                Occupation::None => {}
            },
            _ => {}
        }
        if !open.is_empty() {
            seen.insert((Rc::as_ptr(&hook), value));
        }
    }
}
