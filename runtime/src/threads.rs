//! The threads of a runtime: the drain's, the workers', and those of lifecycle steps and calls that block.

use std::sync::Arc;
use std::time::Duration;

use ferrule::Error;
use ferrule_ring::layout::SLOT_COUNT;
use tokio::runtime::{Builder, Runtime};

use crate::bell::Bell;
use crate::drain::Drain;
use crate::open::{failed, forget};
use crate::panics::catch_drop;
use crate::peers;
use crate::steps::Steps;

/// How long the threads of a closed runtime may take to end, at most, before they are left behind.
const JOIN_MAX: Duration = Duration::from_millis(100);

pub(crate) struct Threads {
    pub(crate) drain: Runtime,
    pub(crate) lifecycle: Runtime,
    pub(crate) steps: Arc<Steps>,
}

impl Threads {
    pub(crate) fn build(workers: usize, lanes_max: u32) -> Result<Self, Error> {
        // One for each slot of every lane, and one for the shutdown that its end may have under way; then those of
        // calls between extensions.
        let threads_max = (SLOT_COUNT as usize + 1) * lanes_max as usize + peers::BLOCKING_MAX;
        let drain = Builder::new_current_thread().enable_all().build().map_err(failed("start tokio"))?;
        let lifecycle = Builder::new_multi_thread()
            .worker_threads(workers.max(2))
            .max_blocking_threads(threads_max)
            .thread_name("ferrule-life")
            .enable_all()
            .build()
            .map_err(failed("start tokio"))?;
        let steps = Steps::new(lifecycle.handle().clone(), threads_max);
        Ok(Self { drain, lifecycle, steps })
    }

    /// The drain thread's whole life. The sockets close last: their end tells TypeScript that nothing comes any more.
    pub(crate) fn run(self, drain: Drain, bell: Bell) {
        let Self { drain: tokio, lifecycle, steps } = self;
        let ended = tokio.block_on(async { tokio::spawn(drain.run(bell)).await.ok() });
        let join = ended.as_ref().map_or(JOIN_MAX, |ended| ended.join.min(JOIN_MAX));
        steps.close(join);
        lifecycle.shutdown_timeout(join);
        // With it go the tasks that watch the sockets, and with them one of the two that hold each.
        tokio.shutdown_timeout(join);
        for occupant in ended.into_iter().flat_map(|ended| ended.lanes) {
            forget(occupant.shared());
            let _ = catch_drop(occupant);
        }
    }
}
