//! What the drain shares with other threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

use crossbeam_queue::ArrayQueue;
use ferrule_ring::layout::SLOT_COUNT;

use crate::events::EventQueue;
use crate::lifecycle::Done;
use crate::ready::ReadySlots;

/// What the drain shares with other threads.
pub(crate) struct Shared {
    pub(crate) runtime: u32,
    pub(crate) ready: Arc<ReadySlots>,
    pub(crate) events: Arc<EventQueue>,
    /// Outcomes of work elsewhere: one for each slot at most, and one shutdown that closing began.
    pub(crate) done: ArrayQueue<Done>,
    /// Grace in milliseconds plus one; 0 while nobody asked.
    pub(crate) close: AtomicU64,
    pub(crate) lease_ended: AtomicBool,
}

impl Shared {
    pub(crate) fn new(runtime: u32) -> Self {
        let ready = Arc::<ReadySlots>::default();
        let events = Arc::new(EventQueue::new(Arc::clone(&ready)));
        let done = ArrayQueue::new(SLOT_COUNT as usize + 1);
        Self { runtime, ready, events, done, close: 0.into(), lease_ended: AtomicBool::new(false) }
    }

    pub(super) fn finish(&self, done: Done) {
        assert!(self.done.push(done).is_ok(), "one outcome for each slot, and one for closing");
        self.ready.alarm.notify_one();
    }
}
