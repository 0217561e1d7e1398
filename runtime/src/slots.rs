//! What runs in each slot.
//!
//! ```text
//!     free --take--> polled     the call's future stands here and is polled in place; no task is spawned for a call
//!     free --take--> elsewhere  a lifecycle step, a blocking call, or with workers any call runs on another thread;
//!                               `done` brings its outcome
//!     polled, elsewhere --finish--> free, and exactly one completion
//! ```
//!
//! A peer that uses a slot which is not free has broken the protocol.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use ferrule::{CallFuture, Context as CallContext, Identity, Request as CallerRequest, scope};
use ferrule_ring::completion_ring::Status;
use ferrule_ring::layout::SLOT_COUNT;
use ferrule_ring::request_ring::Operation;
use tokio::time::Sleep;
use tokio_util::sync::CancellationToken;

use crate::messages::Outcome;
use crate::panics::{catch, catch_drop};
use crate::ready::ReadySlots;
use crate::table::{Handle, Instance};

/// A call whose future is polled by the drain.
pub(crate) struct PolledCall {
    pub(crate) handle: Handle,
    pub(crate) method: u32,
    pub(crate) instance: Arc<Instance>,
    pub(crate) future: CallFuture,
    pub(crate) deadline: Option<Pin<Box<Sleep>>>,
}

/// Work that runs on another thread.
pub(crate) struct Step {
    pub(crate) token: CancellationToken,
    pub(crate) operation: Operation,
    /// Whose it is; a start has no handle yet.
    pub(crate) handle: Option<Handle>,
    pub(crate) identity: Arc<Identity>,
}

impl Step {
    fn is_call_of(&self, handle: Handle) -> bool {
        let is_call = matches!(self.operation, Operation::Call | Operation::CallMany | Operation::Write);
        is_call && self.handle == Some(handle)
    }
}

enum State {
    Free,
    Polled(PolledCall),
    Elsewhere(Step),
}

struct Slot {
    generation: u32,
    state: State,
    /// Of its present or last call: made once, and used again when nobody kept it.
    context: Option<CallContext>,
    /// When it began, if it is one of those that are timed.
    since: Option<Instant>,
}

/// All slots of a lane.
pub(crate) struct Slots {
    slots: Vec<Slot>,
    wakers: Vec<Waker>,
    running: u32,
}

impl Slots {
    pub(crate) fn new(ready: &Arc<ReadySlots>) -> Self {
        let free = || Slot { generation: 0, state: State::Free, context: None, since: None };
        let slots = std::iter::repeat_with(free).take(SLOT_COUNT as usize).collect();
        Self { slots, wakers: ready.wakers(), running: 0 }
    }

    /// Requests that have no outcome yet.
    pub(crate) fn running(&self) -> u32 {
        self.running
    }

    pub(crate) fn is_free(&self, slot: u32) -> bool {
        matches!(self.slots[slot as usize].state, State::Free)
    }

    /// The use of a slot that is under way.
    pub(crate) fn generation(&self, slot: u32) -> Option<u32> {
        (!self.is_free(slot)).then(|| self.slots[slot as usize].generation)
    }

    /// The context of a slot's next call.
    pub(crate) fn context(
        &mut self,
        slot: u32,
        identity: &Arc<Identity>,
        deadline: Option<Instant>,
        request: Option<CallerRequest>,
    ) -> CallContext {
        let context = &mut self.slots[slot as usize].context;
        match context {
            Some(context) => context.renew(identity, deadline, request),
            None => *context = Some(CallContext::of_call(Arc::clone(identity), deadline, request)),
        }
        context.clone().expect("it was just put there")
    }

    pub(crate) fn waker(&self, slot: u32) -> &Waker {
        &self.wakers[slot as usize]
    }

    /// Times the request that has just come.
    pub(crate) fn time(&mut self, slot: u32) {
        self.slots[slot as usize].since = Some(Instant::now());
    }

    /// How long the request took, if it was timed.
    pub(crate) fn take_time(&mut self, slot: u32) -> Option<Duration> {
        self.slots[slot as usize].since.take().map(|since| since.elapsed())
    }

    pub(crate) fn put_polled(&mut self, slot: u32, generation: u32, call: PolledCall) {
        self.put(slot, generation, State::Polled(call));
    }

    pub(crate) fn put_elsewhere(&mut self, slot: u32, generation: u32, step: Step) {
        self.put(slot, generation, State::Elsewhere(step));
    }

    fn put(&mut self, slot: u32, generation: u32, state: State) {
        let slot = &mut self.slots[slot as usize];
        slot.generation = generation;
        slot.state = state;
        self.running += 1;
    }

    /// Which instance and method a slot's polled call is of.
    pub(crate) fn polled_call(&self, slot: u32) -> Option<(Handle, u32)> {
        match &self.slots[slot as usize].state {
            State::Polled(call) => Some((call.handle, call.method)),
            State::Free | State::Elsewhere(_) => None,
        }
    }

