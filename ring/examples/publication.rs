//! What the cursors publish, under ThreadSanitizer: `npm run tsan` builds and runs it.
//!
//! Two threads stand for the two sides of a lane and answer [`COUNT`] requests, with events in between, across the wrap
//! of every cursor; some payloads are long and go in cells. Payload bytes are plain here, and beside each entry lies a
//! plain word, written before the publish and read after the take. Nothing but the cursors' release and acquire orders
//! them: where one is missing, two threads touch one place without an order between them, and ThreadSanitizer says so,
//! however the processor happened to behave. As in a lane, a slot's completion orders the next use of a request entry
//! and of a completion entry, and the reader's head that of an event entry, of a cell, and of all bytes. Events have no
//! bytes here: nothing else may order them.
//!
//! There is no fence here: ThreadSanitizer does not understand them, and the doorbell is for loom and SPIN to prove.

use std::cell::UnsafeCell;
use std::sync::Arc;
use std::{panic, process, thread};

use ferrule_ring::descriptor_ring::{ENTRY_WORDS, Entry};
use ferrule_ring::layout::CELL_HEAD;
use ferrule_ring::sync::AtomicU32;
use ferrule_ring::{Memory, byte_ring, cell_ring, descriptor_ring};

/// Requests. Half of them come after the wrap of the request and completion cursors.
const COUNT: u32 = 60_000;
const FIRST: u32 = 0_u32.wrapping_sub(COUNT / 2);
/// A multiple of 8; the bytes wrap a sixth of the way.
const FIRST_BYTE: u32 = 0_u32.wrapping_sub(COUNT * 6);
/// Entries of each ring, slots likewise: few, so that they are used again often.
const ENTRIES: u32 = 8;
/// Bytes of each byte ring: less than eight records need.
const BYTES: u32 = 128;
const RECORD_MAX: u32 = BYTES / 2;
/// Events before each completion: those of all slots together overflow their ring, so that its head bounds it.
const EVENTS_EACH: u32 = 3;
/// One request in so many has a payload that goes in cells.
const LONG_EVERY: u32 = 4;
/// More than all cells hold together.
const LONG: u32 = 100;
const CELLS: u32 = 2;
const CELL: u32 = CELL_HEAD + 24;

/// A ring of entries with its bytes, and with cells: five cursors, then each of them.
struct Ring {
    record_max: u32,
    shared: Vec<AtomicU32>,
    /// One for each shared word: what stands in a payload, or beside an entry's first word.
    plain: Plain,
}

const ENTRIES_AT: u32 = 5 * 4;
const BYTES_AT: u32 = ENTRIES_AT + ENTRIES * ENTRY_WORDS as u32 * 4;
const CELLS_AT: u32 = BYTES_AT + BYTES;
const DESCRIPTORS: descriptor_ring::Place =
    descriptor_ring::Place { name: "entries", entries: ENTRIES_AT, count: ENTRIES, tail: 0, head: 4 };
const RECORDS: byte_ring::Place = byte_ring::Place { name: "bytes", bytes: BYTES_AT, capacity: BYTES, head: 8 };
const FRAGMENTS: cell_ring::Place =
    cell_ring::Place { name: "cells", cells: CELLS_AT, count: CELLS, size: CELL, tail: 12, head: 16 };

impl Ring {
    fn new(record_max: u32) -> Self {
        let words = (CELLS_AT + CELLS * CELL) / 4;
        let mut shared: Vec<AtomicU32> = (0..words).map(|_| AtomicU32::new(0)).collect();
        for (at, first) in [(0, FIRST), (1, FIRST), (2, FIRST_BYTE), (3, FIRST), (4, FIRST)] {
            shared[at] = AtomicU32::new(first);
        }
        Self { record_max, shared, plain: Plain::new(words) }
    }

    /// Bytes of a record: none, or up to the longest.
    fn length(&self, number: u32) -> u32 {
        number.wrapping_mul(2_654_435_761) % (self.record_max + 1)
    }

    /// Where the plain word beside an entry lies.
    fn beside(cursor: u32) -> u32 {
        ENTRIES_AT / 4 + cursor % ENTRIES * ENTRY_WORDS as u32
    }
}

