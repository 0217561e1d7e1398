//! Calls from Rust into TypeScript, of one lane: a caller waits for a place, its call goes out in events, and the
//! answer comes back as a request.
//!
//! ```text
//!     waits for a place --> queued --its last event was written--> sent --answer--> over, and the place is free
//!                             |                                     |
//!                  caller went: over                  caller went: told by a cancel, and answered all the same
//! ```
//!
//! A place is a call and its bytes, and is free only when TypeScript has answered: what runs there is bounded, also
//! when a handler ignores that its caller has gone. Each depth of calls within calls has places of its own. So a call
//! waits for deeper ones alone, and the deepest for nobody: they cannot wait for each other in a circle.
//!
//! On a call's path: [`crate::peers`] comes before; [`crate::lane`] takes the events from here; TypeScript's
//! `host-calls` comes after. Any thread calls, only the drain takes and answers.

mod answer;
mod lines;
mod message;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use ferrule::{CallFuture, Context, Error, Payload};
use ferrule_ring::event_ring::EventKind;
use ferrule_ring::header::Limits;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

pub(crate) use self::answer::read_error;
use self::lines::{Calls, Event, Key};
pub(crate) use self::message::Target;
use self::message::{HEAD_MAX, Message, OfIterable};
use crate::alarm::Alarm;
use crate::panics::catch_drop;
use crate::peers::{DEPTH_MAX, aborted, late, refuse, too_deep};

/// Calls of one depth that TypeScript has at the same time. Further ones wait, in order.
const CALLS_MAX: usize = 256;

/// Calls of one lane.
pub(crate) struct HostCalls {
    limits: Limits,
    /// By depth.
    levels: Vec<Level>,
    calls: Mutex<Calls>,
    /// Events to be written.
    waiting: AtomicU32,
    alarm: Arc<Alarm>,
}

/// The places of one depth.
struct Level {
    calls: Arc<Semaphore>,
    /// Of heads and payloads.
    bytes: Arc<Semaphore>,
}

/// What a call holds until it was answered.
type Place = (OwnedSemaphorePermit, OwnedSemaphorePermit);

type Answer = oneshot::Receiver<Result<Payload, Error>>;

/// A caller that waits for its answer.
struct Ticket {
    home: Arc<HostCalls>,
    key: Key,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.home.leave(self.key);
    }
}

fn closed() -> Error {
    refuse("RUNTIME_CLOSED", "the JavaScript thread that answers calls has ended, or its runtime has closed".to_owned())
}

