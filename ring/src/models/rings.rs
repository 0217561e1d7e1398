use loom::sync::Arc;
use loom::{model, thread};

use super::Words;
use crate::memory::Memory;
use crate::{byte_ring, channel, descriptor_ring};

/// Words: tail, head, byte head, then two entries, then 16 bytes.
const ENTRIES: u32 = 12;
const BYTES: u32 = ENTRIES + 2 * 64;
const PLACE: channel::Place = channel::Place {
    descriptors: descriptor_ring::Place { name: "model", entries: ENTRIES, count: 2, tail: 0, head: 4 },
    bytes: byte_ring::Place { name: "model bytes", bytes: BYTES, capacity: 16, head: 8 },
    inline_word: 15,
};
const NEAR_WRAP: u32 = u32::MAX;
const BYTES_NEAR_WRAP: u32 = u32::MAX - 7;

fn lane() -> Arc<Words> {
    let mut words = Words::zeroed(((BYTES + 16) / 4) as usize);
    words.0[0] = crate::sync::AtomicU32::new(NEAR_WRAP);
    words.0[1] = crate::sync::AtomicU32::new(NEAR_WRAP);
    words.0[2] = crate::sync::AtomicU32::new(BYTES_NEAR_WRAP);
    Arc::new(words)
}

/// Catches a tail that is published before the entry: the reader takes what was not written yet. Across the cursor's
/// wrap.
#[test]
fn an_entry_is_whole_when_it_is_seen() {
    model(|| {
        let lane = lane();
        let writer = thread::spawn({
            let lane = Arc::clone(&lane);
            move || {
                let mut writer = channel::Writer::new(PLACE, NEAR_WRAP, BYTES_NEAR_WRAP);
                for value in [7, 8] {
                    let mut entry = [0; descriptor_ring::ENTRY_WORDS];
                    entry[3] = value;
                    writer.write(&*lane, entry, &value.to_le_bytes()).unwrap();
                    writer.publish(&*lane);
                }
            }
        });
        let mut reader = channel::Reader::new(PLACE, NEAR_WRAP, BYTES_NEAR_WRAP);
        let mut seen = 6;
        for _ in 0..2 {
            while let Some(message) = reader.take(&*lane).unwrap() {
                seen += 1;
                assert_eq!(message.entry[3], seen);
                assert_eq!(message.payload, seen.to_le_bytes());
            }
        }
        writer.join().unwrap();
        while let Some(message) = reader.take(&*lane).unwrap() {
            seen += 1;
            assert_eq!(message.entry[3], seen);
        }
        assert_eq!(seen, 8);
    });
}

/// Catches bytes that are freed before they were copied out: the writer overwrites what the reader still reads.
#[test]
fn bytes_are_reused_only_after_they_were_copied_out() {
    model(|| {
        let lane = lane();
        let place = PLACE.bytes;
        let mut writer = byte_ring::Writer::new(place, BYTES_NEAR_WRAP);
        let first = writer.write(&*lane, &[1; 8]).unwrap();
        let second = writer.write(&*lane, &[2; 8]).unwrap();
        let reader = thread::spawn({
            let lane = Arc::clone(&lane);
            move || {
                let mut reader = byte_ring::Reader::new(place, BYTES_NEAR_WRAP);
                assert_eq!(reader.copy_out(&*lane, first, 8).unwrap(), [1; 8]);
                reader.free(&*lane);
                assert_eq!(reader.copy_out(&*lane, second, 8).unwrap(), [2; 8]);
            }
        });
        // The ring is full: this fits only once the first record was freed, and takes its place.
        let _ = writer.write(&*lane, &[3; 8]);
        reader.join().unwrap();
    });
}

/// Catches a writer that takes its own word for the reader's head: the event ring overflows.
#[test]
fn an_entry_is_reused_only_after_it_was_released() {
    model(|| {
        let lane = lane();
        let mut writer = descriptor_ring::Writer::new(PLACE.descriptors, NEAR_WRAP);
        for value in [1, 2] {
            assert!(writer.has_space(&*lane, 1));
            writer.write(&*lane, &[value; descriptor_ring::ENTRY_WORDS]);
        }
        writer.publish(&*lane);
        let reader = thread::spawn({
            let lane = Arc::clone(&lane);
            move || {
                let mut reader = descriptor_ring::Reader::new(PLACE.descriptors, NEAR_WRAP);
                for value in [1, 2] {
                    assert_eq!(reader.take(&*lane).unwrap().unwrap(), [value; descriptor_ring::ENTRY_WORDS]);
                    reader.release(&*lane);
                }
            }
        });
        if writer.has_space(&*lane, 1) {
            writer.write(&*lane, &[3; descriptor_ring::ENTRY_WORDS]);
        }
        reader.join().unwrap();
        let _ = lane.word(0);
    });
}
