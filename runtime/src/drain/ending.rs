//! How instances end, and lanes, and the runtime: shutdowns that let calls finish, and the stages of
//! [`crate::closing`].
//!
//! The runtime ends with the lane that it was opened with. Any other lane ends alone, with the instances that were
//! started through it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use ferrule::{Request as CallerRequest, scope};
use ferrule_ring::completion_ring::Status;
use ferrule_ring::layout::*;
use tokio_util::sync::CancellationToken;

use super::occupant::{Occupant, WaitingShutdown};
use super::shared::Place;
use super::{Core, Drain};
use crate::closing::{Closing, Stage};
use crate::lifecycle::{self, Done, DoneResult, Limits};
use crate::panics::catch_drop;
use crate::table::Handle;

/// What instances get when nobody is left to say how long: the JavaScript thread has gone, or broke the protocol.
const ORPHAN_GRACE: Duration = Duration::from_secs(5);

/// Begun in one turn: those that are quick are carried out there and then.
const SHUTDOWNS_PER_TURN: usize = 32;

/// In [`Done`]: an end of the runtime, not of a lane.
const RUNTIME: u32 = 0;

impl Drain {
    /// Shutdowns whose instance has no calls left, or no time for them, in any lane.
    pub(super) fn advance_shutdowns(&mut self) -> bool {
        let mut begun = 0;
        for place in 0..self.lanes.len() {
            let mut index = 0;
            while let Some(waiting) = self.lanes[place].waiting_shutdowns.get(index) {
                let (handle, late) = (waiting.handle, waiting.calls_until <= Instant::now());
                let has_visits = waiting.instance.visits.any();
                if has_visits || self.lanes.iter().any(|occupant| occupant.slots.has_calls(handle)) {
                    if !late {
                        index += 1;
                        continue;
                    }
                    self.cancel_calls(handle);
                }
                if begun == SHUTDOWNS_PER_TURN {
                    self.core.shutdowns_due = true;
                    return true;
                }
                begun += 1;
                let occupant = &mut self.lanes[place];
                let WaitingShutdown { slot, handle, instance, request, limits, .. } =
                    occupant.waiting_shutdowns.swap_remove(index);
                let place = Place::of_step(instance.has_quick_steps);
                let job = lifecycle::shut_down(instance, request, limits);
                let ended = move |outcome| DoneResult::ShutDown { handle, outcome };
                occupant.run(&self.core, slot, async move { ended(job.await) }, ended, place);
            }
        }
        begun > 0
    }

    /// Ends an instance's calls, in every lane.
    fn cancel_calls(&mut self, handle: Handle) {
        for occupant in &mut self.lanes {
            occupant.slots.cancel_blocking(handle);
            occupant.cancel_polled(Some(handle), Status::Cancelled);
        }
    }

    /// Who asked to close, and whose thread has gone.
    pub(super) fn take_ends(&mut self) -> bool {
        let mut worked = false;
        for occupant in &mut self.lanes {
            let is_first = occupant.number() == self.core.shared.first;
            let closing = if is_first { &mut self.closing } else { &mut occupant.closing };
            let present = *closing;
            if occupant.take_lease_end() || (occupant.faulted && present.is_none()) {
                let next = Closing::at_once(ORPHAN_GRACE).sooner(present);
                *(if is_first { &mut self.closing } else { &mut occupant.closing }) = Some(next);
                worked = true;
            } else if present.is_none()
                && let Some(grace) = occupant.shared.close.load(Ordering::Acquire).checked_sub(1)
            {
                occupant.lane.set_state(STATE_CLOSING);
                let lane = (!is_first).then(|| occupant.number());
                self.core.table.in_service(lane).for_each(|instance| instance.stopping());
                let next = Closing::new(Duration::from_millis(grace));
                *(if is_first { &mut self.closing } else { &mut occupant.closing }) = Some(next);
                worked = true;
            }
        }
        if self.closing.is_some() && !self.door_closed {
            self.door_closed = true;
            self.lanes.extend(self.core.shared.close_door());
            for occupant in &mut self.lanes {
                occupant.lane.set_state(STATE_CLOSING);
            }
        }
        worked
    }

    pub(super) fn advance_closing(&mut self) -> bool {
        let Some(mut closing) = self.closing else { return false };
        let idle = self.lanes.iter().all(Occupant::is_idle);
        let lanes = self.lanes.iter_mut();
        let worked = advance(&mut closing, idle, lanes, &mut self.core, None);
        self.core.refuses = closing.refuses();
        self.closing = Some(closing);
        worked
    }

