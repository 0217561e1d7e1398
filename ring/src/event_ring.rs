//! What Rust tells TypeScript without being asked: log records, statuses, calls.
//!
//! Sources push to a queue, and only the drain writes here. No slot bounds this ring, so its writer looks at the
//! published head first; what the queue does when it is full stands in the runtime's `events` and
//! `host_calls`. Twin: `src/ring/event-ring.ts`.

use crate::byte_ring;
use crate::channel;
use crate::descriptor_ring::{self, ENTRY_WORDS, Entry};
use crate::layout::*;

/// Where the ring lies in a lane.
pub const PLACE: channel::Place = channel::Place {
    descriptors: descriptor_ring::Place {
        name: "event ring",
        entries: OFFSET_EVENT_ENTRIES,
        count: ENTRY_COUNT,
        tail: OFFSET_EVENT_TAIL,
        head: OFFSET_EVENT_HEAD,
    },
    bytes: byte_ring::Place {
        name: "event bytes",
        bytes: OFFSET_EVENT_BYTES,
        capacity: EVENT_BYTES_SIZE,
        head: OFFSET_EVENT_BYTE_HEAD,
    },
    inline_word: WORD_EVENT_INLINE,
};

/// What an event is about; its payload is JSON unless it says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum EventKind {
    /// A log record.
    Log = EVENT_LOG,
    /// A status that an extension reported.
    Status = EVENT_STATUS,
    /// The Rust side found the protocol broken: the lane is over. Plain text.
    Fault = EVENT_FAULT,
    /// A call, or its beginning. Bytes.
    Call = EVENT_CALL,
    /// What follows of a call. Bytes.
    CallPiece = EVENT_CALL_PIECE,
    /// A call's caller has gone. Bytes.
    CallCancel = EVENT_CALL_CANCEL,
}

impl EventKind {
    /// The kind as an entry; the channel adds the payload.
    pub fn encode(self) -> Entry {
        let mut entry = [0; ENTRY_WORDS];
        entry[WORD_TAG as usize] = self as u32;
        entry
    }
}
