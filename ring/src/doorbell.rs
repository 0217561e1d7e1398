//! Going to sleep, and being woken, without losing a wake-up.
//!
//! On a call's path: `request_ring` publishes and comes here to wake the drain; the drain comes here when it found
//! nothing to do. The way back is the mirror image, with `src/ring/doorbell.ts` as the sleeper.
//!
//! ```text
//!     sleeper                            publisher
//!     1  parked := how (swap)            A  publish: a tail, freed bytes, a cancel
//!     2  fence                           B  fence
//!     3  look again at every reason      C  parked ?
//!     4  none: sleep                     D  set: parked := awake (swap), and if it was set: ring
//! ```
//!
//! Why none is lost: one of the two fences comes first in their single order. If 2 does, C reads the parked word and
//! D rings. If B does, 3 finds what A published. Without either fence both may read the old value, also on x86, whose
//! stores wait in a buffer while later loads pass them.
//!
//! Why one rings: D swaps, so of several publishers exactly one reads a set word.
//!
//! Freed bytes are a reason to wake only for a sleeper that is short of them, and it says so by how it parks: a
//! sleeper that merely waits for answers is not woken each time that its request was copied out. One that is blocked in
//! a foreign call says that too, since it is woken in another way.

use crate::layout::{PARKED_ASLEEP, PARKED_AWAKE, PARKED_FOR_SPACE, PARKED_SYNC};
use crate::sync::{AtomicU32, Ordering, fence};

/// The word by which a sleeping side is found. Both sides change it, by swap only.
#[derive(Debug, Clone, Copy)]
pub struct Doorbell<'lane> {
    parked: &'lane AtomicU32,
}

/// What a publisher owes the other side.
#[must_use = "a publisher that was told to ring, and does not, leaves the other side asleep"]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// Nothing: it is awake, or somebody else rings.
    Spared,
    /// Ring, now: no one else will.
    Ring,
    /// The same for a sleeper that is blocked in a foreign call: its signal, not its socket.
    Signal,
}

/// What a sleeper waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sleep {
    /// Whatever is published.
    Published,
    /// That, and freed space.
    PublishedOrFreed,
}

/// Proof that this side has announced its sleep. Look again at every reason to wake, then sleep or take it back.
#[must_use = "look again before sleeping"]
#[derive(Debug)]
pub struct Announced<'lane> {
    parked: &'lane AtomicU32,
}

impl<'lane> Doorbell<'lane> {
    /// The doorbell over a lane's parked word.
    pub fn new(parked: &'lane AtomicU32) -> Self {
        Self { parked }
    }

    /// Steps B to D, after publishing.
    pub fn after_publish(self) -> Wake {
        fence(Ordering::SeqCst); // B, partner of 2
        match self.parked.load(Ordering::Relaxed) {
            PARKED_AWAKE => Wake::Spared,
            _ => self.claim_ring(),
        }
    }

    /// Steps B to D, after freeing space.
    pub fn after_free(self) -> Wake {
        fence(Ordering::SeqCst); // B, partner of 2
        match self.parked.load(Ordering::Relaxed) {
            PARKED_FOR_SPACE | PARKED_SYNC => self.claim_ring(),
            _ => Wake::Spared,
        }
    }

    fn claim_ring(self) -> Wake {
        match self.parked.swap(PARKED_AWAKE, Ordering::AcqRel) {
            PARKED_AWAKE => Wake::Spared, // another publisher came between C and D
            PARKED_SYNC => Wake::Signal,
            _ => Wake::Ring,
        }
    }

    /// Steps 1 and 2.
    pub fn before_sleep(self, sleep: Sleep) -> Announced<'lane> {
        let how = match sleep {
            Sleep::Published => PARKED_ASLEEP,
            Sleep::PublishedOrFreed => PARKED_FOR_SPACE,
        };
        // A swap, as every change of this word: what is proven of it holds for swaps (docs/ordering.md).
        self.parked.swap(how, Ordering::AcqRel);
        fence(Ordering::SeqCst); // 2, partner of B
        Announced { parked: self.parked }
    }
}

impl Announced<'_> {
    /// Step 3 found a reason, or something else woke this side: awake again. A ring that comes all the same wakes for
    /// nothing, which is harmless.
    pub fn take_back(self) {
        self.parked.swap(PARKED_AWAKE, Ordering::AcqRel);
    }
}
