//! Requests from TypeScript to Rust.
//!
//! On a call's path: `pending-calls` (TypeScript) comes before, the runtime's `drain` after. Twin:
//! `src/ring/request-ring.ts`.
//!
//! Every request owns a slot, and there are as many slots as entries: the ring cannot overflow, also while Rust is
//! stalled.

use crate::byte_ring;
use crate::channel::{self, Message};
use crate::descriptor_ring::{self, ENTRY_WORDS, Entry};
use crate::layout::*;
use crate::violation::Violation;

const NAME: &str = "request ring";

/// Where the ring lies in a lane.
pub const PLACE: channel::Place = channel::Place {
    descriptors: descriptor_ring::Place {
        name: NAME,
        entries: OFFSET_REQUEST_ENTRIES,
        count: ENTRY_COUNT,
        tail: OFFSET_REQUEST_TAIL,
        head: OFFSET_REQUEST_HEAD,
    },
    bytes: byte_ring::Place {
        name: "request bytes",
        bytes: OFFSET_REQUEST_BYTES,
        capacity: REQUEST_BYTES_SIZE,
        head: OFFSET_REQUEST_BYTE_HEAD,
    },
    inline_word: WORD_REQUEST_INLINE,
};

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// A call of a method.
    Call,
    /// Builds an instance and starts it.
    CreateAndStart,
    /// Shuts an instance down and drops it.
    Shutdown,
    /// Tells an instance that the service is ready.
    Ready,
    /// Tells an instance that the service will stop.
    NotReady,
    /// Many calls of one method.
    CallMany,
    /// The same, and only failures are answered.
    Write,
    /// Answers a call from Rust.
    Answer,
}

/// A request, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What it asks for.
    pub operation: Operation,
    /// Below [`SLOT_COUNT`].
    pub slot: u32,
    /// Never 0.
    pub generation: u32,
    /// Index and generation of an instance, or of a call from Rust; unchecked, their tables judge.
    pub handle: (u32, u32),
    /// Index of the method, of the factory for a start, or an answer's code; unchecked, whoever takes it judges.
    pub method: u32,
    /// Microseconds on CLOCK_MONOTONIC.
    pub deadline: Option<u64>,
    /// The payload begins with a context.
    pub has_context: bool,
    /// The payload came in cells: so many bytes of it.
    pub cells: Option<u32>,
    /// A private copy.
    pub payload: Vec<u8>,
}

impl Request {
    /// The fields as an entry; the channel adds the payload.
    pub fn encode(&self) -> Entry {
        let mut entry = [0; ENTRY_WORDS];
        let deadline = self.deadline.unwrap_or(0);
        let cells = if self.cells.is_some() { FLAG_CELLS } else { 0 };
        let context = if self.has_context { FLAG_CONTEXT } else { 0 };
        for (word, value) in [
            (WORD_TAG, self.operation.code() | cells | context),
            (WORD_REQUEST_SLOT, self.slot),
            (WORD_REQUEST_GENERATION, self.generation),
            (WORD_REQUEST_HANDLE_INDEX, self.handle.0),
            (WORD_REQUEST_HANDLE_GENERATION, self.handle.1),
            (WORD_REQUEST_METHOD, self.method),
            (WORD_REQUEST_DEADLINE_LOW, deadline as u32),
            (WORD_REQUEST_DEADLINE_HIGH, (deadline >> 32) as u32),
        ] {
            entry[word as usize] = value;
        }
        entry
    }

    /// Checks what the peer wrote.
    ///
    /// # Errors
    /// When a field has no meaning.
    pub fn decode(message: Message) -> Result<Self, Violation> {
        let field = |word: u32| message.entry[word as usize];
        let bad = |name, value| Violation::Field { ring: NAME, field: name, value };
        let code = message.code();
        let operation = Operation::from_code(code).ok_or_else(|| bad("operation", code))?;
        let (slot, generation) = (field(WORD_REQUEST_SLOT), field(WORD_REQUEST_GENERATION));
        if slot >= SLOT_COUNT {
            return Err(bad("slot", slot));
        }
        if generation == 0 {
            return Err(bad("generation", generation));
        }
        let low = u64::from(field(WORD_REQUEST_DEADLINE_LOW));
        let cells = message.flag(FLAG_CELLS).then(|| field(WORD_LENGTH));
        let deadline = low | u64::from(field(WORD_REQUEST_DEADLINE_HIGH)) << 32;
        Ok(Self {
            operation,
            slot,
            generation,
            handle: (field(WORD_REQUEST_HANDLE_INDEX), field(WORD_REQUEST_HANDLE_GENERATION)),
            method: field(WORD_REQUEST_METHOD),
            deadline: (deadline != 0).then_some(deadline),
            has_context: message.flag(FLAG_CONTEXT),
            cells,
            payload: message.payload,
        })
    }
}

impl Operation {
    fn from_code(code: u32) -> Option<Self> {
        Some(match code {
            OP_CALL => Self::Call,
            OP_CREATE_AND_START => Self::CreateAndStart,
            OP_SHUTDOWN => Self::Shutdown,
            OP_READY => Self::Ready,
            OP_NOT_READY => Self::NotReady,
            OP_CALL_MANY => Self::CallMany,
            OP_WRITE => Self::Write,
            OP_ANSWER => Self::Answer,
            _ => return None,
        })
    }

    fn code(self) -> u32 {
        match self {
            Self::Call => OP_CALL,
            Self::CreateAndStart => OP_CREATE_AND_START,
            Self::Shutdown => OP_SHUTDOWN,
            Self::Ready => OP_READY,
            Self::NotReady => OP_NOT_READY,
            Self::CallMany => OP_CALL_MANY,
            Self::Write => OP_WRITE,
            Self::Answer => OP_ANSWER,
        }
    }
}
