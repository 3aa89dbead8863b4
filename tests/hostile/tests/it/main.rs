//! Attacks on a running node.
#![allow(clippy::unwrap_used, missing_docs)]

mod attacks;
mod circles;
mod ground;
mod neighbour;
mod node;
mod process;
mod replay;
mod storms;
mod whole;

/// One at a time: some measure time and memory, and the others would be in their way.
fn alone() -> std::sync::MutexGuard<'static, ()> {
    static ALONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
