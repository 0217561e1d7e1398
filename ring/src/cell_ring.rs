//! A ring of cells of 64 KiB, for payloads over half a byte ring: they travel in fragments, and the entry that they
//! belong to comes after the last one.
//!
//! ```text
//!     cell:  slot | generation | total bytes | bytes before this | as much of the payload as fits
//! ```
//!
//! Shorter payloads pass beside it in their byte ring, so that a long one holds up nobody. One payload at a time
//! crosses in each direction, its fragments in order. A reader that has all of one takes no further fragments before it
//! was asked for: the next one's may be there before its own entry is taken. One that is given up in the middle leaves
//! a part behind, which the next one's first fragment replaces. Twin: `src/ring/cell-ring.ts`.

use crate::cursor::distance;
use crate::layout::*;
use crate::memory::Memory;
use crate::sync::Ordering;
use crate::violation::Violation;

/// Bytes of a payload that fit into a cell.
pub const FRAGMENT_MAX: u32 = CELL_SIZE - CELL_HEAD;

/// Where a ring lies.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// For messages.
    pub name: &'static str,
    /// Byte offset of the first cell.
    pub cells: u32,
    /// Number of cells, a power of two.
    pub count: u32,
    /// Bytes of a cell.
    pub size: u32,
    /// Byte offset of the published tail.
    pub tail: u32,
    /// Byte offset of the published head.
    pub head: u32,
}

/// Requests' fragments in a lane.
pub const REQUESTS: Place = Place {
    name: "request cells",
    cells: OFFSET_REQUEST_CELLS,
    count: CELL_COUNT,
    size: CELL_SIZE,
    tail: OFFSET_REQUEST_CELL_TAIL,
    head: OFFSET_REQUEST_CELL_HEAD,
};

/// Results' fragments in a lane.
pub const COMPLETIONS: Place = Place {
    name: "completion cells",
    cells: OFFSET_COMPLETION_CELLS,
    count: CELL_COUNT,
    size: CELL_SIZE,
    tail: OFFSET_COMPLETION_CELL_TAIL,
    head: OFFSET_COMPLETION_CELL_HEAD,
};

impl Place {
    fn cell(&self, cursor: u32) -> u32 {
        self.cells + (cursor & (self.count - 1)) * self.size
    }

    fn fragment_max(&self) -> u32 {
        self.size - CELL_HEAD
    }
}

/// Which payload a fragment is of, and where in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Slot of the request.
    pub slot: u32,
    /// Its generation.
    pub generation: u32,
    /// Bytes of the whole payload.
    pub total: u32,
    /// Bytes of it that came before.
    pub offset: u32,
}

/// The writing side.
#[derive(Debug)]
pub struct Writer {
    place: Place,
    tail: u32,
    published: u32,
    head_seen: u32,
}

impl Writer {
    /// Starts where the creator put the cursors.
    pub fn new(place: Place, first: u32) -> Self {
        Self { place, tail: first, published: first, head_seen: first }
    }

    /// Whether a cell is free.
    pub fn has_space(&mut self, memory: &impl Memory) -> bool {
        if distance(self.tail, self.head_seen) < self.place.count {
            return true;
        }
        // Acquire: pairs with the reader's release(); its copies came before, so the cell may be overwritten.
        self.head_seen = memory.word(self.place.head).load(Ordering::Acquire);
        distance(self.tail, self.head_seen) < self.place.count
    }

    /// Writes the fragment at `head.offset` of a payload into a free cell. Returns how many bytes it took.
    pub fn write(&mut self, memory: &impl Memory, head: Head, payload: &[u8]) -> u32 {
        let rest = &payload[head.offset as usize..];
        let length = rest.len().min(self.place.fragment_max() as usize);
        let at = self.place.cell(self.tail);
        let words = memory.words(at, CELL_HEAD / 4);
        for (word, value) in [
            (WORD_CELL_SLOT, head.slot),
            (WORD_CELL_GENERATION, head.generation),
            (WORD_CELL_TOTAL, head.total),
            (WORD_CELL_OFFSET, head.offset),
        ] {
            words[word as usize].store(value, Ordering::Relaxed);
        }
        memory.copy_in(at + CELL_HEAD, &rest[..length]);
        self.tail = self.tail.wrapping_add(1);
        length as u32
    }