    /// Polls a slot's call. An outcome means that the slot is free again.
    pub(crate) fn poll(&mut self, slot: u32) -> Option<Outcome> {
        let State::Polled(call) = &mut self.slots[slot as usize].state else { return None };
        let mut context = Context::from_waker(&self.wakers[slot as usize]);
        scope::set_current(Some(&call.instance.identity));
        // What it answers is read, and dropped, in here: an error's text is its author's code.
        let poll = || call.future.as_mut().poll(&mut context).map(Outcome::of);
        let outcome = match catch(poll) {
            Ok(Poll::Ready(outcome)) => outcome,
            Ok(Poll::Pending) => return self.poll_deadline(slot),
            Err(panic) => {
                call.instance.poison();
                Outcome::panicked(&panic)
            }
        };
        Some(self.drop_call(slot).map_or_else(|panic| Outcome::panicked(&panic), |()| outcome))
    }

    /// Polls a slot's deadline: after its call, which was not ready.
    pub(crate) fn poll_deadline(&mut self, slot: u32) -> Option<Outcome> {
        let State::Polled(call) = &mut self.slots[slot as usize].state else { return None };
        let sleep = call.deadline.as_mut()?;
        let mut context = Context::from_waker(&self.wakers[slot as usize]);
        if sleep.as_mut().poll(&mut context).is_pending() {
            return None;
        }
        self.cancel(slot, Status::Deadline)
    }

    /// Ends a slot's work early. A polled call is dropped now, and its outcome returned; what runs elsewhere is told,
    /// and its outcome comes when it has ended.
    pub(crate) fn cancel(&mut self, slot: u32, status: Status) -> Option<Outcome> {
        let Slot { state, context, .. } = &self.slots[slot as usize];
        match state {
            State::Free => None,
            State::Elsewhere(step) => {
                step.token.cancel();
                None
            }
            State::Polled(_) => {
                if let Some(context) = context {
                    context.cancel();
                }
                // The caller is told why it ended, not that its end was rough: the instance is poisoned, which says
                // the rest.
                let _ = self.drop_call(slot);
                Some(Outcome::bare(status))
            }
        }
    }

    /// Work that ran elsewhere has ended.
    pub(crate) fn finish_elsewhere(&mut self, slot: u32) {
        debug_assert!(matches!(self.slots[slot as usize].state, State::Elsewhere(_)));
        self.slots[slot as usize].state = State::Free;
        self.running -= 1;
    }

    /// Whether calls of an instance are under way, here or elsewhere.
    pub(crate) fn has_calls(&self, handle: Handle) -> bool {
        self.slots.iter().any(|slot| match &slot.state {
            State::Free => false,
            State::Polled(call) => call.handle == handle,
            State::Elsewhere(step) => step.is_call_of(handle),
        })
    }

    /// Tells an instance's blocking calls to end.
    pub(crate) fn cancel_blocking(&self, handle: Handle) {
        for slot in &self.slots {
            if let State::Elsewhere(step) = &slot.state
                && step.is_call_of(handle)
            {
                step.token.cancel();
            }
        }
    }

    /// Slots whose polled call belongs to an instance, or to any.
    pub(crate) fn polled(&self, handle: Option<Handle>) -> Vec<u32> {
        let belongs = |slot: &Slot| match &slot.state {
            State::Polled(call) => handle.is_none_or(|handle| handle == call.handle),
            State::Free | State::Elsewhere(_) => false,
        };
        (0..).zip(&self.slots).filter(|(_, slot)| belongs(slot)).map(|(index, _)| index).collect()
    }

    /// Tells everything that runs elsewhere to end.
    pub(crate) fn cancel_elsewhere(&self) {
        for slot in &self.slots {
            if let State::Elsewhere(step) = &slot.state {
                step.token.cancel();
            }
        }
    }

    /// What has not ended elsewhere, for people: operation and component.
    pub(crate) fn stuck(&self) -> String {
        let steps = self.slots.iter().filter_map(|slot| match &slot.state {
            State::Elsewhere(step) => Some(format!("{:?} of {}", step.operation, step.identity.id)),
            State::Free | State::Polled(_) => None,
        });
        steps.take(16).collect::<Vec<_>>().join(", ")
    }

    fn drop_call(&mut self, slot: u32) -> Result<(), crate::panics::Panic> {
        let state = std::mem::replace(&mut self.slots[slot as usize].state, State::Free);
        self.running -= 1;
        let State::Polled(call) = state else { return Ok(()) };
        let instance = Arc::clone(&call.instance);
        scope::within(&instance.identity, || catch_drop(call)).inspect_err(|_| instance.poison())
    }
}

/// A timer for a call's deadline.
pub(crate) fn deadline_timer(deadline: Option<Instant>) -> Option<Pin<Box<Sleep>>> {
    deadline.map(|deadline| Box::pin(tokio::time::sleep_until(deadline.into())))
}
