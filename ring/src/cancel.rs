//! Cancelling a request that is already in the ring.
//!
//! ```text
//!     TypeScript                           Rust
//!     1  cancel word := generation         a  takes the request: compares its cancel word
//!     2  summary |= bit                    b  swaps the summary out: compares the words under each bit
//!     3  rings                             c  runs, or ends it as cancelled
//!     4  completion consumed: word := 0
//! ```
//!
//! Both comparisons are needed: a summary that is swapped before the request is seen would lose the cancel, and a
//! request that is taken before the word is set has only the summary. The word is a generation, so a cancel that
//! comes late matches nothing. Twin: `src/ring/cancel.ts`.

use crate::layout::{OFFSET_CANCEL_SUMMARY, OFFSET_CANCEL_WORDS};
use crate::memory::Memory;
use crate::sync::Ordering;

/// Where the words lie.
#[derive(Debug, Clone, Copy)]
pub struct CancelBoard {
    words: u32,
    summary: u32,
}

impl Default for CancelBoard {
    fn default() -> Self {
        Self::at(OFFSET_CANCEL_WORDS, OFFSET_CANCEL_SUMMARY)
    }
}

impl CancelBoard {
    /// A board elsewhere than in a lane: for models.
    pub fn at(words: u32, summary: u32) -> Self {
        Self { words, summary }
    }

    /// Steps 1 and 2. Ring afterwards.
    pub fn request(self, memory: &impl Memory, slot: u32, generation: u32) {
        // Release: pairs with the acquire in is_requested().
        memory.word(self.words + slot * 4).store(generation, Ordering::Release);
        memory.word(self.summary).fetch_or(1 << (slot / 32), Ordering::AcqRel);
    }

    /// Step 4, before the slot is used again.
    pub fn clear(self, memory: &impl Memory, slot: u32) {
        memory.word(self.words + slot * 4).store(0, Ordering::Release);
    }

    /// Step a: whether this use of the slot was cancelled.
    pub fn is_requested(self, memory: &impl Memory, slot: u32, generation: u32) -> bool {
        memory.word(self.words + slot * 4).load(Ordering::Acquire) == generation
    }

    /// Whether any bit is set: a reason to stay awake.
    pub fn has_more(self, memory: &impl Memory) -> bool {
        memory.word(self.summary).load(Ordering::Acquire) != 0
    }

    /// Step b: the bits, each standing for 32 slots to compare.
    pub fn take_summary(self, memory: &impl Memory) -> u32 {
        let summary = memory.word(self.summary);
        if summary.load(Ordering::Relaxed) == 0 {
            return 0;
        }
        summary.swap(0, Ordering::AcqRel)
    }
}
