//! CLOCK_MONOTONIC in microseconds, which is how deadlines cross: Node's `process.hrtime` reads the same clock.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// The instant that a deadline in microseconds stands for; the past when it has passed.
pub(crate) fn instant(deadline: u64) -> Instant {
    let now = clock_gettime(ClockId::Monotonic);
    let micros = u64::try_from(now.tv_sec).unwrap_or(0) * 1_000_000 + u64::try_from(now.tv_nsec).unwrap_or(0) / 1_000;
    Instant::now() + Duration::from_micros(deadline.saturating_sub(micros))
}
