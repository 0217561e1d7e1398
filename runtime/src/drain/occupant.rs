//! One lane as the drain sees it: its rings, what runs in its slots, how it ends.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use ferrule::Request as CallerRequest;
use ferrule_ring::Violation;
use ferrule_ring::completion_ring::Status;
use ferrule_ring::layout::*;
use tokio::task::JoinHandle;

use super::shared::LaneShared;
use crate::closing::Closing;
use crate::lane::Lane;
use crate::lifecycle::Limits;
use crate::messages::Outcome;
use crate::slots::Slots;
use crate::table::{Handle, Instance};

/// A shutdown that lets calls finish first.
pub(super) struct WaitingShutdown {
    pub(super) slot: u32,
    pub(super) handle: Handle,
    pub(super) instance: Arc<Instance>,
    pub(super) request: CallerRequest,
    pub(super) limits: Limits,
    pub(super) calls_until: Instant,
}

/// A lane, from its attaching to its end.
pub(crate) struct Occupant {
    pub(super) lane: Lane,
    pub(super) slots: Slots,
    pub(super) shared: Arc<LaneShared>,
    pub(super) waiting_shutdowns: Vec<WaitingShutdown>,
    /// Its own end; the runtime's is the drain's.
    pub(super) closing: Option<Closing>,
    pub(super) faulted: bool,
    /// Its JavaScript thread has gone.
    pub(super) orphaned: bool,
    /// Requests since the drain last asked.
    pub(super) recent: u32,
    lease: JoinHandle<()>,
}

impl Occupant {
    pub(crate) fn new(lane: Lane, shared: Arc<LaneShared>, lease: JoinHandle<()>) -> Self {
        let slots = Slots::new(&shared.ready);
        Self {
            lane,
            slots,
            shared,
            waiting_shutdowns: Vec::new(),
            closing: None,
            faulted: false,
            orphaned: false,
            recent: 0,
            lease,
        }
    }

    pub(crate) fn shared(&self) -> &LaneShared {
        &self.shared
    }

    pub(super) fn number(&self) -> u32 {
        self.shared.number
    }

    /// The one completion of a request.
    pub(super) fn complete(&mut self, slot: u32, generation: u32, first_poll: bool, outcome: Outcome) {
        match outcome.status {
            Status::Panicked => self.lane.count(OFFSET_COUNTER_PANICS, 1),
            Status::Cancelled => self.lane.count(OFFSET_COUNTER_CANCELS, 1),
            _ => (),
        }
        if let Some(took) = self.slots.take_time(slot) {
            self.lane.record_time(took);
        }
        self.lane.complete(slot, generation, first_poll, outcome);
    }

    /// What is done for a lane in each turn after its requests. Returns whether there was anything.
    pub(super) fn finish_turn(&mut self, handles: u32, lanes: u32) -> bool {
        let mut worked = self.take_cancels();
        worked |= self.lane.write_waiting();
        worked |= self.lane.write_events();
        self.lane.gauge(OFFSET_COUNTER_HANDLES, handles);
        self.lane.gauge(OFFSET_COUNTER_LANES, lanes);
        self.lane.gauge(OFFSET_COUNTER_RUNNING, self.slots.running());
        self.lane.publish();
        worked
    }

    /// The peer broke the protocol: nothing more is read, and the lane ends as if its thread had gone.
    pub(super) fn fault(&mut self, violation: &Violation) {
        ferrule::scope::set_current(None);
        let text = violation.to_string();
        tracing::error!("the shared memory's protocol is broken: {text}");
        self.faulted = true;
        self.lane.write_fault(&text);
        self.lane.publish();
        self.lane.ring();
        self.lane.abandon();
    }

    /// Whether its JavaScript thread has gone since the last time.
    pub(super) fn take_lease_end(&mut self) -> bool {
        let ended = !self.orphaned && self.shared.lease_ended.load(Ordering::Acquire);
        if ended {
            self.orphaned = true;
            self.lane.abandon();
        }
        ended
    }

    /// Whether nothing of it is under way, nor was sent.
    pub(super) fn is_idle(&self) -> bool {
        self.slots.running() == 0 && !self.lane.has_waiting() && !self.lane.has_requests()
    }

    /// The last words of a lane. Its socket closes when this, and what its lease holds, has been dropped.
    pub(super) fn close(&mut self, handles: u32) {
        self.lane.gauge(OFFSET_COUNTER_HANDLES, handles);
        self.lane.gauge(OFFSET_COUNTER_RUNNING, self.slots.running());
        self.shared.calls.close();
        self.lane.write_events();
        self.lane.publish();
        if !self.faulted {
            self.lane.set_state(STATE_CLOSED);
        }
        self.lease.abort();
    }
}
