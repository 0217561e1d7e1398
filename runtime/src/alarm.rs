//! Wakes the drain for what is in no ring: a woken call, finished work, an event, a command.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

/// The drain's alarm clock, for all of its lanes.
#[derive(Debug, Default)]
pub(crate) struct Alarm {
    attention: AtomicBool,
    notify: Notify,
}

impl Alarm {
    /// Call after adding to whatever the drain shall look at.
    pub(crate) fn ring(&self) {
        // Release: pairs with take(); what was added comes before.
        self.attention.store(true, Ordering::Release);
        self.notify.notify_one();
    }

    /// Whether somebody rang since the last [`Alarm::take`].
    pub(crate) fn has_rung(&self) -> bool {
        self.attention.load(Ordering::Acquire)
    }

    /// The same, and forgets it: look at everything now.
    pub(crate) fn take(&self) -> bool {
        self.has_rung() && self.attention.swap(false, Ordering::AcqRel)
    }

    /// Resolves when somebody rings, or has rung since the last time.
    pub(crate) async fn sounded(&self) {
        self.notify.notified().await;
    }
}

/// Wakes a JavaScript thread that is blocked in a foreign call, which its socket cannot.
#[derive(Debug, Default)]
pub(crate) struct Signal {
    given: std::sync::Mutex<bool>,
    changed: std::sync::Condvar,
}

impl Signal {
    fn given(&self) -> std::sync::MutexGuard<'_, bool> {
        self.given.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(crate) fn give(&self) {
        *self.given() = true;
        self.changed.notify_one();
    }

    /// Waits for the signal, and takes it. One that came before counts: it wakes for nothing, which is harmless.
    pub(crate) fn wait(&self, at_most: Duration) {
        let given = self.changed.wait_timeout_while(self.given(), at_most, |given| !*given);
        *given.unwrap_or_else(std::sync::PoisonError::into_inner).0 = false;
    }
}
