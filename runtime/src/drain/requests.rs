//! From a request to what runs for it.
//!
//! On a call's path: `request_ring` comes before, [`crate::slots`] polls what begins here.

use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};
use std::time::{Duration, Instant};

use ferrule::{Bytes, Call, CallFuture, Context, Identity, Payload, scope};
use ferrule_ring::Violation;
use ferrule_ring::completion_ring::Status;
use ferrule_ring::layout::*;
use ferrule_ring::request_ring::{Operation, Request};
use tokio_util::sync::CancellationToken;

use super::Core;
use super::occupant::{Occupant, WaitingShutdown};
use super::shared::Place;
use crate::batch::{self, Answers, Batch};
use crate::clock;
use crate::lifecycle::{self, Done, DoneResult, Limits, StartJob};
use crate::messages::{Outcome, StartMessage, read_caller, take_context};
use crate::panics::{catch, catch_drop};
use crate::peers::HostKey;
use crate::slots::{PolledCall, Step, deadline_timer};
use crate::spans;
use crate::table::{Handle, Instance};

/// Requests taken in one turn, so that cancels, wakers, other lanes and other tasks get theirs.
const BATCH: u32 = 64;
/// Outcomes published together.
const PUBLISH: u32 = 16;
/// In the watchdog's words: no method, but a lifecycle step. Twin of `WATCHED_STEP` in `stuck.ts`.
const WATCHED_STEP: u32 = u32::MAX - 1;
/// Bytes taken and written after which they are: copying them takes longer than publishing.
const PUBLISH_BYTES: u64 = 64 * 1_024;
/// Calls of an instance may finish this long, or half its shutdown's time, before they are cancelled.
const CALLS_GRACE: Duration = Duration::from_secs(5);

/// What a request of a call asks for.
enum Work {
    One(Payload),
    Many(Batch, Answers),
}

impl Occupant {
    /// Takes requests, and publishes what became of them. Returns whether there were any.
    pub(super) fn take_requests(&mut self, core: &mut Core) -> bool {
        let mut taken = 0;
        if self.lane.has_requests() {
            self.lane.count(OFFSET_COUNTER_BATCHES, 1);
        }
        let faulted = loop {
            // With its budget spent, tokio answers "not ready" for what is: the first-poll bit would lie.
            if taken >= BATCH || self.faulted || !tokio::task::coop::has_budget_remaining() {
                break None;
            }
            let step = match self.lane.take_request() {
                Ok(None) => break None,
                Ok(Some(request)) => self.begin(core, request),
                Err(violation) => Err(violation),
            };
            taken += 1;
            if let Err(violation) = step {
                break Some(violation);
            }
            if taken.is_multiple_of(PUBLISH)
                || self.lane.is_caught_up()
                || self.lane.unpublished_bytes() >= PUBLISH_BYTES
            {
                self.lane.publish();
            }
        };
        let faulted = faulted.or_else(|| self.lane.take_cells().err());
        if let Some(violation) = &faulted {
            self.fault(violation);
            core.shutdowns_due = true; // its end has begun
        }
        // Also frees what was taken of requests whose outcome is still to come.
        self.lane.publish();
        self.recent = self.recent.saturating_add(taken);
        taken > 0 || faulted.is_some()
    }

    fn begin(&mut self, core: &mut Core, request: Request) -> Result<(), Violation> {
        let (slot, generation) = (request.slot, request.generation);
        if !self.slots.is_free(slot) {
            return Err(Violation::SlotInUse { slot });
        }
        self.lane.count(OFFSET_COUNTER_REQUESTS, 1);
        core.begun = core.begun.wrapping_add(1);
        if core.begun.is_multiple_of(HISTOGRAM_SAMPLE) {
            self.slots.time(slot);
        }
        let deadline = request.deadline.map(clock::instant);
        // A shutdown is carried out all the same: it must not leave its instance behind. Who is answered waits.
        let early = match request.operation {
            Operation::Shutdown | Operation::Answer => None,
            _ if self.lane.is_cancelled(slot, generation) => Some(Status::Cancelled),
            _ if deadline.is_some_and(|deadline| deadline <= Instant::now()) => Some(Status::Deadline),
            // TypeScript stops sending when it closes; what it had sent before may still finish.
            _ if core.refuses || self.closing.is_some_and(|closing| closing.refuses()) => Some(Status::Closed),
            _ => None,
        };
        let begun = match (early, request.operation) {
            (Some(status), _) => Err(Outcome::bare(status)),
            (None, Operation::Call | Operation::CallMany | Operation::Write) => {
                match self.begin_call(core, request, deadline) {
                    Ok(None) => Ok(()),
                    Ok(Some(outcome)) | Err(outcome) => Err(outcome),
                }
            }
            (None, Operation::CreateAndStart) => self.begin_start(core, request, deadline),
            (None, Operation::Shutdown) => self.begin_shutdown(core, request, deadline),
            (None, Operation::Ready | Operation::NotReady) => self.begin_notify(core, request, deadline),
            (None, Operation::Answer) => Err(self.take_answer(request)),
        };
        if let Err(outcome) = begun {
            self.complete(slot, generation, true, outcome);
        }
        Ok(())
    }

