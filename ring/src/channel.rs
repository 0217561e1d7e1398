//! A descriptor ring and its byte ring, as one: short payloads travel in the entry, longer ones beside it.
//!
//! On a call's path: what `request_ring`, `completion_ring` and `event_ring` put their fields into.

use crate::byte_ring;
use crate::descriptor_ring::{self, Entry};
use crate::layout::{FLAG_BYTES, FLAG_CELLS, TAG_CODE_MASK, WORD_LENGTH, WORD_POSITION, WORD_TAG};
use crate::memory::Memory;
use crate::violation::Violation;

/// Where both rings lie, and where an entry's inline bytes begin.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// The descriptors.
    pub descriptors: descriptor_ring::Place,
    /// The longer payloads.
    pub bytes: byte_ring::Place,
    /// First word of an entry's inline bytes; they end with the entry.
    pub inline_word: u32,
}

impl Place {
    const fn inline_max(&self) -> u32 {
        (descriptor_ring::ENTRY_WORDS as u32 - self.inline_word) * 4
    }
}

/// The writing side.
#[derive(Debug)]
pub struct Writer {
    place: Place,
    descriptors: descriptor_ring::Writer,
    bytes: byte_ring::Writer,
}

/// There is no space for the payload now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

impl Writer {
    /// Starts where the creator put the cursors.
    pub fn new(place: Place, first: u32, first_byte: u32) -> Self {
        Self {
            place,
            descriptors: descriptor_ring::Writer::new(place.descriptors, first),
            bytes: byte_ring::Writer::new(place.bytes, first_byte),
        }
    }

    /// The longest payload.
    pub fn payload_max(&self) -> u32 {
        self.bytes.record_max()
    }

    /// Entries written so far.
    pub fn tail(&self) -> u32 {
        self.descriptors.tail()
    }

    /// Whether the reader has left room for so many entries: for rings that slot ownership does not bound.
    pub fn has_entry_space(&mut self, memory: &impl Memory, entries: u32) -> bool {
        self.descriptors.has_space(memory, entries)
    }

    /// Whether a payload of this length fits now.
    pub fn has_byte_space(&mut self, memory: &impl Memory, length: usize) -> bool {
        length <= self.place.inline_max() as usize
            || u32::try_from(length).is_ok_and(|length| self.bytes.has_space(memory, length))
    }

    /// Writes an entry and its payload.
    ///
    /// # Errors
    /// [`Full`] when the byte ring has no space now; nothing was written.
    pub fn write(&mut self, memory: &impl Memory, mut entry: Entry, payload: &[u8]) -> Result<(), Full> {
        entry[WORD_LENGTH as usize] = u32::try_from(payload.len()).map_err(|_| Full)?;
        if payload.len() <= self.place.inline_max() as usize {
            let words = &mut entry[self.place.inline_word as usize..];
            for (word, bytes) in words.iter_mut().zip(payload.chunks(4)) {
                let mut padded = [0; 4];
                padded[..bytes.len()].copy_from_slice(bytes);
                *word = u32::from_le_bytes(padded);
            }
        } else {
            entry[WORD_TAG as usize] |= FLAG_BYTES;
            entry[WORD_POSITION as usize] = self.bytes.write(memory, payload).ok_or(Full)?;
        }
        self.descriptors.write(memory, &entry);
        Ok(())
    }

    /// Writes an entry whose payload, of so many bytes, went ahead in cells.
    pub fn write_after_cells(&mut self, memory: &impl Memory, mut entry: Entry, total: u32) {
        entry[WORD_LENGTH as usize] = total;
        self.descriptors.write(memory, &entry);
    }

    /// Makes everything written visible. Returns whether there was anything.
    pub fn publish(&mut self, memory: &impl Memory) -> bool {
        self.descriptors.publish(memory)
    }
}

/// What a reader took: the entry and its payload, both private copies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The entry's words.
    pub entry: Entry,
    /// The payload.
    pub payload: Vec<u8>,
}

impl Message {
    /// The code in the entry's tag.
    pub fn code(&self) -> u32 {
        self.entry[WORD_TAG as usize] & TAG_CODE_MASK
    }

    /// Whether a flag of the tag is set.
    pub fn flag(&self, flag: u32) -> bool {
        self.entry[WORD_TAG as usize] & flag != 0
    }
}

/// The reading side.
#[derive(Debug)]
pub struct Reader {
    place: Place,
    descriptors: descriptor_ring::Reader,
    bytes: byte_ring::Reader,
}

impl Reader {
    /// Starts where the creator put the cursors.
    pub fn new(place: Place, first: u32, first_byte: u32) -> Self {
        Self {
            place,
            descriptors: descriptor_ring::Reader::new(place.descriptors, first),
            bytes: byte_ring::Reader::new(place.bytes, first_byte),
        }
    }

    /// The ring's name, for messages.
    pub fn name(&self) -> &'static str {
        self.descriptors.name()
    }

    /// Whether something was published that was not taken.
    pub fn has_more(&self, memory: &impl Memory) -> bool {
        self.descriptors.has_more(memory)
    }

    /// Whether everything that this side knows of was taken: nothing shared is looked at.
    pub fn is_caught_up(&self) -> bool {
        self.descriptors.is_caught_up()
    }

    /// Copies the next message out.
    ///
    /// # Errors
    /// When what the peer wrote cannot be.
    pub fn take(&mut self, memory: &impl Memory) -> Result<Option<Message>, Violation> {
        let Some(entry) = self.descriptors.take(memory)? else { return Ok(None) };
        let length = entry[WORD_LENGTH as usize];
        if entry[WORD_TAG as usize] & FLAG_BYTES != 0 {
            let payload = self.bytes.copy_out(memory, entry[WORD_POSITION as usize], length)?;
            return Ok(Some(Message { entry, payload }));
        }
        if entry[WORD_TAG as usize] & FLAG_CELLS != 0 {
            return Ok(Some(Message { entry, payload: Vec::new() }));
        }
        let length_max = self.place.inline_max();
        if length > length_max {
            return Err(Violation::Length { ring: self.name(), length, length_max });
        }
        let mut payload = Vec::new();
        if length > 0 {
            payload.reserve_exact(length_max as usize);
            for word in &entry[self.place.inline_word as usize..] {
                payload.extend_from_slice(&word.to_le_bytes());
            }
            payload.truncate(length as usize);
        }
        Ok(Some(Message { entry, payload }))
    }

    /// Gives entries and bytes that were taken back to the writer. Returns whether there were any: it may be asleep
    /// for want of them.
    pub fn release(&mut self, memory: &impl Memory) -> bool {
        let entries = self.descriptors.release(memory);
        self.bytes.free(memory) || entries
    }
}
