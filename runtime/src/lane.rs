//! One lane: its rings, its doorbells, and the completions that wait for space.
//!
//! On a call's path: [`crate::drain`] takes requests from here and gives outcomes back; TypeScript's
//! `completion-ring` comes after.

use std::collections::VecDeque;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use ferrule::Bytes;
use ferrule_ring::cancel::CancelBoard;
use ferrule_ring::channel::{Full, Reader, Writer};
use ferrule_ring::completion_ring::{self, Completion, Status};
use ferrule_ring::doorbell::{Announced, Doorbell, Sleep, Wake};
use ferrule_ring::event_ring::{self, EventKind};
use ferrule_ring::header::First;
use ferrule_ring::layout::*;
use ferrule_ring::region::Region;
use ferrule_ring::request_ring::{self, Request};
use ferrule_ring::sync::Ordering;
use ferrule_ring::{Memory, Violation};
use rustix::net::{SendFlags, send};

use crate::events::EventQueue;
use crate::messages::Outcome;
use crate::panics::catch_drop;

/// Entries of the event ring, and bytes for each, that log records leave to statuses.
const STATUS_ENTRIES: u32 = 64;
const STATUS_BYTES: u32 = 512;

/// A lane's Rust side. Only the drain has it.
pub(crate) struct Lane {
    region: Arc<Region>,
    requests: Reader,
    completions: Writer,
    events: Writer,
    cancels: CancelBoard,
    /// Completions without byte space. Inline ones pass them.
    waiting: VecDeque<(Completion, Bytes)>,
    /// A status, and a log record, without space.
    waiting_status: Option<Vec<u8>>,
    waiting_log: Option<Vec<u8>>,
    queue: Arc<EventQueue>,
    bell: Arc<UnixStream>,
    /// Its JavaScript thread has gone: nothing is written into it any more.
    abandoned: bool,
}

impl Lane {
    pub(crate) fn new(region: Arc<Region>, first: First, queue: Arc<EventQueue>, bell: Arc<UnixStream>) -> Self {
        let First { cursor, byte_cursor, .. } = first;
        Self {
            region,
            requests: Reader::new(request_ring::PLACE, cursor, byte_cursor),
            completions: Writer::new(completion_ring::PLACE, cursor, byte_cursor),
            events: Writer::new(event_ring::PLACE, cursor, byte_cursor),
            cancels: CancelBoard::default(),
            waiting: VecDeque::new(),
            waiting_status: None,
            waiting_log: None,
            queue,
            bell,
            abandoned: false,
        }
    }

    pub(crate) fn count(&self, counter: u32, by: u32) {
        let word = self.region.word(counter);
        word.store(word.load(Ordering::Relaxed).wrapping_add(by), Ordering::Relaxed);
    }

    pub(crate) fn gauge(&self, counter: u32, value: u32) {
        self.region.word(counter).store(value, Ordering::Relaxed);
    }

    pub(crate) fn set_state(&self, state: u32) {
        // Release: whoever reads the state sees what was published before.
        self.region.word(OFFSET_STATE).store(state, Ordering::Release);
    }

    pub(crate) fn abandon(&mut self) {
        self.abandoned = true;
        for (_, payload) in self.waiting.drain(..) {
            let _ = catch_drop(payload);
        }
        self.waiting_status = None;
        self.waiting_log = None;
    }

    pub(crate) fn take_request(&mut self) -> Result<Option<Request>, Violation> {
        self.requests.take(&*self.region)?.map(Request::decode).transpose()
    }

    pub(crate) fn is_cancelled(&self, slot: u32, generation: u32) -> bool {
        self.cancels.is_requested(&*self.region, slot, generation)
    }

    pub(crate) fn take_cancel_summary(&self) -> u32 {
        self.cancels.take_summary(&*self.region)
    }

    /// The one completion of a request.
    pub(crate) fn complete(&mut self, slot: u32, generation: u32, first_poll: bool, outcome: Outcome) {
        if self.abandoned {
            return;
        }
        // What this request caused to be said comes before its outcome.
        self.write_events();
        let Outcome { mut status, mut payload } = outcome;
        let payload_max = self.completions.payload_max();
        if payload.len() > payload_max as usize {
            status = Status::ResultTooLarge;
            payload = format!("result of {} bytes, at most {payload_max}", payload.len()).into_bytes().into();
        }
        let event_tail = self.events.tail();
        let completion = Completion { status, slot, generation, first_poll, event_tail };
        self.count(OFFSET_COUNTER_COMPLETIONS, 1);
        self.count(OFFSET_COUNTER_FIRST_POLL, u32::from(first_poll));
        let passes = self.waiting.is_empty() || payload.len() <= COMPLETION_INLINE_MAX as usize;
        if passes && self.write(completion, &payload).is_ok() {
            let _ = catch_drop(payload); // it may be its author's own type
        } else {
            self.count(OFFSET_COUNTER_BYTE_WAITS, 1);
            self.waiting.push_back((completion, payload));
        }
    }

    fn write(&mut self, mut completion: Completion, payload: &[u8]) -> Result<(), Full> {
        completion.event_tail = self.events.tail();
        self.completions.write(&*self.region, completion.encode(), payload)
    }

