//! One lane: its rings, its doorbells, and the completions that wait for space.
//!
//! On a call's path: [`crate::drain`] takes requests from here and gives outcomes back; TypeScript's
//! `completion-ring` comes after.

mod events;
mod results;

use std::collections::VecDeque;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use ferrule::Bytes;
use ferrule_ring::cancel::CancelBoard;
use ferrule_ring::cell_ring;
use ferrule_ring::channel::{Reader, Writer};
use ferrule_ring::completion_ring::{self, Completion};
use ferrule_ring::doorbell::{Announced, Doorbell, Sleep, Wake};
use ferrule_ring::event_ring::{self, EventKind};
use ferrule_ring::header::{First, Limits};
use ferrule_ring::layout::*;
use ferrule_ring::region::Region;
use ferrule_ring::request_ring::{self, Request};
use ferrule_ring::sync::Ordering;
use ferrule_ring::{Memory, Violation};
use rustix::net::{SendFlags, send};

use crate::alarm::Signal;
use crate::events::EventQueue;
use crate::host_calls::HostCalls;
use crate::panics::catch_drop;

/// Entries of the event ring, and bytes for each, that log records leave to statuses.
const STATUS_ENTRIES: u32 = 64;
const STATUS_BYTES: u32 = 512;

/// A result that goes out in cells.
struct Long {
    completion: Completion,
    payload: Bytes,
    /// Bytes of it that were written.
    sent: u32,
}

/// A lane's Rust side. Only the drain has it.
pub(crate) struct Lane {
    region: Arc<Region>,
    limits: Limits,
    requests: Reader,
    request_cells: cell_ring::Reader,
    completions: Writer,
    completion_cells: cell_ring::Writer,
    events: Writer,
    cancels: CancelBoard,
    /// Completions without byte space. Inline ones pass them.
    waiting: VecDeque<(Completion, Bytes)>,
    /// Results that are too long for the byte ring. The first is on its way.
    long: VecDeque<Long>,
    /// Bytes of results in both of these.
    held: u64,
    /// A status, and a log record, without space.
    waiting_status: Option<Vec<u8>>,
    waiting_log: Option<Vec<u8>>,
    /// The same of a call from Rust.
    waiting_call: Option<(EventKind, Vec<u8>)>,
    queue: Arc<EventQueue>,
    calls: Arc<HostCalls>,
    bell: Arc<UnixStream>,
    signal: Arc<Signal>,
    bytes: (u64, u64),
    /// The sum of both when something was published last.
    bytes_published: u64,
    /// The JavaScript thread was woken, and no request taken since.
    waking: bool,
    /// Its JavaScript thread has gone: nothing is written into it any more.
    abandoned: bool,
}

/// What a lane is made of.
pub(crate) struct LaneParts {
    pub(crate) region: Arc<Region>,
    pub(crate) first: First,
    pub(crate) limits: Limits,
    pub(crate) queue: Arc<EventQueue>,
    pub(crate) calls: Arc<HostCalls>,
    pub(crate) bell: Arc<UnixStream>,
    pub(crate) signal: Arc<Signal>,
}

impl Lane {
    pub(crate) fn new(parts: LaneParts) -> Self {
        let LaneParts { region, first, limits, queue, calls, bell, signal } = parts;
        let First { cursor, byte_cursor, .. } = first;
        Self {
            region,
            limits,
            requests: Reader::new(request_ring::PLACE, cursor, byte_cursor),
            request_cells: cell_ring::Reader::new(cell_ring::REQUESTS, cursor),
            completions: Writer::new(completion_ring::PLACE, cursor, byte_cursor),
            completion_cells: cell_ring::Writer::new(cell_ring::COMPLETIONS, cursor),
            events: Writer::new(event_ring::PLACE, cursor, byte_cursor),
            cancels: CancelBoard::default(),
            waiting: VecDeque::new(),
            long: VecDeque::new(),
            held: 0,
            waiting_status: None,
            waiting_log: None,
            waiting_call: None,
            queue,
            calls,
            bell,
            signal,
            bytes: (0, 0),
            bytes_published: 0,
            waking: false,
            abandoned: false,
        }
    }

