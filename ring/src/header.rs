//! A region's identity: written by its creator, checked field by field by whoever attaches. Twin: `src/ring/header.ts`.

use thiserror::Error;

use crate::layout::*;
use crate::memory::Memory;
use crate::sync::Ordering;

/// Where a lane starts counting. Tests start just below the wrap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct First {
    /// Every descriptor cursor.
    pub cursor: u32,
    /// Every byte cursor; a multiple of 8.
    pub byte_cursor: u32,
    /// Generation before a slot's first use.
    pub generation: u32,
}

/// What a lane may carry. Both sides hold to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the longest payload, in either direction.
    pub payload_max: u32,
    /// Bytes of payloads that may be under way in each direction before their source is held up.
    pub held_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { payload_max: 16 << 20, held_max: 64 << 20 }
    }
}

/// A region that is not what this side knows how to use.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("region {field} is {theirs:#x}, this side has {ours:#x}")]
pub struct Mismatch {
    /// Which field.
    pub field: &'static str,
    /// What this side was built with.
    pub ours: u32,
    /// What the region says.
    pub theirs: u32,
}

fn identity() -> [(&'static str, u32, u32); 8] {
    [
        ("magic", OFFSET_MAGIC, MAGIC),
        ("layout version", OFFSET_LAYOUT_VERSION, LAYOUT_VERSION),
        ("layout fingerprint (low)", OFFSET_FINGERPRINT_LOW, FINGERPRINT as u32),
        ("layout fingerprint (high)", OFFSET_FINGERPRINT_HIGH, (FINGERPRINT >> 32) as u32),
        ("byte order mark", OFFSET_BYTE_ORDER, BYTE_ORDER_MARK),
        ("entry count", OFFSET_ENTRY_COUNT, ENTRY_COUNT),
        ("slot count", OFFSET_SLOT_COUNT, SLOT_COUNT),
        ("size", OFFSET_REGION_SIZE, REGION_SIZE),
    ]
}

/// Writes identity, first cursors and the state "initialising" into fresh, zeroed memory.
pub fn initialise(memory: &impl Memory, epoch: u32, first: First, limits: Limits) {
    let set = |offset: u32, value: u32| memory.word(offset).store(value, Ordering::Relaxed);
    for (_, offset, value) in identity() {
        set(offset, value);
    }
    set(OFFSET_EPOCH, epoch);
    set(OFFSET_FIRST_GENERATION, first.generation);
    set(OFFSET_FIRST_CURSOR, first.cursor);
    set(OFFSET_FIRST_BYTE_CURSOR, first.byte_cursor);
    set(OFFSET_PAYLOAD_MAX, limits.payload_max);
    set(OFFSET_HELD_MAX, limits.held_max);
    for offset in [
        OFFSET_REQUEST_TAIL,
        OFFSET_REQUEST_HEAD,
        OFFSET_COMPLETION_TAIL,
        OFFSET_COMPLETION_HEAD,
        OFFSET_EVENT_TAIL,
        OFFSET_EVENT_HEAD,
        OFFSET_REPLY_TAIL,
        OFFSET_REPLY_HEAD,
        OFFSET_REQUEST_CELL_TAIL,
        OFFSET_REQUEST_CELL_HEAD,
        OFFSET_COMPLETION_CELL_TAIL,
        OFFSET_COMPLETION_CELL_HEAD,
    ] {
        set(offset, first.cursor);
    }
    for offset in
        [OFFSET_REQUEST_BYTE_HEAD, OFFSET_COMPLETION_BYTE_HEAD, OFFSET_EVENT_BYTE_HEAD, OFFSET_REPLY_BYTE_HEAD]
    {
        set(offset, first.byte_cursor);
    }
    memory.word(OFFSET_STATE).store(STATE_INITIALISING, Ordering::Release);
}

/// Checks that a region is one that this side can use.
///
/// # Errors
/// The first field that differs, with both values.
pub fn check(memory: &impl Memory) -> Result<First, Mismatch> {
    let get = |offset: u32| memory.word(offset).load(Ordering::Acquire);
    for (field, offset, ours) in identity() {
        let theirs = get(offset);
        if theirs != ours {
            return Err(Mismatch { field, ours, theirs });
        }
    }
    Ok(First {
        cursor: get(OFFSET_FIRST_CURSOR),
        byte_cursor: get(OFFSET_FIRST_BYTE_CURSOR),
        generation: get(OFFSET_FIRST_GENERATION),
    })
}