impl Memory for Ring {
    fn word(&self, offset: u32) -> &AtomicU32 {
        &self.shared[offset as usize / 4]
    }

    fn words(&self, offset: u32, count: u32) -> &[AtomicU32] {
        &self.shared[offset as usize / 4..][..count as usize]
    }

    fn copy_in(&self, offset: u32, bytes: &[u8]) {
        for (at, chunk) in (offset / 4..).zip(bytes.chunks(4)) {
            let mut word = [0; 4];
            word[..chunk.len()].copy_from_slice(chunk);
            self.plain.set(at, u32::from_le_bytes(word));
        }
    }

    fn copy_out(&self, offset: u32, length: u32, bytes: &mut Vec<u8>) {
        let end = bytes.len() + length as usize;
        for at in offset / 4..offset / 4 + length.div_ceil(4) {
            bytes.extend_from_slice(&self.plain.get(at).to_le_bytes());
        }
        bytes.truncate(end);
    }
}

/// Words without any order of their own.
struct Plain(Vec<UnsafeCell<u32>>);

// SAFETY: the protocol under test orders every access. Where it does not, ThreadSanitizer reports it: that is the test.
unsafe impl Sync for Plain {}

impl Plain {
    fn new(count: u32) -> Self {
        Self((0..count).map(|_| UnsafeCell::new(0)).collect())
    }

    fn set(&self, at: u32, value: u32) {
        let word = self.0[at as usize].get();
        // SAFETY: a live cell, and no reference into it exists; what else touches it is ordered, see above.
        unsafe { word.write(value) }
    }

    fn get(&self, at: u32) -> u32 {
        let word = self.0[at as usize].get();
        // SAFETY: as in set().
        unsafe { word.read() }
    }
}

fn payload(number: u32, length: u32) -> Vec<u8> {
    (0..length).map(|at| (at ^ number) as u8).collect()
}

struct Writer<'ring> {
    ring: &'ring Ring,
    entries: descriptor_ring::Writer,
    bytes: byte_ring::Writer,
    cells: cell_ring::Writer,
    /// Bytes of a long payload that are written.
    offset: u32,
}

impl<'ring> Writer<'ring> {
    fn new(ring: &'ring Ring) -> Self {
        let entries = descriptor_ring::Writer::new(DESCRIPTORS, FIRST);
        let bytes = byte_ring::Writer::new(RECORDS, FIRST_BYTE);
        Self { ring, entries, bytes, cells: cell_ring::Writer::new(FRAGMENTS, FIRST), offset: 0 }
    }

    fn has_entry_space(&mut self) -> bool {
        self.entries.has_space(self.ring, 1)
    }

    /// Writes as much of a long payload as there are cells for. True when all of it is written.
    fn write_long(&mut self, number: u32) -> bool {
        let bytes = payload(number, LONG);
        while self.offset < LONG && self.cells.has_space(self.ring) {
            let head = cell_ring::Head { slot: number % ENTRIES, generation: number, total: LONG, offset: self.offset };
            self.offset += self.cells.write(self.ring, head, &bytes);
        }
        self.cells.publish(self.ring);
        self.offset == LONG
    }

    /// Writes what stands for a number. False when there is no space for its bytes now.
    fn write(&mut self, number: u32) -> bool {
        let Some(position) = self.bytes.write(self.ring, &payload(number, self.ring.length(number))) else {
            return false;
        };
        self.offset = 0;
        self.ring.plain.set(Ring::beside(self.entries.tail()), number);
        let mut entry: Entry = [number; ENTRY_WORDS];
        entry[1] = position;
        self.entries.write(self.ring, &entry);
        true
    }

    fn publish(&mut self) {
        self.entries.publish(self.ring);
    }
}

struct Reader<'ring> {
    ring: &'ring Ring,
    entries: descriptor_ring::Reader,
    bytes: byte_ring::Reader,
    cells: cell_ring::Reader,
    taken: u32,
}

