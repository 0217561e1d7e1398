//! Wrapping `u32` arithmetic of cursors and generations: they count for ever and may start anywhere.

/// How far `tail` is ahead of `head`.
#[must_use]
pub const fn distance(tail: u32, head: u32) -> u32 {
    tail.wrapping_sub(head)
}

/// The generation after this one: wraps, and skips 0, which means "none".
#[must_use]
pub const fn next_generation(generation: u32) -> u32 {
    match generation.wrapping_add(1) {
        0 => 1,
        next => next,
    }
}

/// Bytes that a record of this length takes: records are 8-byte aligned.
#[must_use]
pub const fn record_size(length: u32) -> u32 {
    (length + 7) & !7
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn generations_skip_zero_at_the_wrap() {
        assert_eq!(next_generation(u32::MAX), 1);
        assert_eq!(next_generation(0), 1);
        assert_eq!(next_generation(7), 8);
    }

    #[test]
    fn distance_holds_across_the_wrap() {
        assert_eq!(distance(3, u32::MAX - 1), 5);
    }
}
