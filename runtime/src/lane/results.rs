//! What requests ended with, on its way into the lane.
//!
//! Results take one of three ways: inline in their entry; beside it in the byte ring; or, over half of that, ahead of
//! it in cells. Each way has its own line, so that a long result holds up no short one.

use ferrule_ring::cell_ring::Head;
use ferrule_ring::channel::Full;
use ferrule_ring::completion_ring::{Completion, Status};
use ferrule_ring::layout::*;

use super::{Lane, Long};
use crate::messages::Outcome;
use crate::panics::catch_drop;

impl Lane {
    /// The one completion of a request.
    pub(crate) fn complete(&mut self, slot: u32, generation: u32, first_poll: bool, outcome: Outcome) {
        if self.abandoned {
            return;
        }
        // What this request caused to be said comes before its outcome.
        self.write_events();
        let Outcome { mut status, mut payload } = outcome;
        if payload.len() > self.limits.payload_max as usize {
            let text = format!("result of {} bytes, at most {}", payload.len(), self.limits.payload_max);
            let _ = catch_drop(std::mem::replace(&mut payload, text.into_bytes().into()));
            status = Status::ResultTooLarge;
        }
        let event_tail = self.events.tail();
        let completion = Completion { status, slot, generation, first_poll, event_tail, cells: None };
        self.count(OFFSET_COUNTER_COMPLETIONS, 1);
        self.count(OFFSET_COUNTER_FIRST_POLL, u32::from(first_poll));
        self.bytes.1 += payload.len() as u64;
        if payload.is_empty() {
            let written = self.write(completion, &[]);
            debug_assert!(written.is_ok(), "no bytes need no space");
            return;
        }
        let is_long = payload.len() > self.completions.payload_max() as usize;
        let passes = self.waiting.is_empty() || payload.len() <= COMPLETION_INLINE_MAX as usize;
        if !is_long && passes && self.write(completion, &payload).is_ok() {
            let _ = catch_drop(payload); // it may be its author's own type
            return;
        }
        self.held += payload.len() as u64;
        if is_long {
            self.long.push_back(Long { completion, payload, sent: 0 });
        } else {
            self.count(OFFSET_COUNTER_BYTE_WAITS, 1);
            self.waiting.push_back((completion, payload));
        }
    }

    fn write(&mut self, mut completion: Completion, payload: &[u8]) -> Result<(), Full> {
        completion.event_tail = self.events.tail();
        self.completions.write(&*self.region, completion.encode(), payload)
    }

    /// Whether outcomes wait for byte space.
    pub(crate) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty() || !self.long.is_empty()
    }

    /// Writes what waited, as far as there is space now. Returns whether anything moved.
    pub(crate) fn write_waiting(&mut self) -> bool {
        let before = self.waiting.len();
        while let Some((completion, payload)) = self.waiting.pop_front() {
            if self.write(completion, &payload).is_err() {
                self.waiting.push_front((completion, payload));
                break;
            }
            self.held -= payload.len() as u64;
            let _ = catch_drop(payload);
        }
        self.write_cells() || self.waiting.len() != before
    }

    /// Writes fragments of long results, one result after the other, and each one's completion behind its last.
    fn write_cells(&mut self) -> bool {
        let mut wrote = false;
        while let Some(mut long) = self.long.pop_front() {
            let Completion { slot, generation, .. } = long.completion;
            let total = u32::try_from(long.payload.len()).expect("complete() has refused longer results");
            while long.sent < total && self.completion_cells.has_space(&*self.region) {
                let head = Head { slot, generation, total, offset: long.sent };
                long.sent += self.completion_cells.write(&*self.region, head, &long.payload);
                wrote = true;
                self.publish(); // TypeScript copies it out while the next one is written
            }
            if long.sent < total {
                self.long.push_front(long);
                break;
            }
            let completion = Completion { cells: Some(total), event_tail: self.events.tail(), ..long.completion };
            self.completions.write_after_cells(&*self.region, completion.encode(), total);
            self.held -= u64::from(total);
            let _ = catch_drop(long.payload);
        }
        wrote
    }
}
