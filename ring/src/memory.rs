//! What a ring needs of memory: 32-bit atomics by byte offset. A mapped region in the product, a vector in models and
//! tests.

use crate::sync::{AtomicU32, Ordering};

/// Shared words, each found by its byte offset.
pub trait Memory {
    /// The word at a byte offset.
    ///
    /// # Panics
    /// When the offset is not a multiple of 4 or lies outside. Offsets come from [`crate::layout`] and from this
    /// side's own
    /// cursors, never from the peer.
    fn word(&self, offset: u32) -> &AtomicU32;

    /// Copies bytes in. Relaxed: the publish of the descriptor that names them orders them.
    fn copy_in(&self, offset: u32, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<4>();
        let mut at = offset;
        for word in words {
            self.word(at).store(u32::from_le_bytes(*word), Ordering::Relaxed);
            at += 4;
        }
        if !rest.is_empty() {
            let mut last = [0; 4];
            last[..rest.len()].copy_from_slice(rest);
            self.word(at).store(u32::from_le_bytes(last), Ordering::Relaxed);
        }
    }

    /// Copies bytes out, into private memory, before anybody looks at them. Relaxed: the acquire of the tail ordered
    /// them.
    fn copy_out(&self, offset: u32, length: u32) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length.next_multiple_of(4) as usize);
        for at in (offset..offset + length).step_by(4) {
            bytes.extend_from_slice(&self.word(at).load(Ordering::Relaxed).to_le_bytes());
        }
        bytes.truncate(length as usize);
        bytes
    }
}
