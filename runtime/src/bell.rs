//! The drain's bell: an eventfd that whoever published writes to. It is never read, so each write is an edge.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// The drain's end. Only rung when the drain has announced that it sleeps.
pub(crate) struct Bell(AsyncFd<Arc<OwnedFd>>);

impl Bell {
    /// Listens on a bell, on the current tokio runtime.
    pub(crate) fn listen(bell: Arc<OwnedFd>) -> std::io::Result<Self> {
        // SAFETY: the `Arc` lives inside the `AsyncFd` and is never replaced, so the descriptor stays open and the
        // same.
        let listening = unsafe { AsyncFd::register_with_interest(bell, Interest::READABLE) };
        listening.map(Self).map_err(|error| error.into_parts().1)
    }

    /// Resolves when somebody rings, or has rung since the last time.
    pub(crate) async fn rung(&self) {
        if let Ok(mut guard) = self.0.readable().await {
            guard.clear_ready();
        }
    }
}
