//! Falling asleep over the real rings: what the last look has to find. `doorbell` has the same with bare words.

use loom::sync::Arc;
use loom::{model, thread};

use super::Words;
use crate::cancel::CancelBoard;
use crate::doorbell::{Announced, Doorbell, Sleep, Wake};
use crate::memory::Memory;
use crate::sync::Ordering;
use crate::{byte_ring, descriptor_ring};

/// Words: tail, head, byte head, two parked words, rings, cancel summary and word; then two entries, then 16 bytes.
const PARKED: u32 = 12;
const OTHER_PARKED: u32 = 16;
const RINGS: u32 = 20;
const CANCELS: (u32, u32) = (28, 24);
const ENTRIES: u32 = 32;
const BYTES: u32 = ENTRIES + 2 * 64;
const ENTRY: descriptor_ring::Entry = [7; descriptor_ring::ENTRY_WORDS];
const DESCRIPTORS: descriptor_ring::Place =
    descriptor_ring::Place { name: "model", entries: ENTRIES, count: 2, tail: 0, head: 4 };
const RECORDS: byte_ring::Place = byte_ring::Place { name: "model bytes", bytes: BYTES, capacity: 16, head: 8 };

fn lane() -> Arc<Words> {
    Arc::new(Words::zeroed(((BYTES + 16) / 4) as usize))
}

fn pay(lane: &Words, wake: Wake) {
    if wake != Wake::Spared {
        lane.word(RINGS).fetch_add(1, Ordering::Relaxed);
    }
}

fn rings(lane: &Words) -> u32 {
    lane.word(RINGS).load(Ordering::Relaxed)
}

/// Announces, looks again, and says whether it sleeps.
fn sleeps(lane: &Words, sleep: Sleep, has_reason: impl FnOnce() -> bool) -> bool {
    let announced = Doorbell::new(lane.word(PARKED)).before_sleep(sleep);
    let slept = !has_reason();
    if !slept {
        announced.take_back();
    }
    slept
}

/// Catches a last look at the tail that the reader remembers, and not at the one that is published.
#[test]
fn a_request_that_follows_another_is_not_slept_through() {
    model(|| {
        let lane = lane();
        let mut writer = descriptor_ring::Writer::new(DESCRIPTORS, 0);
        writer.write(&*lane, &ENTRY);
        writer.publish(&*lane);
        let mut reader = descriptor_ring::Reader::new(DESCRIPTORS, 0);
        assert!(reader.take(&*lane).unwrap().is_some());
        let publisher = thread::spawn({
            let lane = Arc::clone(&lane);
            move || {
                writer.write(&*lane, &ENTRY);
                writer.publish(&*lane);
                pay(&lane, Doorbell::new(lane.word(PARKED)).after_publish());
            }
        });
        let slept = sleeps(&lane, Sleep::Published, || reader.has_more(&*lane));
        publisher.join().unwrap();
        assert!(reader.take(&*lane).unwrap().is_some());
        assert!(!slept || rings(&lane) == 1, "asleep over a request, and nobody rang");
    });
}

/// Catches a last look for space at the head that the writer remembers, and not at the one that is published.
#[test]
fn freed_bytes_are_not_slept_through() {
    model(|| {
        let lane = lane();
        let mut writer = byte_ring::Writer::new(RECORDS, 0);
        let first = writer.write(&*lane, &[1; 8]).unwrap();
        writer.write(&*lane, &[2; 8]).unwrap();
        assert!(!writer.has_space(&*lane, 8));
        let reader = thread::spawn({
            let lane = Arc::clone(&lane);
            move || {
                let mut reader = byte_ring::Reader::new(RECORDS, 0);
                assert_eq!(reader.copy_out(&*lane, first, 8).unwrap(), [1; 8]);
                reader.free(&*lane);
                pay(&lane, Doorbell::new(lane.word(PARKED)).after_free());
            }
        });
        let slept = sleeps(&lane, Sleep::PublishedOrFreed, || writer.has_space(&*lane, 8));
        reader.join().unwrap();
        assert!(!slept || rings(&lane) == 1, "asleep for want of space that is there, and nobody rang");
    });
}

/// Catches a publish that takes a sleeper who is short of space for one who waits for space alone.
#[test]
fn a_publish_wakes_a_sleeper_who_is_short_of_space() {
    model(|| {
        let lane = lane();
        let publisher = thread::spawn({
            let lane = Arc::clone(&lane);
            move || {
                lane.word(0).store(1, Ordering::Release);
                pay(&lane, Doorbell::new(lane.word(PARKED)).after_publish());
            }
        });
        let slept = sleeps(&lane, Sleep::PublishedOrFreed, || lane.word(0).load(Ordering::Acquire) == 1);
        publisher.join().unwrap();
        assert!(!slept || rings(&lane) == 1, "asleep, and nobody rang");
    });
}

/// Catches a cancel that is no reason to stay awake: its request runs on until something else wakes the drain.
#[test]
fn a_cancel_is_not_slept_through() {
    model(|| {
        let lane = lane();
        let board = CancelBoard::at(CANCELS.0, CANCELS.1);
        let caller = thread::spawn({
            let lane = Arc::clone(&lane);
            move || {
                board.request(&*lane, 0, 5);
                pay(&lane, Doorbell::new(lane.word(PARKED)).after_publish());
            }
        });
        let slept = sleeps(&lane, Sleep::Published, || board.has_more(&*lane));
        caller.join().unwrap();
        assert!(!slept || rings(&lane) == 1, "asleep over a cancel, and nobody rang");
        assert!(board.take_summary(&*lane) == 1 && board.is_requested(&*lane, 0, 5), "the cancel was lost");
    });
}

/// Catches a sleeper with two lanes and one bell whose last look at either lane comes before its announcement there:
/// both are announced, then both are looked at.
#[test]
fn one_sleeper_with_two_lanes_hears_both() {
    model(|| {
        let lane = lane();
        let publish = |lane: &Words, tail: u32, parked: u32| {
            lane.word(tail).store(1, Ordering::Release);
            pay(lane, Doorbell::new(lane.word(parked)).after_publish());
        };
        let other = thread::spawn({
            let lane = Arc::clone(&lane);
            move || publish(&lane, 4, OTHER_PARKED)
        });
        let publisher = thread::spawn({
            let lane = Arc::clone(&lane);
            move || publish(&lane, 0, PARKED)
        });
        let announced = [PARKED, OTHER_PARKED].map(|at| Doorbell::new(lane.word(at)).before_sleep(Sleep::Published));
        let found = [0, 4].map(|tail| lane.word(tail).load(Ordering::Acquire) == 1);
        let slept = found == [false; 2];
        if !slept {
            announced.into_iter().for_each(Announced::take_back);
        }
        publisher.join().unwrap();
        other.join().unwrap();
        assert!(!slept || rings(&lane) == 2, "asleep, and a lane did not ring");
        assert!(rings(&lane) <= 2, "a lane rang twice for one sleep");
    });
}
