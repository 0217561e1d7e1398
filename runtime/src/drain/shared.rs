//! What the drain shares with other threads.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crossbeam_queue::SegQueue;
use ferrule_ring::header::Limits;

use super::occupant::Occupant;
use crate::alarm::{Alarm, Signal};
use crate::events::EventQueue;
use crate::host_calls::HostCalls;
use crate::lifecycle::Done;
use crate::ready::ReadySlots;

/// What a runtime's drain shares with other threads.
pub(crate) struct Shared {
    /// Number of the lane that the runtime was opened with: the runtime ends with it.
    pub(crate) first: u32,
    /// Lanes that it may have at once.
    pub(crate) lanes_max: u32,
    pub(crate) limits: Limits,
    pub(crate) alarm: Arc<Alarm>,
    /// Outcomes of work elsewhere: one for each slot at most, and one shutdown for each end that is under way.
    pub(crate) done: SegQueue<Done>,
    door: Mutex<Door>,
}

/// Where lanes come in. Attaching and closing exclude each other.
#[derive(Default)]
struct Door {
    closed: bool,
    inside: u32,
    arrivals: Vec<Occupant>,
}

/// Why a lane cannot come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    Closed,
    Full,
}

impl Shared {
    pub(crate) fn new(first: u32, lanes_max: u32, limits: Limits) -> Self {
        Self { first, lanes_max, limits, alarm: Arc::default(), done: SegQueue::new(), door: Mutex::default() }
    }

    fn door(&self) -> MutexGuard<'_, Door> {
        self.door.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place, before the lane is made.
    pub(crate) fn reserve(&self) -> Result<(), Refused> {
        let mut door = self.door();
        match () {
            () if door.closed => Err(Refused::Closed),
            () if door.inside >= self.lanes_max => Err(Refused::Full),
            () => {
                door.inside += 1;
                Ok(())
            }
        }
    }

    /// Gives a place back.
    pub(crate) fn leave(&self) {
        self.door().inside -= 1;
    }

    /// Hands a lane to the drain, which has not begun to look at it. The place was reserved. It comes back when the
    /// door was closed meanwhile.
    pub(crate) fn enter(&self, lane: Occupant) -> Option<Occupant> {
        let mut door = self.door();
        if door.closed {
            return Some(lane);
        }
        door.arrivals.push(lane);
        drop(door);
        self.alarm.ring();
        None
    }

    pub(super) fn take_arrivals(&self) -> Vec<Occupant> {
        std::mem::take(&mut self.door().arrivals)
    }

    /// No lane comes in any more. Those that had come and were not looked at are handed out.
    pub(super) fn close_door(&self) -> Vec<Occupant> {
        let mut door = self.door();
        door.closed = true;
        std::mem::take(&mut door.arrivals)
    }

    pub(super) fn finish(&self, done: Done) {
        self.done.push(done);
        self.alarm.ring();
    }
}

/// Where work runs that is no call of the drain's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A lifecycle step: on the threads kept for them.
    Steps,
    /// A lifecycle step that does not block: it begins here.
    Here,
    /// A call, on the workers that calls share.
    Workers,
    /// A call that may block.
    OwnThread,
}

impl Place {
    /// Of a lifecycle step.
    pub(super) fn of_step(is_quick: bool) -> Self {
        if is_quick { Self::Here } else { Self::Steps }
    }
}

/// What one lane shares with other threads.
pub(crate) struct LaneShared {
    /// Among all that this process ever made.
    pub(crate) number: u32,
    pub(crate) alarm: Arc<Alarm>,
    pub(crate) ready: Arc<ReadySlots>,
    pub(crate) events: Arc<EventQueue>,
    pub(crate) calls: Arc<HostCalls>,
    pub(crate) signal: Arc<Signal>,
    /// Grace in milliseconds plus one; 0 while nobody asked.
    pub(crate) close: AtomicU64,
    /// Its JavaScript thread has gone.
    pub(crate) lease_ended: AtomicBool,
}

impl LaneShared {
    pub(crate) fn new(number: u32, limits: Limits, alarm: &Arc<Alarm>) -> Self {
        Self {
            number,
            alarm: Arc::clone(alarm),
            ready: Arc::new(ReadySlots::new(Arc::clone(alarm))),
            events: Arc::new(EventQueue::new(Arc::clone(alarm))),
            calls: HostCalls::new(limits, Arc::clone(alarm)),
            signal: Arc::default(),
            close: AtomicU64::new(0),
            lease_ended: AtomicBool::new(false),
        }
    }

    /// Its JavaScript thread has gone: the drain ends it.
    pub(crate) fn end_lease(&self) {
        self.lease_ended.store(true, Ordering::Release);
        self.alarm.ring();
    }
}
