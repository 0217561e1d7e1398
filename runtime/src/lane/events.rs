//! Statuses and log records, on their way into the lane.

use ferrule_ring::event_ring::EventKind;
use ferrule_ring::layout::*;

use super::{Lane, STATUS_BYTES, STATUS_ENTRIES};

impl Lane {
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
    pub(super) fn has_event_space(&mut self, length: usize, spared: u32) -> bool {
        self.events.has_entry_space(&*self.region, spared + 1)
            && self.events.has_byte_space(&*self.region, length + (spared * STATUS_BYTES) as usize)
    }
}
