//! How a runtime ends: calls may finish, the rest is cancelled, instances are shut down in reverse order of their start.
//!
//! ```text
//!     |<------------------------- grace ------------------------->|
//!     | calls finish ......... 1/2 | instances ........ 4/5 | join |   TypeScript settles what is left at the end
//! ```

use std::time::{Duration, Instant};

/// A runtime that is closing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Closing {
    calls_until: Instant,
    instances_until: Instant,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Calls may finish.
    Calls,
    /// Nothing runs but shutdowns; `busy` while one is under way.
    Instances { busy: bool },
}

impl Closing {
    pub(crate) fn new(grace: Duration) -> Self {
        let now = Instant::now();
        Self { calls_until: now + grace / 2, instances_until: now + grace * 4 / 5, stage: Stage::Calls }
    }

    /// Nobody waits for calls any more.
    pub(crate) fn at_once(grace: Duration) -> Self {
        Self { calls_until: Instant::now(), ..Self::new(grace) }
    }

    pub(crate) fn stage(&self) -> Stage {
        self.stage
    }

    pub(crate) fn set_stage(&mut self, stage: Stage) {
        self.stage = stage;
    }

    /// When the stage ends whatever is left of it.
    pub(crate) fn stage_until(&self) -> Instant {
        match self.stage {
            Stage::Calls => self.calls_until,
            Stage::Instances { .. } => self.instances_until,
        }
    }

    pub(crate) fn instances_until(&self) -> Instant {
        self.instances_until
    }
}
