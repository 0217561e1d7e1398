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

    /// So many words in a row, with one check for all of them.
    ///
    /// # Panics
    /// As [`Memory::word`].
    fn words(&self, offset: u32, count: u32) -> &[AtomicU32];

    /// Copies bytes in. Relaxed: the publish of the descriptor that names them orders them.
    fn copy_in(&self, offset: u32, bytes: &[u8]) {
        copy_words_in(self, offset, bytes);
    }

    /// Copies bytes out, behind what stands in `bytes` already, before anybody looks at them. Relaxed: the acquire of
    /// the tail ordered them.
    fn copy_out(&self, offset: u32, length: u32, bytes: &mut Vec<u8>) {
        copy_words_out(self, offset, length, bytes);
    }
}

pub(crate) fn copy_words_in(memory: &(impl Memory + ?Sized), offset: u32, bytes: &[u8]) {
    let (whole, rest) = bytes.as_chunks::<4>();
    let words = memory.words(offset, words_of(bytes.len()));
    for (word, bytes) in words.iter().zip(whole) {
        word.store(u32::from_le_bytes(*bytes), Ordering::Relaxed);
    }
    if let (Some(word), false) = (words.last(), rest.is_empty()) {
        let mut last = [0; 4];
        last[..rest.len()].copy_from_slice(rest);
        word.store(u32::from_le_bytes(last), Ordering::Relaxed);
    }
}

pub(crate) fn copy_words_out(memory: &(impl Memory + ?Sized), offset: u32, length: u32, bytes: &mut Vec<u8>) {
    let end = bytes.len() + length as usize;
    bytes.reserve(length.next_multiple_of(4) as usize);
    for word in memory.words(offset, words_of(length as usize)) {
        bytes.extend_from_slice(&word.load(Ordering::Relaxed).to_le_bytes());
    }
    bytes.truncate(end);
}

fn words_of(length: usize) -> u32 {
    u32::try_from(length.div_ceil(4)).expect("a payload is far shorter than its ring")
}