    /// `Some` when the call was ready at its first poll.
    fn begin_call(
        &mut self,
        core: &mut Core,
        mut request: Request,
        deadline: Option<Instant>,
    ) -> Result<Option<Outcome>, Outcome> {
        let handle = Handle { index: request.handle.0, generation: request.handle.1 };
        let instance = core.table.get(handle).ok_or_else(|| Outcome::bare(Status::StaleHandle))?;
        if instance.is_poisoned() {
            return Err(Outcome::bare(Status::Poisoned));
        }
        let method = instance.methods.get(request.method as usize).ok_or(Outcome::bare(Status::UnknownMethod))?;
        let payload = std::mem::take(&mut request.payload);
        let malformed = |text: String| Outcome::text(Status::Malformed, &text);
        let (said, payload) = take_context(payload, request.has_context).map_err(malformed)?;
        let work = match request.operation {
            Operation::CallMany => self.read_batch(payload, Answers::All)?,
            Operation::Write => self.read_batch(payload, Answers::Failures)?,
            _ => Work::One(Payload::from(payload)),
        };
        let payload_max = self.lane.payload_max();
        if method.blocking || core.workers {
            let instance = Arc::clone(instance);
            let limits = self.elsewhere(&request, deadline, &instance.identity);
            let begin = move |instance: Arc<Instance>, context: Context| match work {
                Work::One(payload) => {
                    let mut call = Call { method: method.name, payload, context };
                    match instance.extension.call_now(&mut call) {
                        Some(result) => Box::pin(std::future::ready(result)),
                        None => Arc::clone(&instance.extension).call(call),
                    }
                }
                Work::Many(batch, answers) => batch::run(instance, method.name, context, batch, answers, payload_max),
            };
            let job = lifecycle::call(instance, begin, limits, method.name, said);
            let job = async move { DoneResult::Answered(job.await) };
            let place = if method.blocking { Place::OwnThread } else { Place::Workers };
            self.run(core, request.slot, job, DoneResult::Answered, place);
            return Ok(None);
        }
        let context = self.slots.context(request.slot, &instance.identity, deadline, said);
        let span = spans::span_of(&context, method.name);
        scope::set_current(Some(&instance.identity));
        self.lane.watch(request.handle, Some(request.method));
        let mut future: Option<CallFuture> = None;
        let waker = self.slots.waker(request.slot);
        // One net for the call's begin, its first poll and the end of its future.
        let polled = catch(|| {
            let future_slot = &mut future;
            let _within = span.enter();
            let future = match work {
                Work::One(payload) => {
                    let mut call = Call { method: method.name, payload, context };
                    if let Some(result) = instance.extension.call_now(&mut call) {
                        return Poll::Ready(Outcome::of(result));
                    }
                    Arc::clone(&instance.extension).call(call)
                }
                Work::Many(batch, answers) => {
                    batch::run(Arc::clone(instance), method.name, context, batch, answers, payload_max)
                }
            };
            let future = spans::within(span.clone(), future);
            let polled = future_slot.insert(future).as_mut().poll(&mut TaskContext::from_waker(waker));
            let outcome = polled.map(Outcome::of); // an error is read, and dropped, in here: it is its author's code
            if outcome.is_ready() {
                *future_slot = None;
            }
            outcome
        });
        self.lane.watch(request.handle, None);
        match (polled, future) {
            (Ok(Poll::Ready(outcome)), _) => Ok(Some(outcome)),
            (Ok(Poll::Pending), Some(future)) => {
                let (slot, deadline) = (request.slot, deadline_timer(deadline));
                let method = request.method;
                let call = PolledCall { handle, method, instance: Arc::clone(instance), future, deadline };
                self.slots.put_polled(slot, request.generation, call);
                Ok(self.slots.poll_deadline(slot))
            }
            (Ok(Poll::Pending), None) => unreachable!("what is pending has a future"),
            (Err(panic), future) => {
                instance.poison();
                let _ = catch_drop(future);
                Err(Outcome::panicked(&panic))
            }
        }
    }

    fn read_batch(&self, payload: Bytes, answers: Answers) -> Result<Work, Outcome> {
        let batch = Batch::read(payload).map_err(|text| Outcome::text(Status::Malformed, &text))?;
        self.lane.count(OFFSET_COUNTER_ITEMS, u32::try_from(batch.count()).unwrap_or(u32::MAX));
        Ok(Work::Many(batch, answers))
    }

