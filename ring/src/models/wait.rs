//! A synchronous waiter: it is blocked in a foreign call, and its signal wakes it, not its socket.

use loom::sync::Arc;
use loom::{model, thread};

use super::Words;
use crate::doorbell::{Doorbell, Wake};
use crate::layout::{PARKED_ASLEEP, PARKED_AWAKE, PARKED_SYNC};
use crate::memory::Memory;
use crate::sync::{Ordering, fence};

/// Words: what is published, the parked word, rings, signals.
const PUBLISHED: u32 = 0;
const PARKED: u32 = 4;
const RINGS: u32 = 8;
const SIGNALS: u32 = 12;

/// Lets a waiter, who had been asleep, take what is there and wait for more, while somebody publishes twice.
fn waits_while(after: impl Fn(Doorbell<'_>) -> Wake + Copy + Send + Sync + 'static) {
    model(move || {
        let lane = Arc::new(Words::starting(&[0, PARKED_ASLEEP, 0, 0]));
        let publisher = thread::spawn({
            let lane = Arc::clone(&lane);
            move || {
                for value in [1, 2] {
                    lane.word(PUBLISHED).store(value, Ordering::Release);
                    match after(Doorbell::new(lane.word(PARKED))) {
                        Wake::Spared => (),
                        Wake::Ring => _ = lane.word(RINGS).fetch_add(1, Ordering::Relaxed),
                        Wake::Signal => _ = lane.word(SIGNALS).fetch_add(1, Ordering::Relaxed),
                    }
                }
            }
        });
        let mut taken = 0;
        let mut waits = false;
        while taken < 2 && !waits {
            // As beforeWait() in doorbell.ts does: an exchange, and sequentially consistent.
            lane.word(PARKED).swap(PARKED_SYNC, Ordering::AcqRel);
            fence(Ordering::SeqCst);
            let published = lane.word(PUBLISHED).load(Ordering::Acquire);
            waits = published == taken;
            taken = published;
            if !waits {
                lane.word(PARKED).swap(PARKED_AWAKE, Ordering::AcqRel);
            }
        }
        publisher.join().unwrap();
        let signals = lane.word(SIGNALS).load(Ordering::Relaxed);
        assert!(!waits || signals > 0, "blocked, and nobody gave the signal");
        assert!(lane.word(RINGS).load(Ordering::Relaxed) <= 1, "rung more often than it slept");
    });
}

/// Catches a publisher that decides by its look who is woken how: the sleeper has gone from its socket to its signal
/// in between.
#[test]
fn a_sleeper_who_goes_to_wait_is_woken_by_its_signal() {
    waits_while(|doorbell| doorbell.after_publish());
}

/// Catches freed bytes that spare a waiter: its value does not say whether it is short of them.
#[test]
fn freed_bytes_wake_a_waiter() {
    waits_while(|doorbell| doorbell.after_free());
}
