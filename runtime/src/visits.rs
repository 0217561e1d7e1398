//! Calls of an instance that other extensions make: where they are polled is their caller's affair, when they end is
//! also the instance's.
//!
//! ```text
//!     enter --> present --guard dropped--> gone        the caller has its answer, or has gone
//!                  |
//!                  '--end_all: the future is dropped, the caller hears that the instance is shutting down
//! ```
//!
//! The future holds the instance, and a caller may keep it without polling it: so the shutdown takes it away. It cannot
//! while somebody polls it; then whoever polled sees that it has ended, and drops it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError, Weak};
use std::task::{Context as TaskContext, Poll};

use ferrule::{CallFuture, Error, Identity, Payload, scope};
use tokio_util::sync::CancellationToken;

use crate::alarm::Alarm;
use crate::panics::{Panic, catch, catch_drop};
use crate::table::Instance;

/// The calls that other extensions have under way in an instance.
#[derive(Default)]
pub(crate) struct Visits(Mutex<Present>);

#[derive(Default)]
struct Present {
    next: u64,
    visits: BTreeMap<u64, Arc<Visit>>,
    /// Set when the instance is being shut down: rung when a visit ends, since the shutdown waits for that.
    ending: Option<Arc<Alarm>>,
}

/// One call.
pub(crate) struct Visit {
    work: Mutex<Option<CallFuture>>,
    ended: AtomicBool,
    /// Wakes its caller when it has ended.
    pub(crate) end: CancellationToken,
    identity: Arc<Identity>,
    instance: Weak<Instance>,
}

/// A visit's place among those present.
pub(crate) struct Guard {
    number: u64,
    pub(crate) visit: Arc<Visit>,
}

impl Visits {
    fn present(&self) -> MutexGuard<'_, Present> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None` when the instance is being shut down.
    pub(crate) fn enter(instance: &Arc<Instance>) -> Option<Guard> {
        let mut present = instance.visits.present();
        if present.ending.is_some() {
            return None;
        }
        present.next += 1;
        let number = present.next;
        let visit = Arc::new(Visit {
            work: Mutex::new(None),
            ended: AtomicBool::new(false),
            end: CancellationToken::new(),
            identity: Arc::clone(&instance.identity),
            instance: Arc::downgrade(instance),
        });
        present.visits.insert(number, Arc::clone(&visit));
        Some(Guard { number, visit })
    }

    /// From now on nobody enters, and the alarm rings for each who goes.
    pub(crate) fn close(&self, alarm: &Arc<Alarm>) {
        self.present().ending = Some(Arc::clone(alarm));
    }

    pub(crate) fn any(&self) -> bool {
        !self.present().visits.is_empty()
    }

    /// Ends those that are still present.
    pub(crate) fn end_all(&self) {
        let visits: Vec<_> = self.present().visits.values().cloned().collect();
        for visit in visits {
            visit.ended.store(true, Ordering::Relaxed);
            fence(Ordering::SeqCst); // partner of the fence in poll(): one of the two sees what the other did
            visit.drop_work();
            visit.end.cancel();
        }
    }
}

impl Visit {
    /// Puts the work in; it is dropped at once when the visit has ended meanwhile.
    pub(crate) fn begin(&self, work: CallFuture) {
        *self.work.lock().unwrap_or_else(PoisonError::into_inner) = Some(work);
        self.drop_if_ended();
    }

    /// Polls the work as part of its component. `None` when it was taken away. It is dropped as soon as it has ended.
    pub(crate) fn poll(&self, context: &mut TaskContext<'_>) -> Poll<Option<Result<Result<Payload, Error>, Panic>>> {
        let polled = {
            let Some(mut work) = self.lock() else { return Poll::Pending }; // it is being dropped, and `end` tells
            let Some(future) = work.as_mut() else { return Poll::Ready(None) };
            let polled = scope::within(&self.identity, || catch(|| future.as_mut().poll(context)));
            let answered = match polled {
                Ok(Poll::Pending) => Poll::Pending,
                Ok(Poll::Ready(result)) => Poll::Ready(Ok(result)),
                Err(panic) => Poll::Ready(Err(panic)),
            };
            if answered.is_ready() {
                let future = work.take();
                let dropped = scope::within(&self.identity, || catch_drop(future));
                if let (Err(panic), Poll::Ready(Ok(_))) = (dropped, &answered) {
                    return Poll::Ready(Some(Err(panic)));
                }
            }
            answered
        };
        self.drop_if_ended();
        polled.map(Some)
    }

    fn lock(&self) -> Option<MutexGuard<'_, Option<CallFuture>>> {
        match self.work.try_lock() {
            Ok(work) => Some(work),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    fn drop_if_ended(&self) {
        fence(Ordering::SeqCst); // partner of the fence in end_all()
        if self.ended.load(Ordering::Relaxed) {
            self.drop_work();
        }
    }

    /// Drops the work, unless somebody is at it, who does so then.
    fn drop_work(&self) {
        let Some(mut work) = self.lock() else { return };
        let work = work.take();
        let dropped = scope::within(&self.identity, || catch_drop(work));
        if let (Err(_), Some(instance)) = (dropped, self.instance.upgrade()) {
            instance.poison();
            let _ = catch_drop(instance);
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.visit.drop_work();
        let Some(instance) = self.visit.instance.upgrade() else { return };
        let ending = {
            let mut present = instance.visits.present();
            present.visits.remove(&self.number);
            present.ending.clone()
        };
        let _ = catch_drop(instance); // it may be the last that holds it
        if let Some(alarm) = ending {
            alarm.ring();
        }
    }
}
