//! CLOCK_MONOTONIC in microseconds, which is how deadlines cross: Node's `process.hrtime` reads the same clock.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// The instant that a deadline in microseconds stands for; the past when it has passed.
pub(crate) fn instant(deadline: u64) -> Instant {
    Instant::now() + Duration::from_micros(deadline.saturating_sub(now()))
}

/// An instant as a deadline in microseconds: now when it has passed.
pub(crate) fn micros(instant: Instant) -> u64 {
    let left = instant.saturating_duration_since(Instant::now());
    now().saturating_add(u64::try_from(left.as_micros()).unwrap_or(u64::MAX))
}

fn now() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    u64::try_from(now.tv_sec).unwrap_or(0) * 1_000_000 + u64::try_from(now.tv_nsec).unwrap_or(0) / 1_000
}
