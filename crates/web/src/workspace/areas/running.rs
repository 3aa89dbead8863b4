//! What an area does beside its commands.

use std::future::Future;

use tokio::task::AbortHandle;

/// A task that ends with whatever holds this.
pub(super) struct Running(AbortHandle);

impl Running {
    pub(super) fn start(work: impl Future<Output = ()> + 'static) -> Self {
        Self(tokio::task::spawn_local(work).abort_handle())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}
