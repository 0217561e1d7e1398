//! How long the drain looks for the next request before it sleeps.
//!
//! Ski rental: looking no longer than a wake-up costs is never worse than twice the best choice. What the drain knows
//! besides is how long the last gaps between requests were, so it looks when the next one is likely to come in time,
//! and otherwise sleeps at once: a request each millisecond finds it asleep, and costs no looking.

use std::time::{Duration, Instant};

/// About what waking the drain costs.
const WAKE: Duration = Duration::from_micros(50);
/// Gaps longer than this are not looked through.
const GAP_MAX: Duration = Duration::from_micros(200);
/// Gaps up to this are always looked through, and not remembered: it is little beside what a wake-up costs.
const GAP_MIN: Duration = Duration::from_micros(10);
/// How many of the last gaps count.
const GAPS: usize = 8;
/// Requests in a row without a gap that make an old gap forgotten.
const GAPLESS: u32 = 256;
/// How long to look while a caller is awake: it is busy with answers, or its garbage is collected.
const AWAKE_MAX: Duration = Duration::from_millis(1);
/// Looks before the clock is read: about a microsecond.
const LOOKS: u32 = 32;

/// What looking led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Looked {
    /// There is something.
    Found,
    /// Nothing, and it is not time to sleep yet.
    Again,
    /// Nothing, for long enough.
    Sleep,
}

#[derive(Debug)]
pub(super) struct Spinner {
    enabled: bool,
    /// The last gaps over [`GAP_MIN`].
    gaps: [Duration; GAPS],
    next: usize,
    gapless: u32,
    idle_since: Option<Instant>,
}

impl Spinner {
    pub(super) fn new(enabled: bool) -> Self {
        Self { enabled, gaps: [Duration::ZERO; GAPS], next: 0, gapless: 0, idle_since: None }
    }

    /// On a machine, or at a time, in which another thread needs the core, looking keeps from it what it waits for.
    pub(super) fn enable(&mut self, enabled: bool) {
        self.enabled = enabled;
    }

    /// Requests came: learns how long that took.
    pub(super) fn busy(&mut self) {
        match self.idle_since.take().map(|since| since.elapsed()) {
            Some(gap) if gap > GAP_MIN => self.remember(gap),
            _ if self.gapless < GAPLESS => self.gapless += 1,
            _ => self.remember(Duration::ZERO),
        }
    }

    fn remember(&mut self, gap: Duration) {
        self.gapless = 0;
        self.gaps[self.next] = gap;
        self.next = (self.next + 1) % GAPS;
    }

    /// How long to look, from the beginning of the gap: through gaps like the longest of late, but for one. A single
    /// long one, as when the caller's garbage is collected, changes nothing.
    fn limit(&self) -> Duration {
        if !self.enabled {
            return Duration::ZERO;
        }
        let longest_first = |[first, second]: [Duration; 2], gap: &Duration| match *gap {
            gap if gap > first => [gap, first],
            gap if gap > second => [first, gap],
            _ => [first, second],
        };
        let [_, usual] = self.gaps.iter().fold([Duration::ZERO; 2], longest_first);
        if usual > GAP_MAX { GAP_MIN } else { WAKE.max(usual * 3 / 2) }
    }

    /// Looks for about a microsecond.
    pub(super) fn look(&mut self, found: impl Fn() -> bool, awake: impl Fn() -> bool) -> Looked {
        if self.enabled {
            for _ in 0..LOOKS {
                if found() {
                    return Looked::Found;
                }
                std::hint::spin_loop();
            }
        }
        let since = *self.idle_since.get_or_insert_with(Instant::now);
        let looked = since.elapsed();
        let again = looked < self.limit() || (self.enabled && looked < AWAKE_MAX && awake());
        if again { Looked::Again } else { Looked::Sleep }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spinner(gaps: &[u64]) -> Spinner {
        let mut spinner = Spinner::new(true);
        gaps.iter().for_each(|gap| spinner.remember(Duration::from_micros(*gap)));
        spinner
    }

    #[test]
    fn it_looks_through_gaps_like_those_of_late() {
        assert_eq!(spinner(&[]).limit(), WAKE);
        assert_eq!(spinner(&[60, 50, 55, 60]).limit(), Duration::from_micros(90));
        assert_eq!(spinner(&[1, 2, 100_000, 3]).limit(), WAKE, "one long gap changes nothing");
        assert_eq!(spinner(&[1_000, 1, 2, 1_000]).limit(), GAP_MIN, "two do");
    }

    #[test]
    fn long_gaps_are_forgotten() {
        let mut spinner = spinner(&[1_000; GAPS]);
        for _ in 0..GAPS * (GAPLESS as usize + 1) {
            spinner.busy();
        }
        assert_eq!(spinner.limit(), WAKE);
    }

    #[test]
    fn it_does_not_look_where_looking_takes_from_others() {
        let mut spinner = spinner(&[]);
        spinner.enable(false);
        assert_eq!(spinner.look(|| panic!("it looked"), || true), Looked::Sleep);
    }

    #[test]
    fn what_is_there_is_found_at_once() {
        assert_eq!(spinner(&[]).look(|| true, || false), Looked::Found);
    }
}