impl HostCalls {
    pub(crate) fn new(limits: Limits, alarm: Arc<Alarm>) -> Arc<Self> {
        let level = || Level {
            calls: Arc::new(Semaphore::new(CALLS_MAX)),
            bytes: Arc::new(Semaphore::new(limits.held_max as usize)),
        };
        let levels = std::iter::repeat_with(level).take(DEPTH_MAX as usize).collect();
        Arc::new(Self { limits, levels, calls: Mutex::default(), waiting: AtomicU32::new(0), alarm })
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls into TypeScript. Dropping the future tells the other side that the caller has gone.
    pub(crate) async fn call(
        self: &Arc<Self>,
        target: Target<'_>,
        payload: Payload,
        context: &Context,
    ) -> Result<Payload, Error> {
        if context.is_cancelled() {
            return Err(aborted());
        }
        let deadline = context.deadline();
        if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            return Err(late());
        }
        let payload = payload.into_bytes();
        let (length, length_max) = (payload.len(), self.limits.payload_max);
        if length > length_max as usize {
            return Err(refuse("PAYLOAD_TOO_LARGE", format!("payload of {length} bytes, at most {length_max}")));
        }
        let level = self.levels.get(context.depth() as usize).ok_or_else(too_deep)?;
        let head = message::head(&target, context)?;
        let message = Message::new(head, payload);
        let cancellation = context.cancellation();
        let late_at = async {
            match deadline {
                Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = cancellation.cancelled() => Err(aborted()),
            () = late_at => Err(late()),
            answered = self.send(level, message) => answered,
        }
    }

    async fn send(self: &Arc<Self>, level: &Level, message: Message) -> Result<Payload, Error> {
        let call = Arc::clone(&level.calls).acquire_owned().await.map_err(|_| closed())?;
        // What is longer than all that may be under way, by its head, goes alone.
        let held = message.length().min(self.limits.held_max);
        let bytes = Arc::clone(&level.bytes).acquire_many_owned(held).await.map_err(|_| closed())?;
        let (key, answer) = self.add(message, Some((call, bytes)))?;
        let _ticket = Ticket { home: Arc::clone(self), key };
        answer.await.unwrap_or_else(|_| Err(closed()))
    }

    fn add(&self, message: Message, place: Option<Place>) -> Result<(Key, Answer), Error> {
        let (caller, answer) = oneshot::channel();
        let key = {
            let mut calls = self.calls();
            let key = calls.add(message, caller, place);
            self.count(&calls);
            key
        };
        let key = key.map_err(|message| {
            let _ = catch_drop(message);
            closed()
        })?;
        self.alarm.ring();
        Ok((key, answer))
    }

    /// Asks an iterable of a caller for items. It takes no place: each has one such question at a time, and waits for
    /// nobody but its source.
    pub(crate) fn pull(self: &Arc<Self>, iterable: u32) -> CallFuture {
        let asked = self.add(OfIterable { iterable, ends: false }.into(), None);
        let asked = asked.map(|(key, answer)| (Ticket { home: Arc::clone(self), key }, answer));
        Box::pin(async move {
            let (_ticket, answer) = asked?;
            answer.await.unwrap_or_else(|_| Err(closed()))
        })
    }

    /// Tells an iterable that nobody wants more of it.
    pub(crate) fn release(&self, iterable: u32) {
        // Nobody waits for the answer. On a lane that is over nobody needs to be told.
        let _ = self.add(OfIterable { iterable, ends: true }.into(), None);
    }

    /// Whether there are events to be written.
    pub(crate) fn has_more(&self) -> bool {
        self.waiting.load(Ordering::Acquire) > 0
    }

    fn count(&self, calls: &Calls) {
        self.waiting.store(calls.waiting(), Ordering::Release);
    }

    /// The next event to be written.
    pub(crate) fn pop(&self) -> Option<(EventKind, Vec<u8>)> {
        if !self.has_more() {
            return None;
        }
        let mut calls = self.calls();
        let next = calls.next();
        self.count(&calls);
        drop(calls);
        let Event { kind, bytes, written } = next?;
        let _ = catch_drop(written); // it may be its author's own type
        Some((kind, bytes))
    }

    /// An answer came. One that names no call is late: its call was given up with its lane.
    pub(crate) fn answer(&self, index: u32, generation: u32, result: Result<Payload, Error>) {
        let mut calls = self.calls();
        let call = calls.remove(Key { index, generation });
        self.count(&calls);
        drop(calls);
        let Some(call) = call else { return };
        if let Some(caller) = call.caller {
            let _ = caller.send(result); // it may have gone
        }
        let _ = catch_drop(call.message);
    }

    /// A caller has its answer, or has gone.
    fn leave(&self, key: Key) {
        let mut calls = self.calls();
        let left = calls.leave(key);
        self.count(&calls);
        let tell = calls.waiting() > 0;
        drop(calls);
        let _ = catch_drop(left);
        if tell {
            self.alarm.ring();
        }
    }

    /// Nobody answers any more: every call ends, those included that wait for a place.
    pub(crate) fn close(&self) {
        for Level { calls, bytes } in &self.levels {
            calls.close();
            bytes.close();
        }
        let mut calls = self.calls();
        let left = calls.close();
        self.count(&calls);
        drop(calls);
        let _ = catch_drop(left);
    }
}

/// The longest call, head and payload, fits into a semaphore and an event's field.
const _: () = assert!(HEAD_MAX as u64 + (1 << 30) < u32::MAX as u64);

#[cfg(test)]
mod tests;
