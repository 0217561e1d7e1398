//! A ring of 64-byte entries between one writer and one reader.
//!
//! On a call's path: the bottom of `request_ring`, `completion_ring` and `event_ring`. Twins: the rings in `src/ring/`.
//!
//! Each side's own cursor is its private truth; the shared copy is only published. Nothing here checks for space in
//! the rings that slot ownership bounds (see [`crate::layout::SLOT_COUNT`]); the event ring's writer asks
//! [`Writer::has_space`] first.

use crossbeam_utils::CachePadded;

use crate::cursor::distance;
use crate::memory::Memory;
use crate::sync::Ordering;
use crate::violation::Violation;

/// Words of an entry.
pub const ENTRY_WORDS: usize = 16;

/// An entry, copied out.
pub type Entry = [u32; ENTRY_WORDS];

/// Where a ring lies.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// For messages.
    pub name: &'static str,
    /// Byte offset of the first entry.
    pub entries: u32,
    /// Number of entries, a power of two.
    pub count: u32,
    /// Byte offset of the published tail.
    pub tail: u32,
    /// Byte offset of the published head.
    pub head: u32,
}

impl Place {
    fn entry(&self, cursor: u32) -> u32 {
        self.entries + (cursor & (self.count - 1)) * (ENTRY_WORDS as u32 * 4)
    }
}

/// The writing side.
#[derive(Debug)]
pub struct Writer {
    place: Place,
    tail: CachePadded<u32>,
    published: u32,
    head_seen: u32,
}

impl Writer {
    /// Starts where the creator put the cursors.
    pub fn new(place: Place, first: u32) -> Self {
        Self { place, tail: CachePadded::new(first), published: first, head_seen: first }
    }

    /// This side's own tail: entries written so far, published or not.
    pub fn tail(&self) -> u32 {
        *self.tail
    }

    /// Whether the reader has left room for so many entries more.
    pub fn has_space(&mut self, memory: &impl Memory, entries: u32) -> bool {
        if distance(*self.tail, self.head_seen) + entries <= self.place.count {
            return true;
        }
        // Acquire: pairs with the reader's release(); its reads of the entry came before.
        self.head_seen = memory.word(self.place.head).load(Ordering::Acquire);
        distance(*self.tail, self.head_seen) + entries <= self.place.count
    }

    /// Writes an entry. The other side sees it after [`Writer::publish`].
    pub fn write(&mut self, memory: &impl Memory, entry: &Entry) {
        let at = self.place.entry(*self.tail);
        for (shared, word) in memory.words(at, ENTRY_WORDS as u32).iter().zip(entry) {
            shared.store(*word, Ordering::Relaxed);
        }
        *self.tail = self.tail.wrapping_add(1);
    }

    /// Makes everything written visible. Returns whether there was anything.
    pub fn publish(&mut self, memory: &impl Memory) -> bool {
        if self.published == *self.tail {
            return false;
        }
        self.published = *self.tail;
        // Release: pairs with the reader's acquire in take(); entries and payload bytes come before.
        memory.word(self.place.tail).store(*self.tail, Ordering::Release);
        true
    }
}

/// The reading side.
#[derive(Debug)]
pub struct Reader {
    place: Place,
    head: CachePadded<u32>,
    released: u32,
    tail_seen: u32,
}

impl Reader {
    /// Starts where the creator put the cursors.
    pub fn new(place: Place, first: u32) -> Self {
        Self { place, head: CachePadded::new(first), released: first, tail_seen: first }
    }

    /// The ring's name, for messages.
    pub fn name(&self) -> &'static str {
        self.place.name
    }

    /// Whether something was published that was not taken.
    pub fn has_more(&self, memory: &impl Memory) -> bool {
        // Acquire: a decision to sleep hangs on it; pairs with publish().
        *self.head != self.tail_seen || memory.word(self.place.tail).load(Ordering::Acquire) != *self.head
    }

    /// Whether everything that this side knows of was taken: nothing shared is looked at.
    pub fn is_caught_up(&self) -> bool {
        *self.head == self.tail_seen
    }

    /// Copies the next entry out.
    ///
    /// # Errors
    /// When more was published than the ring holds.
    pub fn take(&mut self, memory: &impl Memory) -> Result<Option<Entry>, Violation> {
        if *self.head == self.tail_seen {
            // Acquire: pairs with the writer's publish().
            let tail = memory.word(self.place.tail).load(Ordering::Acquire);
            let published = distance(tail, *self.head);
            if published == 0 {
                return Ok(None);
            }
            if published > self.place.count {
                return Err(Violation::Overrun { ring: self.place.name, published, count: self.place.count });
            }
            self.tail_seen = tail;
        }
        let at = self.place.entry(*self.head);
        let mut entry = [0; ENTRY_WORDS];
        for (word, shared) in entry.iter_mut().zip(memory.words(at, ENTRY_WORDS as u32)) {
            *word = shared.load(Ordering::Relaxed);
        }
        *self.head = self.head.wrapping_add(1);
        Ok(Some(entry))
    }

    /// Gives the entries that were taken back to the writer. Returns whether there were any.
    pub fn release(&mut self, memory: &impl Memory) -> bool {
        if self.released == *self.head {
            return false;
        }
        self.released = *self.head;
        // Release: pairs with the writer's acquire in has_space(); the reads of the entries come before.
        memory.word(self.place.head).store(*self.head, Ordering::Release);
        true
    }
}
