use loom::sync::Arc;
use loom::{model, thread};

use crate::doorbell::{Doorbell, Sleep, Wake};
use crate::layout::PARKED_ASLEEP;
use crate::sync::{AtomicU32, Ordering};

struct Lane {
    tail: AtomicU32,
    freed: AtomicU32,
    parked: AtomicU32,
    rings: AtomicU32,
}

impl Lane {
    fn new(parked: u32) -> Arc<Self> {
        Arc::new(Self {
            tail: AtomicU32::new(0),
            freed: AtomicU32::new(0),
            parked: AtomicU32::new(parked),
            rings: AtomicU32::new(0),
        })
    }

    fn pay(&self, wake: Wake) {
        if wake == Wake::Ring {
            self.rings.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Catches either fence missing: the sleeper saw no tail, the publisher saw nobody asleep.
#[test]
fn publish_while_the_other_side_falls_asleep() {
    model(|| {
        let lane = Lane::new(0);
        let publisher = thread::spawn({
            let lane = Arc::clone(&lane);
            move || {
                lane.tail.store(1, Ordering::Release);
                lane.pay(Doorbell::new(&lane.parked).after_publish());
            }
        });
        let announced = Doorbell::new(&lane.parked).before_sleep(Sleep::Published);
        let slept = lane.tail.load(Ordering::Acquire) == 0;
        if !slept {
            announced.take_back();
        }
        publisher.join().unwrap();
        assert!(!slept || lane.rings.load(Ordering::Relaxed) == 1, "asleep, and nobody rang");
    });
}

/// Catches freed bytes that wake nobody: a writer without space sleeps, and the reader that frees sees nobody asleep.
#[test]
fn free_while_the_writer_falls_asleep_for_want_of_space() {
    model(|| {
        let lane = Lane::new(0);
        let reader = thread::spawn({
            let lane = Arc::clone(&lane);
            move || {
                lane.freed.store(8, Ordering::Release);
                lane.pay(Doorbell::new(&lane.parked).after_free());
            }
        });
        let announced = Doorbell::new(&lane.parked).before_sleep(Sleep::PublishedOrFreed);
        let slept = lane.freed.load(Ordering::Acquire) == 0;
        if !slept {
            announced.take_back();
        }
        reader.join().unwrap();
        assert!(!slept || lane.rings.load(Ordering::Relaxed) == 1, "asleep for want of space, and nobody rang");
    });
}

/// Catches a load in place of the swap in step D: two publishers, two rings.
#[test]
fn two_publishers_ring_once() {
    model(|| {
        let lane = Lane::new(PARKED_ASLEEP);
        let publish = |lane: Arc<Lane>| move || lane.pay(Doorbell::new(&lane.parked).after_publish());
        let other = thread::spawn(publish(Arc::clone(&lane)));
        publish(Arc::clone(&lane))();
        other.join().unwrap();
        assert_eq!(lane.rings.load(Ordering::Relaxed), 1);
    });
}

/// Catches a store in place of the swap in step 1: the second sleep is overtaken by the publisher's swap for the first.
#[test]
fn sleep_again_while_a_publisher_rings_for_the_last_sleep() {
    model(|| {
        let lane = Lane::new(PARKED_ASLEEP);
        let publisher = thread::spawn({
            let lane = Arc::clone(&lane);
            move || {
                lane.tail.store(1, Ordering::Release);
                lane.pay(Doorbell::new(&lane.parked).after_publish());
            }
        });
        // Woken by something else, so it takes its first announcement back, finds nothing, and announces again.
        lane.parked.swap(0, Ordering::AcqRel);
        let announced = Doorbell::new(&lane.parked).before_sleep(Sleep::Published);
        let slept = lane.tail.load(Ordering::Acquire) == 0;
        if !slept {
            announced.take_back();
        }
        publisher.join().unwrap();
        assert!(!slept || lane.rings.load(Ordering::Relaxed) == 1, "asleep, and nobody rang");
    });
}