    /// Whether outcomes wait for byte space.
    pub(crate) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Writes what waited, as far as there is space now. Returns whether anything moved.
    pub(crate) fn write_waiting(&mut self) -> bool {
        let before = self.waiting.len();
        while let Some((completion, payload)) = self.waiting.pop_front() {
            if self.write(completion, &payload).is_err() {
                self.waiting.push_front((completion, payload));
                break;
            }
            let _ = catch_drop(payload);
        }
        self.waiting.len() != before
    }

    /// Writes queued events, as far as there is space: statuses, then log records, which leave some for statuses, so
    /// that a start's statuses are there before its completion. Returns whether any was written.
    pub(crate) fn write_events(&mut self) -> bool {
        if self.abandoned {
            return false;
        }
        let mut wrote = false;
        while let Some(payload) = self.waiting_status.take().or_else(|| self.queue.pop_status()) {
            if !self.write_event(EventKind::Status, &payload, 0) {
                self.waiting_status = Some(payload);
                return wrote;
            }
            wrote = true;
        }
        while let Some(payload) = self.waiting_log.take().or_else(|| self.queue.pop_log()) {
            if !self.write_event(EventKind::Log, &payload, STATUS_ENTRIES) {
                self.waiting_log = Some(payload);
                break;
            }
            wrote = true;
        }
        self.gauge(OFFSET_COUNTER_LOGS_DROPPED, self.queue.logs_dropped());
        wrote
    }

    fn write_event(&mut self, kind: EventKind, payload: &[u8], spared: u32) -> bool {
        self.has_event_space(payload.len(), spared) && self.events.write(&*self.region, kind.encode(), payload).is_ok()
    }

    /// Whether an event fits, with so many entries, and bytes for them, to spare.
    fn has_event_space(&mut self, length: usize, spared: u32) -> bool {
        self.events.has_entry_space(&*self.region, spared + 1)
            && self.events.has_byte_space(&*self.region, length + (spared * STATUS_BYTES) as usize)
    }

    /// Says that the protocol is broken; the last thing that this lane says.
    pub(crate) fn write_fault(&mut self, text: &str) {
        if self.events.has_entry_space(&*self.region, 1) {
            let _ = self.events.write(&*self.region, EventKind::Fault.encode(), text.as_bytes());
        }
        self.set_state(STATE_FAULTED);
    }

    /// Publishes everything that a turn did, and rings when the other side sleeps.
    pub(crate) fn publish(&mut self) {
        if self.abandoned {
            return;
        }
        let freed = self.requests.release(&*self.region);
        let events = self.events.publish(&*self.region);
        let completions = self.completions.publish(&*self.region);
        let doorbell = Doorbell::new(self.region.word(OFFSET_TYPESCRIPT_PARKED));
        let wake = match (events || completions, freed) {
            (true, _) => doorbell.after_publish(),
            (false, true) => doorbell.after_free(),
            (false, false) => return,
        };
        match wake {
            Wake::Ring => self.ring(),
            Wake::Spared => self.count(OFFSET_COUNTER_WAKES_SPARED, 1),
        }
    }

    /// Rings whether or not the other side sleeps: for what is no ring entry, such as a change of state.
    pub(crate) fn ring(&self) {
        self.count(OFFSET_COUNTER_WAKES_SENT, 1);
        // A full socket has unread rings in it already, and a closed one nobody to wake.
        let _ = send(&*self.bell, &[1], SendFlags::NOSIGNAL | SendFlags::DONTWAIT);
    }

    /// Whether there is anything to do.
    pub(crate) fn has_reason(&mut self) -> bool {
        let region = &*self.region;
        if self.requests.has_more(region) || self.cancels.has_more(region) {
            return true;
        }
        if self.abandoned {
            return false;
        }
        let front = self.waiting.front().map(|(_, payload)| payload.len());
        if front.is_some_and(|length| self.completions.has_byte_space(region, length)) {
            return true;
        }
        match (&self.waiting_status, &self.waiting_log) {
            (Some(status), _) => {
                let length = status.len();
                self.has_event_space(length, 0)
            }
            (None, Some(log)) => {
                let length = log.len();
                self.queue.has_status() || self.has_event_space(length, STATUS_ENTRIES)
            }
            (None, None) => self.queue.has_more(),
        }
    }

    /// Whether requests were published that were not taken: what a spinning drain looks at.
    pub(crate) fn has_requests(&self) -> bool {
        self.requests.has_more(&*self.region)
    }

    /// Announces sleep; then look at [`Lane::has_reason`] again.
    pub(crate) fn announce_sleep(&self) {
        let short = !self.waiting.is_empty() || self.waiting_status.is_some() || self.waiting_log.is_some();
        let sleep = if short { Sleep::PublishedOrFreed } else { Sleep::Published };
        // The announcement is taken back by wake_up(), which the drain calls on every way out of its sleep.
        let Announced { .. } = Doorbell::new(self.region.word(OFFSET_RUST_PARKED)).before_sleep(sleep);
    }

    /// Awake again.
    pub(crate) fn wake_up(&self) {
        self.region.word(OFFSET_RUST_PARKED).swap(PARKED_AWAKE, Ordering::AcqRel);
    }
}
