//! What waits for the event ring. Any thread adds, only the drain takes.
//!
//! Bounds: 1,024 log records, further ones are dropped and counted; 256 statuses, beyond which a component's new one
//! takes the place of its last; and the first fatal error, which has a place of its own and is never lost.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crossbeam_queue::ArrayQueue;
use ferrule::{Status, StatusReport, StatusSink};
use serde::Serialize;

use crate::alarm::Alarm;
use crate::error_message::bounded;

const LOGS_MAX: usize = 1_024;
const STATUSES_MAX: usize = 256;

/// Events of one lane.
pub(crate) struct EventQueue {
    logs: ArrayQueue<Vec<u8>>,
    statuses: Mutex<Statuses>,
    logs_dropped: AtomicU32,
    waiting: AtomicU32,
    alarm: Arc<Alarm>,
}

#[derive(Default)]
struct Statuses {
    fatal: Option<StatusReport>,
    fatal_seen: bool,
    others: VecDeque<StatusReport>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StatusMessage<'a> {
    component_id: &'a str,
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

impl EventQueue {
    pub(crate) fn new(alarm: Arc<Alarm>) -> Self {
        Self {
            logs: ArrayQueue::new(LOGS_MAX),
            statuses: Mutex::default(),
            logs_dropped: AtomicU32::new(0),
            waiting: AtomicU32::new(0),
            alarm,
        }
    }

    fn statuses(&self) -> MutexGuard<'_, Statuses> {
        self.statuses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn added(&self) {
        self.waiting.fetch_add(1, Ordering::Release);
        self.alarm.ring();
    }

    pub(crate) fn push_log(&self, record: Vec<u8>) {
        match self.logs.push(record) {
            Ok(()) => self.added(),
            Err(_) => {
                self.logs_dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    pub(crate) fn logs_dropped(&self) -> u32 {
        self.logs_dropped.load(Ordering::Relaxed)
    }

    pub(crate) fn has_more(&self) -> bool {
        self.waiting.load(Ordering::Acquire) > 0
    }

    pub(crate) fn has_log(&self) -> bool {
        !self.logs.is_empty()
    }

    pub(crate) fn has_status(&self) -> bool {
        if !self.has_more() {
            return false;
        }
        let statuses = self.statuses();
        statuses.fatal.is_some() || !statuses.others.is_empty()
    }

    /// The next status: the fatal one before all.
    pub(crate) fn pop_status(&self) -> Option<Vec<u8>> {
        if !self.has_more() {
            return None;
        }
        let mut statuses = self.statuses();
        let report = statuses.fatal.take().or_else(|| statuses.others.pop_front())?;
        drop(statuses);
        self.waiting.fetch_sub(1, Ordering::AcqRel);
        Some(encode(&report))
    }

    /// The next log record.
    pub(crate) fn pop_log(&self) -> Option<Vec<u8>> {
        if !self.has_more() {
            return None;
        }
        let record = self.logs.pop()?;
        self.waiting.fetch_sub(1, Ordering::AcqRel);
        Some(record)
    }
}

fn encode(report: &StatusReport) -> Vec<u8> {
    let (component_id, status) = (&*report.component.id, report.status.as_str());
    let error = report.error.as_deref().map(bounded);
    serde_json::to_vec(&StatusMessage { component_id, status, error: error.as_deref() })
        .expect("a report is made of text, which JSON can hold")
}

impl StatusSink for EventQueue {
    fn report(&self, report: StatusReport) {
        let mut statuses = self.statuses();
        if report.status == Status::FatalError && !statuses.fatal_seen {
            statuses.fatal_seen = true;
            statuses.fatal = Some(report);
        } else {
            if statuses.others.len() >= STATUSES_MAX {
                let last = statuses.others.iter_mut().rev().find(|other| other.component == report.component);
                if let Some(last) = last {
                    *last = report;
                    return;
                }
            }
            statuses.others.push_back(report);
        }
        drop(statuses);
        self.added();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue() -> EventQueue {
        EventQueue::new(Arc::default())
    }

    fn report(id: &str, status: Status, error: &str) -> StatusReport {
        let identity = ferrule::Identity { id: id.into(), component_type: id.into(), name: String::new(), lane: 1 };
        StatusReport { component: Arc::new(identity), status, error: Some(error.into()) }
    }

    #[test]
    fn logs_beyond_the_bound_are_counted() {
        let queue = queue();
        for _ in 0..LOGS_MAX + 3 {
            queue.push_log(Vec::new());
        }
        assert_eq!(queue.logs_dropped(), 3);
        assert_eq!(std::iter::from_fn(|| queue.pop_log()).count(), LOGS_MAX);
        assert!(!queue.has_more());
    }

    #[test]
    fn a_full_queue_keeps_the_latest_status_and_the_first_fatal_error() {
        let queue = queue();
        for number in 0..STATUSES_MAX + 5 {
            queue.report(report("a", Status::Ok, &number.to_string()));
        }
        queue.report(report("a", Status::FatalError, "first"));
        queue.report(report("b", Status::FatalError, "second"));
        let events: Vec<_> =
            std::iter::from_fn(|| queue.pop_status()).map(|bytes| String::from_utf8(bytes).unwrap()).collect();
        assert_eq!(events.len(), STATUSES_MAX + 2);
        assert!(events[0].contains("first"));
        assert!(events[STATUSES_MAX].contains(&format!("\"{}\"", STATUSES_MAX + 4)), "{}", events[STATUSES_MAX]);
        assert!(events[STATUSES_MAX + 1].contains("second"));
        assert!(!queue.has_more());
    }
}
