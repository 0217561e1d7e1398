//! Which slots of a lane want to be polled.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Wake, Waker};

use ferrule_ring::layout::SLOT_COUNT;

use crate::alarm::Alarm;

const WORDS: usize = SLOT_COUNT as usize / 64;

/// A set of slots. Wakers add to it from any thread, the drain empties it.
#[derive(Debug, Default)]
pub(crate) struct ReadySlots {
    words: [AtomicU64; WORDS],
    any: AtomicBool,
    alarm: Arc<Alarm>,
}

impl ReadySlots {
    pub(crate) fn new(alarm: Arc<Alarm>) -> Self {
        Self { alarm, ..Self::default() }
    }

    fn add(&self, slot: u32) {
        self.words[slot as usize / 64].fetch_or(1 << (slot % 64), Ordering::Release);
        // Release: pairs with take(), which reads the words after it.
        self.any.store(true, Ordering::Release);
        self.alarm.ring();
    }

    /// Empties the set and hands each slot out.
    pub(crate) fn take(&self, mut each: impl FnMut(u32)) {
        if !self.any.swap(false, Ordering::AcqRel) {
            return;
        }
        for (base, word) in (0..).step_by(64).zip(&self.words) {
            let mut bits = word.swap(0, Ordering::AcqRel);
            while bits != 0 {
                each(base + bits.trailing_zeros());
                bits &= bits - 1;
            }
        }
    }

    /// One waker for each slot, made once. A waker that outlives its call wakes the slot's next one for nothing, which
    /// futures must bear.
    pub(crate) fn wakers(self: &Arc<Self>) -> Vec<Waker> {
        (0..SLOT_COUNT).map(|slot| Waker::from(Arc::new(SlotWaker { ready: Arc::clone(self), slot }))).collect()
    }
}

struct SlotWaker {
    ready: Arc<ReadySlots>,
    slot: u32,
}

impl Wake for SlotWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ready.add(self.slot);
    }
}