    /// The longest payload, in either direction.
    pub(crate) fn payload_max(&self) -> u32 {
        self.limits.payload_max
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

    pub(crate) fn is_abandoned(&self) -> bool {
        self.abandoned
    }

    pub(crate) fn abandon(&mut self) {
        self.abandoned = true;
        for (_, payload) in self.waiting.drain(..) {
            let _ = catch_drop(payload);
        }
        for long in self.long.drain(..) {
            let _ = catch_drop(long.payload);
        }
        self.held = 0;
        self.waiting_status = None;
        self.waiting_log = None;
        self.waiting_call = None;
        self.calls.close();
    }

    /// Results wait for TypeScript to make room, and more of them than may: no further requests until it has.
    fn is_held_up(&self) -> bool {
        self.held > u64::from(self.limits.held_max)
    }

    pub(crate) fn take_request(&mut self) -> Result<Option<Request>, Violation> {
        if self.abandoned || self.is_held_up() {
            return Ok(None);
        }
        let Some(message) = self.requests.take(&*self.region)? else { return Ok(None) };
        self.waking = false;
        let mut request = Request::decode(message)?;
        if let Some(total) = request.cells {
            self.take_cells()?; // they were published before the entry that speaks of them
            request.payload = self.request_cells.finish(request.slot, request.generation, total)?;
        }
        self.bytes.0 += request.payload.len() as u64;
        Ok(Some(request))
    }

    /// Whether no further request is known of: what was done so far is worth publishing.
    pub(crate) fn is_caught_up(&self) -> bool {
        self.requests.is_caught_up()
    }

    /// Bytes of requests and results since something was published.
    pub(crate) fn unpublished_bytes(&self) -> u64 {
        self.bytes.0 + self.bytes.1 - self.bytes_published
    }

    /// Copies fragments of long payloads out. Returns whether there were any.
    pub(crate) fn take_cells(&mut self) -> Result<bool, Violation> {
        if self.abandoned || !self.request_cells.has_more(&*self.region) {
            return Ok(false);
        }
        self.request_cells.take(&*self.region, self.limits.payload_max)
    }

    pub(crate) fn is_cancelled(&self, slot: u32, generation: u32) -> bool {
        self.cancels.is_requested(&*self.region, slot, generation)
    }

    pub(crate) fn take_cancel_summary(&self) -> u32 {
        self.cancels.take_summary(&*self.region)
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
        self.bytes_published = self.bytes.0 + self.bytes.1;
        self.write_gauges(); // before the completions: who has an answer reads counters that include it
        let freed = self.requests.release(&*self.region) | self.request_cells.release(&*self.region);
        // Before the completions that speak of them.
        let cells = self.completion_cells.publish(&*self.region);
        let events = self.events.publish(&*self.region);
        let completions = self.completions.publish(&*self.region);
        let doorbell = Doorbell::new(self.region.word(OFFSET_TYPESCRIPT_PARKED));
        let wake = match (cells || events || completions, freed) {
            (true, _) => doorbell.after_publish(),
            (false, true) => doorbell.after_free(),
            (false, false) => return,
        };
        self.waking |= wake != Wake::Spared;
        match wake {
            Wake::Ring => self.ring(),
            Wake::Signal => self.give_signal(),
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
        if self.abandoned {
            return false;
        }
        let region = &*self.region;
        if self.has_requests() || self.cancels.has_more(region) {
            return true;
        }
        if !self.long.is_empty() && self.completion_cells.has_space(region) {
            return true;
        }
        let front = self.waiting.front().map(|(_, payload)| payload.len());
        if front.is_some_and(|length| self.completions.has_byte_space(region, length)) {
            return true;
        }
        self.has_events()
    }

    /// Whether requests, or fragments of them, were published that can be taken: what a spinning drain looks at.
    pub(crate) fn has_requests(&self) -> bool {
        let region = &*self.region;
        !self.abandoned
            && ((self.requests.has_more(region) && !self.is_held_up()) || self.request_cells.has_more(region))
    }

    /// Whether the JavaScript thread is known to run: it may send without being woken. Looking takes nothing from it.
    pub(crate) fn is_caller_awake(&self) -> bool {
        let parked = self.region.word(OFFSET_TYPESCRIPT_PARKED).load(Ordering::Relaxed);
        !self.waking && !self.abandoned && parked == PARKED_AWAKE
    }

    /// Says which call the drain's thread is in: the watchdog's words. A method of `None` says that it is in none.
    pub(crate) fn watch(&self, handle: (u32, u32), method: Option<u32>) {
        if method.is_some() {
            self.gauge(OFFSET_WATCHDOG_HANDLE_INDEX, handle.0);
            self.gauge(OFFSET_WATCHDOG_HANDLE_GENERATION, handle.1);
        }
        self.gauge(OFFSET_WATCHDOG_METHOD, method.map_or(0, |method| method.wrapping_add(1)));
    }

    /// Adds to the histogram of how long requests take.
    pub(crate) fn record_time(&self, took: Duration) {
        let micros = u32::try_from(took.as_micros()).unwrap_or(u32::MAX);
        let bucket = (u32::BITS - micros.leading_zeros()).min(HISTOGRAM_BUCKETS - 1);
        self.count(OFFSET_HISTOGRAM + bucket * 4, 1);
    }

    /// Writes the counters that are kept elsewhere.
    fn write_gauges(&self) {
        for (low, high, value) in [
            (OFFSET_COUNTER_BYTES_IN_LOW, OFFSET_COUNTER_BYTES_IN_HIGH, self.bytes.0),
            (OFFSET_COUNTER_BYTES_OUT_LOW, OFFSET_COUNTER_BYTES_OUT_HIGH, self.bytes.1),
        ] {
            self.gauge(low, value as u32);
            self.gauge(high, (value >> 32) as u32);
        }
        self.gauge(OFFSET_COUNTER_HELD, u32::try_from(self.held).unwrap_or(u32::MAX));
    }

    /// Announces sleep; then look at [`Lane::has_reason`] again.
    pub(crate) fn announce_sleep(&self) {
        let short = self.has_waiting() || self.has_waiting_events();
        let sleep = if short { Sleep::PublishedOrFreed } else { Sleep::Published };
        // The announcement is taken back by wake_up(), which the drain calls on every way out of its sleep.
        let Announced { .. } = Doorbell::new(self.region.word(OFFSET_RUST_PARKED)).before_sleep(sleep);
    }

    /// Awake again.
    pub(crate) fn wake_up(&self) {
        self.region.word(OFFSET_RUST_PARKED).swap(PARKED_AWAKE, Ordering::AcqRel);
    }
}
