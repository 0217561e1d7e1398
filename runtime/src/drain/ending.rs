//! How instances end, and the runtime: shutdowns that let calls finish, and the stages of [`crate::closing`].

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use ferrule::Request as CallerRequest;
use ferrule_ring::Violation;
use ferrule_ring::completion_ring::Status;
use ferrule_ring::layout::*;
use tokio_util::sync::CancellationToken;

use super::{Drain, WaitingShutdown};
use crate::closing::{Closing, Stage};
use crate::lifecycle::{self, Done, DoneResult, Limits};
use crate::table::Handle;

/// What instances get when nobody is left to say how long: the JavaScript thread has gone, or broke the protocol.
const ORPHAN_GRACE: Duration = Duration::from_secs(5);

impl Drain {
    pub(super) fn advance_shutdowns(&mut self) -> bool {
        let mut worked = false;
        let mut index = 0;
        while index < self.waiting_shutdowns.len() {
            let waiting = &self.waiting_shutdowns[index];
            if self.slots.has_calls(waiting.handle) {
                if waiting.calls_until > Instant::now() {
                    index += 1;
                    continue;
                }
                let handle = waiting.handle;
                self.slots.cancel_blocking(handle);
                self.cancel_polled(Some(handle), Status::Cancelled);
            }
            worked = true;
            let WaitingShutdown { slot, handle, instance, request, limits, .. } =
                self.waiting_shutdowns.swap_remove(index);
            let job = lifecycle::shut_down(instance, request, limits);
            let ended = move |outcome| DoneResult::ShutDown { handle, outcome };
            self.run_elsewhere(slot, async move { ended(job.await) }, ended);
        }
        worked
    }

    pub(super) fn cancel_polled(&mut self, handle: Option<Handle>, status: Status) {
        for slot in self.slots.polled(handle) {
            let Some(generation) = self.slots.generation(slot) else { continue };
            self.cancel(slot, generation, status);
        }
    }

    pub(super) fn take_close(&mut self) -> bool {
        if self.shared.lease_ended.load(Ordering::Acquire) && !self.orphaned {
            self.orphaned = true;
            self.lane.abandon();
            self.closing = Some(Closing::at_once(ORPHAN_GRACE).sooner(self.closing));
            return true;
        }
        if self.closing.is_some() {
            return false;
        }
        let Some(grace) = self.shared.close.load(Ordering::Acquire).checked_sub(1) else { return false };
        self.closing = Some(Closing::new(Duration::from_millis(grace)));
        self.lane.set_state(STATE_CLOSING);
        true
    }

    pub(super) fn advance_closing(&mut self) -> bool {
        let Some(mut closing) = self.closing else { return false };
        let late = Instant::now() >= closing.stage_until();
        match closing.stage() {
            Stage::Calls if late || (self.slots.running() == 0 && !self.lane.has_waiting()) => {
                self.cancel_polled(None, Status::Closed);
                self.slots.cancel_elsewhere();
                for waiting in &mut self.waiting_shutdowns {
                    waiting.calls_until = Instant::now();
                }
                closing.set_stage(Stage::Instances { busy: false });
            }
            Stage::Instances { busy: false } if !late => {
                let Some(handle) = self.table.last_started() else { return false };
                let Some(instance) = self.table.begin_shutdown(handle) else { return false };
                // Each gets its share of what is left, so that one which hangs does not take the others' time.
                let left = closing.instances_until().saturating_duration_since(Instant::now());
                let deadline = Instant::now() + left / self.table.len().max(1);
                let limits = Limits { token: CancellationToken::new(), deadline: Some(deadline) };
                let shared = Arc::clone(&self.shared);
                let ended = move |outcome| DoneResult::ShutDown { handle, outcome };
                let job = lifecycle::shut_down(instance, CallerRequest::default(), limits);
                lifecycle::on_own_thread(&self.lifecycle, async move { ended(job.await) }, ended, move |result| {
                    shared.finish(Done { slot: None, result });
                });
                closing.set_stage(Stage::Instances { busy: true });
            }
            Stage::Calls | Stage::Instances { .. } => return false,
        }
        self.closing = Some(closing);
        true
    }

    pub(super) fn is_finished(&self) -> bool {
        let Some(closing) = self.closing else { return false };
        let idle = self.table.len() == 0 && self.slots.running() == 0 && !self.lane.has_waiting();
        match closing.stage() {
            Stage::Calls => false,
            Stage::Instances { busy } => (idle && !busy) || Instant::now() >= closing.instances_until(),
        }
    }

    /// The peer broke the protocol: nothing more is read, and instances are ended as if it had gone.
    pub(super) fn fault(&mut self, violation: &Violation) {
        let text = violation.to_string();
        tracing::error!("the shared memory's protocol is broken: {text}");
        self.faulted = true;
        self.lane.write_fault(&text);
        self.lane.publish();
        self.lane.ring();
        self.lane.abandon();
        self.closing = Some(Closing::at_once(ORPHAN_GRACE).sooner(self.closing));
    }
}