    /// Lanes that end alone. Returns whether anything moved.
    pub(super) fn advance_lane_ends(&mut self) -> bool {
        let mut worked = false;
        let mut place = 0;
        while let Some(occupant) = self.lanes.get(place) {
            place += 1;
            let (lane, Some(mut closing)) = (occupant.number(), occupant.closing) else { continue };
            // Its instances end with it, also for the calls of other lanes.
            if closing.stage() == (Stage::Instances { busy: false })
                && let Some(handle) = self.core.table.last_started(Some(lane))
            {
                self.cancel_calls(handle);
            }
            let Some(occupant) = self.lanes.get_mut(place - 1) else { break };
            let idle = occupant.is_idle();
            worked |= advance(&mut closing, idle, std::iter::once(&mut *occupant), &mut self.core, Some(lane));
            occupant.closing = Some(closing);
            let late = Instant::now() >= closing.instances_until();
            let done = match closing.stage() {
                Stage::Calls => false,
                Stage::Instances { busy } => !busy && occupant.is_idle() && self.core.table.count_of(lane) == 0,
            };
            if done || late {
                place -= 1;
                let occupant = self.lanes.remove(place);
                self.end_lane(occupant);
                worked = true;
            }
        }
        worked
    }

    fn end_lane(&mut self, mut occupant: Occupant) {
        let lane = occupant.number();
        if occupant.slots.running() + self.core.table.count_of(lane) > 0 {
            let (requests, instances) = (occupant.slots.running(), self.core.table.count_of(lane));
            let stuck = occupant.slots.stuck();
            tracing::warn!(lane, requests, instances, stuck, "a lane ended with work that did not end in time");
        }
        occupant.cancel_polled(None, Status::Closed);
        self.drop_instances(Some(lane));
        occupant.close(self.core.table.len());
        crate::open::forget(&occupant.shared);
        self.core.shared.leave();
        let _ = catch_drop(occupant);
    }

    /// Instances that there was no time to shut down are dropped, which may panic.
    pub(super) fn drop_instances(&mut self, lane: Option<u32>) {
        while let Some(handle) = self.core.table.last_started(lane) {
            let Some(instance) = self.core.table.begin_shutdown(handle) else { break };
            instance.visits.end_all();
            instance.life.cancel();
            let identity = Arc::clone(&instance.identity);
            let _ = scope::within(&identity, || catch_drop(instance));
            self.core.table.remove(handle);
        }
    }

    pub(super) fn is_finished(&self) -> bool {
        let Some(closing) = self.closing else { return false };
        let idle = self.core.table.len() == 0 && self.lanes.iter().all(Occupant::is_idle);
        match closing.stage() {
            Stage::Calls => false,
            Stage::Instances { busy } => (idle && !busy) || Instant::now() >= closing.instances_until(),
        }
    }
}

/// Moves an end on: of one lane, or of the runtime with all of its lanes. Returns whether it moved.
fn advance<'drain>(
    closing: &mut Closing,
    idle: bool,
    lanes: impl Iterator<Item = &'drain mut Occupant>,
    core: &mut Core,
    lane: Option<u32>,
) -> bool {
    let late = Instant::now() >= closing.stage_until();
    match closing.stage() {
        Stage::Calls if late || idle => {
            for occupant in lanes {
                occupant.cancel_polled(None, Status::Closed);
                occupant.slots.cancel_elsewhere();
                for waiting in &mut occupant.waiting_shutdowns {
                    waiting.calls_until = Instant::now();
                }
            }
            core.shutdowns_due = true;
            closing.set_stage(Stage::Instances { busy: false });
        }
        Stage::Instances { busy: false } if !late => {
            let Some(handle) = core.table.last_started(lane) else { return false };
            let Some(instance) = core.table.begin_shutdown(handle) else { return false };
            // Each gets its share of what is left, so that one which hangs does not take the others' time.
            let left = closing.instances_until().saturating_duration_since(Instant::now());
            let count = lane.map_or(core.table.len(), |lane| core.table.count_of(lane));
            let deadline = Instant::now() + left / count.max(1);
            shut_down(core, lane.unwrap_or(RUNTIME), handle, instance, deadline);
            closing.set_stage(Stage::Instances { busy: true });
        }
        Stage::Calls | Stage::Instances { .. } => return false,
    }
    true
}

fn shut_down(core: &Core, lane: u32, handle: Handle, instance: Arc<crate::table::Instance>, deadline: Instant) {
    let limits = Limits { token: CancellationToken::new(), deadline: Some(deadline) };
    let shared = Arc::clone(&core.shared);
    let ended = move |outcome| DoneResult::ShutDown { handle, outcome };
    let job = lifecycle::shut_down(instance, CallerRequest::default(), limits);
    core.steps.run(async move { ended(job.await) }, ended, move |result| {
        shared.finish(Done { lane, slot: None, result });
    });
}
