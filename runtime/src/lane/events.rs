//! Statuses, log records and calls, on their way into the lane.

use ferrule_ring::event_ring::EventKind;
use ferrule_ring::layout::*;

use super::{Lane, STATUS_BYTES, STATUS_ENTRIES};

impl Lane {
    /// Writes queued events, as far as there is space: statuses, then calls and log records by turns, which leave some
    /// for statuses, so that a start's statuses are there before its completion. Returns whether any was written.
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
        while self.write_call() | self.write_log() {
            wrote = true;
        }
        self.gauge(OFFSET_COUNTER_LOGS_DROPPED, self.queue.logs_dropped());
        wrote
    }

    fn write_call(&mut self) -> bool {
        let Some((kind, payload)) = self.waiting_call.take().or_else(|| self.calls.pop()) else { return false };
        let written = self.write_event(kind, &payload, STATUS_ENTRIES);
        if !written {
            self.waiting_call = Some((kind, payload));
        }
        written
    }

    fn write_log(&mut self) -> bool {
        let Some(payload) = self.waiting_log.take().or_else(|| self.queue.pop_log()) else { return false };
        let written = self.write_event(EventKind::Log, &payload, STATUS_ENTRIES);
        if !written {
            self.waiting_log = Some(payload);
        }
        written
    }

    /// Whether there are events that could be written now.
    pub(super) fn has_events(&mut self) -> bool {
        if let Some(length) = self.waiting_status.as_ref().map(Vec::len) {
            return self.has_event_space(length, 0); // nothing passes it
        }
        if self.queue.has_status() {
            return true;
        }
        let call = self.waiting_call.as_ref().map(|(_, payload)| payload.len());
        let has_call = call.map_or(self.calls.has_more(), |length| self.has_event_space(length, STATUS_ENTRIES));
        let log = self.waiting_log.as_ref().map(Vec::len);
        has_call || log.map_or(self.queue.has_log(), |length| self.has_event_space(length, STATUS_ENTRIES))
    }

    /// Whether any waits for space.
    pub(super) fn has_waiting_events(&self) -> bool {
        self.waiting_status.is_some() || self.waiting_log.is_some() || self.waiting_call.is_some()
    }

    fn write_event(&mut self, kind: EventKind, payload: &[u8], spared: u32) -> bool {
        self.has_event_space(payload.len(), spared) && self.events.write(&*self.region, kind.encode(), payload).is_ok()
    }

    /// Whether an event fits, with so many entries, and bytes for them, to spare.
    pub(super) fn has_event_space(&mut self, length: usize, spared: u32) -> bool {
        self.events.has_entry_space(&*self.region, spared + 1)
            && self.events.has_byte_space(&*self.region, length + (spared * STATUS_BYTES) as usize)
    }
}
