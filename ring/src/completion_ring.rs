//! Outcomes from Rust to TypeScript: exactly one for each request.
//!
//! On a call's path: the runtime's `lane` comes before, `pending-calls` (TypeScript) after. Twin:
//! `src/ring/completion-ring.ts`.
//!
//! It cannot overflow: of any 1,025 completions in a row two share a slot, and the second's request came after the
//! first was consumed. Its bytes can run out; what does not fit waits in the lane, and inline completions pass it.

use crate::byte_ring;
use crate::channel::{self, Message};
use crate::descriptor_ring::{self, ENTRY_WORDS, Entry};
use crate::layout::*;
use crate::violation::Violation;

const NAME: &str = "completion ring";

/// Where the ring lies in a lane.
pub const PLACE: channel::Place = channel::Place {
    descriptors: descriptor_ring::Place {
        name: NAME,
        entries: OFFSET_COMPLETION_ENTRIES,
        count: ENTRY_COUNT,
        tail: OFFSET_COMPLETION_TAIL,
        head: OFFSET_COMPLETION_HEAD,
    },
    bytes: byte_ring::Place {
        name: "completion bytes",
        bytes: OFFSET_COMPLETION_BYTES,
        capacity: COMPLETION_BYTES_SIZE,
        head: OFFSET_COMPLETION_BYTE_HEAD,
    },
    inline_word: WORD_COMPLETION_INLINE,
};

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Status {
    /// It succeeded; the payload is its result.
    Ok = STATUS_OK,
    /// The extension refused; the payload is its error as JSON.
    Refused = STATUS_REFUSED,
    /// The extension panicked; JSON as above.
    Panicked = STATUS_PANICKED,
    /// It was cancelled on this side.
    Cancelled = STATUS_CANCELLED,
    /// Its deadline passed.
    Deadline = STATUS_DEADLINE,
    /// The handle names no living instance.
    StaleHandle = STATUS_STALE_HANDLE,
    /// The instance panicked earlier.
    Poisoned = STATUS_POISONED,
    /// The result is longer than a payload may be.
    ResultTooLarge = STATUS_RESULT_TOO_LARGE,
    /// The runtime is closing.
    Closed = STATUS_CLOSED,
    /// The request's own message could not be read; the payload says why.
    Malformed = STATUS_MALFORMED,
    /// The factory has no such method.
    UnknownMethod = STATUS_UNKNOWN_METHOD,
}

/// A completion; the channel adds the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Completion {
    /// How the request ended.
    pub status: Status,
    /// Its slot.
    pub slot: u32,
    /// Its generation.
    pub generation: u32,
    /// Whether it was ready at its first poll: TypeScript's waiting policy lives on it.
    pub first_poll: bool,
    /// The event ring's tail now: TypeScript drains events up to it first.
    pub event_tail: u32,
    /// The payload went ahead in cells: so many bytes of it.
    pub cells: Option<u32>,
}

impl Completion {
    /// The fields as an entry.
    pub fn encode(&self) -> Entry {
        let mut entry = [0; ENTRY_WORDS];
        let first_poll = if self.first_poll { FLAG_FIRST_POLL } else { 0 };
        let cells = if self.cells.is_some() { FLAG_CELLS } else { 0 };
        entry[WORD_TAG as usize] = self.status as u32 | first_poll | cells;
        entry[WORD_COMPLETION_SLOT as usize] = self.slot;
        entry[WORD_COMPLETION_GENERATION as usize] = self.generation;
        entry[WORD_COMPLETION_EVENT_TAIL as usize] = self.event_tail;
        entry
    }

    /// Checks what the peer wrote: the mirror of `completion-ring.ts`, for tests and models of this side.
    ///
    /// # Errors
    /// When a field has no meaning.
    pub fn decode(message: &Message) -> Result<Self, Violation> {
        let code = message.code();
        let status = Status::from_code(code).ok_or(Violation::Field { ring: NAME, field: "status", value: code })?;
        Ok(Self {
            status,
            slot: message.entry[WORD_COMPLETION_SLOT as usize],
            generation: message.entry[WORD_COMPLETION_GENERATION as usize],
            first_poll: message.flag(FLAG_FIRST_POLL),
            event_tail: message.entry[WORD_COMPLETION_EVENT_TAIL as usize],
            cells: message.flag(FLAG_CELLS).then(|| message.entry[WORD_LENGTH as usize]),
        })
    }
}

impl Status {
    fn from_code(code: u32) -> Option<Self> {
        const ALL: [Status; 11] = [
            Status::Ok,
            Status::Refused,
            Status::Panicked,
            Status::Cancelled,
            Status::Deadline,
            Status::StaleHandle,
            Status::Poisoned,
            Status::ResultTooLarge,
            Status::Closed,
            Status::Malformed,
            Status::UnknownMethod,
        ];
        ALL.into_iter().find(|status| *status as u32 == code)
    }
}