    /// Makes everything written visible. Returns whether there was anything.
    pub fn publish(&mut self, memory: &impl Memory) -> bool {
        if self.published == self.tail {
            return false;
        }
        self.published = self.tail;
        // Release: pairs with the reader's acquire in take(); the cells come before.
        memory.word(self.place.tail).store(self.tail, Ordering::Release);
        true
    }
}

/// The reading side: puts fragments together.
#[derive(Debug)]
pub struct Reader {
    place: Place,
    head: u32,
    released: u32,
    /// The payload that is arriving, or has arrived and was not asked for yet.
    of: Option<(u32, u32)>,
    total: u32,
    bytes: Vec<u8>,
}

impl Reader {
    /// Starts where the creator put the cursors.
    pub fn new(place: Place, first: u32) -> Self {
        Self { place, head: first, released: first, of: None, total: 0, bytes: Vec::new() }
    }

    /// Whether a payload is there that its entry has not asked for yet.
    fn is_whole(&self) -> bool {
        self.of.is_some() && self.bytes.len() == self.total as usize
    }

    /// Whether something was published that can be taken.
    pub fn has_more(&self, memory: &impl Memory) -> bool {
        // Acquire: pairs with publish().
        !self.is_whole() && memory.word(self.place.tail).load(Ordering::Acquire) != self.head
    }

    /// Copies fragments out, each behind those before it, until there are no more or a payload is whole. Returns
    /// whether there was any.
    ///
    /// # Errors
    /// When a fragment does not follow the one before it, or its payload is longer than `payload_max`.
    pub fn take(&mut self, memory: &impl Memory, payload_max: u32) -> Result<bool, Violation> {
        // Acquire: pairs with the writer's publish().
        let tail = memory.word(self.place.tail).load(Ordering::Acquire);
        let (published, ring) = (distance(tail, self.head), self.place.name);
        if published > self.place.count {
            return Err(Violation::Overrun { ring, published, count: self.place.count });
        }
        let mut taken = 0;
        while taken < published && !self.is_whole() {
            self.take_one(memory, payload_max)?;
            taken += 1;
        }
        Ok(taken > 0)
    }

    fn take_one(&mut self, memory: &impl Memory, payload_max: u32) -> Result<(), Violation> {
        let ring = self.place.name;
        let at = self.place.cell(self.head);
        let words = memory.words(at, CELL_HEAD / 4);
        // Each field is read once.
        let field = |word: u32| words[word as usize].load(Ordering::Relaxed);
        let of = (field(WORD_CELL_SLOT), field(WORD_CELL_GENERATION));
        let (total, offset) = (field(WORD_CELL_TOTAL), field(WORD_CELL_OFFSET));
        if total > payload_max {
            return Err(Violation::Length { ring, length: total, length_max: payload_max });
        }
        if offset == 0 {
            // What was given up in the middle is replaced.
            self.of = Some(of);
            self.total = total;
            self.bytes = Vec::with_capacity(total.next_multiple_of(4) as usize);
        }
        let expected = u32::try_from(self.bytes.len()).expect("at most `total`, which is a u32");
        if self.of != Some(of) || total != self.total || offset != expected || offset >= total {
            return Err(Violation::Position { ring, found: offset, expected });
        }
        let length = (total - offset).min(self.place.fragment_max());
        memory.copy_out(at + CELL_HEAD, length, &mut self.bytes);
        self.head = self.head.wrapping_add(1);
        Ok(())
    }

    /// The payload that an entry says has come: all of it, or none.
    ///
    /// # Errors
    /// When it has not.
    pub fn finish(&mut self, slot: u32, generation: u32, total: u32) -> Result<Vec<u8>, Violation> {
        let arrived = u32::try_from(self.bytes.len()).expect("at most `total`, which is a u32");
        if self.of != Some((slot, generation)) || total != self.total || arrived != total {
            return Err(Violation::Position { ring: self.place.name, found: total, expected: arrived });
        }
        self.of = None;
        Ok(std::mem::take(&mut self.bytes))
    }

    /// Gives the cells that were taken back to the writer. Returns whether there were any.
    pub fn release(&mut self, memory: &impl Memory) -> bool {
        if self.released == self.head {
            return false;
        }
        self.released = self.head;
        // Release: pairs with the writer's acquire in has_space(); the copies come before.
        memory.word(self.place.head).store(self.head, Ordering::Release);
        true
    }
}
