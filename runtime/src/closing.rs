//! How a runtime, or one of its lanes, ends: calls may finish, the rest is cancelled, instances are shut down in
//! reverse order of their start.
//!
//! ```text
//!     |<------------------------- grace ------------------------->|
//!     | calls finish ......... 1/2 | instances ........ 4/5 | join |   TypeScript settles what is left at the end
//! ```

use std::time::{Duration, Instant};

/// An end that is under way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Closing {
    calls_until: Instant,
    instances_until: Instant,
    join: Duration,
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
        Self {
            calls_until: now + grace / 2,
            instances_until: now + grace * 4 / 5,
            join: grace / 20,
            stage: Stage::Calls,
        }
    }

    /// Nobody waits for calls any more.
    pub(crate) fn at_once(grace: Duration) -> Self {
        Self { calls_until: Instant::now(), ..Self::new(grace) }
    }

    /// Never later than a closing that is under way, nor back from where it is.
    pub(crate) fn sooner(self, present: Option<Self>) -> Self {
        let Some(present) = present else { return self };
        Self {
            calls_until: self.calls_until.min(present.calls_until),
            instances_until: self.instances_until.min(present.instances_until),
            join: self.join.min(present.join),
            stage: present.stage,
        }
    }

    /// How long each of the runtime's executors may take to end.
    pub(crate) fn join(&self) -> Duration {
        self.join
    }

    pub(crate) fn stage(&self) -> Stage {
        self.stage
    }

    /// Whether requests that come now are refused.
    pub(crate) fn refuses(&self) -> bool {
        self.stage != Stage::Calls
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
