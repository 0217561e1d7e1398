//! A ring of payload bytes beside a descriptor ring: written in order, copied out in order, freed in order, so there
//! is no allocator.
//!
//! ```text
//!        head (freed up to here)          tail (written up to here)
//!          v                                v
//!   ......[record 8-aligned][record][record]............ wraps; a record never does: what does not fit before the
//!                                                        end is skipped by both sides
//! ```
//!
//! A record is at most half the ring: with the skipped bytes a longer one would not fit from every position, and its
//! writer would wait for ever. Twin: `src/ring/byte-ring.ts`.

use crate::cursor::{distance, record_size};
use crate::memory::Memory;
use crate::sync::Ordering;
use crate::violation::Violation;

/// Where a ring lies.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// For messages.
    pub name: &'static str,
    /// Byte offset of the ring.
    pub bytes: u32,
    /// Its size, a power of two.
    pub capacity: u32,
    /// Byte offset of the published head.
    pub head: u32,
}

impl Place {
    /// The longest record.
    pub const fn record_max(&self) -> u32 {
        self.capacity / 2
    }

    /// Where the next record of this length starts when the cursor stands here: there, or at the start of the next lap.
    const fn record_start(&self, cursor: u32, length: u32) -> u32 {
        let offset = cursor & (self.capacity - 1);
        if offset + record_size(length) <= self.capacity { cursor } else { cursor.wrapping_add(self.capacity - offset) }
    }

    const fn offset(&self, position: u32) -> u32 {
        self.bytes + (position & (self.capacity - 1))
    }
}

/// The writing side.
#[derive(Debug)]
pub struct Writer {
    place: Place,
    tail: u32,
    head_seen: u32,
}

impl Writer {
    /// Starts where the creator put the cursors.
    pub fn new(place: Place, first: u32) -> Self {
        Self { place, tail: first, head_seen: first }
    }

    /// The longest record.
    pub fn record_max(&self) -> u32 {
        self.place.record_max()
    }

    /// Whether a record of this length fits now.
    pub fn has_space(&mut self, memory: &impl Memory, length: u32) -> bool {
        let end = self.place.record_start(self.tail, length).wrapping_add(record_size(length));
        if distance(end, self.head_seen) <= self.place.capacity {
            return true;
        }
        // Acquire: pairs with the reader's free(); its copies came before, so the bytes may be overwritten.
        self.head_seen = memory.word(self.place.head).load(Ordering::Acquire);
        distance(end, self.head_seen) <= self.place.capacity
    }

    /// Writes a record and returns its position, or `None` when it does not fit now.
    ///
    /// # Panics
    /// When it is longer than half the ring: the caller refuses such a payload before.
    pub fn write(&mut self, memory: &impl Memory, bytes: &[u8]) -> Option<u32> {
        let length = u32::try_from(bytes.len()).ok().filter(|length| *length <= self.place.record_max());
        let length = length.expect("a record is at most half its ring");
        if !self.has_space(memory, length) {
            return None;
        }
        let position = self.place.record_start(self.tail, length);
        memory.copy_in(self.place.offset(position), bytes);
        self.tail = position.wrapping_add(record_size(length));
        Some(position)
    }
}

/// The reading side.
#[derive(Debug)]
pub struct Reader {
    place: Place,
    head: u32,
    freed: u32,
}

impl Reader {
    /// Starts where the creator put the cursors.
    pub fn new(place: Place, first: u32) -> Self {
        Self { place, head: first, freed: first }
    }

    /// Copies the record out that a descriptor claims to stand at `position`.
    ///
    /// # Errors
    /// When it is longer than a record may be, or stands elsewhere than the next record must.
    pub fn copy_out(&mut self, memory: &impl Memory, position: u32, length: u32) -> Result<Vec<u8>, Violation> {
        let (ring, length_max) = (self.place.name, self.place.record_max());
        if length > length_max {
            return Err(Violation::Length { ring, length, length_max });
        }
        let expected = self.place.record_start(self.head, length);
        if position != expected {
            return Err(Violation::Position { ring, found: position, expected });
        }
        let mut bytes = Vec::new();
        memory.copy_out(self.place.offset(position), length, &mut bytes);
        self.head = position.wrapping_add(record_size(length));
        Ok(bytes)
    }

    /// Gives everything that was copied out back to the writer. Returns whether there was anything: then the writer
    /// may be asleep for want of it.
    pub fn free(&mut self, memory: &impl Memory) -> bool {
        if self.freed == self.head {
            return false;
        }
        self.freed = self.head;
        // Release: pairs with the writer's acquire in has_space(); the copies come before.
        memory.word(self.place.head).store(self.head, Ordering::Release);
        true
    }
}
