//! Loom models: one interleaving each, named for the bug that it would catch. `npm run loom` runs them.

mod cancel;
mod cells;
mod doorbell;
mod events;
mod rings;
mod sleep;
mod slot;
mod summary;
mod wait;

use crate::memory::Memory;
use crate::sync::AtomicU32;

/// A few words in place of a region.
struct Words(Vec<AtomicU32>);

impl Words {
    fn zeroed(count: usize) -> Self {
        Self((0..count).map(|_| AtomicU32::new(0)).collect())
    }

    fn starting(values: &[u32]) -> Self {
        Self(values.iter().map(|value| AtomicU32::new(*value)).collect())
    }
}

impl Memory for Words {
    fn word(&self, offset: u32) -> &AtomicU32 {
        &self.0[offset as usize / 4]
    }

    fn words(&self, offset: u32, count: u32) -> &[AtomicU32] {
        &self.0[offset as usize / 4..][..count as usize]
    }
}