    fn begin_start(&mut self, core: &Core, request: Request, deadline: Option<Instant>) -> Result<(), Outcome> {
        let malformed = |text: String| Outcome::text(Status::Malformed, &text);
        let (message, config) = StartMessage::read(&request.payload).map_err(malformed)?;
        let factory = *core.factories.get(request.method as usize).ok_or_else(|| {
            let (index, count) = (request.method, core.factories.len());
            malformed(format!("factory {index} was asked for, the library has {count}"))
        })?;
        if message.context.cancelled {
            return Err(Outcome::bare(Status::Cancelled));
        }
        let identity = Arc::new(message.context.identity(self.number()));
        let host_key = HostKey { lane: self.number(), number: message.host.host_number };
        let host = message.host.into_info().map_err(malformed)?; // before the slot is taken
        let has_quick_steps = scope::within(&identity, || catch(|| factory.has_quick_steps())).unwrap_or(false);
        let job = StartJob {
            factory,
            limits: self.elsewhere(&request, deadline, &identity),
            identity,
            request: message.context.into_request(),
            host,
            host_key,
            directory: Arc::clone(&core.directory),
            calls: Arc::clone(&self.shared.calls),
            sink: Arc::clone(&self.shared.events) as _,
            config: config.to_owned(),
            has_quick_steps,
        };
        let place = Place::of_step(job.has_quick_steps);
        let started = async move { DoneResult::Started(job.run().await) };
        self.run(core, request.slot, started, |outcome| DoneResult::Started(Err(outcome)), place);
        Ok(())
    }

    fn begin_shutdown(&mut self, core: &mut Core, request: Request, deadline: Option<Instant>) -> Result<(), Outcome> {
        // A context that cannot be read must not leave the instance behind.
        let caller = read_caller(&request.payload).unwrap_or_default();
        let handle = Handle { index: request.handle.0, generation: request.handle.1 };
        let instance = core.table.begin_shutdown(handle).ok_or_else(|| Outcome::bare(Status::StaleHandle))?;
        instance.stopping();
        let limits = self.elsewhere(&request, deadline, &instance.identity);
        if self.lane.is_cancelled(request.slot, request.generation) {
            limits.token.cancel();
        }
        let now = Instant::now();
        let half = deadline.map_or(CALLS_GRACE, |deadline| deadline.saturating_duration_since(now) / 2);
        let calls_until = now + half.min(CALLS_GRACE);
        let slot = request.slot;
        self.waiting_shutdowns.push(WaitingShutdown { slot, handle, instance, request: caller, limits, calls_until });
        core.shutdowns_due = true;
        Ok(())
    }

    fn begin_notify(&mut self, core: &Core, request: Request, deadline: Option<Instant>) -> Result<(), Outcome> {
        let caller = read_caller(&request.payload)?;
        let handle = Handle { index: request.handle.0, generation: request.handle.1 };
        let instance = core.table.get(handle).ok_or_else(|| Outcome::bare(Status::StaleHandle))?;
        if instance.is_poisoned() {
            return Err(Outcome::bare(Status::Poisoned));
        }
        let instance = Arc::clone(instance);
        let limits = self.elsewhere(&request, deadline, &instance.identity);
        let ready = request.operation == Operation::Ready;
        let place = Place::of_step(instance.has_quick_steps);
        let job = lifecycle::notify(instance, ready, caller, limits);
        self.run(core, request.slot, async move { DoneResult::Answered(job.await) }, DoneResult::Answered, place);
        Ok(())
    }

    fn elsewhere(&mut self, request: &Request, deadline: Option<Instant>, identity: &Arc<Identity>) -> Limits {
        let (token, operation, identity) = (CancellationToken::new(), request.operation, Arc::clone(identity));
        let handle = Handle { index: request.handle.0, generation: request.handle.1 };
        let handle = (operation != Operation::CreateAndStart).then_some(handle);
        let step = Step { token: token.clone(), operation, handle, identity };
        self.slots.put_elsewhere(request.slot, request.generation, step);
        Limits { token, deadline }
    }

    /// Runs a slot's work elsewhere.
    pub(super) fn run(
        &self,
        core: &Core,
        slot: u32,
        job: impl Future<Output = DoneResult> + Send + 'static,
        panicked: impl FnOnce(Outcome) -> DoneResult + Send + 'static,
        place: Place,
    ) {
        let (runtime, lane) = (Arc::clone(&core.shared), self.number());
        let finish = move |result| runtime.finish(Done { lane, slot: Some(slot), result });
        match place {
            Place::Steps => core.steps.run(job, panicked, finish),
            Place::Here => {
                self.lane.watch((0, 0), Some(WATCHED_STEP));
                core.steps.run_here(job, panicked, finish);
                self.lane.watch((0, 0), None);
            }
            Place::Workers => lifecycle::on_workers(&core.lifecycle, job, panicked, finish),
            Place::OwnThread => lifecycle::on_own_thread(&core.lifecycle, job, panicked, finish),
        }
    }
}