impl<'ring> Reader<'ring> {
    fn new(ring: &'ring Ring) -> Self {
        let entries = descriptor_ring::Reader::new(DESCRIPTORS, FIRST);
        let bytes = byte_ring::Reader::new(RECORDS, FIRST_BYTE);
        Self { ring, entries, bytes, cells: cell_ring::Reader::new(FRAGMENTS, FIRST), taken: 0 }
    }

    /// Takes the next number and checks everything that came with it.
    fn take(&mut self) -> Option<u32> {
        let entry = self.entries.take(self.ring).expect("no violation")?;
        let (number, position) = (entry[0], entry[1]);
        assert!(entry[2..].iter().all(|word| *word == number), "entry {number}: {entry:?}");
        assert_eq!(self.ring.plain.get(Ring::beside(FIRST.wrapping_add(self.taken))), number, "beside the entry");
        let length = self.ring.length(number);
        let bytes = self.bytes.copy_out(self.ring, position, length).expect("no violation");
        assert_eq!(bytes, payload(number, length), "payload of {number}");
        self.taken += 1;
        Some(number)
    }

    fn take_cells(&mut self) {
        self.cells.take(self.ring, LONG).expect("no violation");
    }

    fn finish_long(&mut self, number: u32) {
        let bytes = self.cells.finish(number % ENTRIES, number, LONG).expect("no violation");
        assert_eq!(bytes, payload(number, LONG), "long payload of {number}");
    }

    fn release(&mut self) {
        self.entries.release(self.ring);
        self.bytes.free(self.ring);
        self.cells.release(self.ring);
    }
}

/// Requests, completions, events.
struct Lane([Ring; 3]);

/// TypeScript's side: as many requests under way as there are slots.
fn caller(lane: &Lane) {
    let [requests, completions, events] = &lane.0;
    let (mut requests, mut completions, mut events) =
        (Writer::new(requests), Reader::new(completions), Reader::new(events));
    let mut sent = 0;
    while completions.taken < COUNT {
        while sent < COUNT
            && sent - completions.taken < ENTRIES
            && (!sent.is_multiple_of(LONG_EVERY) || requests.write_long(sent))
            && requests.write(sent)
        {
            sent += 1;
            if sent.is_multiple_of(5) {
                requests.publish();
            }
        }
        requests.publish();
        while let Some(number) = completions.take() {
            assert_eq!(number, completions.taken - 1, "completions in order");
        }
        while let Some(number) = events.take() {
            assert_eq!(number, events.taken - 1, "events in order");
        }
        completions.release();
        events.release();
        thread::yield_now();
    }
    while events.take().is_some() {}
    assert_eq!(events.taken, COUNT * EVENTS_EACH);
}

/// Rust's side: answers each request, after the event that belongs before it.
fn drain(lane: &Lane) {
    let [requests, completions, events] = &lane.0;
    let (mut requests, mut completions, mut events) =
        (Reader::new(requests), Writer::new(completions), Writer::new(events));
    while requests.taken < COUNT {
        requests.take_cells();
        requests.release();
        while let Some(number) = requests.take() {
            assert_eq!(number, requests.taken - 1, "requests in order");
            if number.is_multiple_of(LONG_EVERY) {
                requests.take_cells();
                requests.finish_long(number);
            }
            requests.release();
            for event in 0..EVENTS_EACH {
                while !events.has_entry_space() {
                    thread::yield_now();
                }
                assert!(events.write(number * EVENTS_EACH + event));
                events.publish();
            }
            while !completions.write(number) {
                completions.publish();
                thread::yield_now();
            }
        }
        completions.publish();
        thread::yield_now();
    }
}

fn main() {
    // A side that found something wrong ends both: the other one would wait for it.
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        report(info);
        process::exit(1);
    }));
    let lane = Arc::new(Lane([Ring::new(RECORD_MAX), Ring::new(RECORD_MAX), Ring::new(0)]));
    let other = thread::spawn({
        let lane = Arc::clone(&lane);
        move || drain(&lane)
    });
    caller(&lane);
    other.join().expect("the drain found what it expected");
    println!("{COUNT} requests answered");
}
